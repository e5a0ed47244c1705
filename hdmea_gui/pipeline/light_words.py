"""What the light says about the place of movies, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hdmea_gui.pipeline.light_check import LightCheck

_LATENCY_WORTH_TELLING = 0.05  # frames


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
            "may have been missed at the start. Nothing was moved."
        )
    elif latency >= 1:
        sentences.append(
            f"The light follows the sync pulses by {latency * check.frame_ms:.0f} ms (latency of the display). "
            "Nothing was moved."
        )
    untold = {
        each.movie: each.reason
        for each in check.presentations
        if each.verdict == "cannot tell" and each.reason.startswith(("the photodiode", "it was not"))
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
    return f"The light shows these movies elsewhere, by up to {max(shifts.values())} frames: {', '.join(shifts)}."


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
        parts.append(f"by {_frames(change.after)} from {low:.2f}-{high:.2f} s on")
    return "; ".join(parts[:6]) + (" and so on" if len(parts) > 6 else "")


def _frames(shift: int) -> str:
    """Words for a shift: the light is ahead of the count, or behind it."""
    if shift == 0:
        return "0 frames"
    return f"{abs(shift)} frame{'s' if abs(shift) > 1 else ''} {'ahead' if shift > 0 else 'behind'}"
