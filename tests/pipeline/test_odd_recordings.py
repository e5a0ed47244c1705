"""Recordings that are not quite right: what can be kept is kept, and what is odd is said with its units."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
import pytest

from hdmea_gui.errors import ConfigurationError
from hdmea_gui.pipeline import (
    add_section_time,
    compute_sta,
    extract_features,
    load_recording,
    load_session_from_hdf5,
    section_spike_times,
)
from hdmea_gui.pipeline.features import baseline
from hdmea_gui.pipeline.features.family import Recording, Shown, UnitData
from hdmea_gui.pipeline.modes import run_on
from hdmea_gui.pipeline.plan import Plan, chosen_keys, planned_params
from hdmea_gui.pipeline.recency import is_current
from hdmea_gui.pipeline.running import run_plan
from hdmea_gui.pipeline.status import StatusKind
from hdmea_gui.pipeline.step import is_done
from hdmea_gui.pipeline.steps import STEPS_BY_KEY
from hdmea_gui.session import PipelineSession, create_session, differences
from hdmea_gui.session.columns import unit_columns
from hdmea_gui.session.recording import RecordingReader
from tests.io.mcs.mcs_files import make_raw, make_sorted, unit

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from hdmea_gui.sample import Sample
    from tests.pipeline.conftest import Processed


def test_spikes_outside_the_recording_and_units_without_peaks(tmp_path: Path) -> None:
    raw = make_raw(tmp_path / "a.cmcr")
    early, late, none = unit(1), unit(2), unit(3)
    early.timestamps_us[:2], early.include[:2] = (-800, -400), 1
    late.timestamps_us[-3:], late.include[-3:] = 3_600_000_000, 1
    path = make_sorted(tmp_path / "a.cmtr", units=[early, late, none])
    with h5py.File(path, "r+") as file:
        del file["Spike Sorter/Unit 3/Peaks"]
    session = create_session("a", raw, path)
    load_recording(raw, path, session=session)
    said = "\n".join(session.warnings)
    assert "before the start of the recording, which are left out: unit_001 (2)." in said
    assert "after the end of the recording" in said
    assert "unit_002 (3)" in said
    assert "unit 3 has no table of peaks" in said
    assert session.units["unit_001"]["spike_times"].size == np.count_nonzero(early.include) - 2
    assert session.units["unit_002"]["spike_times"].size == np.count_nonzero(late.include)
    assert session.units["unit_003"]["spike_times"].size == 0
    assert not session.units["unit_003"]["firing_rate_10hz"].any()
    saved = session.save(tmp_path / "a.h5")
    assert PipelineSession.load(saved).snapshot().units["unit_003"]["spike_times"].dtype == np.uint64


@pytest.mark.parametrize("has_rates", [True, False], ids=["10 Hz rates", "only spikes"])
def test_without_a_raw_file_the_order_of_the_spikes_changes_nothing(sample: Sample, has_rates: bool) -> None:
    results = []
    for order in (1, -1):
        session = create_session("a", None, sample.cmtr_path)
        load_recording(None, sample.cmtr_path, session=session)
        session.metadata.pop("duration_s", None)
        for unit_of_session in session.units.values():
            unit_of_session["spike_times"] = unit_of_session["spike_times"][::order].copy()
            if not has_rates:
                del unit_of_session["firing_rate_10hz"]
        extract_features(session=session)
        columns = unit_columns(session.units, RecordingReader(session).duration_s)
        results.append({column.name: column.values for column in columns})
    ascending, descending = results
    assert ascending["mean_firing_rate"] == pytest.approx(ascending["rate"], rel=1e-9)
    assert (ascending["mean_firing_rate"] > 0.5).all()
    assert list(ascending) == list(descending)
    for name, values in ascending.items():
        np.testing.assert_array_equal(values, descending[name], err_msg=name)


@pytest.mark.parametrize(
    "disturbed",
    [
        lambda times: np.random.default_rng(0).permutation(times),
        lambda times: np.concatenate([[-(10**7), -5], times.astype(np.int64)]),
    ],
    ids=["in any order", "before the recording"],
)
def test_spike_times_that_a_script_has_set_otherwise_change_no_result(
    sample: Sample,
    sample_values: dict[str, dict[str, Any]],
    processed_sample: Processed,
    disturbed: Callable[[NDArray[np.uint64]], NDArray[Any]],
) -> None:
    session = create_session(None, sample.cmcr_path, sample.cmtr_path)
    load_recording(sample.cmcr_path, sample.cmtr_path, session=session)
    given = {unit_id: unit["spike_times"] for unit_id, unit in session.units.items()}
    for unit_id, times in given.items():
        session.units[unit_id]["spike_times"] = disturbed(times)
    steps = chosen_keys(None)[1:]
    reports = run_plan(session, Plan(steps, planned_params(session.snapshot(), sample_values, {})))
    assert {report.kind for report in reports} == {StatusKind.DONE}
    for unit_id, times in given.items():
        session.units[unit_id]["spike_times"] = times
    found = differences(session.snapshot(), processed_sample.session.snapshot())
    assert [
        path for path in found if not path.endswith("_at") and not path.startswith(("steps/", "root/"))
    ] == []


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (np.array([1.0, np.nan, 5.0]), "contain NaN or infinite values"),
        (np.arange(10).reshape(5, 2), "have 2 dimensions"),
        (np.array(5), "have 0 dimensions"),
        (np.array(["a"]), "are not numbers"),
        ([[1], [2, 3]], "are not an array"),
        (None, "are not numbers"),
    ],
)
def test_spike_times_that_a_script_has_set_wrongly_are_told(reference: Path, bad: Any, words: str) -> None:
    session = PipelineSession.load(reference / "lab_deferred.h5")
    session.units["unit_001"]["spike_times"] = bad
    before = set(session.units["unit_002"]["features"])
    calls: list[Callable[[], Any]] = [
        lambda: section_spike_times(config_dir=reference / "stimuli", session=session, force=True),
        lambda: compute_sta(stimuli_dir=reference / "stimuli", session=session, force=True),
        lambda: extract_features(session=session, force=True),
    ]
    for call in calls:
        with pytest.raises(ConfigurationError, match=rf"spike times of unit_001 {words}.*Correct the script"):
            call()
    assert set(session.units["unit_002"]["features"]) == before


def test_padding_as_long_as_the_recording_is_refused(reference: Path) -> None:
    session = PipelineSession.load(reference / "lab_deferred.h5")
    n_frames = len(session.metadata["frame_timestamps"])
    tables: dict[str, Any] = {
        "playlist_file_path": reference / "playlist.csv",
        "movie_length_file_path": reference / "movie_length.csv",
    }
    place = partial(add_section_time, playlist_name="demo_set", session=session, force=True, **tables)
    with pytest.raises(
        ConfigurationError, match=rf"padding \({n_frames} frames\) is as long as the recording"
    ):
        place(pad_frame=n_frames)
    with pytest.raises(ConfigurationError, match="at least 0"):
        place(pad_frame=-1)
    place(pad_frame=n_frames - 1)


def test_results_of_a_movie_that_left_the_playlist_are_marked(
    processed_reference: Processed, reference: Path, tmp_path: Path
) -> None:
    session = load_session_from_hdf5(processed_reference.session.checkpoint(tmp_path / "all.h5"))
    noise = next(name for name in session.stimulus["section_time"] if "noise" in name)
    other = next(name for name in session.stimulus["section_time"] if name != noise)
    playlists = tmp_path / "playlist.csv"
    playlists.write_text(f"playlist_name,movie_names\nother,\"['{other}']\"\n", encoding="utf-8")
    add_section_time(
        playlist_name="other",
        playlist_file_path=playlists,
        movie_length_file_path=reference / "movie_length.csv",
        session=session,
        force=True,
    )
    assert any(f"No longer in the playlist: {noise}." in text for text in session.warnings)
    section_spike_times(config_dir=reference / "stimuli", session=session)
    run_on(session, STEPS_BY_KEY["extract_features"], {})
    again = PipelineSession.load(session.save(tmp_path / "again.h5"))
    features = again.units["unit_001"]["features"]
    for name in (f"sta_{noise}", noise):
        assert features[name]["metadata"]["out_of_date"] == f"{noise} is no longer in the playlist"
        assert not is_current(features[name])
    assert is_current(features[other])
    assert noise not in again.units["unit_001"]["spike_times_sectioned"]
    snapshot = again.snapshot()
    assert not is_done(STEPS_BY_KEY["compute_sta"], snapshot)
    assert not is_done(STEPS_BY_KEY["rf_geometry"], snapshot)
    assert is_done(STEPS_BY_KEY["extract_features"], snapshot)


def test_a_grey_movie_that_the_recording_ended_before_is_no_baseline() -> None:
    recording = Recording(1000.0, np.arange(0, 4000, 17, dtype=np.uint64), 4000)
    spikes, shown = np.array([500, 1500, 3999], np.uint64), Shown("baseline_127", (), "")
    cut = UnitData(spikes, [np.empty(0, np.int64)], np.array([[3999, 3999]]))
    found = baseline.compute(cut, shown, recording, baseline.Params())
    assert (found["source"], found["spike_count"], found["mean_firing_rate"]) == ("whole recording", 3, 0.75)
    there = UnitData(spikes, [np.array([1500])], np.array([[1000, 2000], [3999, 3999]]))
    found = baseline.compute(there, shown, recording, baseline.Params())
    assert (found["source"], found["spike_count"], found["mean_firing_rate"]) == ("baseline_127", 1, 1.0)
