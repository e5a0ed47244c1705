"""Whether a unit responds to a change of the light, judged from its spike counts.

A response is a window after the change in which the spikes are more, or fewer, than the baseline predicts. Two tests
look at the same windows, and a response needs one of them, corrected for both. The first compares counts with the
exact binomial of two Poisson counts, both divided by the unit's own overdispersion; it holds for bursts and slow
fluctuations and finds long responses. The second shifts every trial in a circle and takes the largest deviation; it
needs no model of the spike train, but a long response fills its own null.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

BIN_S = 0.01
ALPHA = 0.01
"""Level at which a change of the light has a response; a trial has several changes."""

_WIDTHS = (2, 3, 5, 10, 20, 50, 100)  # of the windows in the first second, bins
_SECOND = 100  # bins
_TRIAL_VARIANCE_FROM = 6  # trials; fewer do not measure a variance
_TRIAL_VARIANCE_WIDTH = 20  # bins; in shorter windows the response's own jitter would count
_EARLY = 25  # bins after a change, within which most responses begin
_LATE_HANDICAP = (
    0.8  # deviance by which a brief window that begins later must be clearer: there are so many of them
)
_MOST_SPIKES = 0.9  # share of the response in the window that its latency is read from
_SMALLEST_P = 1e-300  # a p-value is never 0, though its computation may round to it
_N_SHIFTS = 400
_SHIFT_SHARE = (
    0.75  # of the level, for the test by shifts; the other finds the long responses, whose counts are large
)

Stretches = tuple[tuple[float, float], ...]
"""Starts and ends, s from the start of the trial."""


@dataclass(frozen=True)
class Change:
    """A change of the light within a trial, and what its response is compared with.

    Attributes
    ----------
    at_s, end_s
        The change, and the end of its response's epoch, s from the start of the trial.
    baselines
        What the response must differ from, with one sign: for each baseline the starts and ends of its stretches, s.
    """

    at_s: float
    end_s: float
    baselines: tuple[Stretches, ...]


@dataclass(frozen=True)
class Evidence:
    """Evidence for a response to one change.

    Attributes
    ----------
    sign
        1 for more spikes than in the baseline, -1 for fewer, 0 if neither is significant.
    p
        Probability of such a deviation without a response, corrected for windows, signs and tests.
    window_s
        The most significant window of that sign, s from the start of the trial.
    peak_window_s
        The narrowest window that holds most of the response, for its latency, s from the start of the trial.
    fano
        Overdispersion of the unit's counts in windows of a second, at least 1.
    """

    sign: int
    p: float
    window_s: tuple[float, float]
    peak_window_s: tuple[float, float]
    fano: float


@dataclass(frozen=True)
class _Windows:
    """Windows of a change, bins: the first second in half-width steps, the epoch, and its last second."""

    start: NDArray[np.int64]
    stop: NDArray[np.int64]
    baselines: tuple[tuple[tuple[int, int], ...], ...]

    @classmethod
    def of(cls, change: Change, n_bins: int) -> _Windows:
        at, end = round(change.at_s / BIN_S), min(round(change.end_s / BIN_S), n_bins)
        first = min(at + _SECOND, end)
        spans = [
            (start, start + width)
            for width in _WIDTHS
            for start in range(at, first - width + 1, max(width // 2, 1))
        ]
        spans += [(at, end), (max(end - _SECOND, at), end)]
        start, stop = np.array(spans, np.int64).T
        baselines = tuple(
            tuple(
                (max(round(since / BIN_S), 0), min(round(until / BIN_S), n_bins))
                for since, until in stretches
            )
            for stretches in change.baselines
        )
        return cls(start, stop, baselines)

    @property
    def width(self) -> NDArray[np.int64]:
        return self.stop - self.start

    @property
    def is_late(self) -> NDArray[np.bool_]:
        """Whether each is brief and begins late."""
        late: NDArray[np.bool_] = self.start - self.start[0] >= _EARLY
        return late & (self.width <= _TRIAL_VARIANCE_WIDTH)

    def counts(self, cumulative: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the counts (..., n_windows) from cumulative ones (..., n_bins + 1)."""
        return cumulative[..., self.stop] - cumulative[..., self.start]

    def against(self, cumulative: NDArray[np.int64]) -> Iterator[tuple[NDArray[np.int64], int]]:
        """Yield the counts (...) in each baseline, and its length in bins."""
        for stretches in self.baselines:
            counted = [cumulative[..., until] - cumulative[..., since] for since, until in stretches]
            yield np.sum(counted, axis=0), sum(until - since for since, until in stretches)


