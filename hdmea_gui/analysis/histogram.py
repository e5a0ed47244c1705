"""Peristimulus time histograms (PSTH), their smoothing, and the reliability of responses."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from math import comb
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hdmea_gui.analysis import CannotCompute
from hdmea_gui.analysis.clocks import frame_of_sample

if TYPE_CHECKING:
    from collections.abc import Sequence

_MOST_SPLITS = 50  # into halves


@dataclass(frozen=True)
class TrialRates:
    """Firing rate of a unit in every bin of every trial.

    Attributes
    ----------
    rates
        float64 (n_trials, n_bins), Hz. NaN where the recording ended before the bin did.
    edges_s
        float64 (n_bins + 1,), s from the start of the trial. Each bin has its mean duration over the
        trials.
    spikes_s
        One float64 (n_spikes,) per trial, s from its start, on the clock of `edges_s`. Empty if only the rates are
        known.
    """

    rates: NDArray[np.float64]
    edges_s: NDArray[np.float64]
    spikes_s: tuple[NDArray[np.float64], ...] = ()

    @property
    def time_s(self) -> NDArray[np.float64]:
        """Middle of each bin, float64 (n_bins,), s from the start of the trial."""
        return (self.edges_s[:-1] + self.edges_s[1:]) / 2

    @property
    def bin_rate_hz(self) -> float:
        """Number of bins per second (the display's frame rate, for frame bins), Hz."""
        return float((self.edges_s.size - 1) / (self.edges_s[-1] - self.edges_s[0]))

    def complete(self) -> TrialRates:
        """Return the trials that were recorded to their end.

        Raises
        ------
        CannotCompute
            If there are none.
        """
        whole: NDArray[np.bool_] = np.asarray(np.isfinite(self.rates).all(axis=1))
        if not whole.any() or self.rates.shape[1] == 0:
            raise CannotCompute("no trial is complete")
        kept = tuple(times for times, is_whole in zip(self.spikes_s, whole, strict=False) if is_whole)
        return TrialRates(self.rates[whole], self.edges_s, kept)

    def spike_times(self) -> list[NDArray[np.float64]]:
        """Return the spikes of each trial, float64 (n_spikes,), s; spread over their bins if only rates are known."""
        if self.spikes_s:
            return list(self.spikes_s)
        widths = np.diff(self.edges_s)
        return [
            _spread(np.rint(row * widths).astype(np.int64), self.edges_s) for row in np.nan_to_num(self.rates)
        ]


def frame_rates(
    trials: Sequence[NDArray[np.integer[Any]]],
    bounds: NDArray[np.integer[Any]],
    frame_timestamps: NDArray[np.integer[Any]],
    rate_hz: float,
) -> TrialRates:
    """Compute the firing rate in each display frame of each trial.

    Display frames are irregular, so each count is divided by the actual duration of its frame.

    Parameters
    ----------
    trials
        One any integer (n_spikes,) per trial, samples. Spikes outside the bounds (margins) are not
        counted.
    bounds
        Any integer (n_trials, 2), samples. Start and end of each trial.
    frame_timestamps
        Any integer (n_frames,), samples. Onset of each display frame, ascending.
    rate_hz
        Acquisition rate, Hz.

    Returns
    -------
    rates
        One bin per display frame.

    Raises
    ------
    CannotCompute
        If the recording has no display frames.
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
    """Compute the firing rate in bins of fixed width, for trials not timed by display frames.

    Parameters
    ----------
    trials
        One any integer (n_spikes,) per trial, samples. Spikes outside the bounds (margins) are not
        counted.
    bounds
        Any integer (n_trials, 2), samples. An incomplete bin at the end of a trial is dropped.
    bin_s
        Bin width, s; at least one sample.
    rate_hz
        Acquisition rate, Hz.

    Returns
    -------
    rates
        Bins of the given width.

    Raises
    ------
    CannotCompute
        If a bin is shorter than a sample.
    """
    stretches = np.asarray(bounds).astype(np.int64).reshape(-1, 2)
    if bin_s * rate_hz < 1:
        raise CannotCompute(f"bins of {bin_s:g} s are shorter than a sample")
    edges = []
    for start, end in stretches.tolist():
        # 1e-9 keeps the last bin where rounding puts a whole number of bins just below it
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
    """Compute the mean rate in given windows of each trial.

    Parameters
    ----------
    trials, bounds, frame_timestamps, rate_hz
        See `frame_rates`.
    windows
        Any integer (n_windows, 2), display frames from the start of the trial. First frame, and the one
        after the last.

    Returns
    -------
    rates
        float64 (n_trials, n_windows), Hz. NaN where the trial ended before the window did.
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
    """Smooth each trial with a Bessel low-pass, run forward and backward (no delay).

    A trial shorter than the filter's usual padding is padded by as many bins as it has. If the bins
    are too wide to resolve the cutoff frequency, the rates are returned unchanged. Smoothed rates
    can undershoot zero slightly.

    Parameters
    ----------
    rates
        float64 (..., n_bins), Hz. Bins missing at the end of a trial (NaN) remain NaN.
    bin_rate_hz
        Number of bins per second, Hz.
    cutoff_hz, order
        Design cutoff (Hz) and order of a single pass, as the lab states it. scipy's Bessel design is matched to the
        phase, so both passes together attenuate by 3 dB at about half of it (10 Hz: 4.8 Hz) and leave 13 % of the
        amplitude at the design cutoff itself.

    Returns
    -------
    smooth
        float64, shape of `rates`, Hz.
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
            # sosfiltfilt's default, which it refuses for trials that are no longer than the padding
            pad = min(3 * (order + 1), length - 1)
            rows[members, :length] = sosfiltfilt(sections, rows[members, :length], axis=1, padlen=pad)
    return rows.reshape(smooth.shape)


@lru_cache(maxsize=32)
def _low_pass(order: int, cutoff_hz: float, bin_rate_hz: float) -> NDArray[np.float64]:
    """Return the sections of a Bessel low-pass, cached: designing it takes longer than applying it."""
    from scipy.signal import bessel

    return np.asarray(bessel(order, cutoff_hz, fs=bin_rate_hz, output="sos"))


def quality_index(rates: NDArray[np.float64]) -> float:
    """Return the response quality Var_t(mean over trials) / mean over trials(Var_t) of Baden et al. 2016.

    It is 1 if all trials are identical and about 1 / n_trials if they have nothing in common. It is
    NaN for a single trial, where it would always be 1, and for a constant rate, where it is 0 / 0.

    Parameters
    ----------
    rates
        float64 (n_trials, n_bins), Hz. Without NaN.

    Returns
    -------
    quality
        Quality index.
    """
    if rates.shape[0] < 2 or rates.shape[1] < 2:
        return float("nan")
    within = float(rates.var(axis=1).mean())
    return float(rates.mean(axis=0).var()) / within if within > 0 else float("nan")


def split_half_correlation(rates: NDArray[np.float64]) -> float:
    """Return the correlation between the mean responses of two halves of the trials, averaged over splits.

    No trial is in both halves, so it is 0 on average for trials that have nothing in common, however few there are. All
    splits are used if there are not many, else a fixed random choice. NaN for a single trial or a constant half.

    Parameters
    ----------
    rates
        float64 (n_trials, n_bins), Hz. Without NaN.

    Returns
    -------
    correlation
        Mean correlation, -1 to 1.
    """
    n_trials = rates.shape[0]
    if n_trials < 2 or rates.shape[1] < 2:
        return float("nan")
    values = []
    for half in _halves(n_trials):
        first, second = rates[half].mean(axis=0), np.delete(rates, half, axis=0).mean(axis=0)
        spread = float(first.std() * second.std())
        if spread > 0:
            values.append(float(((first - first.mean()) * (second - second.mean())).mean()) / spread)
    return float(np.mean(values)) if values else float("nan")


def _halves(n_trials: int) -> list[list[int]]:
    if comb(n_trials, n_trials // 2) <= _MOST_SPLITS:
        return [list(half) for half in combinations(range(n_trials), n_trials // 2)]
    rng = np.random.default_rng(0)
    return [rng.permutation(n_trials)[: n_trials // 2].tolist() for _ in range(_MOST_SPLITS)]


def _first_and_last_frames(
    bounds: NDArray[np.integer[Any]], stamps: NDArray[np.int64]
) -> list[tuple[int, int]]:
    if stamps.size == 0:
        raise CannotCompute("the recording has no display frames")
    edges = np.asarray(bounds).reshape(-1, 2)
    # a trial clipped at the end of the recording may end before it begins: it is empty
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
    edges_s = np.concatenate([[0.0], np.cumsum(mean_duration)])
    times = tuple(_on_clock(spikes, edge, edges_s) for spikes, edge in zip(trials, edges, strict=True))
    return TrialRates(rates, edges_s, times)


def _on_clock(
    spikes: NDArray[np.integer[Any]], edge: NDArray[np.int64], edges_s: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the spikes within a trial's bins, s, on the mean clock of the trials."""
    ascending = _ascending(spikes)
    if edge.size < 2:
        return np.empty(0)
    inside = ascending[(ascending >= edge[0]) & (ascending < edge[-1])]
    return np.asarray(np.interp(inside, edge, edges_s[: edge.size]))


def _spread(counts: NDArray[np.int64], edges_s: NDArray[np.float64]) -> NDArray[np.float64]:
    number = np.arange(counts.sum()) - np.repeat(counts.cumsum() - counts, counts)
    share = (number + 0.5) / np.repeat(counts, counts)
    return np.asarray(np.repeat(edges_s[:-1], counts) + share * np.repeat(np.diff(edges_s), counts))


def _ascending(spikes: NDArray[np.integer[Any]]) -> NDArray[np.int64]:
    return np.sort(np.asarray(spikes).astype(np.int64))
