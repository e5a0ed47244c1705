"""Peri-stimulus time histograms (PSTH), their smoothing, and the reliability of a response."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hdmea_gui.analysis import CannotCompute
from hdmea_gui.analysis.clocks import frame_of_sample

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class TrialRates:
    """Firing rate of a unit in every bin of every trial.

    Attributes
    ----------
    rates
        float64 [n_trials, n_bins], Hz; NaN where the recording ended before the bin did.
    edges_s
        float64 [n_bins + 1], seconds from the trial's start; every bin has its mean duration over
        the trials.
    """

    rates: NDArray[np.float64]
    edges_s: NDArray[np.float64]

    @property
    def time_s(self) -> NDArray[np.float64]:
        """Give the middle of each bin, float64 [n_bins], seconds from the trial's start."""
        return (self.edges_s[:-1] + self.edges_s[1:]) / 2

    @property
    def bin_rate_hz(self) -> float:
        """Give the number of bins in a second (the display's frame rate, for frame bins)."""
        return float((self.edges_s.size - 1) / (self.edges_s[-1] - self.edges_s[0]))

    def complete(self) -> TrialRates:
        """Give the trials that were recorded to their end.

        Raises
        ------
        CannotCompute
            If there is none.
        """
        whole = np.isfinite(self.rates).all(axis=1)
        if not whole.any() or self.rates.shape[1] == 0:
            raise CannotCompute("no trial was recorded to its end")
        return TrialRates(self.rates[whole], self.edges_s)


def frame_rates(
    trials: Sequence[NDArray[np.integer[Any]]],
    bounds: NDArray[np.integer[Any]],
    frame_timestamps: NDArray[np.integer[Any]],
    rate_hz: float,
) -> TrialRates:
    """Give the firing rate in each display frame of each trial.

    Display frames are irregular: every count is divided by the real duration of its frame.

    Parameters
    ----------
    trials
        One array of spike samples a trial; spikes outside the bounds (margins) do not count.
    bounds
        [n_trials, 2], samples of the trials' start and end.
    frame_timestamps
        [n_frames], samples at which the display frames appeared.
    rate_hz
        Acquisition rate.
    """
    stamps = np.asarray(frame_timestamps).astype(np.int64)
    edges = [stamps[first : last + 1] for first, last in _first_and_last_frames(bounds, stamps)]
    return _bin_trials(trials, edges, rate_hz)


def fixed_bin_rates(
    trials: Sequence[NDArray[np.integer[Any]]],
    bounds: NDArray[np.integer[Any]],
    bin_s: float,
    rate_hz: float,
) -> TrialRates:
    """Give the firing rate in bins of fixed length, for trials that no display frames time.

    Parameters
    ----------
    trials
        One array of spike samples a trial; spikes outside the bounds (margins) do not count.
    bounds
        [n_trials, 2], samples; an incomplete bin at a trial's end is left out.
    bin_s
        Seconds, at least one sample.
    rate_hz
        Acquisition rate.
    """
    stretches = np.asarray(bounds).astype(np.int64).reshape(-1, 2)
    if bin_s * rate_hz < 1:
        raise CannotCompute(f"bins of {bin_s:g} s are shorter than a sample")
    edges = []
    for start, end in stretches.tolist():
        n_bins = int(np.floor((end - start) / (bin_s * rate_hz) + 1e-9))
        edges.append(start + np.rint(np.arange(n_bins + 1) * bin_s * rate_hz).astype(np.int64))
    return _bin_trials(trials, edges, rate_hz)


def window_rates(
    trials: Sequence[NDArray[np.integer[Any]]],
    bounds: NDArray[np.integer[Any]],
    windows: NDArray[np.integer[Any]],
    frame_timestamps: NDArray[np.integer[Any]],
    rate_hz: float,
) -> NDArray[np.float64]:
    """Give the mean rate in given windows of each trial.

    Parameters
    ----------
    trials, bounds, frame_timestamps, rate_hz
        As in `frame_rates`.
    windows
        [n_windows, 2], first display frame from the trial's start and the one after the last.

    Returns
    -------
    ndarray
        float64 [n_trials, n_windows], Hz; NaN where the trial ended before the window did.
    """
    stamps = np.asarray(frame_timestamps).astype(np.int64)
    frames = _first_and_last_frames(bounds, stamps)
    wanted = np.asarray(windows).astype(np.int64).reshape(-1, 2)
    rates = np.full((len(trials), wanted.shape[0]), np.nan)
    for row, spikes, (first, last) in zip(rates, trials, frames, strict=True):
        inside = (wanted[:, 1] <= last - first) & (wanted[:, 0] < wanted[:, 1])
        edges = stamps[first + wanted[inside]]
        counts = np.diff(np.searchsorted(_ascending(spikes), edges), axis=1)[:, 0]
        row[inside] = counts * rate_hz / (edges[:, 1] - edges[:, 0])
    return rates


