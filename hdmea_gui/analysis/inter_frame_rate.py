"""Firing rate from display frame to display frame (the lab's frif)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hdmea_gui.analysis import CannotCompute


@dataclass(frozen=True)
class InterFrameRate:
    """Firing rate in each interval between display frames.

    Attributes
    ----------
    rate_hz
        float32 [n_frames - 1].
    start_s
        float64 [n_frames - 1], when each interval begins, in recording time.
    """

    rate_hz: NDArray[np.float32]
    start_s: NDArray[np.float64]


def inter_frame_rate(
    spike_samples: NDArray[np.integer[Any]], frame_timestamps: NDArray[np.integer[Any]], rate_hz: float
) -> InterFrameRate:
    """Give the firing rate in each interval between two display frames.

    Parameters
    ----------
    spike_samples
        [n_spikes], in any order.
    frame_timestamps
        [n_frames], samples at which the display frames appeared, ascending.
    rate_hz
        Acquisition rate.

    Raises
    ------
    CannotCompute
        If there are fewer than two frames.
    """
    stamps = np.asarray(frame_timestamps).astype(np.int64)
    if stamps.size < 2:
        raise CannotCompute("the recording has fewer than two display frames")
    spikes = np.sort(np.asarray(spike_samples).astype(np.int64))
    counts = np.diff(np.searchsorted(spikes, stamps))
    rate = counts * rate_hz / np.diff(stamps)
    return InterFrameRate(rate.astype(np.float32), stamps[:-1] / rate_hz)
