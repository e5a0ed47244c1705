"""How regularly the display showed its frames."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

_LATE = 1.5  # times the median interval


@dataclass(frozen=True)
class FrameIntervals:
    """Times between display frames.

    Attributes
    ----------
    intervals_s
        float64 [n_frames - 1], seconds.
    median_s
        Seconds; NaN where there are fewer than two frames. Where a frame takes few samples, this lies off the mean
        by up to half a sample.
    mean_s
        Mean of the regular intervals, those after which no frame was dropped: how long a display frame lasts.
        Seconds; NaN where there are fewer than two frames.
    late
        int64 [n], indices of the frames after which at least one was dropped.
    n_dropped
        Frames that would have fitted into these intervals.
    """

    intervals_s: NDArray[np.float64]
    median_s: float
    mean_s: float
    late: NDArray[np.int64]
    n_dropped: int

    @property
    def limit_s(self) -> float:
        """The longest interval that counts as regular, seconds."""
        return _LATE * self.median_s


def frame_intervals(frame_timestamps: NDArray[np.integer[Any]], rate_hz: float) -> FrameIntervals:
    """Give the intervals between display frames and tell where frames were dropped.

    A frame was dropped where an interval is longer than 1.5 times the median.

    Parameters
    ----------
    frame_timestamps
        [n_frames], samples at which the display frames appeared.
    rate_hz
        Acquisition rate.
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
