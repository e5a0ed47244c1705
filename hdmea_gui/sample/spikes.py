"""Spike trains with a given rate and a refractory period."""

from __future__ import annotations

import numpy as np

REFRACTORY_S = 0.002


def spike_train(
    rate_hz: np.ndarray,
    edges: np.ndarray,
    sampling_hz: float,
    regularity: float,
    rng: np.random.Generator,
) -> np.ndarray:
    """Generate the spikes of one cell.

    Intervals of a gamma process of unit rate are mapped through the inverse of the cumulative rate; a spike within
    the refractory period of the previous one is dropped.

    Parameters
    ----------
    rate_hz
        Any float (n_bins,), Hz. Rate in each time bin.
    edges
        int64 (n_bins + 1,), samples. Edges of the bins.
    sampling_hz
        Samples per second.
    regularity
        Order of the gamma distribution; 1 is a Poisson process.
    rng
        Random generator for the intervals.

    Returns
    -------
    array
        int64 (n_spikes,), samples. Ascending.
    """
    expected = np.concatenate([[0.0], np.cumsum(rate_hz * (np.diff(edges) / sampling_hz), dtype=np.float64)])
    total = float(expected[-1])
    # For regularity >= 1 the count has a standard deviation of at most sqrt(total), so these reach the end.
    intervals = rng.gamma(regularity, 1 / regularity, int(total + 8 * np.sqrt(total) + 20))
    summed = np.cumsum(intervals)
    spikes = np.interp(summed[summed < total], expected, edges).astype(np.int64)
    apart = np.diff(spikes, prepend=np.int64(-edges[-1]))
    return np.asarray(spikes[apart > REFRACTORY_S * sampling_hz])


def other_peaks(spikes: np.ndarray, n_samples: int, rng: np.random.Generator) -> np.ndarray:
    """Generate peaks that the sorter found but did not include: at random times, an eighth as many as spikes.

    Parameters
    ----------
    spikes
        int64 (n_spikes,), samples. The unit's spikes.
    n_samples
        Length of the recording.
    rng
        Random generator for their times.

    Returns
    -------
    array
        int64 (n_peaks,), samples. Ascending, different from all spikes.
    """
    drawn = np.unique(rng.integers(0, n_samples, spikes.size // 8 + 3))
    return drawn[~np.isin(drawn, spikes)]


def microseconds(samples: np.ndarray, sampling_hz: float) -> np.ndarray:
    """Convert samples to the times in the sorted file, int64, whole microseconds."""
    return np.rint(samples * (1e6 / sampling_hz)).astype(np.int64)


def in_samples(times_us: np.ndarray, sampling_hz: float) -> np.ndarray:
    """Convert such times back to samples, int64, as a reader does."""
    return np.rint(times_us * (sampling_hz / 1e6)).astype(np.int64)
