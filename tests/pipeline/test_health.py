"""The checks of the recording's health: each finds its fault, and a clean recording raises no alarm."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from hdmea_gui.cli.inspection import inspect_file
from hdmea_gui.pipeline import load_session_from_hdf5
from hdmea_gui.pipeline.health import CHECKS, CHECKS_BY_KEY, changes_of_health, worst
from hdmea_gui.session import Update, snapshot_after
from hdmea_gui.session.bad_lanes import BAD_LANES_PATH, ChipLanes
from hdmea_gui.session.recording import RecordingReader, light_check_path, placed_frames_path

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


def shifted_movies(snapshot: Snapshot) -> Mapping[tuple[str, ...], Any]:
    movie, held = next(iter(RecordingReader(snapshot).light_check.items()))
    shifted = {**held, "verdict": ["shifted"], "shift_frames": np.array([[9, 9]])}
    return {(*light_check_path(), movie): shifted}


FAULTS = {
    "display_frames": dropped_frames,
    "movies_by_light": shifted_movies,
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
    assert found.sentence.startswith("3 display frames are missing in 2 places")


def test_pulses_too_many_are_no_regular_frames(processed_sample: Processed) -> None:
    snapshot = processed_sample.session.snapshot()
    frames = np.asarray(snapshot.metadata["frame_timestamps"])
    more = np.insert(frames, 601, (frames[600] + frames[601]) // 2)
    found = CHECKS_BY_KEY["display_frames"].look(changed(snapshot, {("metadata", "frame_timestamps"): more}))
    assert found is not None
    assert found.state == "check"
    assert found.sentence.startswith("2 intervals between display frames are too short")


def test_movies_placed_by_the_light_are_no_fault(processed_sample: Processed) -> None:
    snapshot = processed_sample.session.snapshot()
    shifted = changed(snapshot, shifted_movies(snapshot))
    look = CHECKS_BY_KEY["movies_by_light"].look
    found = look(shifted)
    assert found is not None
    assert (found.state, "by up to 9 frames" in found.sentence) == ("fault", True)
    by_light = look(changed(shifted, {placed_frames_path(): np.arange(5, dtype=np.uint64)}))
    assert by_light is not None
    assert by_light.state == "ok"


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
