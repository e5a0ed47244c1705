"""Number of display frames that the playlist needs, against the number recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hdmea_gui.pipeline.frame_audit import count_warnings
from hdmea_gui.pipeline.health.check import Check, Finding
from hdmea_gui.session.recording import RecordingReader

if TYPE_CHECKING:
    from hdmea_gui.session import Snapshot

_STEP = "add_section_time"


def look(snapshot: Snapshot) -> Finding | None:
    """Compare the two numbers of frames, if movies were placed by counting them."""
    recording = RecordingReader(snapshot)
    pad = snapshot.steps.get(_STEP, {}).get("parameters", {}).get("pad_frames")
    placed = [
        section
        for section in recording.sections.values()
        if section.source == "playlist" and section.movie_frames is not None
    ]
    n_frames = len(recording.frames)
    if pad is None or not placed or not n_frames:
        return None
    needed = sum(len(section.bounds) * (1 + 2 * int(pad) + (section.movie_frames or 0)) for section in placed)
    found = count_warnings(needed, n_frames)
    if not found:
        return Finding("ok", f"The playlist needs {needed} display frames, {n_frames} were recorded.")
    return Finding("fault" if n_frames < needed else "check", " ".join(found))


CHECK = Check(
    key="playlist_length",
    title="Length of the playlist",
    look=look,
    view="stimulus",
    advice="Choose the playlist that was shown, and how often, under 'Section times', and run it again.",
    parameter=(_STEP, "playlist_name"),
)
