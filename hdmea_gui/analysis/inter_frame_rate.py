"""Firing rate in each interval between display frames (the lab's frif)."""

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
        float32 (n_frames - 1,), Hz.
    start_s
        float64 (n_frames - 1,), s of recording time. Start of each interval.
    """

    rate_hz: NDArray[np.float32]
    start_s: NDArray[np.float64]


def inter_frame_rate(
    spike_samples: NDArray[np.integer[Any]], frame_timestamps: NDArray[np.integer[Any]], rate_hz: float
) -> InterFrameRate:
    """Compute the firing rate in each interval between two display frames.

    Parameters
    ----------
    spike_samples
        Any integer (n_spikes,), samples. In any order.
    frame_timestamps
        Any integer (n_frames,), samples. Onset of each display frame, ascending.
    rate_hz
        Acquisition rate, Hz.

    Returns
    -------
    rates
        Rate and start of each interval.

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
