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
    """Spikes of one cell.

    Intervals of a gamma process of unit rate are mapped through the inverse of the summed rate; a spike within
    the refractory period of the one before is dropped.

    Parameters
    ----------
    rate_hz
        Rate in each time bin, Hz, [n_bins].
    edges
        Edges of the bins in samples, [n_bins + 1].
    sampling_hz
        Samples a second.
    regularity
        Order of the gamma distribution; 1 is a Poisson process.
    rng
        Source of the intervals.

    Returns
    -------
    ndarray
        Samples of the spikes, ascending, int64 [n_spikes].
    """
    expected = np.concatenate([[0.0], np.cumsum(rate_hz * (np.diff(edges) / sampling_hz), dtype=np.float64)])
    total = float(expected[-1])
    intervals = rng.gamma(regularity, 1 / regularity, int(total + 8 * np.sqrt(total) + 20))
    summed = np.cumsum(intervals)
    spikes = np.interp(summed[summed < total], expected, edges).astype(np.int64)
    apart = np.diff(spikes, prepend=np.int64(-edges[-1]))
    return np.asarray(spikes[apart > REFRACTORY_S * sampling_hz])


def other_peaks(spikes: np.ndarray, n_samples: int, rng: np.random.Generator) -> np.ndarray:
    """Peaks that the sorter saw and left out: at random, an eighth as many as spikes.

    Parameters
    ----------
    spikes
        Samples of the unit's spikes, int64 [n_spikes].
    n_samples
        Length of the recording.
    rng
        Source of their times.

    Returns
    -------
    ndarray
        Samples, ascending, none of them a spike's, int64.
    """
    drawn = np.unique(rng.integers(0, n_samples, spikes.size // 8 + 3))
    return drawn[~np.isin(drawn, spikes)]


def microseconds(samples: np.ndarray, sampling_hz: float) -> np.ndarray:
    """Times as the sorted file holds them, int64, whole microseconds."""
    return np.rint(samples * (1e6 / sampling_hz)).astype(np.int64)


def in_samples(times_us: np.ndarray, sampling_hz: float) -> np.ndarray:
    """Samples that a reader makes of those times, int64."""
    return np.rint(times_us * (sampling_hz / 1e6)).astype(np.int64)
