"""Flows in the window: choosing, changing, saving, sharing, and what is remembered."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from hdmea_gui.models.session_model import SessionModel
from hdmea_gui.pipeline import get_flow_info
from hdmea_gui.pipeline.flow import own_folder
from hdmea_gui.pipeline.status import StatusKind
from hdmea_gui.pipeline.steps import STEPS
from hdmea_gui.session import create_session
from hdmea_gui.window.main_window import MainWindow
from hdmea_gui.window.pipeline_commands import run_steps
from hdmea_gui.workers.faults import Faults
from tests.window.waiting import until

if TYPE_CHECKING:
    from pathlib import Path

    from hdmea_gui.views.pipeline_panel import PipelinePanel
    from tests.window.conftest import Answers, Await

EVERY = [step.key for step in STEPS]
NAME = "2026.02.03-10.11.12-Rec"


def pick(window: MainWindow, name: str) -> PipelinePanel:
    """Choose a flow as a user does."""
    chooser = window.workbench.panels.pipeline.chooser
    index = chooser.findText(name)
    assert index >= 0
    chooser.setCurrentIndex(index)
    chooser.activated.emit(index)
    return window.workbench.panels.pipeline


def type_in(panel: PipelinePanel, key: str, name: str, text: str) -> None:
    field = panel.rows[key].form.fields[name]
    field.set_text(text)
    field.edited.emit()


def test_a_chosen_flow_sets_steps_and_forms_and_leaves_paths(window: MainWindow, tmp_path: Path) -> None:
    panel = window.workbench.panels.pipeline
    assert panel.chooser.currentText() == "All steps"
    assert list(panel.included) == EVERY
    type_in(panel, "add_section_time", "playlist_file", str(tmp_path / "p.csv"))
    type_in(panel, "add_section_time", "repeats", "7")
    pick(window, "set6a_full")
    assert list(panel.included) == get_flow_info("set6a_full")["steps"]
    params = panel.params()["add_section_time"]
    assert (params.playlist_name, params.repeats, params.playlist_file) == ("set6a", 1, tmp_path / "p.csv")
    assert panel.rows["add_section_time_analog"].message.text() == "skipped"
    assert not panel.flow_note.isVisibleTo(panel)
    pick(window, "All steps")
    assert list(panel.included) == EVERY
    params = panel.params()["add_section_time"]
    assert (params.playlist_name, params.playlist_file) == (None, tmp_path / "p.csv")


def test_a_changed_flow_says_so(window: MainWindow) -> None:
    panel = pick(window, "set6a_full")
    type_in(panel, "add_section_time", "repeats", "2")
    assert panel.flow_note.isVisibleTo(panel)
    assert "set6a_full, changed" in panel.flow_note.text()
    type_in(panel, "add_section_time", "repeats", "1")
    assert not panel.flow_note.isVisibleTo(panel)
    panel.rows["soma_geometry"].included.click()
    assert panel.flow_note.isVisibleTo(panel)
    assert "soma_geometry" not in panel.included
    type_in(panel, "compute_sta", "stimuli_dir", "/elsewhere")
    panel.rows["soma_geometry"].included.click()
    assert not panel.flow_note.isVisibleTo(panel)  # a path does not belong to a flow


def test_run_all_and_run_next_keep_to_the_flow(
    window: MainWindow, await_: Await, answers: Answers, reference: Path, tmp_path: Path
) -> None:
    window.workbench.model.show(
        create_session(None, reference / f"{NAME}.cmcr", reference / f"{NAME}-.cmtr", tmp_path)
    )
    panel = pick(window, "images_only")
    assert [panel.following] == ["load_recording"]
    assert await_(run_steps(window.workbench, panel.included, skip_done=True))
    assert answers.failures == []
    session = window.workbench.model.session
    assert session is not None
    assert session.completed_steps == {"load_recording", "compute_eimage_sta", "soma_geometry"}
    assert [panel.following] == [None]
    assert panel.rows["extract_features"].message.text() == "skipped"
    panel.rows["extract_features"].included.click()
    assert [panel.following] == ["extract_features"]
    assert panel.rows["extract_features"].message.text() == StatusKind.READY.value
    for key in EVERY:
        if panel.rows[key].included.isChecked():
            panel.rows[key].included.click()
    assert not panel.run_all.isEnabled()
    assert panel.run_all.toolTip() == "No step is included in Run all."


def test_a_flow_is_saved_under_a_name_and_deleted_again(window: MainWindow, answers: Answers) -> None:
    panel = pick(window, "set6a_no_images")
    assert not window.menus.actions["delete_flow"].isEnabled()  # it is the program's own
    type_in(panel, "compute_sta", "cover_range", "-30, 0")
    type_in(panel, "compute_sta", "stimuli_dir", "/mine/only")
    panel.rows["rf_geometry"].included.click()
    answers.typed = "short window"
    window.menus.actions["save_flow"].trigger()
    assert panel.chooser.currentText() == panel.flow_name == "short window"
    assert not panel.flow_note.isVisibleTo(panel)
    info = get_flow_info("short window")
    assert info["parameters"] == {
        "add_section_time": {"playlist_name": "set6a"},
        "compute_sta": {"cover_range": [-30, 0]},
    }
    assert "rf_geometry" not in info["steps"]
    assert info["path"] == own_folder() / "short window.json"

    # Saved once more under the name: asked first
    type_in(panel, "compute_sta", "cover_range", "-40, 0")
    answers.agrees = False
    window.menus.actions["save_flow"].trigger()
    assert get_flow_info("short window") == info
    answers.agrees = True
    window.menus.actions["save_flow"].trigger()
    assert get_flow_info("short window")["parameters"]["compute_sta"] == {"cover_range": [-40, 0]}

    window.menus.actions["delete_flow"].trigger()
    assert not info["path"].exists()
    assert panel.chooser.currentText() == "All steps"
    assert panel.chooser.findText("short window") < 0
    assert panel.params()["compute_sta"].cover_range == (-40, 0)
    assert answers.failures == []


def test_a_flow_is_shared_as_a_file(window: MainWindow, answers: Answers, tmp_path: Path) -> None:
    panel = pick(window, "set6a_full")
    type_in(panel, "extract_features", "features", "frif, baseline_127")
    answers.place = tmp_path / "for you.json"
    window.menus.actions["export_flow"].trigger()
    written = json.loads(answers.place.read_text(encoding="utf-8"))
    assert written["name"] == "for you"
    assert written["parameters"]["extract_features"] == {"features": ["frif", "baseline_127"]}

    pick(window, "All steps")
    answers.file = answers.place.rename(tmp_path / "for you (1).json")
    window.menus.actions["open_flow"].trigger()
    assert panel.chooser.currentText() == "for you"
    assert panel.params()["extract_features"].features == ("frif", "baseline_127")
    assert (own_folder() / "for you.json").is_file()
    assert answers.failures == []


def test_what_cannot_be_done_with_flows_is_said(window: MainWindow, answers: Answers, tmp_path: Path) -> None:
    answers.file = tmp_path / "bad.json"
    answers.file.write_text('{"steps": ["load"]}')
    window.menus.actions["open_flow"].trigger()
    assert "bad.json" in answers.failures[-1].message
    assert "There is no step 'load'" in answers.failures[-1].message
    answers.typed = "a/b"
    window.menus.actions["save_flow"].trigger()
    assert "cannot be named 'a/b'" in answers.failures[-1].message
    answers.typed = "fine"
    type_in(window.workbench.panels.pipeline, "add_section_time", "repeats", "often")
    window.menus.actions["save_flow"].trigger()
    assert window.workbench.panels.pipeline.rows["add_section_time"].title.isChecked()
    assert "a field of a step cannot be used" in window.workbench.panels.log.text.toPlainText()
    assert not own_folder().exists()
    answers.file = answers.typed = answers.place = None
    for key in ("save_flow", "open_flow", "export_flow"):
        window.menus.actions[key].trigger()
    assert len(answers.failures) == 2


def test_a_broken_file_among_the_flows_is_left_out_of_the_list(window: MainWindow, answers: Answers) -> None:
    own_folder().mkdir()
    (own_folder() / "broken.json").write_text("{")
    pick(window, "load_only")
    assert window.workbench.panels.pipeline.chooser.findText("broken") < 0
    assert answers.failures == []


def test_the_chosen_flow_is_remembered(window: MainWindow, answers: Answers, await_: Await) -> None:
    pick(window, "sections_only")

    async def close() -> None:
        window.close()
        await until(lambda: not window.isVisible())

    await_(close())
    again = MainWindow(SessionModel(), Faults(), answers)
    again.show()
    assert again.workbench.panels.pipeline.flow_name == "sections_only"
    assert again.workbench.panels.pipeline.included == (
        "load_recording",
        "add_section_time",
        "section_spike_times",
    )
    again.workbench.closing.close_at_once()
    again.deleteLater()


def test_a_flow_over_changed_parameters_asks_and_is_undone(window: MainWindow, answers: Answers) -> None:
    panel = pick(window, "set6a_full")
    assert answers.asked == []  # nothing had been changed
    type_in(panel, "add_section_time", "repeats", "2")
    type_in(panel, "compute_sta", "cover_range", "-30, ")  # not finished
    panel.rows["soma_geometry"].included.click()
    texts, included = [row.form.texts() for row in panel.rows.values()], panel.included
    answers.agrees = False
    pick(window, "images_only")
    assert len(answers.asked) == 1
    assert (panel.flow_name, panel.chooser.currentText()) == ("set6a_full", "set6a_full")
    assert ([row.form.texts() for row in panel.rows.values()], panel.included) == (texts, included)
    answers.agrees = True
    pick(window, "images_only")
    assert (panel.flow_name, panel.chooser.currentText()) == ("images_only", "images_only")
    undo = window.menus.actions["undo"]
    assert (undo.isEnabled(), undo.text()) == (True, "&Undo Flow images_only")
    undo.trigger()
    assert (panel.flow_name, panel.chooser.currentText()) == ("set6a_full", "set6a_full")
    assert ([row.form.texts() for row in panel.rows.values()], panel.included) == (texts, included)
    assert panel.flow_note.isVisibleTo(panel)
    assert not undo.isEnabled()


def test_a_flow_that_was_edited_is_no_longer_undone(window: MainWindow) -> None:
    panel = pick(window, "set6a_full")
    assert window.menus.actions["undo"].isEnabled()
    type_in(panel, "add_section_time", "repeats", "2")
    assert not window.menus.actions["undo"].isEnabled()
