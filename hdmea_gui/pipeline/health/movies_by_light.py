"""Movies that the recorded light shows elsewhere than they were placed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hdmea_gui.pipeline.health.check import Check, Finding
from hdmea_gui.pipeline.light_words import shift_words
from hdmea_gui.session.recording import RecordingReader

if TYPE_CHECKING:
    from hdmea_gui.session import Snapshot


def look(snapshot: Snapshot) -> Finding | None:
    """Say whether the light confirms where the movies of the playlist were placed."""
    recording = RecordingReader(snapshot)
    verdicts = [
        verdict for held in recording.light_check.values() for verdict in map(str, held.get("verdict", ()))
    ]
    if not verdicts:
        return None
    n_told = sum(verdict != "cannot tell" for verdict in verdicts)
    told = f"{n_told} of {len(verdicts)} presentations"
    if finding := shift_words(recording.light_check):
        if recording.is_placed_by_light:
            return Finding("ok", f"{told} are placed by the light, not by count.")
        return Finding("fault", finding)
    if not n_told:
        reasons = {
            str(reason) for held in recording.light_check.values() for reason in held.get("reason", ())
        }
        return Finding(
            "check", f"The light cannot tell when any movie was shown: {'; '.join(sorted(reasons))}."
        )
    return Finding("ok", f"The light confirms where the count places {told}.")


CHECK = Check(
    key="movies_by_light",
    title="Movies and light",
    look=look,
    view="stimulus",
    advice="If movies are elsewhere, click 'Place by light' at the step 'Section times'. If the light cannot tell, see "
    "whether channel 1 shows the movies, and whether their stimulus files were found.",
)
