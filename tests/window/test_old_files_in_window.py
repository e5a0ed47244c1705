"""What the window shows of files of the lab's scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from hdmea_gui.window.main_window import MainWindow
    from tests.window.conftest import Await

STALE = "to be recomputed"


@pytest.mark.parametrize(
    ("name", "rows", "following"),
    [
        (
            "lab_deferred",
            {
                "load_recording": ("", ""),
                "compute_eimage_sta": (STALE, "the electrode images of other scripts are wrong"),
                "soma_geometry": ("", "waits for Electrode images"),
                "compute_sta": ("", ""),
                "extract_features": (STALE, "frif of other scripts: wrong"),
            },
            "compute_eimage_sta",
        ),
        (
            "lab_immediate_plain",
            {
                "load_recording": (STALE, "the places of 8 units on the chip are wrong"),
                "compute_eimage_sta": ("ready", ""),
                "extract_features": (STALE, "frif of other scripts: wrong"),
            },
            "compute_eimage_sta",
        ),
    ],
)
def test_what_is_wrong_is_shown_as_to_be_recomputed(
    window: MainWindow,
    await_: Await,
    reference: Path,
    name: str,
    rows: dict[str, tuple[str, str]],
    following: str,
) -> None:
    await_(window.files.open(reference / f"{name}.h5"))
    for key, (words, note) in rows.items():
        row = window.pipeline.rows[key]
        assert (row.words.text(), row.note.text()) == (words, note), key
        assert row.run.isEnabled() is not note.startswith("waits")
    assert window.pipeline.following == following
