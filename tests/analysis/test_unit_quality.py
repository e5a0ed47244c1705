from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
import pytest

from hdmea_gui.analysis.unit_quality import unit_quality

if TYPE_CHECKING:
    from numpy.typing import NDArray

RATE_HZ, DURATION_S = 20_000.0, 600.0


def refractory_train(rng: np.random.Generator, rate_hz: float) -> NDArray[np.float64]:
    """Spike times of a cell with a refractory period of 2.5 ms, s."""
    intervals = 0.0025 + rng.exponential(1 / rate_hz - 0.0025, int(rate_hz * DURATION_S * 1.2))
    times = np.cumsum(intervals)
    return np.asarray(times[times < DURATION_S])


@pytest.mark.parametrize("share", [0.0, 0.05, 0.2])
def test_contamination_of_known_size_is_estimated(share: float) -> None:
    found = []
    for seed in range(10):
        rng = np.random.default_rng(seed)
        own = refractory_train(rng, 20.0)
        others = rng.uniform(0, DURATION_S, int(own.size * share / (1 - share)))
        times = np.concatenate([own, others]) * RATE_HZ  # in any order
        found.append(unit_quality(times.astype(np.uint64), RATE_HZ, DURATION_S).contamination)
    assert np.mean(found) == pytest.approx(share, abs=0.015)


def test_intervals_and_presence_in_closed_form() -> None:
    times = np.array([0, 15, 1_000, 1_035, 60_000], np.uint64)  # 0.75 and 1.75 ms
    found = unit_quality(times, RATE_HZ, 10.0)
    assert (found.isi_violation_1ms, found.isi_violation_2ms) == (0.25, 0.5)
    assert found.presence_ratio == pytest.approx(2 / 100)
    assert np.isnan([found.amplitude_drift, found.amplitude_cutoff]).all()


def test_amplitudes_that_shrink_or_are_cut_off_are_seen() -> None:
    rng = np.random.default_rng(0)
    times = np.sort(rng.integers(0, int(RATE_HZ * DURATION_S), 20_000)).astype(np.uint64)
    whole = -rng.normal(60, 8, times.size)
    steady = unit_quality(times, RATE_HZ, DURATION_S, whole)
    assert steady.amplitude_drift == pytest.approx(0, abs=0.02)
    assert steady.amplitude_cutoff < 0.01
    fading = unit_quality(times, RATE_HZ, DURATION_S, whole * np.linspace(1.2, 0.8, times.size))
    assert fading.amplitude_drift == pytest.approx(-0.36, abs=0.04)
    kept = whole < -56  # a threshold half a standard deviation below the mean: 31 % are missed
    cut = unit_quality(times[kept], RATE_HZ, DURATION_S, whole[kept])
    assert 0.2 < cut.amplitude_cutoff <= 0.5


@pytest.mark.parametrize("times", [np.empty(0, np.uint64), np.array([5], np.uint64)])
def test_too_few_spikes_give_missing_values_and_no_error(times: NDArray[np.uint64]) -> None:
    found = dataclasses.asdict(unit_quality(times, RATE_HZ, DURATION_S, np.zeros(times.size)))
    assert found.pop("presence_ratio") == times.size / 100
    assert np.isnan(list(found.values())).all()
