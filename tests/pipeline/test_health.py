"""The checks of the recording's health: each finds its fault, and a clean recording raises no alarm."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from hdmea_gui.cli.inspection import inspect_file
from hdmea_gui.pipeline import load_session_from_hdf5
from hdmea_gui.pipeline.health import CHECKS, CHECKS_BY_KEY, changes_of_health, worst
from hdmea_gui.pipeline.steps import STEPS_BY_KEY
from hdmea_gui.session import Update, snapshot_after
from hdmea_gui.session.bad_lanes import BAD_LANES_PATH, ChipLanes

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from hdmea_gui.session import Snapshot
    from tests.pipeline.conftest import Processed


def changed(snapshot: Snapshot, put: Mapping[tuple[str, ...], Any]) -> Snapshot:
    return snapshot_after(snapshot, Update.of("Fault", put))


def dropped_frames(snapshot: Snapshot) -> Mapping[tuple[str, ...], Any]:
    frames = np.asarray(snapshot.metadata["frame_timestamps"])
    return {("metadata", "frame_timestamps"): np.delete(frames, [500, 501, 900])}


def late_spikes(snapshot: Snapshot) -> Mapping[tuple[str, ...], Any]:
    times = np.array(snapshot.units["unit_001"]["spike_times"])
    times[-3:] = 10**9
    return {("units", "unit_001", "spike_times"): times}


def bad_lanes(_snapshot: Snapshot) -> Mapping[tuple[str, ...], Any]:
    return {BAD_LANES_PATH: ChipLanes("row").with_numbers([7, 9]).as_stored()}


def double_spikes(snapshot: Snapshot) -> Mapping[tuple[str, ...], Any]:
    times = np.asarray(snapshot.units["unit_001"]["spike_times"])
    return {("units", "unit_001", "spike_times"): np.sort(np.concatenate([times, times + 2]))}


def drift(snapshot: Snapshot) -> Mapping[tuple[str, ...], Any]:
    put: dict[tuple[str, ...], Any] = {}
    for unit_id, unit in snapshot.units.items():
        amplitudes = np.asarray(unit["unit_meta"]["peak_amplitudes"])
        fading = np.linspace(1, 0.5, len(amplitudes), dtype=np.float32)
        put["units", unit_id, "unit_meta", "peak_amplitudes"] = amplitudes * fading
    return put


def other_tick(_snapshot: Snapshot) -> Mapping[tuple[str, ...], Any]:
    return {("metadata", "raw_clock", "stated_rate_hz"): 4999.0}


def other_playlist(snapshot: Snapshot) -> Mapping[tuple[str, ...], Any]:
    return {("metadata", "frame_timestamps"): np.asarray(snapshot.metadata["frame_timestamps"])[:-500]}


def shifted_movie(snapshot: Snapshot) -> Mapping[tuple[str, ...], Any]:
    movie = next(iter(snapshot.stimulus["light_check"]))
    place = ("stimulus", "light_check", movie)
    return {(*place, "verdict"): ["shifted"], (*place, "shift_frames"): np.array([[0, 2]])}


FAULTS = {
    "rates": other_tick,
    "playlist_length": other_playlist,
    "movie_light": shifted_movie,
    "display_frames": dropped_frames,
    "spikes_outside": late_spikes,
    "bad_lanes": bad_lanes,
    "refractory": double_spikes,
    "amplitude_drift": drift,
}


def test_a_clean_recording_raises_no_alarm(processed_sample: Processed) -> None:
    health = processed_sample.session.health
    assert {key: found["state"] for key, found in health.items()} == dict.fromkeys(CHECKS_BY_KEY, "ok")
    assert worst(health) == "ok"


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.key)
def test_each_check_finds_its_fault_and_no_other_does(check: Any, processed_sample: Processed) -> None:
    snapshot = processed_sample.session.snapshot()
    faulty = changed(snapshot, FAULTS[check.key](snapshot))
    states = {change.path[1]: change.value["state"] for change in changes_of_health(faulty)}
    assert states.pop(check.key) in {"check", "fault"}
    assert set(states.values()) == {"ok"}


def test_the_frames_that_are_missing_are_counted(processed_sample: Processed) -> None:
    snapshot = processed_sample.session.snapshot()
    found = CHECKS_BY_KEY["display_frames"].look(changed(snapshot, dropped_frames(snapshot)))
    assert found is not None
    assert found.sentence.startswith("2 of ")
    assert "room for 3 more frames" in found.sentence
    assert found.y is not None
    assert found.y.max() == pytest.approx(3e3 / 59.94, rel=0.1)


def test_what_a_finding_is_about_is_named_and_drawn(processed_sample: Processed) -> None:
    snapshot = processed_sample.session.snapshot()

    def found(key: str) -> Any:
        return CHECKS_BY_KEY[key].look(changed(snapshot, FAULTS[key](snapshot)))

    assert found("refractory").units == ("unit_001",)
    assert found("spikes_outside").units == ("unit_001",)
    assert np.nanmax(found("movie_light").y) == 2
    assert found("rates").y[-1] == pytest.approx(found("rates").x[-1] * 1000 / 4999, rel=0.01)
    noise = found("bad_lanes").y
    assert np.isnan(noise[:30]).all()  # the region begins at row 31
    np.testing.assert_allclose(noise[30:], 1, atol=0.2)


def test_a_movie_placed_by_its_light_is_no_fault(processed_sample: Processed) -> None:
    snapshot = processed_sample.session.snapshot()
    frames = np.asarray(snapshot.metadata["frame_timestamps"])
    mended = {**shifted_movie(snapshot), ("stimulus", "movie_frame_times"): frames}
    found = CHECKS_BY_KEY["movie_light"].look(changed(snapshot, mended))
    assert found is not None
    assert found.state == "ok"
    assert "placed by the light" in found.sentence


def test_every_check_leads_to_a_view_and_to_a_parameter_that_exist() -> None:
    for check in CHECKS:
        assert check.advice
        if check.parameter is not None:
            step, name = check.parameter
            assert name in {field.name for field in dataclasses.fields(STEPS_BY_KEY[step].params)}


def test_pulses_too_many_are_no_regular_frames(processed_sample: Processed) -> None:
    snapshot = processed_sample.session.snapshot()
    frames = np.asarray(snapshot.metadata["frame_timestamps"])
    more = np.insert(frames, 601, (frames[600] + frames[601]) // 2)
    found = CHECKS_BY_KEY["display_frames"].look(changed(snapshot, {("metadata", "frame_timestamps"): more}))
    assert found is not None
    assert found.state == "check"
    assert found.sentence.startswith("2 of ")


def test_findings_are_in_the_file_and_in_its_report(processed_sample: Processed, tmp_path: Path) -> None:
    session = processed_sample.session
    path = session.checkpoint(tmp_path / "health.h5")
    loaded = load_session_from_hdf5(path)
    assert loaded.health.keys() == session.health.keys()
    for key, found in session.health.items():
        assert loaded.health[key]["sentence"] == found["sentence"]
        for name, values in found.get("data", {}).items():
            np.testing.assert_array_equal(loaded.health[key]["data"][name], values)
    report = inspect_file(path)
    as_json = json.loads(json.dumps(report.as_dict()))
    assert as_json["health"]["refractory"]["state"] == "ok"
    assert any("Refractory periods" in line and "ok: " in line for line in report.lines())


def test_the_worst_state_counts() -> None:
    assert worst({}) is None
    assert worst({"a": {"state": "ok"}, "b": {"state": "fault"}, "c": {"state": "check"}}) == "fault"
