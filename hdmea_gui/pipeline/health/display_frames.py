"""Display frames that are missing or too many, and the rate of the display."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hdmea_gui.analysis.frame_intervals import frame_intervals
from hdmea_gui.pipeline.frame_audit import display_warnings, interval_warnings
from hdmea_gui.pipeline.health.check import Check, Finding
from hdmea_gui.session.recording import RecordingReader

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hdmea_gui.session import Snapshot

_MANY = 0.01  # share of odd intervals above which movies cannot be trusted
_BLOCKS = 1000


def look(snapshot: Snapshot) -> Finding | None:
    """Judge the intervals between display frames, and the rate at which movies were shown."""
    recording = RecordingReader(snapshot)
    frames = np.asarray(recording.frames)
    if not recording.has_rate or (not len(frames) and not recording.has_light):
        return None
    if len(frames) < 2:
        return _none(is_placed=recording.is_placed_by_light)
    found = frame_intervals(frames, recording.rate_hz)
    odd = interval_warnings(frames, recording.rate_hz)
    played = display_warnings(frames, recording.rate_hz, list(recording.sections))
    if not odd + played:
        return Finding("ok", f"All {len(frames)} display frames are regular ({1 / found.mean_s:.2f} Hz).")
    is_many = len(found.late) + len(found.early) > _MANY * len(frames)
    seconds = frames[1:].astype(np.float64) / recording.rate_hz
    return Finding(
        "fault" if is_many else "check", " ".join(odd + played), *_extremes(seconds, found.intervals_s * 1e3)
    )


def _none(*, is_placed: bool) -> Finding:
    if is_placed:
        return Finding("check", "There are no display frames; movies are placed by the recorded light alone.")
    return Finding("fault", "There are no display frames, so movies cannot be timed by them.")


def _extremes(
    seconds: NDArray[np.float64], intervals: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The shortest and the longest interval of each stretch, so that a long recording does not fill the file."""
    blocks = [
        start + np.unique([part.argmin(), part.argmax()])
        for start, part in _parts(intervals, max(1, -(-len(intervals) // _BLOCKS)))
    ]
    shown = np.concatenate(blocks)
    return seconds[shown], intervals[shown]


def _parts(values: NDArray[np.float64], length: int) -> list[tuple[int, NDArray[np.float64]]]:
    return [(start, values[start : start + length]) for start in range(0, len(values), length)]


CHECK = Check(
    key="display_frames",
    title="Display frames",
    look=look,
    view="stimulus",
    advice="See the stimulus view. Where frames are missing, later trials may be shifted by as many: choose 'light' "
    "under 'Place by' to place them by the recorded light.",
    parameter=("add_section_time", "align"),
    labels=("Time in recording (s)", "Frame interval (ms)"),
)
