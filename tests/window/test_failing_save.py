"""Saves that the system refuses: the window says so in one sentence and goes on; and compressed ones."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import h5py
import numpy as np
import pytest
from PySide6.QtWidgets import QDialogButtonBox

from hdmea_gui.session import PipelineSession
from hdmea_gui.window.dialogs.preferences import PreferencesDialog

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from hdmea_gui.window.main_window import MainWindow
    from tests.window.conftest import Answers, Await

PLACES = 20
LEVELS = np.repeat(np.arange(200.0, dtype=np.float32), 1000)


@pytest.fixture
def saved(window: MainWindow, await_: Await, tmp_path: Path) -> Path:
    """The file of the session in the window."""
    session = PipelineSession("rec", output_dir=tmp_path)
    session.stimulus["light_reference"] = {"raw_ch1": LEVELS}
    session.metadata["small"] = {str(number): np.full(50, number) for number in range(300)}
    path = session.save(tmp_path / "rec.h5")
    assert await_(window.workbench.files.open(path))
    return path


@contextmanager
def largest_file(n_bytes: int) -> Iterator[None]:
    """Let the system refuse larger files."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.skipif(sys.platform == "win32", reason="limits of the file size are POSIX's")
def test_after_each_refused_save_the_window_goes_on(
    window: MainWindow, await_: Await, answers: Answers, saved: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    before, files = saved.read_bytes(), window.workbench.files
    for number in range(PLACES):
        with largest_file(int(len(before) * (number + 0.5) / PLACES)):
            assert not await_(files.save())
            assert not await_(files.save_checkpoint(saved.with_name("c.h5"), "c", ""))
        assert saved.read_bytes() == before
        assert list(saved.parent.iterdir()) == [saved]
    assert len(answers.failures) == 2 * PLACES
    assert all("does not allow files as large as this one" in failure.message for failure in answers.failures)
    assert capfd.readouterr().err.count("\n") <= 10
    assert await_(files.save())
    assert not window.workbench.model.is_unsaved


def test_compression_is_a_preference_and_off_at_first(window: MainWindow, await_: Await, saved: Path) -> None:
    assert compression_of(saved) is None
    window.menus.actions["preferences"].trigger()
    dialog = next(dialog for dialog in window.findChildren(PreferencesDialog) if dialog.isVisible())
    dialog.compress.click()
    buttons = dialog.findChildren(QDialogButtonBox)[0].buttons()
    next(button for button in buttons if button.text() == "Save preferences").click()
    size = saved.stat().st_size
    assert await_(window.workbench.files.save())
    assert compression_of(saved) == "gzip"
    assert saved.stat().st_size < size / 2
    assert np.array_equal(PipelineSession.load(saved).stimulus["light_reference"]["raw_ch1"], LEVELS)


def compression_of(path: Path) -> str | None:
    with h5py.File(path) as file:
        found: str | None = file["stimulus/light_reference/raw_ch1"].compression
        return found
