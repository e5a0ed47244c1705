"""Regularity of the display frames."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

_LATE = 1.5  # median intervals: half-way between a regular interval and one dropped frame
_EARLY = 1 / _LATE
_NEIGHBOURS = 101  # intervals whose median counts as the usual one at a place


@dataclass(frozen=True)
class FrameIntervals:
    """Intervals between display frames.

    Attributes
    ----------
    intervals_s
        float64 (n_frames - 1,), s.
    median_s
        Median interval, s. NaN for fewer than two frames. At a low acquisition rate it may differ from the mean by
        up to half a sample.
    mean_s
        Mean of the regular intervals, s: the duration of a display frame. NaN for fewer than two frames.
    late
        int64 (n_late,), display frames. Indices of the frames after which at least one frame was dropped.
    early
        int64 (n_early,), display frames. Indices of the frames after which the next came too soon.
    n_dropped
        Number of frames that would have fitted into these intervals.
    """

    intervals_s: NDArray[np.float64]
    median_s: float
    mean_s: float
    late: NDArray[np.int64]
    early: NDArray[np.int64]
    n_dropped: int

    @property
    def limit_s(self) -> float:
        """Longest interval that counts as regular, s."""
        return _LATE * self.median_s


def frame_intervals(frame_timestamps: NDArray[np.integer[Any]], rate_hz: float) -> FrameIntervals:
    """Compute the intervals between display frames and find dropped frames.

    An interval longer than 1.5 times the median of its neighbours indicates a dropped frame or a lost pulse, one
    shorter than two thirds of it an additional pulse.

    Parameters
    ----------
    frame_timestamps
        Any integer (n_frames,), samples. Onset of each display frame, ascending.
    rate_hz
        Acquisition rate, Hz.

    Returns
    -------
    intervals
        The intervals and the irregular ones among them.
    """
    intervals = np.diff(np.asarray(frame_timestamps).astype(np.float64)) / rate_hz
    if not intervals.size:
        nowhere = np.empty(0, np.int64)
        return FrameIntervals(intervals, float("nan"), float("nan"), nowhere, nowhere, 0)
    usual = usual_intervals(intervals)
    is_late, is_early = intervals > _LATE * usual, intervals < _EARLY * usual
    late, is_regular = np.flatnonzero(is_late), ~(is_late | is_early)
    mean = float(intervals[is_regular].mean()) if is_regular.any() else float(intervals.mean())
    missing = np.rint(intervals[late] / usual[late]) - 1
    return FrameIntervals(
        intervals,
        float(np.median(intervals)),
        mean,
        late,
        np.flatnonzero(is_early),
        int(np.maximum(missing, 1).sum()),
    )


def usual_intervals(intervals: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    """Return the median of the neighbours of each interval, float64 (n_intervals,), in their unit."""
    median = float(np.median(intervals))
    is_regular = bool(np.all(np.abs(intervals - median) < (1 - _EARLY) * median))
    if is_regular or intervals.size < _NEIGHBOURS:
        return np.full(intervals.size, median)
    from scipy.ndimage import median_filter

    return np.asarray(median_filter(intervals.astype(np.float64), _NEIGHBOURS, mode="nearest"))
