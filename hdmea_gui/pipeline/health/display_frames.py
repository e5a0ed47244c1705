"""Display frames that were dropped or not recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hdmea_gui.analysis.frame_intervals import frame_intervals
from hdmea_gui.pipeline.health.check import Check, Finding, State
from hdmea_gui.session.recording import RecordingReader

if TYPE_CHECKING:
    from hdmea_gui.session import Snapshot

_MANY = 0.01  # share of dropped frames above which movies cannot be trusted


def look(snapshot: Snapshot) -> Finding | None:
    """Count the frames that are missing between others, and the pulses too many."""
    recording = RecordingReader(snapshot)
    frames = np.asarray(recording.frames)
    if not recording.has_rate or (not len(frames) and not recording.has_light):
        return None
    if len(frames) < 2:
        return Finding("fault", "There are no display frames, so movies cannot be timed.")
    found = frame_intervals(frames, recording.rate_hz)
    if not len(found.late) and not len(found.early):
        return Finding("ok", f"All {len(frames)} display frames are regular ({1 / found.mean_s:.2f} Hz).")
    state = _state((found.n_dropped + len(found.early)) / len(frames))
    seconds = frames[1:].astype(np.float64) / recording.rate_hz
    sentences = []
    if len(found.late):
        sentences.append(
            f"{found.n_dropped} display frames are missing in {len(found.late)} places, the first at "
            f"{seconds[found.late[0]]:.1f} s."
        )
    if len(found.early):
        sentences.append(
            f"{len(found.early)} intervals between display frames are too short, the first at "
            f"{seconds[found.early[0]]:.1f} s."
        )
    return Finding(state, " ".join(sentences), seconds, found.intervals_s * 1e3)


def _state(share: float) -> State:
    return "fault" if share > _MANY else "check"


CHECK = Check(
    key="display_frames",
    title="Display frames",
    look=look,
    view="stimulus",
    advice="See the stimulus view. Lost or additional frames move all later trials by as many frames; 'Section times' "
    "compares the count with the light and offers to place the movies by it.",
    labels=("Time in recording (s)", "Frame interval (ms)"),
)
