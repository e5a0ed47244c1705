"""Simulated spike trains of known rate, as trials."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from hdmea_gui.analysis.histogram import TrialRates

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

FRAME_S = 1 / 60
_STEP_S = 1e-3


def bump(t: NDArray[np.float64], peak_hz: float, at_s: float, sigma_s: float) -> NDArray[np.float64]:
    """Gaussian increase of the rate."""
    return np.asarray(peak_hz * np.exp(-(((t - at_s) / sigma_s) ** 2) / 2))


def poisson_trials(
    seed: int | list[int],
    n_trials: int,
    rate_hz: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    length_s: float = 10.0,
) -> list[NDArray[np.float64]]:
    """Spikes of inhomogeneous Poisson trials, s."""
    rng = np.random.default_rng(seed)
    t = (np.arange(round(length_s / _STEP_S)) + 0.5) * _STEP_S
    expected = rate_hz(np.asarray(t, np.float64)) * _STEP_S
    return [
        np.sort(np.repeat(t, counts) + rng.uniform(-0.5, 0.5, counts.sum()) * _STEP_S)
        for counts in rng.poisson(expected, (n_trials, t.size))
    ]


def burst_trials(
    seed: int | list[int], n_trials: int, rate_hz: float, length_s: float = 10.0
) -> list[NDArray[np.float64]]:
    """Spikes of trials with bursts of four spikes, about 6 ms apart, s."""
    rng = np.random.default_rng(seed)
    trials = []
    for _ in range(n_trials):
        starts = rng.uniform(-0.1, length_s, rng.poisson(rate_hz / 4 * (length_s + 0.1)))
        times = (starts[:, None] + np.cumsum(rng.exponential(0.006, (starts.size, 4)), axis=1)).reshape(-1)
        trials.append(np.sort(times[(times >= 0) & (times < length_s)]))
    return trials


def regular_trials(
    seed: int | list[int], n_trials: int, rate_hz: float, length_s: float = 10.0
) -> list[NDArray[np.float64]]:
    """Spikes of trials with gamma intervals of order 4, s."""
    rng = np.random.default_rng(seed)
    trials = []
    for _ in range(n_trials):
        times = np.cumsum(rng.gamma(4, 1 / (4 * rate_hz), int(rate_hz * length_s * 3) + 40)) - length_s
        trials.append(times[(times >= 0) & (times < length_s)])
    return trials


def fluctuating_trials(
    seed: int | list[int], n_trials: int, rate_hz: float, length_s: float = 10.0
) -> list[NDArray[np.float64]]:
    """Spikes of trials whose rate drifts with a time constant of 2 s by half of its mean, s."""
    rng = np.random.default_rng(seed)
    keep = np.exp(-0.01 / 2.0)
    n = round(length_s * 100) * n_trials
    drift = np.empty(n)
    drift[0] = rng.normal()
    steps = rng.normal(0, np.sqrt(1 - keep**2), n)
    for i in range(1, n):
        drift[i] = keep * drift[i - 1] + steps[i]
    rates = np.maximum(rate_hz * (1 + drift / 2), 0).repeat(10).reshape(n_trials, -1)
    return [
        poisson_trials(int(rng.integers(1 << 31)), 1, partial(_given, rate), length_s)[0] for rate in rates
    ]


def _given(rate: NDArray[np.float64], _t: NDArray[np.float64]) -> NDArray[np.float64]:
    return rate


def trial_rates(spikes_s: list[NDArray[np.float64]], length_s: float = 10.0) -> TrialRates:
    """The trials in bins of display frames, with their spikes."""
    edges = np.arange(round(length_s / FRAME_S) + 1) * FRAME_S
    rates = np.stack([np.histogram(times, edges)[0].astype(np.float64) for times in spikes_s]) / FRAME_S
    return TrialRates(np.asarray(rates, np.float64), np.asarray(edges, np.float64), tuple(spikes_s))