def find_responses(
    spikes_s: Sequence[NDArray[np.float64]],
    duration_s: float,
    changes: Sequence[Change],
    *,
    n_shifts: int = _N_SHIFTS,
    seed: int = 0,
) -> list[Evidence]:
    """Test the response to each change of the light.

    Parameters
    ----------
    spikes_s
        One float64 (n_spikes,) per trial, s from the start of the trial.
    duration_s
        Length of a trial, s.
    changes
        The changes.
    n_shifts
        Number of random shifts for the second test.
    seed
        Seed of the shifts.

    Returns
    -------
    evidence
        One per change.
    """
    n_bins = round(duration_s / BIN_S)
    counts = np.stack([_binned(times, n_bins) for times in spikes_s])
    windows = [_Windows.of(change, n_bins) for change in changes]
    factors = _allan_factors(counts, [round(change.at_s / BIN_S) for change in changes])
    shifted = _cumulative(_shifted(spikes_s, n_bins, n_shifts, seed))
    cumulative = _cumulative(counts)
    return [_evidence(cumulative, shifted, window, factors) for window in windows]


def _evidence(
    trials: NDArray[np.int64], shifted: NDArray[np.int64], windows: _Windows, factors: NDArray[np.float64]
) -> Evidence:
    pooled = trials.sum(axis=0)
    fano = np.maximum(np.interp(windows.width, _WIDTHS, factors), _trial_factors(trials, windows))
    z = _deviance(pooled, windows)
    handicap = np.where(windows.is_late, _LATE_HANDICAP, 0.0)
    null = (np.abs(_deviance(shifted, windows)) - handicap).max(axis=1)
    best: dict[int, tuple[float, NDArray[np.float64]]] = {}
    for sign in (1, -1):
        p_scaled = np.minimum(_scaled_p(pooled, windows, fano, sign) * 2 * windows.start.size, 1.0)
        n_above = int(np.count_nonzero(null >= (sign * z - handicap).max() - 1e-9))
        p_shift = (1 + n_above) / (1 + null.size)
        combined = min(float(p_scaled.min()) / (1 - _SHIFT_SHARE), p_shift / _SHIFT_SHARE)
        best[sign] = (min(max(combined, _SMALLEST_P), 1.0), p_scaled)
    # more spikes take precedence: a strong suppression may follow a brief response
    sign = 1 if best[1][0] <= ALPHA else -1 if best[-1][0] <= ALPHA else 0
    shown = sign or min(best, key=lambda key: best[key][0])
    p, p_windows = best[shown]
    top = int(np.lexsort((-shown * z, p_windows))[0])
    peak = _peak_window(windows, pooled, p_windows, fano, top) if sign == 1 else top
    return Evidence(sign, p, _span(windows, top), _span(windows, peak), float(factors[-1]))


def _span(windows: _Windows, number: int) -> tuple[float, float]:
    return float(windows.start[number]) * BIN_S, float(windows.stop[number]) * BIN_S


def _peak_window(
    windows: _Windows,
    pooled: NDArray[np.int64],
    p_windows: NDArray[np.float64],
    fano: NDArray[np.float64],
    top: int,
) -> int:
    """Return the narrowest significant window that holds most of the response's spikes in the first second."""
    counts = windows.counts(pooled)
    rate = max(float(counted) / length for counted, length in windows.against(pooled))
    excess = counts - rate * windows.width
    is_first = windows.stop <= windows.start[0] + _SECOND
    eligible = is_first & (p_windows <= max(ALPHA, p_windows[top])) & (excess > 0)
    if not eligible.any():
        return top
    sure = float((excess - np.sqrt(fano * counts))[eligible].max())
    eligible &= excess >= _MOST_SPIKES * max(sure, 0.0)
    narrowest = windows.width[eligible].min()
    return int(np.where(eligible & (windows.width == narrowest), excess, -np.inf).argmax())


def _binned(times: NDArray[np.float64], n_bins: int) -> NDArray[np.int64]:
    inside = np.floor(times / BIN_S).astype(np.int64)
    return np.bincount(inside[(inside >= 0) & (inside < n_bins)], minlength=n_bins)