def smooth_rates(
    rates: NDArray[np.float64], bin_rate_hz: float, cutoff_hz: float = 10.0, order: int = 5
) -> NDArray[np.float64]:
    """Smooth each trial with a Bessel low-pass, forward and backward (no delay).

    A trial shorter than the filter's usual padding gets as much padding as it has bins. Bins that
    are too long to hold the cut-off frequency leave nothing to smooth: the rates come back as they
    are. Smoothed rates can undershoot zero slightly.

    Parameters
    ----------
    rates
        float64 [..., n_bins], Hz; bins that a trial lacks at its end (NaN) stay so.
    bin_rate_hz
        Bins in a second.
    cutoff_hz, order
        The filter's, as designed once; running it twice halves the gain at the cut-off again.
    """
    from scipy.signal import sosfiltfilt

    smooth = np.array(rates, dtype=np.float64)
    if smooth.size == 0 or cutoff_hz <= 0 or cutoff_hz >= bin_rate_hz / 2:
        return smooth
    sections = _low_pass(order, cutoff_hz, bin_rate_hz)
    by_length: dict[int, list[int]] = {}
    rows = smooth.reshape(-1, smooth.shape[-1])
    for i, length in enumerate(np.isfinite(rows).sum(axis=1).tolist()):
        by_length.setdefault(length, []).append(i)
    for length, members in by_length.items():
        if length:
            pad = min(3 * (order + 1), length - 1)
            rows[members, :length] = sosfiltfilt(sections, rows[members, :length], axis=1, padlen=pad)
    return rows.reshape(smooth.shape)


@lru_cache(maxsize=32)
def _low_pass(order: int, cutoff_hz: float, bin_rate_hz: float) -> NDArray[np.float64]:
    """Give the sections of a Bessel low-pass; designing it takes longer than using it."""
    from scipy.signal import bessel

    return np.asarray(bessel(order, cutoff_hz, fs=bin_rate_hz, output="sos"))


def quality_index(rates: NDArray[np.float64]) -> float:
    """Give the response quality Var_t(mean over trials) / mean over trials(Var_t) of Baden et al. 2016.

    It is 1 when all trials are equal and about 1 / n_trials when they share nothing. A single trial
    would give 1 whatever the unit does, and a unit that never changes its rate 0 / 0: both are NaN.

    Parameters
    ----------
    rates
        float64 [n_trials, n_bins], Hz, without NaN.
    """
    if rates.shape[0] < 2 or rates.shape[1] < 2:
        return float("nan")
    within = float(rates.var(axis=1).mean())
    return float(rates.mean(axis=0).var()) / within if within > 0 else float("nan")


def _first_and_last_frames(
    bounds: NDArray[np.integer[Any]], stamps: NDArray[np.int64]
) -> list[tuple[int, int]]:
    if stamps.size == 0:
        raise CannotCompute("the recording has no display frames")
    edges = np.asarray(bounds).reshape(-1, 2)
    return [(first, max(first, last)) for first, last in frame_of_sample(edges, stamps).tolist()]


def _bin_trials(
    trials: Sequence[NDArray[np.integer[Any]]], edges: Sequence[NDArray[np.int64]], rate_hz: float
) -> TrialRates:
    n_edges = max((e.size for e in edges), default=1)
    rates = np.full((len(trials), n_edges - 1), np.nan)
    duration = np.zeros(n_edges - 1)
    for row, spikes, edge in zip(rates, trials, edges, strict=True):
        counts = np.diff(np.searchsorted(_ascending(spikes), edge))
        row[: edge.size - 1] = counts * rate_hz / np.diff(edge)
        duration[: edge.size - 1] += np.diff(edge) / rate_hz
    mean_duration = duration / np.isfinite(rates).sum(axis=0)
    return TrialRates(rates, np.concatenate([[0.0], np.cumsum(mean_duration)]))


def _ascending(spikes: NDArray[np.integer[Any]]) -> NDArray[np.int64]:
    return np.sort(np.asarray(spikes).astype(np.int64))
