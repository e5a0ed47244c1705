"""Light events within a trial, read from the stimulus file or derived from how the stimulus was generated."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from hdmea_gui.analysis.frame_intervals import frame_intervals

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

DISPLAY_HZ = 60.0
"""Nominal frame rate of the projector, used to convert seconds in stimulus files to frames."""

_SAME_RATE = 0.01  # displays of 60 Hz run at 59.94 Hz
_DIRECTIONS_DEG = tuple(45.0 * k for k in range(8))  # the lab's order: right, then clockwise (90 is down)


@dataclass(frozen=True)
class Event:
    """Interval of a trial with one kind of light stimulus.

    Attributes
    ----------
    onset, offset
        Start and end, display frames from the start of the trial.
    intensity, colour, frequency_hz, direction_deg
        Properties of the stimulus, if known.
    """

    onset: int
    offset: int
    intensity: float | None = None
    colour: str | None = None
    frequency_hz: float | None = None
    direction_deg: float | None = None


def display_speed(frame_timestamps: np.ndarray, rate_hz: float) -> float:
    """Return how much faster than made for a movie was shown: 1 on a display of 60 Hz, 1.25 on one of 75 Hz.

    Parameters
    ----------
    frame_timestamps
        Any integer (n_frames,), samples. Onset of each display frame.
    rate_hz
        Acquisition rate, Hz.
    """
    speed = 1 / (frame_intervals(frame_timestamps, rate_hz).mean_s * DISPLAY_HZ)
    return 1.0 if not abs(speed - 1) > _SAME_RATE else speed


def events_of(
    kind: str, content: Mapping[str, Any], template: Any, template_frames: int
) -> tuple[tuple[Event, ...], str]:
    """Determine the events within a movie's trials, and their source.

    Parameters
    ----------
    kind
        Family of the movie.
    content
        Content of its stimulus file.
    template
        Any float (n_samples,), raw counts. Mean light time course of one trial, or None.
    template_frames
        Length of the trial, display frames.

    Returns
    -------
    events
        The events; empty if no source defines them.
    source
        Where they come from, or why they are unknown.
    """
    listed = content.get("events")
    if listed:
        try:
            return _within_trial(map(_event, listed), content), "events of the stimulus file"
        except (TypeError, ValueError):
            return (), "the events of the stimulus file are not usable"
    section = content.get("section_kwargs")
    derive = _DERIVED.get(kind)
    if derive is not None and section:
        try:
            events = derive(content.get("generate_kwargs", {}), section)
            return _within_trial(events, content), "generate_kwargs of the stimulus file"
        except (KeyError, TypeError, ValueError, OverflowError):
            pass
    if kind == "step" and template is not None:
        step = _from_light(np.asarray(template), template_frames)
        if step is not None:
            return (step,), "light template"
    return (), "the time of light onset is unknown"


def _event(record: Any) -> Event:
    if not isinstance(record, Mapping):
        raise TypeError("an event is not a table")
    known = {field.name: record[field.name] for field in fields(Event) if field.name in record}
    return Event(**known | {name: _frame(known[name]) for name in ("onset", "offset") if name in known})


def _frame(value: Any) -> int:
    if not _is_number(value) or value % 1:
        raise ValueError("a frame is not a whole number")
    return int(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < math.inf


def _within_trial(events: Iterable[Event], content: Mapping[str, Any]) -> tuple[Event, ...]:
    """The events, if each is within the trial and its values have the right types."""
    section = content.get("section_kwargs")
    length: Any = section.get("trial_length_frame") if isinstance(section, Mapping) else None
    last = length if _is_number(length) else math.inf
    checked = tuple(events)
    for event in checked:
        numbers = (event.intensity, event.frequency_hz, event.direction_deg)
        if not 0 <= event.onset < event.offset <= last:
            raise ValueError("an event is outside the trial")
        if not all(number is None or _is_number(number) for number in numbers):
            raise ValueError("a value of an event is not a number")
        if not isinstance(event.colour, str | None):
            raise TypeError("a colour is not text")
    return checked


def _step(made: Mapping[str, Any], section: Mapping[str, Any]) -> list[Event]:
    # generated movies begin with the gap; a trial begins at start_frame, within it
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
        raise ValueError("the trial cannot be divided evenly among the directions")
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
    """Return the only interval of light in a trial, or None if the light channel does not show exactly one.

    The light is averaged over each display frame, so that neither noise nor a flickering lamp adds edges.
    """
    if not 2 <= n_frames <= template.size:
        return None
    starts = -(-np.arange(n_frames + 1) * template.size // n_frames)
    light = np.add.reduceat(template, starts[:-1], dtype=np.float64) / np.diff(starts)
    low, high = np.percentile(light, [2, 98])  # not the extremes, which a single odd frame would set
    if not high > low:
        return None
    lit = light > (low + high) / 2
    edges = np.flatnonzero(np.diff(lit.astype(np.int8)))
    if edges.size != 2 or lit[0]:
        return None
    return Event(int(edges[0]) + 1, int(edges[1]) + 1)
