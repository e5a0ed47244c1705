"""Correlograms of spike trains and histograms of interspike intervals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

_PAIRS = 1 << 18  # pairs of spikes processed at a time; few enough to stay in the processor's cache


@dataclass(frozen=True)
class Correlogram:
    """Counts of spike pairs at each lag between two trains.

    Attributes
    ----------
    counts
        int64 (2 n_bins + 1,), spike pairs.
    edges_s
        float64 (2 n_bins + 2,), s. The middle bin is centred on zero.
    rate_hz
        float64 (2 n_bins + 1,), Hz. Rate of the second train at that lag from a spike of the first.
    """

    counts: NDArray[np.int64]
    edges_s: NDArray[np.float64]
    rate_hz: NDArray[np.float64]


def cross_correlogram(
    first: NDArray[np.integer[Any]],
    second: NDArray[np.integer[Any]],
    *,
    bin_samples: int,
    n_bins: int,
    rate_hz: float,
) -> Correlogram:
    """Compute the rate of the second train around the spikes of the first.

    The lag is the sample of the second spike minus that of the first. A lag halfway between two bins is
    counted in the outer one on either side, so that exchanging the trains mirrors the counts.

    Parameters
    ----------
    first, second
        Any integer (n_spikes,), samples. In any order.
    bin_samples
        Bin width, samples.
    n_bins
        Number of bins on either side of the central one.
    rate_hz
        Acquisition rate, Hz.

    Returns
    -------
    correlogram
        Counts and rates.

    Raises
    ------
    ValueError
        If a bin is narrower than a sample.
    """
    one, other = _ascending(first), _ascending(second)
    reach = _reach(bin_samples, n_bins)
    at_lag = _at_each_lag(one, other, *_neighbours(one, other, reach), reach)
    return _binned(at_lag, bin_samples, n_bins, rate_hz, one.size)


def auto_correlogram(
    spikes: NDArray[np.integer[Any]], *, bin_samples: int, n_bins: int, rate_hz: float
) -> Correlogram:
    """Compute the rate of a train around its own spikes; a spike is not paired with itself.

    Parameters
    ----------
    spikes
        Any integer (n_spikes,), samples. In any order.
    bin_samples, n_bins, rate_hz
        See `cross_correlogram`.

    Returns
    -------
    correlogram
        Counts and rates.
    """
    train = _ascending(spikes)
    reach = _reach(bin_samples, n_bins)
    stop = np.searchsorted(train, train + reach, side="right")
    # each pair once, starting with the next spike; the mirror image adds the negative lags
    later = _at_each_lag(train, train, np.arange(1, train.size + 1), stop, reach)
    return _binned(later + later[::-1], bin_samples, n_bins, rate_hz, train.size)


def n_pairs(first: NDArray[np.integer[Any]], second: NDArray[np.integer[Any]], window_samples: int) -> int:
    """Count the pairs of spikes at most a window apart: the amount of work that a correlogram takes.

    Parameters
    ----------
    first, second
        Any integer (n_spikes,), samples. In any order.
    window_samples
        Largest lag, samples.

    Returns
    -------
    count
        Number of pairs.
    """
    start, stop = _neighbours(_ascending(first), _ascending(second), window_samples)
    return int((stop - start).sum())


def interval_histogram(
    spikes: NDArray[np.integer[Any]], edges_s: NDArray[np.float64], rate_hz: float
) -> NDArray[np.float64]:
    """Compute the interspike interval histogram, in percent of all intervals.

    Parameters
    ----------
    spikes
        Any integer (n_spikes,), samples. In any order.
    edges_s
        float64 (n_bins + 1,), s. Ascending; a bin includes its lower edge.
    rate_hz
        Acquisition rate, Hz.

    Returns
    -------
    shares
        float64 (n_bins,), percent. Intervals beyond the last edge are in no bin.
    """
    intervals = np.sort(np.diff(_ascending(spikes)))
    # 1e-6 sample: an edge that rounding puts just above a whole sample still includes that interval
    below = np.searchsorted(intervals, np.asarray(edges_s) * rate_hz - 1e-6)
    return np.diff(below) * (100.0 / max(intervals.size, 1))


def share_of_short_intervals(spikes: NDArray[np.integer[Any]], limit_s: float, rate_hz: float) -> float:
    """Return the percentage of interspike intervals below a limit.

    Parameters
    ----------
    spikes
        Any integer (n_spikes,), samples. In any order.
    limit_s
        Upper limit (exclusive), s.
    rate_hz
        Acquisition rate, Hz.

    Returns
    -------
    share
        Percent of all intervals; NaN for fewer than two spikes.
    """
    intervals = np.diff(_ascending(spikes))
    if not intervals.size:
        return float("nan")
    return 100.0 * float(np.count_nonzero(intervals < limit_s * rate_hz - 1e-6)) / intervals.size


def _reach(bin_samples: int, n_bins: int) -> int:
    """Return the largest lag that still falls into the outermost bin."""
    if bin_samples < 1 or n_bins < 0:
        raise ValueError(f"a correlogram needs bins of at least one sample, not {n_bins} of {bin_samples}")
    return (bin_samples * (2 * n_bins + 1) - 1) // 2


def _at_each_lag(
    first: NDArray[np.int64],
    second: NDArray[np.int64],
    start: NDArray[np.intp],
    stop: NDArray[np.intp],
    reach: int,
) -> NDArray[np.int64]:
    """Count the pairs at each lag from -reach to reach; spike i of the first meets [start[i], stop[i])."""
    at_lag = np.zeros(2 * reach + 1, np.int64)
    count = stop - start
    done = np.concatenate([[0], np.cumsum(count)])
    at = 0
    while at < first.size:
        # at least one spike at a time, even if it alone has more than _PAIRS neighbours
        until = max(int(np.searchsorted(done, done[at] + _PAIRS, side="right")) - 1, at + 1)
        piece = count[at:until]
        offset = np.repeat(start[at:until] - (done[at:until] - done[at]), piece)
        lags = second[np.arange(offset.size) + offset] - np.repeat(first[at:until] - reach, piece)
        at_lag += np.bincount(lags, minlength=at_lag.size)
        at = until
    return at_lag


def _binned(
    at_lag: NDArray[np.int64], bin_samples: int, n_bins: int, rate_hz: float, n_spikes: int
) -> Correlogram:
    reach = at_lag.size // 2
    lag = np.arange(-reach, reach + 1)
    place = np.sign(lag) * ((2 * np.abs(lag) + bin_samples) // (2 * bin_samples)) + n_bins
    # For an even bin width the central bin has one lag fewer: each bin is divided by its own number of lags.
    samples = np.bincount(place, minlength=2 * n_bins + 1)
    counts = np.rint(np.bincount(place, at_lag, minlength=2 * n_bins + 1)).astype(np.int64)
    edges_s = np.asarray((np.arange(-n_bins, n_bins + 2) - 0.5) * bin_samples / rate_hz, np.float64)
    return Correlogram(
        counts, edges_s, np.asarray(counts * rate_hz / (samples * max(n_spikes, 1)), np.float64)
    )


def _neighbours(
    first: NDArray[np.int64], second: NDArray[np.int64], reach: int
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    return np.searchsorted(second, first - reach), np.searchsorted(second, first + reach, side="right")


def _ascending(spikes: NDArray[np.integer[Any]]) -> NDArray[np.int64]:
    train = np.asarray(spikes).astype(np.int64)
    return train if train.size < 2 or bool((train[1:] >= train[:-1]).all()) else np.sort(train)
