"""Display frames in the frame-sync channel, also where its pulses ring, are negative or are rare."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hdmea_gui.analysis.clocks import (
    LEAST_RISE,
    START_UP_PULSES,
    largest_values,
    pulse_onsets,
    upper_percentile,
)

if TYPE_CHECKING:
    from collections.abc import Callable

_N_LARGEST = 50  # a recording has far more pulses, and hardly as many disturbed samples
_MOST_SAMPLES = 1 << 20
_INVERTED = 3.0  # a baseline is that much closer to its other extreme than to its pulses
_SAME_PULSE = 0.3  # of the usual interval
_LEAST_PULSES = 20
_REGULAR = 0.25  # of the usual interval
_NOISE = 5.0  # standard deviations that a step must exceed, so that none of them is noise
_MOST_BETWEEN = 0.02  # share of samples between the levels; a sine has more
_LOW, _HIGH = 0.3, 0.5  # of the height
_LOOK_BACK, _LOOK_AHEAD = 2, 12


@dataclass(frozen=True)
class SyncPulses:
    """Display frames found by their sync pulses.

    Attributes
    ----------
    frames
        uint64 (n_frames,), samples. Onset of each display frame.
    n_ringing
        Number of further rises within a pulse, which are no frames.
    is_inverted
        Whether the pulses are negative.
    """

    frames: np.ndarray
    n_ringing: int = 0
    is_inverted: bool = False


def sync_pulses(sync: np.ndarray, progress: Callable[[int, int], None] | None = None) -> SyncPulses:
    """Detect the display frames in the frame-sync channel.

    Pulses are found as in the lab's scripts (see `pulse_onsets`), if they are regular. If that is better (much noise,
    few narrow pulses, a high baseline, negative pulses) they are the moments at which the channel crosses half the
    height of its most extreme samples. Of several rises within a pulse the first counts, and rises that stay below or
    above 0.3 of the height are none.

    Parameters
    ----------
    sync
        Any integer or float (n_samples,), raw counts.
    progress
        Called as progress(done, total) about ten times per second; may raise to cancel.
    """
    if len(sync) < _N_LARGEST:
        return SyncPulses(np.empty(0, np.uint64))
    middle = float(np.median(sync[:: max(1, len(sync) // _MOST_SAMPLES)]))
    height = float(largest_values(sync, _N_LARGEST).min()) - middle
    depth = middle + float(largest_values(-sync, _N_LARGEST).min())
    percentile = upper_percentile(sync, 99.9, progress or _silent)
    is_inverted = depth > _INVERTED * height
    if is_inverted:
        sync, middle, height = -sync, -middle, depth
    onsets = np.empty(0, np.int64)
    if not is_inverted and LEAST_RISE * percentile > _NOISE * _noise_of_steps(sync):
        onsets = pulse_onsets(sync, percentile, progress)
    kept, n_ringing = _without_ringing(onsets, sync, middle + _LOW * height)
    if _share_irregular(kept) > 0:
        crossings = _without_ringing(_crossings(sync, middle, height), sync, middle + _LOW * height)
        # only a half is a series of pulses at all
        if _share_irregular(crossings[0]) < min(_share_irregular(kept), 0.5):
            kept, n_ringing = crossings
    return SyncPulses(kept[START_UP_PULSES:].astype(np.uint64), n_ringing, is_inverted and kept.size > 0)


def _silent(_done: int, _total: int) -> None:
    """Report nothing."""


def _share_irregular(onsets: np.ndarray) -> float:
    """Return the share of intervals after the start-up that are not about as long as most; 1 for hardly any pulses."""
    if len(onsets) < _LEAST_PULSES:
        return 1.0
    intervals = np.diff(onsets[START_UP_PULSES:])
    return float(np.mean(np.abs(intervals / np.median(intervals) - 1) >= _REGULAR))


def _crossings(sync: np.ndarray, middle: float, height: float) -> np.ndarray:
    """Return the last sample before each rise from below 0.3 to above 0.5 of the height, int64 (n_pulses,)."""
    if not height > 0:
        return np.empty(0, np.int64)
    level = np.zeros(len(sync), np.int8)
    level[sync > middle + _HIGH * height] = 1
    level[sync < middle + _LOW * height] = -1
    known = np.flatnonzero(level)
    if len(known) < (1 - _MOST_BETWEEN) * len(sync):
        return np.empty(0, np.int64)
    rises = np.flatnonzero(np.diff(level[known]) > 0) + 1
    return np.asarray(known[rises] - 1)


def _noise_of_steps(sync: np.ndarray) -> float:
    """Standard deviation of the noise of steps between samples, from their median size."""
    start = max(0, (len(sync) - _MOST_SAMPLES) // 2)
    steps = np.diff(sync[start : start + _MOST_SAMPLES].astype(np.float64))
    return float(np.median(np.abs(steps))) / 0.6745


def _without_ringing(onsets: np.ndarray, sync: np.ndarray, level: float) -> tuple[np.ndarray, int]:
    """Return the onsets that pass a level, only the first of several in one pulse; and the number left out."""
    if len(onsets) < _LEAST_PULSES:
        return onsets, 0
    kept = onsets[_passes(onsets, sync, level)]
    if len(kept) < _LEAST_PULSES:
        return onsets, 0
    intervals = np.diff(kept)
    long = np.percentile(intervals, 80)
    least = _SAME_PULSE * np.median(intervals[intervals > _SAME_PULSE * long])
    if intervals.min() < least:
        kept = np.array(_apart(kept.tolist(), float(least)))
    return kept, len(onsets) - len(kept)


def _passes(onsets: np.ndarray, sync: np.ndarray, level: float) -> np.ndarray:
    """Whether the channel passes the level at each onset, from below, bool (n_onsets,)."""
    before = np.clip(onsets[:, None] - np.arange(_LOOK_BACK + 1), 0, None)
    after = np.clip(onsets[:, None] + 1 + np.arange(_LOOK_AHEAD), None, len(sync) - 1)
    return np.asarray((sync[before].min(axis=1) < level) & (sync[after].max(axis=1) > level))


def _apart(onsets: list[int], least: float) -> list[int]:
    kept = onsets[:1]
    for onset in onsets[1:]:
        if onset - kept[-1] >= least:
            kept.append(onset)
    return kept
