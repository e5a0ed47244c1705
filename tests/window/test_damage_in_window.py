"""Damage of a file that shows only when somebody looks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import h5py
import numpy as np

from hdmea_gui.session import create_session
from tests.window.waiting import until

if TYPE_CHECKING:
    from pathlib import Path

    from hdmea_gui.window.main_window import MainWindow
    from tests.window.conftest import Await


def test_a_damaged_array_is_told_when_it_is_looked_at(
    window: MainWindow, await_: Await, tmp_path: Path
) -> None:
    session = create_session("rec")
    session.add_stimulus({"light_template": {"movie": np.arange(400_000, dtype=np.float32)}})
    path = session.save(tmp_path / "rec.h5")
    with h5py.File(path) as file:
        place = file["stimulus/light_template/movie"].id.get_offset() + 4001
    octets = bytearray(path.read_bytes())
    octets[place] ^= 1
    path.write_bytes(octets)

    await_(window.workbench.files.open(path))
    assert window.workbench.panels.log.n_warnings == 0
    opened = window.workbench.model.session
    assert opened is not None
    window.workbench.context.arrays.get(opened.stimulus["light_template"]["movie"])
    await_(until(lambda: window.workbench.panels.log.n_warnings == 1))
    assert "stimulus/light_template/movie" in window.workbench.panels.log.text.toPlainText()
    assert len(opened.warnings) == 1
    assert not window.workbench.model.is_unsaved
    snapshot = window.workbench.model.snapshot()
    assert snapshot is not None
    assert list(snapshot.warnings) == opened.warnings
