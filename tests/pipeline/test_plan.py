"""A run of all steps: what is left out and what is an error."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from hdmea_gui.errors import ConfigurationError
from hdmea_gui.pipeline.plan import Plan, chosen_keys, planned_params, records_to_come
from hdmea_gui.pipeline.progress import Progress
from hdmea_gui.pipeline.running import run_plan
from hdmea_gui.pipeline.status import StatusKind
from hdmea_gui.pipeline.steps import STEPS
from hdmea_gui.sample import make_sample
from hdmea_gui.session import PipelineSession, Update, create_session
from tests.pipeline.conftest import NAME

if TYPE_CHECKING:
    from pathlib import Path

    from hdmea_gui.pipeline.status import StepStatus
    from tests.pipeline.conftest import Processed

Values = dict[str, dict[str, Any]]


@pytest.fixture
def session(reference: Path, tmp_path: Path) -> PipelineSession:
    return create_session(None, reference / f"{NAME}.cmcr", reference / f"{NAME}-.cmtr", tmp_path)


def outcomes(session: PipelineSession, values: Values, **options: Any) -> dict[str, StepStatus]:
    keys = options.pop("keys", None) or chosen_keys(None)
    params = planned_params(session.snapshot(), values, {})
    return {report.key: report for report in run_plan(session, Plan(keys, params, **options))}


def test_without_anything_named_only_what_can_be_is_run(session: PipelineSession) -> None:
    reports = outcomes(session, {})
    words = {key: report.message for key, report in reports.items() if report.kind is StatusKind.LEFT_OUT}
    assert words == {
        "add_section_time": "no playlist is given (choose one in the form, or with --playlist)",
        "add_section_time_analog": "no threshold is given",
        "section_spike_times": "there are no section times",
        "compute_sta": "no noise movie was shown",
        "rf_geometry": "there is no stimulus STA",
    }
    done = {key for key, report in reports.items() if report.kind is StatusKind.DONE}
    assert done == {"load_recording", "compute_eimage_sta", "soma_geometry", "extract_features"}
    features = session.units["unit_001"]["features"]
    assert set(features) == {"eimage_sta", "baseline_127", "frif"}
    assert features["baseline_127"]["data"]["source"] == "whole recording"


def test_without_a_raw_file_images_are_left_out(reference: Path, tmp_path: Path) -> None:
    session = create_session(None, None, reference / f"{NAME}-.cmtr", tmp_path)
    reports = outcomes(session, {})
    assert reports["load_recording"].kind is StatusKind.DONE
    assert any("20000 Hz" in warning for warning in reports["load_recording"].warnings)
    assert (
        reports["compute_eimage_sta"].message
        == "no raw file is given (choose one in the form, or with --cmcr)"
    )
    assert reports["soma_geometry"].message == "there are no electrical images"


def test_a_raw_file_without_sensor_data(tmp_path: Path) -> None:
    sample = make_sample(tmp_path, playlist=("baseline_127",), n_units=2, sweeps_s=())
    session = create_session(None, sample.cmcr_path, sample.cmtr_path, tmp_path)
    assert outcomes(session, {})["compute_eimage_sta"].message == "the raw file has no sensor data"


def test_an_unreadable_raw_file_is_an_error(reference: Path, tmp_path: Path) -> None:
    broken = tmp_path / f"{NAME}.cmcr"
    broken.write_bytes((reference / f"{NAME}.cmcr").read_bytes()[:100_000])
    report = outcomes(create_session(None, broken, reference / f"{NAME}-.cmtr", tmp_path), {})[
        "load_recording"
    ]
    assert report.kind is StatusKind.FAILED
    assert broken.name in report.message


@pytest.mark.parametrize(
    ("change", "key", "words"),
    [
        ({"playlist_name": "set9"}, "add_section_time", "set9"),
        ({"playlist_file": "nowhere.csv"}, "add_section_time", "nowhere.csv"),
        ({"movie_length_file": "nowhere.csv"}, "add_section_time", "nowhere.csv"),
    ],
)
def test_a_playlist_that_is_named_must_be_there(
    session: PipelineSession,
    reference_values: Values,
    tmp_path: Path,
    change: dict[str, Any],
    key: str,
    words: str,
) -> None:
    change = {name: tmp_path / value if name.endswith("file") else value for name, value in change.items()}
    values = reference_values | {"add_section_time": reference_values["add_section_time"] | change}
    reports = outcomes(session, values)
    assert list(reports)[-1] == key
    assert reports[key].kind is StatusKind.FAILED
    assert words in reports[key].message
    assert session.completed_steps == {"load_recording", "compute_eimage_sta"}


def test_a_threshold_without_light_is_an_error(reference: Path, tmp_path: Path) -> None:
    session = create_session(None, None, reference / f"{NAME}-.cmtr", tmp_path)
    reports = outcomes(session, {"add_section_time_analog": {"threshold": 5.0}})
    assert reports["add_section_time_analog"].kind is StatusKind.FAILED
    assert "no light channel" in reports["add_section_time_analog"].message


def test_a_movie_without_json_is_an_error(
    session: PipelineSession, reference_values: Values, tmp_path: Path
) -> None:
    values = reference_values | {"section_spike_times": {"stimuli_dir": tmp_path}}
    report = outcomes(session, values)["section_spike_times"]
    assert report.kind is StatusKind.FAILED
    assert "dense_noise_15x15_demo, step_up_5s_5i_demo" in report.message


def test_noise_without_its_frames_is_left_out(
    session: PipelineSession, reference_values: Values, tmp_path: Path
) -> None:
    reports = outcomes(session, reference_values | {"compute_sta": {"stimuli_dir": tmp_path}})
    assert reports["compute_sta"].message == "the frames of dense_noise_15x15_demo (.npy) were not found"
    assert reports["rf_geometry"].kind is StatusKind.LEFT_OUT
    assert reports["extract_features"].kind is StatusKind.DONE
    noise = session.units["unit_001"]["features"]["dense_noise_15x15_demo"]
    assert noise["data"] == {}
    assert "Stimulus STA" in noise["metadata"]["absent_reason"]


def test_frames_of_the_wrong_length_are_an_error(
    session: PipelineSession, reference: Path, reference_values: Values, tmp_path: Path
) -> None:
    folder = shutil.copytree(reference / "stimuli", tmp_path / "stimuli")
    np.save(folder / "dense_noise_15x15_demo.npy", np.zeros((100, 15, 15), np.uint8))
    report = outcomes(session, reference_values | {"compute_sta": {"stimuli_dir": folder}})["compute_sta"]
    assert report.kind is StatusKind.FAILED
    assert "100 frames" in report.message


def test_of_several_noise_movies_one_must_be_chosen(tmp_path: Path) -> None:
    noise, other = "dense_noise_15x15_sample", "perfect_dense_noise_15x15_15hz_r42_3min"
    sample = make_sample(
        tmp_path, playlist=(noise, other), n_units=2, noise_frames=600, sweeps_s=(), rate_hz=2000
    )
    session = create_session(None, sample.cmcr_path, sample.cmtr_path, tmp_path)
    values: Values = {
        "add_section_time": {
            "playlist_name": sample.playlist_name,
            "playlist_file": sample.playlist_path,
            "movie_length_file": sample.movie_lengths_path,
        },
        "section_spike_times": {"stimuli_dir": sample.stimuli_dir},
        "compute_sta": {"stimuli_dir": sample.stimuli_dir},
    }
    report = outcomes(session, values)["compute_sta"]
    assert report.kind is StatusKind.FAILED
    assert noise in report.message
    assert other in report.message
    values["compute_sta"]["movie_name"] = noise
    reports = outcomes(session, values, skip_done=True)
    assert reports["load_recording"].message == "already done"
    assert reports["compute_sta"].kind is StatusKind.DONE


def test_asked_for_by_name_a_step_that_would_be_left_out_is_an_error(session: PipelineSession) -> None:
    outcomes(session, {}, keys=("load_recording",))
    for key in ("add_section_time", "add_section_time_analog", "section_spike_times", "rf_geometry"):
        report = outcomes(session, {}, keys=(key,), named=True)[key]
        assert report.kind is StatusKind.FAILED, key
        assert report.message
    words = outcomes(session, {}, keys=("compute_sta",), named=True)["compute_sta"].message
    # what an earlier step gives is missing, not a noise movie
    assert words.endswith("Run 'Section spikes' first.")


def test_going_on_runs_only_what_is_missing_or_out_of_date(
    session: PipelineSession, reference_values: Values
) -> None:
    outcomes(session, reference_values)
    path = session.save()
    resumed = PipelineSession.load(path)
    again = outcomes(resumed, {}, skip_done=True)
    left_out = {key: report.message for key, report in again.items()}
    assert left_out.pop("add_section_time_analog") == "no threshold is given"
    assert set(left_out.values()) == {"already done"}
    assert resumed.is_saved
    outcomes(resumed, {"add_section_time": {"pre_margin_frames": 50}}, keys=("add_section_time",))
    again = outcomes(resumed, {}, skip_done=True)
    assert again["section_spike_times"].kind is StatusKind.DONE
    assert again["compute_sta"].kind is StatusKind.DONE
    assert again["compute_eimage_sta"].message == "already done"


def test_keys_are_put_in_order_and_checked() -> None:
    assert chosen_keys(["compute_sta", "load_recording"]) == ("load_recording", "compute_sta")
    assert chosen_keys(["load_recording_with_eimage_sta"]) == ("load_recording", "compute_eimage_sta")
    assert chosen_keys(None, ["compute_sta"]) == tuple(s.key for s in STEPS if s.key != "compute_sta")
    with pytest.raises(ConfigurationError, match="nonsense"):
        chosen_keys(["nonsense"])
    with pytest.raises(ConfigurationError, match="nonsense"):
        chosen_keys(None, ["nonsense"])


def test_typed_parameters_reach_their_step() -> None:
    snapshot = create_session("x").snapshot()
    params = planned_params(
        snapshot, {}, {"compute_sta": {"cover_range": "-30,0"}, "compute_eimage_sta": {"duration_s": "none"}}
    )
    assert params["compute_sta"].cover_range == (-30, 0)
    assert params["compute_eimage_sta"].duration_s is None
    with pytest.raises(ConfigurationError, match="no step 'sta'"):
        planned_params(snapshot, {}, {"sta": {"x": "1"}})
    with pytest.raises(ConfigurationError, match="no parameter 'x'"):
        planned_params(snapshot, {}, {"compute_sta": {"x": "1"}})


def test_features_are_known_before_the_run_or_refused(reference: Path) -> None:
    snapshot = create_session("x").snapshot()

    def planned(*names: str) -> Any:
        values: Values = {
            "extract_features": {"features": names},
            "section_spike_times": {"stimuli_dir": reference / "stimuli"},
        }
        return planned_params(snapshot, values, {})["extract_features"].features

    for name in ("frif", "step_up_of_our_own", "step_up_5s_5i_demo", "cell_type_classifier"):
        assert planned(name) == (name,)
    with pytest.raises(ConfigurationError, match=r"no feature 'frifff'\. Available: baseline_127, "):
        planned("frif", "frifff")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (MemoryError(), "Not enough memory"),
        (OSError(5, "Input/output error", "/mnt/a.cmcr"), "/mnt/a.cmcr cannot be used: Input/output error"),
        (PermissionError(13, "Permission denied", "a.npy"), "a.npy cannot be used: Permission denied"),
    ],
)
@pytest.mark.parametrize("key", [step.key for step in STEPS])
def test_what_the_system_refuses_within_a_step_is_told_and_changes_nothing(
    key: str, error: Exception, words: str, processed_reference: Processed
) -> None:
    session = PipelineSession("2026.02.03-10.11.12-Rec")
    session.restore(processed_reference.session.snapshot())
    params = planned_params(
        session.snapshot(), {}, {"add_section_time_analog": {"threshold": "100", "movie_name": "lamp"}}
    )

    class Refused(Progress):
        def __call__(self, _done: int, _total: int, words: str = "") -> None:
            if words not in {"Listing units", "Counting spikes"}:  # there it would mean a damaged file
                raise error

    plan = Plan((key,), params, named=True)
    session.apply(Update.of("Plan", records_to_come(plan, session.completed_steps)))
    before = session.snapshot()
    report = run_plan(session, plan, progress_of=lambda _: Refused())[0]
    assert report.kind is StatusKind.FAILED
    assert words in report.message
    assert session.holds(before)
