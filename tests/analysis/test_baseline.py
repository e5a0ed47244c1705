from __future__ import annotations

import numpy as np
import pytest

from hdmea_gui.analysis import CannotCompute
from hdmea_gui.analysis.baseline import baseline, local_variation

RATE = 20_000.0


def test_a_regular_train_in_closed_form() -> None:
    spikes = np.arange(0, 200_000, 2_000, dtype=np.uint64)
    found = baseline(spikes, np.array([[0, 200_000]], np.uint64), RATE)
    assert found.mean_firing_rate == pytest.approx(10.0)
    assert found.std_firing_rate == pytest.approx(0.0)
    assert found.median_isi_ms == pytest.approx(100.0)
    assert found.cv_isi == pytest.approx(0.0, abs=1e-12)
    assert found.lv == pytest.approx(0.0, abs=1e-12)
    assert found.spike_count == 100


def test_poisson_and_gamma_trains_have_the_known_irregularity() -> None:
    rng = np.random.default_rng(0)
    for shape in (1, 4):
        gaps = rng.gamma(shape, 400 / shape, 40_000)
        found = baseline(np.cumsum(gaps).astype(np.int64), np.array([[0, int(gaps.sum())]]), RATE)
        # A gamma process of order k has CV = 1 / sqrt(k) and Lv = 3 / (2 k + 1).
        assert found.cv_isi == pytest.approx(shape**-0.5, rel=0.02)
        assert found.lv == pytest.approx(3 / (2 * shape + 1), rel=0.03)


def test_the_rates_fluctuation_follows_from_the_counts_of_whole_seconds() -> None:
    spikes = np.array([100, 200, 25_000, 60_500, 65_000])
    found = baseline(spikes, np.array([[0, 50_000], [60_000, 70_000]]), RATE)
    assert found.std_firing_rate == pytest.approx(np.std([2, 1]))  # half a second here and there has no bin
    assert found.mean_firing_rate == pytest.approx(5 / 3.0)


def test_no_interval_crosses_from_one_stretch_to_the_next() -> None:
    spikes = np.array([1_000, 1_020, 1_060, 9_000, 9_040])
    found = baseline(spikes, np.array([[0, 2_000], [8_000, 10_000]]), 1_000.0)
    assert found.median_isi_ms == pytest.approx(40.0)
    assert found.lv == pytest.approx(3 * (20 / 60) ** 2)
    assert found.cv_isi == pytest.approx(np.std([20, 40, 40]) / np.mean([20, 40, 40]))


def test_silence_has_a_rate_of_zero_and_no_intervals() -> None:
    found = baseline(np.empty(0, np.uint64), np.array([[0, 100_000]]), RATE)
    assert (found.mean_firing_rate, found.std_firing_rate, found.spike_count) == (0.0, 0.0, 0)
    assert np.isnan([found.median_isi_ms, found.cv_isi, found.lv]).all()


def test_spikes_in_one_sample_and_stretches_without_time() -> None:
    assert np.isnan(local_variation([np.zeros(3)]))
    found = baseline(np.array([5, 5, 5]), np.array([[0, 10]]), 10.0)
    assert np.isnan(found.cv_isi)
    assert found.median_isi_ms == 0.0
    with pytest.raises(CannotCompute, match="no time interval"):
        baseline(np.array([1]), np.empty((0, 2), np.int64), RATE)
