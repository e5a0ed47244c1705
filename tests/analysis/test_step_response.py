from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from hdmea_gui.analysis import CannotCompute
from hdmea_gui.analysis.histogram import TrialRates, frame_rates
from hdmea_gui.analysis.step_response import contrast_index, find_transient, need_bins, step_response

if TYPE_CHECKING:
    from numpy.typing import NDArray

FRAME_S = 1 / 60
EDGES: NDArray[np.float64] = np.linspace(0, 10, 601)


def bump(center: float, width: float = 4.0) -> NDArray[np.float64]:
    return np.asarray(np.exp(-((np.arange(600) + 0.5 - center) ** 2) / (2 * width**2)))


def trials_of(*rates: NDArray[np.float64]) -> TrialRates:
    return TrialRates(np.stack(rates), EDGES)


def test_a_transient_and_sustained_cell_is_measured_in_hz_and_ms() -> None:
    rate = 5 + 60 * bump(70.5) + 30 * bump(372.5)
    rate[200:360] += 12
    rate[450:] += 3
    found = step_response(trials_of(rate, rate), 60, 360, cutoff_hz=0)
    assert found.baseline_rate == pytest.approx(5, abs=0.2)
    assert found.on_peak_value == pytest.approx(65)
    assert found.on_latency_ms == pytest.approx(10.5 * FRAME_S * 1e3)
    assert found.off_peak_value == pytest.approx(35)
    assert found.off_latency_ms == pytest.approx(12.5 * FRAME_S * 1e3)
    assert found.on_sustained_response == pytest.approx(17, abs=0.01)
    assert found.off_sustained_response == pytest.approx(8)
    assert found.on_off_ratio == pytest.approx(30 / 100)
    assert found.response_quality == pytest.approx(1)
    assert found.psth.dtype == np.float32
    np.testing.assert_allclose(found.psth_time_s, EDGES[:-1] + FRAME_S / 2, rtol=1e-6)


def test_the_default_smoothing_keeps_a_slow_peak_and_its_time() -> None:
    rate = 5 + 60 * bump(80.5, 8) + 20 * bump(380.5, 8)
    found = step_response(trials_of(rate), 60, 360)
    assert found.on_peak_value == pytest.approx(65, rel=0.1)
    assert found.on_latency_ms == pytest.approx(20.5 * FRAME_S * 1e3)
    assert np.isnan(found.response_quality)


def test_without_a_peak_there_is_no_value_and_the_index_says_which_one_exists() -> None:
    found = step_response(trials_of(2 + 50 * bump(75.5)), 60, 360, cutoff_hz=0)
    assert np.isnan([found.off_peak_value, found.off_latency_ms]).all()
    assert found.on_off_ratio == 1
    found = step_response(trials_of(2 + 50 * bump(375.5)), 60, 360, cutoff_hz=0)
    assert np.isnan([found.on_peak_value, found.on_latency_ms]).all()
    assert found.on_off_ratio == -1
    silent = step_response(trials_of(np.zeros(600), np.zeros(600)), 60, 360)
    assert (silent.baseline_rate, silent.on_sustained_response) == (0, 0)
    assert np.isnan([silent.on_peak_value, silent.off_peak_value, silent.on_off_ratio]).all()
    assert np.isnan(silent.response_quality)


def test_a_peak_must_stand_out_by_two_deviations_of_the_baseline() -> None:
    rate = np.full(600, 10.0)
    rate[:60] += np.where(np.arange(60) % 2, 4.0, -4.0)
    rate += 7 * bump(75.5)
    assert np.isnan(step_response(trials_of(rate), 60, 360, cutoff_hz=0).on_peak_value)
    rate += 3 * bump(75.5)
    assert step_response(trials_of(rate), 60, 360, cutoff_hz=0).on_peak_value == pytest.approx(20)


def test_a_sustained_response_has_a_peak_and_one_that_decays_from_the_light_before_has_none() -> None:
    rate = np.full(600, 1.0)
    rate[66:360] = 50
    rate[70] = 52
    rate[360:] += 49 * np.exp(-np.arange(240) / 12)
    found = step_response(trials_of(rate), 60, 360, cutoff_hz=0)
    assert found.on_peak_value == 52
    assert np.isnan(found.off_peak_value)


def test_a_rate_that_still_rises_after_a_second_has_no_transient() -> None:
    rate = np.full(600, 1.0)
    rate[60:360] += np.arange(300)
    assert np.isnan(find_transient(rate, EDGES, 60, 360, 0.0).value)
    rate[119] = 200  # the last bin of the window, and a maximum
    assert find_transient(rate, EDGES, 60, 360, 0.0).value == 200


def test_spikes_of_known_latency_are_found_again() -> None:
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
    assert found.on_latency_ms == pytest.approx(120, abs=12)
    assert found.off_latency_ms == pytest.approx(180, abs=12)
    assert found.on_off_ratio == pytest.approx(1 / 3, abs=0.1)
    assert found.response_quality > 0.9


def test_incomplete_trials_do_not_count_and_bad_timing_is_named() -> None:
    good = 5 + 60 * bump(75.5)
    cut = good * 3
    cut[500:] = np.nan
    assert step_response(trials_of(good, cut), 60, 360, cutoff_hz=0).on_peak_value == pytest.approx(65)
    with pytest.raises(CannotCompute, match="no trial"):
        step_response(trials_of(cut), 60, 360)
    for timing in ((0, 360), (60, 60), (60, 700)):
        with pytest.raises(CannotCompute, match="timing"):
            step_response(trials_of(good), *timing)


def test_the_index_is_between_minus_one_and_one() -> None:
    assert contrast_index(3.0, 1.0) == 0.5
    assert np.isnan(contrast_index(0.0, 0.0))


def test_marks_may_reach_the_end_of_the_trial_and_no_further() -> None:
    trials = TrialRates(np.zeros((2, 10)), np.arange(11) / 10)
    need_bins(trials, 0, 3, 6, 10)
    for marks in ((0, 3, 6, 11), (-1, 3, 6, 10), (0, 6, 6, 10)):
        with pytest.raises(CannotCompute, match="trials of 10 frames"):
            need_bins(trials, *marks)


@pytest.mark.parametrize(("peak", "expected"), [(19, 9.0), (20, np.nan)])
def test_a_bin_that_begins_a_second_after_the_event_is_too_late(peak: int, expected: float) -> None:
    psth = np.zeros(30)
    psth[peak] = 9
    found = find_transient(psth, np.arange(31) / 10, 10, 30, 0.0)
    np.testing.assert_equal(found.value, expected)
