"""Mean response of a unit to a movie, including the margins before and after its trials."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hdmea_gui.analysis.frame_intervals import frame_intervals
from hdmea_gui.analysis.histogram import TrialRates, fixed_bin_rates, frame_rates, smooth_rates

if TYPE_CHECKING:
    from collections.abc import Sequence

_SHARE_OF_FRAME = 0.05  # by which a margin may be too short for its last frame


@dataclass(frozen=True)
class Response:
    """Mean rate over the trials.

    Attributes
    ----------
    edges_s
        float64 (n_bins + 1,), s from the start of the trials. Negative before it.
    rate_hz
        float64 (n_bins,), Hz. NaN in bins that no trial reaches.
    """

    edges_s: NDArray[np.float64]
    rate_hz: NDArray[np.float64]

    @property
    def highest_hz(self) -> float:
        """Highest rate, Hz; 0 if there is none."""
        return float(self.rate_hz[np.isfinite(self.rate_hz)].max(initial=0.0))


def frame_response(
    trials: Sequence[NDArray[np.integer[Any]]],
    bounds: NDArray[np.integer[Any]],
    frame_timestamps: NDArray[np.integer[Any]],
    rate_hz: float,
    *,
    margin_s: tuple[float, float] = (0.0, 0.0),
    cutoff_hz: float = 0.0,
) -> Response:
    """Compute the mean rate in each display frame.

    Parameters
    ----------
    trials
        One any integer (n_spikes,) per trial, samples. Including the spikes in the margins.
    bounds
        Any integer (n_trials, 2), samples. Start and end of each trial without its margins.
    frame_timestamps
        Any integer (n_frames,), samples. Onset of each display frame, ascending.
    rate_hz
        Acquisition rate, Hz.
    margin_s
        Margins before and after the trials, s; rounded down to whole frames.
    cutoff_hz
        Low-pass filter applied to each trial, Hz; 0 disables smoothing.

    Returns
    -------
    response
        Mean rate in each display frame.
    """
    stamps = np.asarray(frame_timestamps).astype(np.int64)
    if stamps.size < 2 or not len(trials):
        return _nothing()
    n_before, n_after = _whole_frames(margin_s, stamps, rate_hz)
    frames = np.clip(np.searchsorted(stamps, np.asarray(bounds), side="right") - 1, 0, stamps.size - 1)
    n_before = min(n_before, int(frames[:, 0].min()))  # the same in every trial, so that they stay aligned
    last = np.minimum(frames[:, 1] + n_after, stamps.size - 1)
    first, n_frames = frames[:, 0] - n_before, last - frames[:, 0] + n_before
    if n_frames.min() == n_frames.max() > 0:
        rates = _mean_rates(trials, first, int(n_frames[0]), stamps, rate_hz)
    else:
        rates = frame_rates(trials, np.stack([stamps[first], stamps[last]], axis=1), stamps, rate_hz)
    return _mean(rates, n_before, cutoff_hz)


def fixed_bin_response(
    trials: Sequence[NDArray[np.integer[Any]]],
    bounds: NDArray[np.integer[Any]],
    bin_s: float,
    rate_hz: float,
    *,
    margin_s: tuple[float, float] = (0.0, 0.0),
    cutoff_hz: float = 0.0,
) -> Response:
    """Compute the mean rate in bins of fixed width, for trials not timed by display frames.

    Parameters
    ----------
    trials, bounds, rate_hz, margin_s, cutoff_hz
        See `frame_response`.
    bin_s
        Bin width, s.

    Returns
    -------
    response
        Mean rate in each bin.
    """
    if not len(trials):
        return _nothing()
    # 1e-6 keeps a bin that rounding would make incomplete, such as the third of 0.3 s at 0.1 s
    n_before, n_after = (int(margin / bin_s + 1e-6) for margin in margin_s)
    wider = np.asarray(bounds).astype(np.int64) + np.rint(
        np.array([-n_before, n_after]) * bin_s * rate_hz
    ).astype(np.int64)
    return _mean(fixed_bin_rates(trials, wider, bin_s, rate_hz), n_before, cutoff_hz)


def _mean_rates(
    trials: Sequence[NDArray[np.integer[Any]]],
    first: NDArray[np.int64],
    n_frames: int,
    stamps: NDArray[np.int64],
    rate_hz: float,
) -> TrialRates:
    """Return the mean over trials of equally many frames as if it were one trial; faster than trial by trial."""
    spikes = np.concatenate([np.asarray(trial).astype(np.int64, copy=False) for trial in trials])
    start = np.repeat(first, [len(trial) for trial in trials])
    frame = np.searchsorted(stamps, spikes, side="right") - 1
    inside = (frame >= start) & (frame < start + n_frames)
    frame, start = frame[inside], start[inside]
    widths = np.diff(stamps) / rate_hz
    total = np.bincount(frame - start, weights=1 / widths[frame], minlength=n_frames)
    mean_width = widths[first[:, None] + np.arange(n_frames)].mean(axis=0)
    return TrialRates(total[None] / len(trials), np.concatenate([[0.0], np.cumsum(mean_width)]))


def _whole_frames(
    margin_s: tuple[float, float], stamps: NDArray[np.int64], rate_hz: float
) -> tuple[int, int]:
    if not any(margin_s):
        return 0, 0  # averaging the frames of an hour takes longer than all the rest
    frame_s = frame_intervals(stamps, rate_hz).mean_s
    # displays are a little slower than their nominal rate: half a second is still 30 frames
    before, after = (int(margin / frame_s + _SHARE_OF_FRAME) for margin in margin_s)
    return before, after


def _mean(rates: TrialRates, n_before: int, cutoff_hz: float) -> Response:
    if not rates.rates.shape[1]:
        return _nothing()
    values = rates.rates
    if np.isfinite(values).all():
        # smoothing is linear, so the mean can be smoothed instead of every trial
        values = values.mean(axis=0, keepdims=True)
    if cutoff_hz > 0:
        values = smooth_rates(values, rates.bin_rate_hz, cutoff_hz)
    reached = np.isfinite(values)
    n = reached.sum(axis=0)
    mean = np.full(n.shape, np.nan)
    np.divide(np.where(reached, values, 0.0).sum(axis=0), n, out=mean, where=n > 0)
    return Response(rates.edges_s - rates.edges_s[n_before], mean)


def _nothing() -> Response:
    return Response(np.zeros(1), np.empty(0))
