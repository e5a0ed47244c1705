"""Forms of a session that comes from a file: they show what the file recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from hdmea_gui.pipeline.plan import Plan, planned_params
from hdmea_gui.pipeline.running import run_plan
from hdmea_gui.pipeline.steps import STEPS_BY_KEY
from hdmea_gui.session import PipelineSession, create_session
from hdmea_gui.views.threshold_picker import ThresholdPicker
from hdmea_gui.window.dialogs.threshold import ThresholdDialog
from hdmea_gui.window.pipeline_commands import run_steps
from tests.views.seen import button, part
from tests.window.carrying_out import carry_out
from tests.window.test_flows_in_window import NAME, pick, type_in

if TYPE_CHECKING:
    from pathlib import Path

    from hdmea_gui.window.main_window import MainWindow
    from tests.window.conftest import Await

RECORDS: dict[str, dict[str, Any]] = {
    "add_section_time": {"playlist_name": "set7", "playlist_file": "/lab/playlist.csv", "repeats": 3},
    "add_section_time_analog": {"threshold": 3e4, "duration_s": 90.0, "after_last_frame": True},
    "compute_sta": {"cover_range": [-40, 0], "stimuli_dir": "/lab/stimuli"},
}


@pytest.fixture
def recorded_file(tmp_path: Path) -> Path:
    session = PipelineSession("recorded", output_dir=tmp_path)
    for key, values in RECORDS.items():
        session.steps[key] = {"parameters": values, "outcome": "done"}
    return session.save()


def test_a_file_shows_the_parameters_that_it_recorded(
    window: MainWindow, await_: Await, recorded_file: Path
) -> None:
    panel = window.workbench.panels.pipeline
    type_in(panel, "compute_sta", "cover_range", "-10, 0")
    type_in(panel, "rf_geometry", next(iter(panel.rows["rf_geometry"].form.fields)), "")
    await_(window.workbench.files.open(recorded_file))
    snapshot = window.workbench.model.snapshot()
    assert snapshot is not None
    resumed = planned_params(snapshot, {}, {})  # what the command line goes on with
    for key in RECORDS:
        assert panel.params()[key] == resumed[key] != STEPS_BY_KEY[key].params()
    carry_out(window, "pick_threshold")
    dialog = window.findChildren(ThresholdDialog)[-1]
    assert part(dialog, ThresholdPicker).values()["threshold"] == 3e4
    dialog.reject()


def test_the_next_recording_does_not_get_what_a_file_recorded(
    window: MainWindow, await_: Await, recorded_file: Path, tmp_path: Path
) -> None:
    panel = window.workbench.panels.pipeline
    type_in(panel, "add_section_time", "playlist_name", "mine")
    before = panel.params()
    await_(window.workbench.files.open(recorded_file))
    assert panel.params()["add_section_time"].playlist_name == "set7"
    window.workbench.model.show(create_session("next", output_dir=tmp_path))
    assert panel.params() == before


def test_a_flow_chosen_for_a_file_stays_and_its_paths_go(
    window: MainWindow, await_: Await, recorded_file: Path, tmp_path: Path
) -> None:
    await_(window.workbench.files.open(recorded_file))
    panel = pick(window, "set6a_full")
    shown = panel.params()["add_section_time"]
    assert (shown.playlist_name, str(shown.playlist_file)) == ("set6a", "/lab/playlist.csv")
    window.workbench.model.show(create_session("next", output_dir=tmp_path))
    shown = panel.params()["add_section_time"]
    assert (shown.playlist_name, shown.playlist_file) == ("set6a", None)


def test_a_record_that_no_longer_fits_is_told(window: MainWindow, await_: Await, tmp_path: Path) -> None:
    session = PipelineSession("odd", output_dir=tmp_path)
    session.steps["compute_sta"] = {"parameters": {"cover_range": "much", "movie_name": "noise"}}
    await_(window.workbench.files.open(session.save()))
    assert panel_movie(window) == "noise"
    log = window.workbench.panels.log.text.toPlainText()
    assert "Warning: Stimulus STA: the value of 'Window' in the file, 'much', is no longer valid." in log


def panel_movie(window: MainWindow) -> str:
    shown: str = window.workbench.panels.pipeline.params()["compute_sta"].movie_name
    return shown


def test_a_file_of_the_lab_tells_what_it_can(window: MainWindow, await_: Await, reference: Path) -> None:
    await_(window.workbench.files.open(reference / "lab_deferred.h5"))
    params = window.workbench.panels.pipeline.params()
    assert params["add_section_time"].playlist_name == "demo_set"
    assert params["compute_sta"].cover_range == (-60, 0)
    assert params["compute_eimage_sta"].spike_limit == 10000
    log = window.workbench.panels.log.text.toPlainText()
    assert "Layout 4: scalars of the recording were converted to arrays with one element." in log
    assert "Warning" not in log


def test_a_stimuli_folder_that_is_typed_in_reaches_the_other_steps(window: MainWindow) -> None:
    panel, key = window.workbench.panels.pipeline, "stimuli_dir"
    having = ("section_spike_times", "compute_sta", "extract_features")

    def folders() -> list[str]:
        return [panel.rows[step].form.texts()[key] for step in having]

    type_in(panel, "section_spike_times", key, "/a")
    assert folders() == ["/a", "/a", "/a"]
    type_in(panel, "compute_sta", key, "/noise")
    assert folders() == ["/noise", "/noise", "/noise"]
    button(panel.rows["compute_sta"].form, "Reset to defaults").click()
    assert folders() == ["/noise", "", "/noise"]
    type_in(panel, "compute_sta", key, "/other")
    assert folders() == ["/noise", "/other", "/noise"]
    type_in(panel, "extract_features", key, "/b")
    assert folders() == ["/b", "/other", "/b"]


def test_what_the_command_line_has_done_is_not_done_again(
    window: MainWindow, await_: Await, reference: Path, tmp_path: Path
) -> None:
    session = create_session(None, reference / f"{NAME}.cmcr", reference / f"{NAME}-.cmtr", tmp_path)
    values = {"add_section_time_analog": {"threshold": 2e4, "duration_s": 5.0}}
    keys = ("load_recording", "add_section_time_analog", "section_spike_times")
    run_plan(session, Plan(keys, planned_params(session.snapshot(), values, {})))
    assert await_(window.workbench.files.open(session.save()))
    assert await_(run_steps(window.workbench, keys, skip_done=True))
    states = [window.workbench.runner.state_of(key) for key in keys]
    assert [state.message for state in states if state is not None] == ["already done"] * 3
    type_in(window.workbench.panels.pipeline, "add_section_time_analog", "duration_s", "6")
    assert await_(run_steps(window.workbench, keys, skip_done=True))
    states = [window.workbench.runner.state_of(key) for key in keys]
    assert [state.message for state in states if state is not None] == ["already done", "", ""]
