"""What the light says about the place of movies, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hdmea_gui.pipeline.light_check import LightCheck

_LATENCY_WORTH_TELLING = 0.05  # frames
_IN_RECORDING = ("the photodiode", "it was not")
_TO_BE_MENDED = (*_IN_RECORDING, "its stimulus files", "its file has")
"""Beginnings of reasons that the user can do something about."""
_MISSING = ("there is no stimulus file",)
"""The same, worth telling if no movie is checked at all."""


def lies_in_recording(reason: str) -> bool:
    """Whether the light cannot tell a place because of how it was recorded, not of what is declared."""
    return reason.startswith(_IN_RECORDING)


def light_sentences(check: LightCheck, align: Literal["count", "light"]) -> list[str]:
    """Return the findings that the user has to know, in one sentence each."""
    advice = {
        "count": "To place them by the light, click 'Place by light' at this step in the window, or run it with "
        "align=light (--set add_section_time.align=light).",
        "light": "They are placed by the light.",
    }
    sentences = []
    shifted = [each for each in check.presentations if each.verdict == "shifted"]
    if shifted and check.placement is not None:
        movies = ", ".join(dict.fromkeys(each.movie for each in shifted))
        sentences.append(
            f"The recorded light shows that movies are not where the frame count places them: {movies} "
            f"({_changes(check)}). {advice[align]}"
        )
    latency = check.placement.latency_frames if check.placement is not None else 0.0
    if check.placement is not None and latency <= -_LATENCY_WORTH_TELLING - 0.5:
        sentences.append(
            f"The light changes {-latency * check.frame_ms:.0f} ms before the frames that are counted: one sync pulse "
            "may have been missed at the start. Nothing was moved. If the delay of the display is known, state it in "
            "the stimulus files as display_latency_ms; the light can then place movies to the frame."
        )
    elif latency >= 1:
        sentences.append(
            f"The light follows the sync pulses by {latency * check.frame_ms:.0f} ms (latency of the display). "
            "Nothing was moved."
        )
    if check.placement is not None and check.placement.untold.size:
        sentences.append(
            f"From {check.placement.untold[0] / check.rate_hz:.1f} s on the light does not tell whether frames came "
            f"late or pulses are missing: what follows may be misplaced by {_count(check.placement.untold.size)}."
        )
    mended = _TO_BE_MENDED + (_MISSING if check.placement is None else ())
    untold = {
        each.movie: each.reason
        for each in check.presentations
        if each.verdict == "cannot tell" and each.reason.startswith(mended)
    }
    if untold:
        listed = "; ".join(f"{movie}: {reason}" for movie, reason in untold.items())
        sentences.append(f"The light cannot confirm when some movies were shown ({listed}).")
    return sentences


def shift_words(stored: Mapping[str, Mapping[str, Any]]) -> str:
    """Return how far movies are from where the count places them, as `LightCheck.stored` says it; or nothing."""
    shifts = {
        movie: int(np.abs(held.get("shift_frames", 0)).max(initial=0))
        for movie, held in stored.items()
        if "shifted" in held.get("verdict", ())
    }
    if not shifts:
        return ""
    return f"The light shows these movies elsewhere, by up to {_count(max(shifts.values()))}: {', '.join(shifts)}."


def _changes(check: LightCheck) -> str:
    """Shift at the start, and every change of it."""
    assert check.placement is not None  # noqa: S101 - see the caller
    placed, parts = check.placement, []
    first = check.presentations[0].shift[0]
    start = int(placed.shift[placed.content >= 0][0]) if (placed.content >= 0).any() else first
    if start:
        parts.append(f"by {_frames(start)} from the start")
    for change in placed.changes:
        low, high = (moment / check.rate_hz for moment in (change.low, change.high))
        after = f"by {_frames(change.after)}" if change.after else "as counted"
        parts.append(f"{after} from {low:.2f}-{high:.2f} s on")
    return "; ".join(parts[:6]) + (" and so on" if len(parts) > 6 else "")


def _frames(shift: int) -> str:
    """Words for a shift that is not 0: the light is ahead of the count, or behind it."""
    return f"{_count(abs(shift))} {'ahead' if shift > 0 else 'behind'}"


def _count(n_frames: int) -> str:
    return f"{n_frames} frame{'s' if n_frames > 1 else ''}"
