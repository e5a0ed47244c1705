"""Findings about the display frames of a recording, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hdmea_gui.analysis.frame_intervals import frame_intervals
from hdmea_gui.pipeline.features.events import DISPLAY_HZ, display_speed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hdmea_gui.analysis.sync_pulses import SyncPulses

_MOST_PLACES = 5
_TAIL_FRAMES = 180
"""Frames after the last movie that are not worth a remark: as many as the pause after it."""


def pulse_warnings(found: SyncPulses, rate_hz: float) -> list[str]:
    """Return what is odd about the sync pulses and the intervals between display frames."""
    warnings = []
    if found.is_inverted:
        warnings.append(
            "The frame-sync pulses are negative; their falling edges are taken as display frames."
        )
    if found.n_ringing:
        warnings.append(
            f"The frame-sync pulses ring: {found.n_ringing} further rises within a pulse are not counted as frames."
        )
    return warnings + interval_warnings(found.frames, rate_hz)


def interval_warnings(frames: np.ndarray, rate_hz: float) -> list[str]:
    """Return what is odd about the intervals between display frames, with places.

    Parameters
    ----------
    frames
        uint64 (n_frames,), samples. Onset of each display frame.
    rate_hz
        Acquisition rate, Hz.
    """
    found, seconds = frame_intervals(frames, rate_hz), frames.astype(np.float64) / rate_hz
    warnings = []
    if found.late.size:
        warnings.append(
            f"{found.late.size} of {found.intervals_s.size} intervals between display frames are too long, with room "
            f"for {found.n_dropped} more frames ({_places(seconds[found.late])}): the display dropped frames, or sync "
            "pulses are missing. Later movies may be shifted."
        )
    if found.early.size:
        warnings.append(
            f"{found.early.size} of {found.intervals_s.size} intervals between display frames are too short "
            f"({_places(seconds[found.early])}): there are additional sync pulses. Later movies may be shifted."
        )
    return warnings


def count_warnings(n_needed: int, n_recorded: int) -> list[str]:
    """Return a warning if a playlist does not fit the number of display frames."""
    counted = f"The playlist needs {n_needed} display frames, {n_recorded} were recorded"
    if n_recorded < n_needed:
        return [f"{counted}: {n_needed - n_recorded} are missing. Check that it is the right playlist."]
    if n_recorded - n_needed > _TAIL_FRAMES:
        return [
            f"{counted}, and {n_recorded - n_needed} remain after the last movie. Check that it is the right playlist."
        ]
    return []


def display_warnings(frames: np.ndarray, rate_hz: float, movies: Sequence[str]) -> list[str]:
    """Return a warning if the display ran at another rate than movies are made for."""
    speed = display_speed(frames, rate_hz)
    if speed == 1:
        return []
    return [
        f"The display ran at {DISPLAY_HZ * speed:.1f} Hz. Stimulus files count in frames of {DISPLAY_HZ:g} Hz: if they "
        f"were made for that, these movies were shown {speed:.3g} times as fast as meant, and frequencies are given as "
        f"shown: {', '.join(dict.fromkeys(movies))}."
    ]


def _places(seconds: Sequence[float] | np.ndarray) -> str:
    shown = ", ".join(f"{moment:.1f}" for moment in seconds[:_MOST_PLACES])
    more = f" and {len(seconds) - _MOST_PLACES} more" if len(seconds) > _MOST_PLACES else ""
    return f"at {shown} s{more}"
