"""When a response begins and peaks, from the spikes themselves, with bootstrap intervals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_NARROWEST_S, _WIDEST_S = 0.006, 0.03  # bandwidth of the kernel
_GRID_S = 0.0005
_ONSET_SHARE = 0.1  # of the response's spikes
_N_BOOTSTRAP = 200
_WIDENING = 1.2  # of the intervals: measured, a bootstrap of few spikes is too narrow
_TRIALS_FROM = 20  # fewer trials are too few to draw from; spikes are drawn instead


@dataclass(frozen=True)
class Latency:
    """Time of a response after the change of the light.

    Attributes
    ----------
    peak_ms, onset_ms
        Largest firing rate, and the time by which a tenth of the response's spikes have come, ms.
    peak_interval, onset_interval
        Bootstrap intervals of 95 %, ms.
    """

    peak_ms: float
    onset_ms: float
    peak_interval: tuple[float, float]
    onset_interval: tuple[float, float]


def no_latency() -> Latency:
    """Return the latency of a unit without a response."""
    nan = float("nan")
    return Latency(nan, nan, (nan, nan), (nan, nan))


def response_latency(
    spikes_s: Sequence[NDArray[np.float64]],
    change_s: float,
    window_s: tuple[float, float],
    end_s: float,
    baseline_hz: float,
    *,
    seed: int = 0,
) -> Latency:
    """Measure the latency of a response of more spikes.

    The peak is the mode of a Gaussian kernel density of the spikes near the window; the bandwidth, a third of the
    window, is between 6 and 30 ms. The onset is the 10 % quantile of the spikes above the baseline: unlike the half
    height it does not move with the bandwidth.

    Parameters
    ----------
    spikes_s
        One float64 (n_spikes,) per trial, s from the start of the trial.
    change_s, end_s
        The change of the light, and the end of the response's epoch, s.
    window_s
        Window with the response, s.
    baseline_hz
        Rate without a response, Hz.
    seed
        Seed of the bootstrap.

    Returns
    -------
    latency
        Onset and peak with their intervals.
    """
    width = window_s[1] - window_s[0]
    low, high = max(change_s, window_s[0] - width), min(end_s, window_s[1] + width)
    bandwidth = min(max(width / 3, _NARROWEST_S), _WIDEST_S)
    times = [spikes[(spikes >= low) & (spikes < high)] for spikes in spikes_s]
    grid = np.arange(max(low, window_s[0] - width / 2), min(high, window_s[1] + width / 2), _GRID_S)
    pooled = np.concatenate(times)
    weights = np.concatenate([np.ones((1, pooled.size)), _drawn([t.size for t in times], seed)])
    peaks = _modes(pooled, weights, grid, bandwidth)
    onsets = _onsets(pooled, weights, (low, high), baseline_hz * len(times))
    peak_ms, onset_ms = (peaks - change_s) * 1e3, (onsets - change_s) * 1e3
    return Latency(float(peak_ms[0]), float(onset_ms[0]), _interval(peak_ms), _interval(onset_ms))


def _interval(values: NDArray[np.float64]) -> tuple[float, float]:
    """Return the interval of 95 % around the first value, from the others; NaN without one."""
    found = values[np.isfinite(values)]
    if not found.size or not np.isfinite(values[0]):
        return float("nan"), float("nan")
    low, high = np.quantile(found[1:] if found.size > 1 else found, [0.025, 0.975])
    return float(values[0] + _WIDENING * min(low - values[0], 0)), float(
        values[0] + _WIDENING * max(high - values[0], 0)
    )


def _drawn(sizes: Sequence[int], seed: int) -> NDArray[np.float64]:
    """Return how often each spike is drawn, (n_bootstrap, n_spikes): with its trial, or alone if trials are few."""
    rng = np.random.default_rng(seed)
    if len(sizes) < _TRIALS_FROM:
        drawn = rng.poisson(1.0, (_N_BOOTSTRAP, sum(sizes))).astype(np.float64)
    else:
        chosen = rng.multinomial(len(sizes), np.full(len(sizes), 1 / len(sizes)), _N_BOOTSTRAP)
        drawn = np.repeat(chosen, sizes, axis=1).astype(np.float64)
    drawn[drawn.sum(axis=1) == 0] = 1.0  # a draw without a spike would have no time
    return drawn


def _modes(
    times: NDArray[np.float64], weights: NDArray[np.float64], grid: NDArray[np.float64], bandwidth: float
) -> NDArray[np.float64]:
    """Return the mode of each row of weights, s.

    The spikes are counted in cells of the grid first, so that the cost does not grow with their number.
    """
    from scipy.signal import fftconvolve

    cells = np.rint((times - grid[0]) / _GRID_S).astype(np.int64)
    reach = int(np.ceil(4 * bandwidth / _GRID_S))
    kept = (cells >= -reach) & (cells < grid.size + reach)
    size = grid.size + 2 * reach
    rows = np.arange(len(weights))[:, None] * size
    flat = (cells[kept] + reach)[None, :] + rows
    counts = np.bincount(flat.reshape(-1), weights[:, kept].reshape(-1), size * len(weights))
    counts = counts.reshape(len(weights), size)
    kernel = np.exp(-((np.arange(-reach, reach + 1) * _GRID_S / bandwidth) ** 2) / 2)
    density = fftconvolve(counts, kernel[None, :], mode="valid", axes=1)
    return np.asarray(grid[density.argmax(axis=1)])


def _onsets(
    times: NDArray[np.float64],
    weights: NDArray[np.float64],
    span: tuple[float, float],
    baseline_hz: float,
) -> NDArray[np.float64]:
    """Return the time at which each row's excess over the baseline reaches its tenth, s; NaN without an excess.

    Baseline spikes make the excess cross that level back and forth; the middle of the first and the last crossing
    before the response's middle is free of bias.
    """
    order = np.argsort(times)
    at = times[order]
    before = np.cumsum(weights[:, order], axis=1)
    excess = before - baseline_hz * (at - span[0])
    total = before[:, -1] - baseline_hz * (span[1] - span[0])
    onsets = np.full(len(weights), np.nan)
    for row, (values, whole) in enumerate(zip(excess, total.tolist(), strict=True)):
        if whole > 0:
            above = values >= _ONSET_SHARE * whole
            half = int(np.argmax(values >= whole / 2))
            low = np.flatnonzero(~above[: half + 1])
            last = min(int(low[-1]) + 1 if low.size else 0, at.size - 1)
            onsets[row] = (at[int(np.argmax(above))] + at[last]) / 2
    return onsets
