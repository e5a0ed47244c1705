"""Results are out of date when what they were computed from has changed, movie by movie and feature by feature."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from hdmea_gui.errors import MissingInputError
from hdmea_gui.pipeline import (
    PipelineSession,
    add_section_time,
    add_section_time_analog,
    compute_rf_geometry,
    compute_sta,
    extract_features,
    section_spike_times,
)
from hdmea_gui.pipeline.plan import Plan, chosen_keys, planned_params
from hdmea_gui.pipeline.running import run_plan
from hdmea_gui.pipeline.staleness import RESTS_ON_STALE, RUN_AGAIN, stale_parts
from hdmea_gui.pipeline.status import StatusKind, status_of
from hdmea_gui.pipeline.steps import STEPS, STEPS_BY_KEY
from hdmea_gui.session import Update
from hdmea_gui.session.section import section_path

if TYPE_CHECKING:
    from pathlib import Path

    from hdmea_gui.sample import Sample
    from tests.pipeline.conftest import Processed

NOISE, STEP, BAR = "dense_noise_15x15_sample", "step_up_5s_5i_b0_3x", "moving_h_bar_s5_d8_3x"


@pytest.fixture
def session(processed_sample: Processed) -> PipelineSession:
    """A copy of the processed sample recording, to be changed."""
    copy = PipelineSession(processed_sample.session.dataset_id)
    copy.restore(processed_sample.session.snapshot())
    return copy


def stale(session: PipelineSession) -> dict[str, dict[str, str]]:
    """What is out of date, and why, by step."""
    snapshot = session.snapshot()
    found = {step.key: stale_parts(step, snapshot, STEPS_BY_KEY) for step in STEPS}
    return {key: reasons for key, reasons in found.items() if reasons}


def statuses(session: PipelineSession) -> dict[str, tuple[StatusKind, str]]:
    found = {step.key: status_of(step, session.snapshot()) for step in STEPS}
    return {
        key: (status.kind, status.message)
        for key, status in found.items()
        if status.kind is not StatusKind.DONE
    }


def move(session: PipelineSession, movie: str, samples: int = 1000) -> Update:
    """Shift the sections of a movie; return the update that undoes it."""
    bounds = np.asarray(session.stimulus["section_time"][movie]) + samples
    return session.apply(Update.of("Shift", {section_path(movie): bounds}))


# What a change makes out of date


def test_nothing_is_out_of_date_after_all_steps_nor_after_a_save(
    session: PipelineSession, tmp_path: Path
) -> None:
    assert stale(session) == {}
    assert stale(PipelineSession.load(session.save(tmp_path / "x.h5"))) == {}


def test_sections_that_change_concern_their_own_movie_only(session: PipelineSession) -> None:
    undo = move(session, STEP)
    assert stale(session) == {
        "section_spike_times": {STEP: RUN_AGAIN},
        "extract_features": {STEP: RUN_AGAIN},
    }
    assert statuses(session)["extract_features"] == (StatusKind.OUT_OF_DATE, f"{RUN_AGAIN} ({STEP})")
    session.apply(undo)
    assert stale(session) == {}
    move(session, NOISE)
    assert stale(session) == {
        "section_spike_times": {NOISE: RUN_AGAIN},
        "compute_sta": {NOISE: RUN_AGAIN},
        "rf_geometry": {NOISE: RESTS_ON_STALE},
        "extract_features": {NOISE: RESTS_ON_STALE},
    }


def test_the_same_sections_found_again_change_nothing(session: PipelineSession, sample: Sample) -> None:
    add_section_time(playlist_name=sample.playlist_name, **tables(sample), force=True, session=session)
    section_spike_times(config_dir=sample.stimuli_dir, session=session)
    assert stale(session) == {}


def test_margins_of_trials_concern_features_but_not_the_sta(session: PipelineSession, sample: Sample) -> None:
    section_spike_times(config_dir=sample.stimuli_dir, pad_margin=(0.5, 0.5), session=session)
    (key,) = stale(session)
    assert key == "extract_features"
    assert NOISE not in stale(session)[key]
    assert {STEP, BAR} <= set(stale(session)[key])


def test_another_definition_of_the_stimulus_concerns_its_feature(session: PipelineSession) -> None:
    session.stimulus["definitions"][STEP] = {**session.stimulus["definitions"][STEP], "events": []}
    assert stale(session) == {"extract_features": {STEP: RUN_AGAIN}}


def test_another_window_of_the_sta_concerns_the_feature_that_repeats_its_field(
    session: PipelineSession, sample: Sample
) -> None:
    compute_sta(cover_range=(-30, 0), stimuli_dir=sample.stimuli_dir, session=session)
    compute_rf_geometry(session=session)
    assert stale(session) == {"extract_features": {NOISE: RUN_AGAIN}}
    extract_features(force=False, session=session)
    assert stale(session) == {}


def test_a_recording_loaded_again_makes_all_out_of_date(session: PipelineSession) -> None:
    session.apply(Update.of("Load", {("steps", "load_recording", "made"): {"all": "2099-01-01T00:00:00"}}))
    assert set(stale(session)) == {step.key for step in STEPS if step.key != "load_recording"}


def test_without_force_only_features_that_are_out_of_date_are_computed_again(
    session: PipelineSession, sample: Sample
) -> None:
    move(session, STEP)
    section_spike_times(config_dir=sample.stimuli_dir, session=session)
    before = {name: feature["metadata"]["extracted_at"] for name, feature in features_of(session).items()}
    extract_features(force=False, session=session)
    after = {name: feature["metadata"]["extracted_at"] for name, feature in features_of(session).items()}
    assert {name for name in before if before[name] != after[name]} == {STEP}
    assert stale(session) == {}


def features_of(session: PipelineSession) -> dict[str, Any]:
    features = session.units["unit_001"]["features"]
    return {name: feature for name, feature in features.items() if "extracted_at" in feature["metadata"]}


# What is refused, and what is not


def tables(sample: Sample) -> dict[str, Any]:
    return {"playlist_file_path": sample.playlist_path, "movie_length_file_path": sample.movie_lengths_path}


def test_an_sta_of_trials_that_are_out_of_date_is_refused(session: PipelineSession, sample: Sample) -> None:
    move(session, NOISE)
    with pytest.raises(MissingInputError, match=rf"spikes per trial of {NOISE}.*'Section spikes' first"):
        compute_sta(stimuli_dir=sample.stimuli_dir, session=session)
    section_spike_times(config_dir=sample.stimuli_dir, session=session)
    compute_sta(stimuli_dir=sample.stimuli_dir, session=session)


def test_an_sta_of_a_movie_whose_spikes_are_not_cut_is_refused(
    session: PipelineSession, sample: Sample
) -> None:
    gone = [("units", unit_id, "spike_times_sectioned", NOISE) for unit_id in session.units]
    session.apply(Update.of("Take back", remove=gone))
    with pytest.raises(MissingInputError, match=rf"spikes per trial of {NOISE}"):
        compute_sta(stimuli_dir=sample.stimuli_dir, session=session)


def without_analog(session: PipelineSession) -> None:
    """Take light-triggered trials back, so that they are new when they are found again."""
    name = "iprgc_test"
    gone: list[tuple[Any, ...]] = [
        ("units", unit_id, "spike_times_sectioned", name) for unit_id in session.units
    ]
    gone += [("stimulus", part, name) for part in ("section_time", "section_info", "light_template")]
    gone += [("steps", "add_section_time_analog"), ("completed_steps", "add_section_time_analog")]
    gone += [("steps", "section_spike_times", part, name) for part in ("made", "inputs")]
    session.apply(Update.of("Take back", remove=gone))


def find_analog(sample: Sample, session: PipelineSession) -> None:
    add_section_time_analog(
        threshold_value=sample.analog_threshold, plot_duration=sample.analog_duration_s, session=session
    )


def test_trials_found_later_leave_the_sta_as_it_is(session: PipelineSession, sample: Sample) -> None:
    without_analog(session)
    assert statuses(session).keys() == {"add_section_time_analog", "extract_features"}
    before = session.units["unit_001"]["features"][f"sta_{NOISE}"]["data"]
    find_analog(sample, session)
    assert stale(session).keys() == {
        "extract_features"
    }  # responses to the new trials, which it can now measure
    compute_sta(stimuli_dir=sample.stimuli_dir, session=session)
    np.testing.assert_array_equal(before, session.units["unit_001"]["features"][f"sta_{NOISE}"]["data"])


def test_trials_found_later_are_what_is_out_of_date_and_a_run_of_all_cuts_them(
    session: PipelineSession, sample: Sample, sample_values: dict[str, dict[str, Any]]
) -> None:
    without_analog(session)
    find_analog(sample, session)
    found = statuses(session)
    assert found.keys() == {"section_spike_times", "extract_features"}
    assert found["section_spike_times"] == (
        StatusKind.OUT_OF_DATE,
        "the spikes of iprgc_test have not been cut yet",
    )
    params = planned_params(
        session.snapshot(), {"section_spike_times": sample_values["section_spike_times"]}, {}
    )
    run_plan(
        session,
        Plan(chosen_keys(["section_spike_times", "compute_sta", "extract_features"]), params, skip_done=True),
    )
    assert statuses(session) == {}
    assert "iprgc_test" in session.units["unit_001"]["spike_times_sectioned"]


def test_movies_that_were_left_out_on_purpose_are_not_missed(
    session: PipelineSession, sample: Sample
) -> None:
    gone = [("units", unit_id, "spike_times_sectioned") for unit_id in session.units]
    session.apply(Update.of("Take back", remove=gone))
    section_spike_times(movie_names=[NOISE], config_dir=sample.stimuli_dir, session=session)
    assert STEPS_BY_KEY["section_spike_times"].lacks(session.snapshot()) == ""


# Records of version 0.1.0


def as_of_first_version(session: PipelineSession) -> PipelineSession:
    """Replace the records by those of version 0.1.0, which tell only which runs a run has used."""
    for step in STEPS:
        record = session.steps[step.key]
        del record["made"], record["inputs"]
        record["used"] = {key: session.steps[key]["started_at"] for key in step.rests_on}
    return session


def test_a_record_of_other_sources_is_out_of_date(session: PipelineSession) -> None:
    record = session.steps["load_recording"]
    other = record | {"inputs": dict.fromkeys(record["inputs"], "0123456789abcdef")}
    session.apply(Update.of("Other version", {("steps", "load_recording"): other}))
    parts = stale_parts(STEPS_BY_KEY["load_recording"], session.snapshot(), STEPS_BY_KEY)
    assert set(parts.values()) == {RUN_AGAIN}


def test_records_of_the_first_version_are_judged_by_run(session: PipelineSession, sample: Sample) -> None:
    as_of_first_version(session)
    assert stale(session) == {}
    without_analog(session)
    find_analog(sample, session)
    compute_sta(
        stimuli_dir=sample.stimuli_dir, session=session
    )  # the movies of the playlist are as they were
    session.steps["add_section_time"]["started_at"] = "2099-01-01T00:00:00"
    assert NOISE in stale(session)["section_spike_times"]
    with pytest.raises(MissingInputError, match="out of date"):
        compute_sta(stimuli_dir=sample.stimuli_dir, session=session)
    section_spike_times(config_dir=sample.stimuli_dir, session=session)
    compute_sta(stimuli_dir=sample.stimuli_dir, session=session)
    compute_rf_geometry(session=session)
    extract_features(session=session)
    assert stale(session) == {}


def test_a_run_for_one_movie_leaves_the_records_of_the_others(
    session: PipelineSession, sample: Sample
) -> None:
    as_of_first_version(session)
    started = session.steps["section_spike_times"]["started_at"]
    section_spike_times(movie_names=[STEP], config_dir=sample.stimuli_dir, session=session)
    record = session.steps["section_spike_times"]
    assert list(record["inputs"]) == [STEP]
    assert record["made"][NOISE] == started != record["made"][STEP]
    assert stale(session) == {"extract_features": {STEP: RUN_AGAIN}}


# The order of the steps


@pytest.mark.parametrize("mode", ["session", "file"])
@pytest.mark.parametrize("is_early", [False, True])
def test_light_triggered_trials_change_no_sta_whenever_they_are_found(
    mode: str, is_early: bool, processed_sample: Processed, sample: Sample, tmp_path: Path
) -> None:
    session = PipelineSession("x", output_dir=tmp_path)
    loaded = processed_sample.session.snapshot()
    session.restore(loaded)
    gone: list[tuple[Any, ...]] = [
        ("units", unit_id, "features", f"sta_{NOISE}") for unit_id in session.units
    ]
    gone += [("units", unit_id, "spike_times_sectioned") for unit_id in session.units]
    gone += [("stimulus", part) for part in ("section_time", "section_info", "light_template")]
    gone += [(part, step.key) for step in STEPS[2:] for part in ("steps", "completed_steps")]
    session.apply(Update.of("As loaded", remove=gone))
    where: dict[str, Any] = {"session": session} if mode == "session" else {"hdf5_path": session.save()}

    add_section_time(playlist_name=sample.playlist_name, **tables(sample), **where)
    for step in ("analog", "spikes") if is_early else ("spikes", "analog"):
        if step == "spikes":
            section_spike_times(config_dir=sample.stimuli_dir, **where)
        else:
            add_section_time_analog(threshold_value=sample.analog_threshold, plot_duration=5.0, **where)
    compute_sta(cover_range=(-60, 0), stimuli_dir=sample.stimuli_dir, **where)
    extract_features(features=[STEP], **where)
    after = session if mode == "session" else PipelineSession.load(session.save_path)
    for unit_id, unit in after.units.items():
        expected = loaded.units[unit_id]["features"][f"sta_{NOISE}"]
        found = unit["features"][f"sta_{NOISE}"]
        np.testing.assert_array_equal(found["data"], expected["data"])
        assert found["metadata"]["n_spikes_used"] == expected["metadata"]["n_spikes_used"]
