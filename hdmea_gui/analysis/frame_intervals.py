"""Regularity of the display frames."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

_LATE = 1.5  # median intervals: half-way between a regular interval and one dropped frame


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
    n_dropped
        Number of frames that would have fitted into these intervals.
    """

    intervals_s: NDArray[np.float64]
    median_s: float
    mean_s: float
    late: NDArray[np.int64]
    n_dropped: int

    @property
    def limit_s(self) -> float:
        """Longest interval that counts as regular, s."""
        return _LATE * self.median_s


def frame_intervals(frame_timestamps: NDArray[np.integer[Any]], rate_hz: float) -> FrameIntervals:
    """Compute the intervals between display frames and find dropped frames.

    An interval longer than 1.5 times the median indicates a dropped frame.

    Parameters
    ----------
    frame_timestamps
        Any integer (n_frames,), samples. Onset of each display frame, ascending.
    rate_hz
        Acquisition rate, Hz.

    Returns
    -------
    intervals
        The intervals and the dropped frames.
    """
    intervals = np.diff(np.asarray(frame_timestamps).astype(np.float64)) / rate_hz
    if not intervals.size:
        return FrameIntervals(intervals, float("nan"), float("nan"), np.empty(0, np.int64), 0)
    median = float(np.median(intervals))
    is_late = intervals > _LATE * median
    late = np.flatnonzero(is_late)
    mean = float(intervals[~is_late].mean())
    missing = np.rint(intervals[late] / median) - 1
    return FrameIntervals(intervals, median, mean, late, int(np.maximum(missing, 1).sum()))
