from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from hdmea_gui.analysis import CannotCompute
from hdmea_gui.analysis.histogram import TrialRates, frame_rates
from hdmea_gui.analysis.light_response import contrast_index, need_bins
from hdmea_gui.analysis.step_response import StepResponse, step_response
from tests.analysis.spike_trains import (
    bump,
    burst_trials,
    fluctuating_trials,
    poisson_trials,
    regular_trials,
    trial_rates,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

N_UNITS = 40


def respond(
    seed: int, n_trials: int, rate_hz: Callable[[NDArray[np.float64]], NDArray[np.float64]]
) -> StepResponse:
    return step_response(trial_rates(poisson_trials([seed, n_trials], n_trials, rate_hz)), 60, 360)


def has_nothing(found: StepResponse) -> bool:
    times = (
        found.on_latency_ms,
        found.off_latency_ms,
        found.on_onset_ms,
        found.off_onset_ms,
        found.on_off_ratio,
    )
    return found.response_class in {"none", "not_tested"} and bool(np.isnan(times).all())


@pytest.mark.parametrize("n_trials", [3, 10])
@pytest.mark.parametrize(
    "unit",
    [
        lambda seed, n: poisson_trials(seed, n, lambda t: np.full_like(t, 0.5)),
        lambda seed, n: poisson_trials(seed, n, lambda t: np.full_like(t, 20.0)),
        lambda seed, n: burst_trials(seed, n, 5.0),
        lambda seed, n: regular_trials(seed, n, 5.0),
        lambda seed, n: fluctuating_trials(seed, n, 20.0),
    ],
    ids=["sparse", "fast", "bursting", "regular", "fluctuating"],
)
def test_units_without_a_response_get_none(
    unit: Callable[[list[int], int], list[NDArray[np.float64]]], n_trials: int
) -> None:
    found = [step_response(trial_rates(unit([s, n_trials], n_trials)), 60, 360) for s in range(N_UNITS)]
    assert np.mean([has_nothing(one) for one in found]) >= 0.93
    # the measured value stays, with its p
    assert np.isfinite([one.on_peak_value_p for one in found]).all()
    assert np.isfinite([one.on_peak_value for one in found]).mean() > 0.6


@pytest.mark.parametrize(
    ("peak_hz", "at_s", "sigma_s"),
    [(300, 0.025, 0.006), (250, 0.03, 0.008), (500, 0.03, 0.008), (100, 0.08, 0.025)],
)
def test_a_brief_response_is_found_in_three_trials(peak_hz: float, at_s: float, sigma_s: float) -> None:
    found = [
        respond(seed, 3, lambda t: 5 + bump(t, peak_hz, 1 + at_s, sigma_s) + bump(t, 25, 6.1, 0.04))
        for seed in range(N_UNITS)
    ]
    assert np.mean([abs(one.on_latency_ms - at_s * 1e3) < 20 for one in found]) >= 0.9
    assert np.mean([one.on_off_ratio < 0 for one in found]) <= 0.05


def test_latencies_are_unbiased_and_their_intervals_cover_the_truth() -> None:
    found = [respond(seed, 10, lambda t: 5 + bump(t, 200, 1.04, 0.01)) for seed in range(N_UNITS)]
    onset_ms = 40 - 1.2816 * 10  # 10 % quantile of the Gaussian
    assert abs(np.mean([one.on_latency_ms for one in found]) - 40) < 1
    assert abs(np.mean([one.on_onset_ms for one in found]) - onset_ms) < 1
    peak = np.array([one.on_latency_ms_interval for one in found])
    onset = np.array([one.on_onset_ms_interval for one in found])
    assert np.mean((peak[:, 0] <= 40) & (peak[:, 1] >= 40)) >= 0.88
    assert np.mean((onset[:, 0] <= onset_ms) & (onset[:, 1] >= onset_ms)) >= 0.88


def test_a_cell_that_stops_in_the_light_is_suppressed_and_not_off() -> None:
    found = respond(1, 3, lambda t: np.where((t > 1) & (t < 6), 10.0, 40.0))
    assert found.response_class == "suppressed"
    assert found.on_peak_value < -20
    assert found.on_sustained_response == pytest.approx(-30, abs=6)
    assert found.on_off_ratio == -1
    assert np.isnan([found.on_latency_ms, found.off_latency_ms]).all()


def test_an_on_cell_that_fires_on_after_the_light_has_no_off_response() -> None:
    found = [respond(seed, 10, lambda t: np.where((t > 1.04) & (t < 6.03), 45.0, 5.0)) for seed in range(10)]
    assert [one.response_class for one in found] == ["on"] * 10
    assert {one.on_off_ratio for one in found} == {1.0}
    assert np.mean([one.on_sustained_response for one in found]) == pytest.approx(40, abs=2)
    assert np.mean([one.baseline_rate for one in found]) == pytest.approx(5, abs=1)


def test_an_on_response_twice_the_off_response_has_an_index_of_a_third() -> None:
    found = [
        respond(seed, 30, lambda t: 5 + bump(t, 160, 1.08, 0.02) + bump(t, 80, 6.08, 0.02))
        for seed in range(20)
    ]
    assert {one.response_class for one in found} == {"on_off"}
    index = np.array([one.on_off_ratio for one in found])
    assert np.mean(index) == pytest.approx(1 / 3, abs=0.03)
    assert np.mean(np.abs(index - 1 / 3) < 0.1) >= 0.85


def test_weak_evidence_is_not_called_an_absent_response() -> None:
    few = respond(0, 3, lambda t: np.full_like(t, 20.0))
    many = respond(0, 30, lambda t: np.full_like(t, 20.0))
    silent = step_response(trial_rates([np.empty(0)] * 3), 60, 360)
    assert (few.response_class, many.response_class, silent.response_class) == (
        "not_tested",
        "none",
        "not_tested",
    )
    assert few.detectable_hz > 10 > many.detectable_hz
    assert np.isnan(
        [silent.on_peak_value, silent.off_peak_value, silent.on_off_ratio, silent.response_quality]
    ).all()


def test_a_unit_that_is_silent_after_the_light_has_no_peak_there() -> None:
    found = respond(3, 3, lambda t: bump(t, 200, 1.1, 0.02))
    assert found.on_off_ratio == 1
    assert np.isnan([found.off_peak_value, found.off_latency_ms]).all()


def test_smoothing_changes_peak_rates_and_never_the_evidence() -> None:
    trials = trial_rates(poisson_trials(5, 10, lambda t: 5 + bump(t, 200, 1.04, 0.01)))
    smooth, sharp = step_response(trials, 60, 360), step_response(trials, 60, 360, cutoff_hz=0)
    assert smooth.on_peak_value < sharp.on_peak_value
    assert (smooth.on_latency_ms, smooth.on_peak_value_p) == (sharp.on_latency_ms, sharp.on_peak_value_p)


def test_quality_comes_with_its_floor_and_the_split_half_correlation() -> None:
    found = [respond(seed, 4, lambda t: np.full_like(t, 10.0)) for seed in range(20)]
    assert {one.quality_floor for one in found} == {0.25}
    assert {one.n_trials for one in found} == {4}
    assert np.mean([one.response_quality for one in found]) == pytest.approx(0.25, abs=0.02)
    assert np.mean([one.split_half_correlation for one in found]) == pytest.approx(0, abs=0.03)


def test_spikes_of_known_latency_are_found_again_on_an_irregular_display() -> None:
    rate_hz = 20_000.0
    rng = np.random.default_rng(5)
    stamps = (1_000 + np.cumsum(rng.integers(325, 342, 2_000))).astype(np.uint64)
    bounds = stamps[[[10, 610], [610, 1210], [1210, 1810]]].astype(np.int64)
    on, off = stamps[[70, 670, 1270]].astype(np.int64), stamps[[370, 970, 1570]].astype(np.int64)

    def around(event: int, delay: int, n: int) -> NDArray[np.int64]:
        return event + delay + rng.normal(0, 300, n).astype(np.int64)

    trials = [
        np.concatenate([around(a, 2_400, 40), around(b, 3_600, 20)])
        for a, b in zip(on.tolist(), off.tolist(), strict=True)
    ]
    found = step_response(frame_rates(trials, bounds, stamps, rate_hz), 60, 360)
    assert found.on_latency_ms == pytest.approx(120, abs=6)
    assert found.off_latency_ms == pytest.approx(180, abs=8)
    assert found.on_off_ratio == pytest.approx(1 / 3, abs=1e-9)
    assert found.response_quality > 0.9


def test_rates_without_spike_times_lead_to_the_same_result_within_a_frame() -> None:
    exact = trial_rates(poisson_trials(2, 10, lambda t: 5 + bump(t, 200, 1.04, 0.01)))
    binned = TrialRates(exact.rates, exact.edges_s)
    one, other = step_response(exact, 60, 360), step_response(binned, 60, 360)
    assert other.on_latency_ms == pytest.approx(one.on_latency_ms, abs=10)
    assert other.on_off_ratio == one.on_off_ratio == 1


def test_incomplete_trials_do_not_count_and_bad_timing_is_named() -> None:
    trials = trial_rates(poisson_trials(2, 4, lambda t: 5 + bump(t, 200, 1.04, 0.01)))
    rates = trials.rates.copy()
    rates[1, 500:] = np.nan
    kept = [0, 2, 3]
    expected = step_response(
        TrialRates(rates[kept], trials.edges_s, tuple(trials.spikes_s[i] for i in kept)), 60, 360
    )
    found = step_response(TrialRates(rates, trials.edges_s, trials.spikes_s), 60, 360)
    assert (found.n_trials, found.on_latency_ms) == (3, expected.on_latency_ms)
    with pytest.raises(CannotCompute, match="no trial"):
        step_response(TrialRates(rates[[1]], trials.edges_s), 60, 360)
    for timing in ((0, 360), (60, 60), (60, 700)):
        with pytest.raises(CannotCompute, match="timing"):
            step_response(trials, *timing)


def test_the_index_is_between_minus_one_and_one() -> None:
    assert contrast_index(3.0, 1.0) == 0.5
    assert contrast_index(-5.0, 3.0) == -1
    assert np.isnan(contrast_index(0.0, 0.0))


def test_marks_may_reach_the_end_of_the_trial_and_no_further() -> None:
    trials = TrialRates(np.zeros((2, 10)), np.arange(11) / 10)
    need_bins(trials, 0, 3, 6, 10)
    for marks in ((0, 3, 6, 11), (-1, 3, 6, 10), (0, 6, 6, 10)):
        with pytest.raises(CannotCompute, match="trials of 10 frames"):
            need_bins(trials, *marks)
