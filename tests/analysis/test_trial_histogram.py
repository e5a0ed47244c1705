from __future__ import annotations

import numpy as np
import pytest

from hdmea_gui.analysis.histogram import frame_rates
from hdmea_gui.analysis.trial_histogram import Response, fixed_bin_response, frame_response

RATE_HZ = 1000.0
STAMPS = np.arange(0, 20_000, 20)  # 50 frames a second


def test_without_margins_it_is_the_mean_of_the_trials() -> None:
    rng = np.random.default_rng(1)
    bounds = np.array([[1000, 3000], [5000, 7000], [9000, 11_000]])
    trials = [np.sort(rng.integers(start, end, 60)) for start, end in bounds.tolist()]
    response = frame_response(trials, bounds, STAMPS, RATE_HZ)
    expected = frame_rates(trials, bounds, STAMPS, RATE_HZ)
    assert response.edges_s == pytest.approx(expected.edges_s)
    assert response.rate_hz == pytest.approx(expected.rates.mean(axis=0))


def test_irregular_frames_and_spikes_elsewhere_change_nothing() -> None:
    """Trials of equally many frames are averaged all at once, others one by one."""
    rng = np.random.default_rng(2)
    stamps = np.cumsum(rng.integers(15, 25, 1000))
    first = np.array([30, 300, 700])
    bounds = stamps[np.stack([first, first + 100], axis=1)]
    trials = [rng.permutation(rng.integers(start - 900, end + 900, 200)) for start, end in bounds.tolist()]
    trials[1] = np.empty(0, np.int64)
    response = frame_response(trials, bounds, stamps, RATE_HZ)
    expected = frame_rates(trials, bounds, stamps, RATE_HZ)
    assert response.edges_s == pytest.approx(expected.edges_s)
    assert response.rate_hz == pytest.approx(expected.rates.mean(axis=0))
    shorter = bounds - np.array([[0, 0], [0, 0], [0, 500]])
    response = frame_response(trials, shorter, stamps, RATE_HZ)
    expected = frame_rates(trials, shorter, stamps, RATE_HZ)
    assert response.rate_hz == pytest.approx(np.nanmean(expected.rates, axis=0))


def test_margins_stand_before_zero_and_after_the_end() -> None:
    bounds = np.array([[1000, 2000], [5000, 6000]])
    trials = [np.array([905, 1005, 2035]), np.array([4905, 5005])]
    response = frame_response(trials, bounds, STAMPS, RATE_HZ, margin_s=(0.1, 0.05))
    assert response.edges_s[[0, -1]] == pytest.approx([-0.1, 1.04])  # whole frames only
    first_frame = int(np.searchsorted(response.edges_s, 0.0 - 1e-9))
    assert response.rate_hz[[0, first_frame, -1]] == pytest.approx([50.0, 50.0, 25.0])
    assert response.rate_hz.sum() * 0.02 == pytest.approx(5 / 2)


def test_trials_stay_aligned_where_the_recording_begins_or_ends() -> None:
    bounds = np.array([[40, 1040], [18_900, 19_900]])
    trials = [np.array([45]), np.array([18_905])]
    response = frame_response(trials, bounds, STAMPS, RATE_HZ, margin_s=(1.0, 1.0))
    at_zero = int(np.searchsorted(response.edges_s, -1e-9))
    assert at_zero == 2  # the first trial has two frames before it
    assert response.rate_hz[at_zero] == pytest.approx(50.0)
    assert response.edges_s[-1] == pytest.approx(2.0)


def test_fixed_bins_serve_where_no_frames_are() -> None:
    bounds = np.array([[2000, 3000], [6000, 7000]])
    trials = [np.array([1500, 2010, 2990]), np.array([6010])]
    response = fixed_bin_response(trials, bounds, 0.02, RATE_HZ, margin_s=(0.5, 0.0))
    assert response.edges_s == pytest.approx(np.arange(-25, 51) * 0.02)
    assert response.rate_hz[[0, 25, -1]] == pytest.approx([25.0, 50.0, 25.0])


def test_smoothing_keeps_the_number_of_spikes() -> None:
    bounds = np.array([[2000, 6000]])
    trials = [np.array([4010, 4030, 4050])]
    response = frame_response(trials, bounds, STAMPS, RATE_HZ, cutoff_hz=5.0)
    assert response.rate_hz.sum() * 0.02 == pytest.approx(3.0, rel=0.01)
    assert response.rate_hz.max() < 40.0
    assert response.edges_s[int(response.rate_hz.argmax())] == pytest.approx(2.03, abs=0.03)


def test_nothing_gives_nothing() -> None:
    empty = np.empty((0, 2), np.int64)
    assert not frame_response([], empty, STAMPS, RATE_HZ).rate_hz.size
    assert not fixed_bin_response([], empty, 0.02, RATE_HZ).rate_hz.size
    assert not frame_response(
        [np.array([5])], np.array([[0, 10]]), np.empty(0, np.int64), RATE_HZ
    ).rate_hz.size
    assert not fixed_bin_response([np.array([5])], np.array([[0, 10]]), 0.02, RATE_HZ).rate_hz.size


def test_the_highest_rate_is_that_of_the_bins_with_one_and_zero_without() -> None:
    assert Response(np.arange(5.0), np.array([np.nan, 3, 7, 5])).highest_hz == 7
    assert Response(np.arange(2.0), np.array([np.nan])).highest_hz == 0
    assert Response(np.zeros(1), np.empty(0)).highest_hz == 0


def test_half_a_second_is_thirty_frames_of_a_display_a_little_slower_than_60_hz() -> None:
    stamps = np.rint(np.arange(400) * RATE_HZ / 59.95).astype(np.uint64)
    bounds = stamps[[[60, 180]]].astype(np.int64)
    response = frame_response([np.empty(0, np.int64)], bounds, stamps, RATE_HZ, margin_s=(0.5, 0.5))
    assert response.rate_hz.size == 30 + 120 + 30
