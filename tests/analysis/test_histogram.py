from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import bessel, filtfilt, sosfiltfilt

from hdmea_gui.analysis import CannotCompute
from hdmea_gui.analysis.histogram import (
    fixed_bin_rates,
    frame_rates,
    quality_index,
    smooth_rates,
    split_half_correlation,
    window_rates,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

RATE = 2500.0


def irregular_frames(n: int, seed: int = 1) -> NDArray[np.uint64]:
    return (500 + np.cumsum(np.random.default_rng(seed).integers(38, 46, n))).astype(np.uint64)


@settings(max_examples=30)
@given(st.integers(0, 10_000), st.integers(0, 60))
def test_rates_are_counts_over_real_frame_durations(seed: int, n_spikes: int) -> None:
    stamps = irregular_frames(80)
    bounds = stamps[[[3, 23], [40, 60]]].astype(np.int64)
    rng = np.random.default_rng(seed)
    trials = [rng.integers(bounds[k, 0] - 90, bounds[k, 1] + 90, n_spikes).astype(np.int64) for k in (0, 1)]
    found = frame_rates(trials, bounds, stamps, RATE)
    for k, first in enumerate((3, 40)):
        for b in range(20):
            start, end = int(stamps[first + b]), int(stamps[first + b + 1])
            count = sum(start <= t < end for t in trials[k].tolist())
            assert found.rates[k, b] == pytest.approx(count * RATE / (end - start))
    durations = np.diff(stamps.astype(float))
    expected = np.cumsum((durations[3:23] + durations[40:60]) / 2 / RATE)
    np.testing.assert_allclose(found.edges_s, [0.0, *expected], atol=1e-12)
    assert found.bin_rate_hz == pytest.approx(20 / expected[-1])


def test_a_clipped_trial_has_no_rates_where_the_recording_ended() -> None:
    stamps = irregular_frames(50)
    bounds = stamps[[[0, 20], [40, 49], [49, 49]]].astype(np.int64)
    found = frame_rates([np.array([int(stamps[5])])] + [np.empty(0, np.int64)] * 2, bounds, stamps, RATE)
    assert np.isfinite(found.rates).sum(axis=1).tolist() == [20, 9, 0]
    assert np.isfinite(found.edges_s).all()
    assert found.complete().rates.shape == (1, 20)
    assert found.complete().rates[0].nonzero()[0].tolist() == [5]
    with pytest.raises(CannotCompute, match="no trial"):
        frame_rates([], np.empty((0, 2), np.int64), stamps, RATE).complete()


def test_fixed_bins_leave_out_an_incomplete_one() -> None:
    bounds = np.array([[100, 1120], [2000, 3000]], np.uint64)
    trials = [np.array([100, 349, 350, 1115]), np.array([2999])]
    found = fixed_bin_rates(trials, bounds, 0.1, RATE)
    np.testing.assert_allclose(found.rates, [[20, 10, 0, 0], [0, 0, 0, 10]])
    np.testing.assert_allclose(found.time_s, [0.05, 0.15, 0.25, 0.35])


def test_bins_of_exactly_one_sample_count_each_sample() -> None:
    rates = fixed_bin_rates([np.array([0, 2])], np.array([[0, 4]]), 0.01, 100.0)
    assert rates.rates.tolist() == [[100, 0, 100, 0]]
    with pytest.raises(CannotCompute, match="shorter than a sample"):
        fixed_bin_rates([np.array([0, 2])], np.array([[0, 4]]), 0.0099, 100.0)


def test_windows_are_counted_in_frames_of_the_trial() -> None:
    stamps = irregular_frames(60)
    bounds = stamps[[[10, 40]]].astype(np.int64)
    spikes = np.array(
        [stamps[15], stamps[15] + np.uint64(1), stamps[20] - np.uint64(1), stamps[20]], np.uint64
    )
    rates = window_rates([spikes], bounds, np.array([[5, 10], [10, 30], [20, 31]]), stamps, RATE)
    assert rates[0, 0] == pytest.approx(3 * RATE / float(stamps[20] - stamps[15]))
    assert rates[0, 1] == pytest.approx(1 * RATE / float(stamps[40] - stamps[20]))
    assert np.isnan(rates[0, 2])


def test_no_frames_and_trials_that_end_before_they_begin() -> None:
    stamps = irregular_frames(60)
    with pytest.raises(CannotCompute, match="no display frames"):
        frame_rates([np.array([1])], np.array([[0, 9]]), stamps[:0], RATE)
    backwards = stamps[[[20, 10]]].astype(np.int64)
    assert frame_rates([np.array([int(stamps[15])])], backwards, stamps, RATE).rates.shape == (1, 0)


def test_smoothing_is_the_labs_filter_run_both_ways() -> None:
    rates = np.random.default_rng(2).poisson(20, (3, 600)).astype(float)
    b, a = bessel(5, 10.0 / 30.0)
    np.testing.assert_allclose(smooth_rates(rates, 60.0), filtfilt(b, a, rates, axis=1), atol=1e-8)


@pytest.mark.parametrize("n_bins", [0, 1, 2, 5, 17, 18, 19])
def test_short_trials_are_smoothed_too(n_bins: int) -> None:
    smooth = smooth_rates(np.full((2, n_bins), 7.0), 60.0)
    np.testing.assert_allclose(smooth, np.full((2, n_bins), 7.0), rtol=1e-3)


@pytest.mark.parametrize("n_bins", [2, 8, 18])
def test_a_short_trial_is_padded_by_as_many_bins_as_it_has(n_bins: int) -> None:
    rates = np.random.default_rng(0).random((1, n_bins))
    sections = bessel(5, 10, fs=60, output="sos")
    expected = sosfiltfilt(sections, rates, axis=1, padlen=n_bins - 1)
    np.testing.assert_allclose(smooth_rates(rates, 60.0), expected, rtol=1e-9)


def test_smoothing_leaves_missing_bins_missing_and_the_others_untouched_by_them() -> None:
    rates = np.random.default_rng(3).poisson(20, (2, 100)).astype(float)
    expected = smooth_rates(rates[1, :60], 60.0)
    rates[1, 60:] = np.nan
    smooth = smooth_rates(rates, 60.0)
    np.testing.assert_allclose(smooth[1, :60], expected)
    assert np.isnan(smooth[1, 60:]).all()
    np.testing.assert_array_equal(smooth_rates(rates, 15.0), rates)


def test_quality_is_one_for_equal_trials_and_undefined_for_silence_or_one_trial() -> None:
    rate = np.sin(np.arange(50.0))
    assert quality_index(np.stack([rate] * 4)) == pytest.approx(1.0)
    assert quality_index(np.stack([rate, -rate])) == pytest.approx(0.0, abs=1e-15)
    noise = np.random.default_rng(4).normal(size=(10, 20_000))
    assert quality_index(noise) == pytest.approx(0.1, rel=0.02)
    assert np.isnan(quality_index(np.zeros((3, 50))))
    assert np.isnan(quality_index(rate[None]))


@pytest.mark.parametrize(("design_hz", "true_hz"), [(5, 2.3), (10, 4.8), (20, 12.5)])
def test_the_smoothing_attenuates_by_3_db_far_below_its_design_cutoff(
    design_hz: float, true_hz: float
) -> None:
    """The raster view names its choices by these frequencies."""
    impulse = np.zeros(4001)
    impulse[2000] = 1
    gain = np.abs(np.fft.rfft(smooth_rates(impulse, 60.0, design_hz)))
    frequency = np.fft.rfftfreq(4001, 1 / 60)
    assert frequency[np.argmax(gain < 2**-0.5)] == pytest.approx(true_hz, abs=0.1)


def test_the_split_half_correlation_is_0_for_trials_with_nothing_in_common_and_1_for_equal_ones() -> None:
    rng = np.random.default_rng(0)
    apart = [split_half_correlation(rng.normal(size=(3, 200))) for _ in range(100)]
    assert np.mean(apart) == pytest.approx(0, abs=0.02)
    assert split_half_correlation(np.tile(rng.normal(size=200), (30, 1))) == pytest.approx(1)
    assert np.isnan([split_half_correlation(np.ones((1, 9))), split_half_correlation(np.ones((3, 9)))]).all()
