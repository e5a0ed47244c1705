"""What the window shows of files of the lab's scripts."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt

from hdmea_gui.session import Update
from hdmea_gui.window.pipeline_commands import run_steps
from tests.window.test_flows_in_window import NAME, type_in

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
                "compute_eimage_sta": (STALE, "other scripts computed the electrical images incorrectly"),
                "soma_geometry": ("", "waiting for Electrical images"),
                "compute_sta": ("", ""),
                "extract_features": (STALE, "other scripts computed frif incorrectly"),
            },
            "compute_eimage_sta",
        ),
        (
            "lab_immediate_plain",
            {
                "load_recording": (STALE, "other scripts computed the chip positions of 8 units incorrectly"),
                "compute_eimage_sta": ("ready", ""),
                "extract_features": (STALE, "other scripts computed frif incorrectly"),
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
    await_(window.workbench.files.open(reference / f"{name}.h5"))
    for key, (words, note) in rows.items():
        row = window.workbench.panels.pipeline.rows[key]
        assert (row.message.text(), row.note.text()) == (words, note), key
        assert row.run.isEnabled() is not note.startswith("waiting")
    assert window.workbench.panels.pipeline.following == following


def look_of(window: MainWindow, key: str, row: int = 0) -> tuple[str, str, bool]:
    """Text, tip and whether it is set back, of a cell in the column of that name."""
    table = window.workbench.panels.table.table
    column = [shown.name for shown in table.shown].index(key)
    index = table.index(row, column)
    font = index.data(Qt.ItemDataRole.FontRole)
    ink = index.data(Qt.ItemDataRole.ForegroundRole)
    assert (font is None) == (ink is None)
    return index.data(), index.data(Qt.ItemDataRole.ToolTipRole), font is not None and font.italic()


def test_columns_that_are_to_be_recomputed_are_set_back_until_they_are(
    window: MainWindow, await_: Await, reference: Path
) -> None:
    await_(window.workbench.files.open(reference / "lab_deferred.h5"))
    table = window.workbench.panels.table.table
    table.show_columns(["id", "row", "snr", "images.n_spikes_used", "sta.n_spikes_used"])
    names = [shown.name for shown in table.shown]
    wrong = "To be recomputed: computed incorrectly by other scripts. Run 'Electrical images'."
    _, tip, is_set_back = look_of(window, "images.n_spikes_used")
    assert is_set_back
    assert tip.endswith(wrong)
    header = table.headerData(
        names.index("images.n_spikes_used"), Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole
    )
    assert header.endswith(wrong)
    for name in set(names) - {"images.n_spikes_used"}:
        assert not look_of(window, name)[2], name
    params = dataclasses.replace(
        window.workbench.panels.pipeline.params()["compute_eimage_sta"],
        cmcr_path=reference / f"{NAME}.cmcr",
        cutoff_hz=90.0,
    )
    assert await_(window.workbench.runner.run(("compute_eimage_sta",), {"compute_eimage_sta": params}))
    text, tip, is_set_back = look_of(window, "images.n_spikes_used")
    assert (text, is_set_back) == ("2", False)
    assert "recomputed" not in tip
    window.workbench.model.undo()
    assert look_of(window, "images.n_spikes_used")[2]


def test_columns_that_are_out_of_date_are_set_back(
    window: MainWindow, await_: Await, reference: Path
) -> None:
    await_(window.workbench.files.open(reference / "lab_deferred.h5"))
    await_(window.workbench.runner.run(("rf_geometry",)))
    table = window.workbench.panels.table.table
    table.show_columns(["id", "rf.snr", "sta.n_spikes_used"])
    assert not look_of(window, "rf.snr")[2]
    session = window.workbench.model.session
    assert session is not None
    record = session.steps["rf_geometry"] | {
        "inputs": dict.fromkeys(session.steps["rf_geometry"]["inputs"], "another")
    }
    window.workbench.model.apply(Update.of("Older", {("steps", "rf_geometry"): record}))
    assert window.workbench.panels.pipeline.rows["rf_geometry"].message.text() == "out of date"
    text, tip, is_set_back = look_of(window, "rf.snr")
    assert is_set_back
    assert text
    assert tip.endswith("Out of date: an earlier step was run again. Run 'Receptive fields'.")
    assert not look_of(window, "sta.n_spikes_used")[2]


def test_trials_found_later_are_what_section_spikes_offers_to_cut(
    window: MainWindow, await_: Await, reference: Path
) -> None:
    bench = window.workbench
    await_(bench.files.open(reference / "lab_deferred.h5"))
    panel = bench.panels.pipeline
    type_in(panel, "add_section_time_analog", "threshold", "1e4")
    type_in(panel, "add_section_time_analog", "duration_s", "3")
    type_in(panel, "section_spike_times", "stimuli_dir", str(reference / "stimuli"))
    await_(run_steps(bench, ("add_section_time_analog",)))
    row = panel.rows["section_spike_times"]
    assert (row.message.text(), row.note.text()) == (
        "out of date",
        "the spikes of iprgc_test have not been cut yet",
    )
    assert panel.rows["compute_sta"].message.text() == ""
    await_(run_steps(bench, ("section_spike_times", "compute_sta"), skip_done=True))
    assert bench.model.session is not None
    assert "iprgc_test" in bench.model.session.units["unit_001"]["spike_times_sectioned"]
    assert (row.message.text()[-2:], row.note.text()) == (" s", "")
    assert panel.rows["compute_sta"].message.text() == ""


def test_places_that_are_not_known_are_blank_and_say_why(
    window: MainWindow, await_: Await, reference: Path
) -> None:
    await_(window.workbench.files.open(reference / "lab_immediate_plain.h5"))
    text, tip, _ = look_of(window, "row")
    assert (text, tip) == (
        "",
        "row: not known. Other scripts stored it incorrectly. Run 'Load recording' to replace it.",
    )
