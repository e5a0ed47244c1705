"""Recorded against declared light: whether every movie was shown where the count of frames places it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hdmea_gui.pipeline.health.check import Check, Finding
from hdmea_gui.pipeline.light_words import lies_in_recording
from hdmea_gui.session.recording import RecordingReader

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from hdmea_gui.session import Snapshot

_EARLIEST_MS = -9.0  # half a display frame: the light cannot precede the pulse of its own frame
_WORTH_TELLING_MS = 10.0


@dataclass(frozen=True)
class _Shown:
    """One presentation: its movie, its section in s, the verdict, and the shift at its start and end in frames."""

    movie: str
    seconds: NDArray[np.float64]
    verdict: str
    reason: str
    shift: NDArray[np.float64]


def look(snapshot: Snapshot) -> Finding | None:
    """Say which movies are elsewhere than counted, and which the light cannot tell."""
    recording = RecordingReader(snapshot)
    checks = recording.light_check
    if not checks or not recording.has_rate:
        return None
    shown = sorted(_presentations(recording), key=lambda each: float(each.seconds[0]))
    told = [each for each in shown if each.verdict != "cannot tell"]
    shifted = [each for each in told if each.verdict == "shifted"]
    if shifted:
        return _shifted(recording, shown, shifted)
    blind = [each for each in shown if lies_in_recording(each.reason)]
    latency = min((float(check.get("latency_ms", 0.0)) for check in checks.values()), default=0.0)
    parts = [f"The light confirms the place of {len(told)} of {len(shown)} presentations."]
    if blind:
        parts.append(f"It cannot tell that of {_movies(blind)}: {blind[0].reason}.")
    if latency < _EARLIEST_MS:
        parts.append(
            f"It changes {-latency:.0f} ms before the frames counted: a sync pulse may have been missed."
        )
    elif latency > _WORTH_TELLING_MS:
        parts.append(f"It follows the sync pulses by {latency:.0f} ms (latency of the display).")
    return Finding("check" if blind or latency < _EARLIEST_MS else "ok", " ".join(parts))


def _shifted(recording: RecordingReader, shown: list[_Shown], shifted: list[_Shown]) -> Finding:
    most = max(float(abs(each.shift).max()) for each in shifted)
    words = (
        f"{len(shifted)} of {len(shown)} presentations were shown up to {most:.0f} display "
        f"frame{'s' if most != 1 else ''} away from where the frames counted place them ({_movies(shifted)})"
    )
    gap = np.array([np.nan])
    x = np.concatenate([np.append(each.seconds, gap) for each in shown])
    y = np.concatenate([np.append(each.shift, gap) for each in shown])
    if recording.is_placed_by_light:
        return Finding("ok", f"{words}; they are placed by the light.", x, y)
    return Finding("fault", f"{words}.", x, y)


def _presentations(recording: RecordingReader) -> Iterable[_Shown]:
    for movie, check in recording.light_check.items():
        bounds = recording.section_bounds.get(movie)
        if bounds is not None:
            yield from _of_movie(movie, check, np.asarray(bounds, np.float64) / recording.rate_hz)


def _of_movie(movie: str, check: Mapping[str, Any], bounds: NDArray[np.float64]) -> Iterable[_Shown]:
    shifts = np.asarray(check["shift_frames"], np.float64)
    for seconds, verdict, reason, shift in zip(
        bounds, check["verdict"], check["reason"], shifts, strict=False
    ):
        is_told = str(verdict) != "cannot tell"
        yield _Shown(movie, seconds, str(verdict), str(reason), shift if is_told else np.full(2, np.nan))


def _movies(shown: Iterable[_Shown]) -> str:
    return ", ".join(dict.fromkeys(each.movie for each in shown))


CHECK = Check(
    key="movie_light",
    title="Light of the movies",
    look=look,
    view="stimulus",
    advice="Click 'Place by light' at the step 'Section times': movies are then placed by the recorded light. "
    "What the light cannot tell keeps the count of frames.",
    parameter=("add_section_time", "align"),
    labels=("Time in recording (s)", "Ahead (frames)"),
)
