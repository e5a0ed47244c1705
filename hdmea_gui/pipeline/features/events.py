"""What the light does within a trial: read from the stimulus file, else derived from how it was made."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

DISPLAY_HZ = 60.0
"""Nominal frame rate of the projector, in which stimulus files count seconds."""

_DIRECTIONS_DEG = tuple(45.0 * k for k in range(8))


@dataclass(frozen=True)
class Event:
    """A stretch of a trial in which the light does one thing.

    Parameters
    ----------
    onset, offset : int
        Display frames from the trial's start.
    intensity, colour, frequency_hz, direction_deg
        What it does, where known.
    """

    onset: int
    offset: int
    intensity: float | None = None
    colour: str | None = None
    frequency_hz: float | None = None
    direction_deg: float | None = None


def events_of(
    kind: str, content: Mapping[str, Any], template: Any, template_frames: int
) -> tuple[tuple[Event, ...], str]:
    """The events of a movie's trials and where they are known from.

    Parameters
    ----------
    kind : str
        Family of the movie.
    content : mapping
        Its stimulus file.
    template : array or None
        Mean light course of one trial, (n_samples,), raw counts.
    template_frames : int
        Display frames of the trial.

    Returns
    -------
    tuple
        The events, empty where nothing tells, and a word on the source.
    """
    listed = content.get("events")
    if isinstance(listed, list) and listed:
        return tuple(map(_event, listed)), "events of the stimulus file"
    section = content.get("section_kwargs", {})
    derive = _DERIVED.get(kind)
    if derive is not None and section:
        try:
            return tuple(
                derive(content.get("generate_kwargs", {}), section)
            ), "generate_kwargs of the stimulus file"
        except (KeyError, TypeError, ValueError):
            pass
    if kind == "step" and template is not None:
        step = _from_light(np.asarray(template), template_frames)
        if step is not None:
            return (step,), "light template"
    return (), "nothing tells when the light goes on"


def _event(record: Mapping[str, Any]) -> Event:
    known = {field.name for field in fields(Event)}
    return Event(**{name: value for name, value in record.items() if name in known})


def _step(made: Mapping[str, Any], section: Mapping[str, Any]) -> list[Event]:
    onset = int(made["gap_frame"]) - int(section["start_frame"])
    return [Event(onset, onset + int(made["frames"]), intensity=made.get("intensity"))]


def _chromatic(made: Mapping[str, Any], section: Mapping[str, Any]) -> list[Event]:
    gap, light = int(made["gap_frame"]), int(made["stim_frame"])
    green = gap - int(section["start_frame"])
    blue = green + light + gap
    intensity = made.get("intensity")
    return [
        Event(green, green + light, intensity, colour="green"),
        Event(blue, blue + light, intensity, colour="blue"),
    ]


def _frequency(made: Mapping[str, Any], section: Mapping[str, Any]) -> list[Event]:
    pause, light = (round(float(made[name]) * DISPLAY_HZ) for name in ("break_duration", "frame_duration"))
    first = pause - int(section["start_frame"])
    onsets = [first + number * (light + pause) for number in range(len(made["freq_list"]))]
    return [
        Event(onset, onset + light, frequency_hz=float(frequency))
        for onset, frequency in zip(onsets, made["freq_list"], strict=True)
    ]


def _moving_bar(made: Mapping[str, Any], section: Mapping[str, Any]) -> list[Event]:
    padding, length = int(made["pre_pad_frame"]), int(section["trial_length_frame"])
    first = padding - int(section["start_frame"])
    each, rest = divmod(length - padding, len(_DIRECTIONS_DEG))
    if rest:
        raise ValueError("the directions do not share the trial evenly")
    return [
        Event(first + number * each, first + (number + 1) * each, direction_deg=direction)
        for number, direction in enumerate(_DIRECTIONS_DEG)
    ]


_DERIVED: dict[str, Callable[[Mapping[str, Any], Mapping[str, Any]], list[Event]]] = {
    "step": _step,
    "chromatic": _chromatic,
    "frequency": _frequency,
    "moving_bar": _moving_bar,
}


def _from_light(template: np.ndarray[Any, Any], n_frames: int) -> Event | None:
    """The one stretch of light in a trial, if the light channel shows just one."""
    if template.size < 2 or n_frames < 1:
        return None
    low, high = np.percentile(template, [2, 98])
    if not high > low:
        return None
    lit = template > (low + high) / 2
    edges = np.flatnonzero(np.diff(lit.astype(np.int8)))
    if edges.size != 2 or lit[0]:
        return None
    onset, offset = (round((edge + 1) / template.size * n_frames) for edge in edges.tolist())
    return Event(onset, offset)