def _shifted(
    spikes_s: Sequence[NDArray[np.float64]], n_bins: int, n_shifts: int, seed: int
) -> NDArray[np.int64]:
    """Return pooled counts (n_shifts, n_bins) with each trial shifted in a circle."""
    rng = np.random.default_rng(seed)
    rows = np.arange(n_shifts)[:, None] * n_bins
    pooled = np.zeros(n_shifts * n_bins, np.int64)
    for times in spikes_s:
        shift = rng.integers(0, n_bins, n_shifts)[:, None]
        at = np.floor(times / BIN_S).astype(np.int64)[None, :]
        pooled += np.bincount(((at + shift) % n_bins + rows).reshape(-1), minlength=pooled.size)
    return pooled.reshape(n_shifts, n_bins)


def _cumulative(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.concatenate([np.zeros((*counts.shape[:-1], 1), np.int64), counts.cumsum(axis=-1)], axis=-1)


def _deviance(cumulative: NDArray[np.int64], windows: _Windows) -> NDArray[np.float64]:
    """Return the signed root deviance (..., n_windows) of the counts against their baselines.

    Against several baselines it is the smallest, and 0 if the signs differ.
    """
    k = windows.counts(cumulative)
    against = []
    for counted, length in windows.against(cumulative):
        m, share = counted[..., None], windows.width / (windows.width + length)
        total = k + m
        root = np.sqrt(np.maximum(2 * (_xlogy(k, total * share) + _xlogy(m, total * (1 - share))), 0.0))
        against.append(np.where(k >= total * share, root, -root))
    if len(against) == 1:
        return against[0]
    low, high = np.minimum.reduce(against), np.maximum.reduce(against)
    return np.where(low > 0, low, np.where(high < 0, high, 0.0))


def _xlogy(count: NDArray[np.int64], expected: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return count x log(count / expected); 0 for no spikes."""
    return np.asarray(count * np.log(np.maximum(count, 1) / np.maximum(expected, 1e-300)), np.float64)


def _scaled_p(
    pooled: NDArray[np.int64], windows: _Windows, fano: NDArray[np.float64], sign: int
) -> NDArray[np.float64]:
    """Return the one-sided binomial p of each window, (n_windows,); the largest over the baselines."""
    from scipy.special import betainc

    k = windows.counts(pooled) / fano
    largest = np.zeros(k.size)
    for counted, length in windows.against(pooled):
        m, share = counted / fano, windows.width / (windows.width + length)
        if sign > 0:
            p = np.where(k > 0, betainc(np.maximum(k, 1e-12), m + 1, share), 1.0)
        else:
            p = np.where(m > 0, 1 - betainc(k + 1, np.maximum(m, 1e-12), share), 1.0)
        largest = np.maximum(largest, p)
    return largest


def _allan_factors(counts: NDArray[np.int64], changes: Sequence[int]) -> NDArray[np.float64]:
    """Return the overdispersion at each of the widths, (n_widths,), from differences of adjacent windows.

    Adjacent windows share the slow modulation, and the second after a change, which holds the response, is left out.
    """
    marks = sorted(changes)
    starts = [0, *(mark + _SECOND for mark in marks)]
    stretches = list(zip(starts, [*marks, counts.shape[1]], strict=True))
    factors, largest = np.ones(len(_WIDTHS)), 1.0
    for number, width in enumerate(_WIDTHS):
        squares = total = 0.0
        n_pairs = 0
        for start, stop in stretches:
            n = (stop - start) // width
            if n < 2:
                continue
            blocks = counts[:, start : start + n * width].reshape(len(counts), n, width).sum(axis=2)
            both = blocks[:, 1:] + blocks[:, :-1]
            squares += float(((blocks[:, 1:] - blocks[:, :-1]) ** 2).sum())
            total += float(both.sum())
            n_pairs += int(np.count_nonzero(both))
        if n_pairs:
            largest = max(largest, squares / total * (1 + np.sqrt(2 / n_pairs)))
        factors[number] = largest
    return np.asarray(factors)


def _trial_factors(trials: NDArray[np.int64], windows: _Windows) -> NDArray[np.float64]:
    """Return the overdispersion over trials of each long window against its baselines, (n_windows,)."""
    factors = np.ones(windows.start.size)
    if len(trials) < _TRIAL_VARIANCE_FROM:
        return np.asarray(factors)
    k = windows.counts(trials)
    for counted, length in windows.against(trials):
        m, ratio = counted[:, None], windows.width / length
        expected = (k + ratio**2 * m).mean(axis=0)
        variance = (k - ratio * m).var(axis=0, ddof=1)
        factors = np.maximum(factors, np.asarray(variance / np.maximum(expected, 1e-12)))
    return np.where(windows.width >= _TRIAL_VARIANCE_WIDTH, factors, 1.0)
