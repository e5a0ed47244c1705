"""What the readers find in a session, and in a snapshot of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from hdmea_gui.errors import MissingInputError
from hdmea_gui.session import PipelineSession
from hdmea_gui.session.recording import RecordingReader
from hdmea_gui.session.unit import (
    feature_in,
    feature_path,
    first_lag_of,
    image_of,
    n_spikes_used,
    receptive_field_of,
    sectioned_movies_of,
    soma_of,
    spike_times_of,
    sta_of,
    stas_of,
    trials_of,
)

NOISE, STEP = "dense_noise", "step_up"
UNTOUCHABLE = object()


def session_of(units: dict[str, dict[str, Any]] | None = None, **metadata: Any) -> PipelineSession:
    session = PipelineSession("x")
    session.units = units or {}
    session.metadata = metadata
    return session


def unit_with(*spikes: int, **content: Any) -> dict[str, Any]:
    return {"spike_times": np.array(spikes, np.uint64), **content}


RATES = {"firing_rate_10hz": np.zeros(1091, np.float32)}


@pytest.mark.parametrize(
    ("metadata", "unit", "expected_s"),
    [
        ({"duration_s": 5.0, "cmcr_meta": {"recording_duration_s": 109.07}}, RATES, 5.0),
        ({"cmcr_meta": {"recording_duration_s": 109.07}}, RATES, 109.07),
        ({"cmcr_meta": {"recording_duration_s": "long"}}, RATES, 109.1),
        ({"duration_s": 0.0}, RATES, 109.1),
        ({"duration_s": np.inf}, {}, 3.0),
        ({}, {}, 3.0),
        ({"acquisition_rate": None}, {}, None),
    ],
    ids=["noted", "raw file", "rates", "zero", "infinite", "last spike", "no rate"],
)
def test_the_duration_comes_from_the_best_source(
    metadata: dict[str, Any], unit: dict[str, Any], expected_s: float | None
) -> None:
    metadata = {"acquisition_rate": 1000.0, **metadata}
    if metadata["acquisition_rate"] is None:
        del metadata["acquisition_rate"]
    session = session_of({"a": unit_with(2999, 10) | unit, "b": unit_with(500, 7)}, **metadata)
    assert RecordingReader(session).duration_s == expected_s
    assert RecordingReader(session.snapshot()).duration_s == expected_s


@pytest.mark.parametrize("times", [[[1], [2, 3]], "late", [np.nan, 4.0], []])
def test_spike_times_that_are_no_numbers_tell_no_duration(times: Any) -> None:
    assert RecordingReader(session_of({"a": {"spike_times": times}}, acquisition_rate=1.0)).duration_s is None


def test_a_rate_may_be_in_an_array_as_scripts_copy_it() -> None:
    assert RecordingReader(session_of(acquisition_rate=np.array([20000.0]))).rate_hz == 20000.0


@pytest.mark.parametrize("metadata", [{}, {"acquisition_rate": 0.0}, {"acquisition_rate": "fast"}])
def test_a_session_without_a_rate_says_how_to_get_one(metadata: dict[str, Any]) -> None:
    recording = RecordingReader(session_of(**metadata))
    assert not recording.has_rate
    with pytest.raises(MissingInputError, match="Load recording"):
        _ = recording.rate_hz


def test_the_finest_form_of_a_light_channel_is_taken() -> None:
    session = session_of(acquisition_rate=20000.0)
    raw, reduced = np.arange(6, dtype=np.float32), np.arange(3, dtype=np.float32)
    session.stimulus = {"light_reference": {"raw_ch1": raw, "10hz_ch1": reduced, "10hz_ch2": reduced}}
    recording = RecordingReader(session)
    first, second = recording.light(1), recording.light(2)
    assert first is not None
    assert second is not None
    assert (first.values is raw, first.rate_hz) == (True, 20000.0)
    assert (second.values is reduced, second.rate_hz) == (True, 10.0)
    assert recording.raw_light(2) is None
    assert recording.light(3) is None


def cut(*trials: tuple[int, ...], **attributes: Any) -> dict[str, Any]:
    return {
        "trials_spike_times": dict(enumerate(np.array(trial, np.int64) for trial in trials)),
        "trials_start_end": np.array([(100 * n, 100 * n + 50) for n in range(len(trials))]),
        "_attrs": attributes,
    }


def test_movies_are_listed_in_the_order_of_their_sections() -> None:
    units = {
        "a": unit_with(spike_times_sectioned={"late": cut((1,))}),
        "b": unit_with(spike_times_sectioned={STEP: cut((2,)), NOISE: cut(())}),
    }
    session = session_of(units)
    bounds = np.array([[0, 10]])
    session.stimulus = {"section_time": {NOISE: bounds, "other_noise": bounds, STEP: bounds}}
    session.stimulus["section_info"] = {"other_noise": {"source": "analog"}}
    recording = RecordingReader(session)
    assert recording.sectioned_movies == [NOISE, STEP, "late"]
    assert recording.noise_movies == [NOISE]
    assert recording.is_timed_by_light("other_noise")
    assert not recording.is_timed_by_light(NOISE)
    assert recording.trials(STEP) is units["b"]["spike_times_sectioned"][STEP]["trials_start_end"]
    assert recording.trials("unknown") is None


def test_trials_of_a_unit() -> None:
    held = cut((5, 6), (120,), pad_margin=[2, 0.5])
    unit = unit_with(5, 6, 120, spike_times_sectioned={STEP: held, NOISE: cut((1,))})
    found = trials_of(unit, STEP)
    assert found is not None
    assert [spikes.tolist() for spikes in map(np.asarray, found.spikes)] == [[5, 6], [120]]
    assert found.bounds is held["trials_start_end"]
    assert found.margin_s == (2.0, 0.5)
    assert sectioned_movies_of(unit) == (STEP, NOISE)
    other = trials_of(unit, NOISE)
    assert other is not None
    assert other.margin_s is None
    assert trials_of({}, STEP) is None
    assert spike_times_of({}).shape == (0,)


def test_features_of_a_unit() -> None:
    field, soma = {"snr": 7.0}, {"absent_reason": "too weak"}
    sta = {"data": UNTOUCHABLE, "metadata": {"n_spikes_used": np.int64(12)}, "sta_geometry": field}
    image = {"data": UNTOUCHABLE, "metadata": {}, "geometry": soma}
    unit = {"features": {"frif": {}, f"sta_{NOISE}": sta, "eimage_sta": image}}
    assert stas_of(unit) == {NOISE: sta}
    assert sta_of(unit, NOISE) is sta
    assert sta_of(unit, STEP) is None
    assert image_of(unit) is image
    assert image_of({}) is None
    assert receptive_field_of(sta) == field
    assert soma_of(image) == {}
    assert (n_spikes_used(sta), n_spikes_used(image)) == (12, None)
    assert first_lag_of(sta, 60) == -60
    assert first_lag_of({"metadata": {"cover_range": np.array([-45, 5])}}, 50) == -45
    assert RecordingReader(session_of({"a": {}, "b": unit})).sta_movies == [NOISE]


def test_the_feature_that_a_path_leads_into() -> None:
    assert feature_in(feature_path("unit_001", "frif")) == "frif"
    assert feature_in(feature_path("unit_001", "sta_x", "sta_geometry", "snr")) == "sta_x"
    assert feature_in(("units", "unit_001", "features")) is None
    assert feature_in(("units", "unit_001", "unit_meta", "snr")) is None
    assert feature_in(("metadata", "a", "features", "b")) is None
