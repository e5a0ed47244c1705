"""What the trials of a movie show, from the stimulus definition that the session holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hdmea_gui.analysis.clocks import frame_of_sample
from hdmea_gui.pipeline.features.conditions import Conditions, conditions_of
from hdmea_gui.pipeline.features.events import Event, events_of
from hdmea_gui.pipeline.features.tasks import as_shown, family_of
from hdmea_gui.session.recording import RecordingReader
from hdmea_gui.views.spans import Span

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hdmea_gui.session import PipelineSession

_ARROWS = "→↘↓↙←↖↑↗"
WHERE_DIRECTIONS_POINT = "0° is right on the screen, 90° is down"


@dataclass(frozen=True)
class ShownMovie:
    """What the trials of a movie show.

    Parameters
    ----------
    kind : str
        Kind of the movie in this recording; empty if unknown.
    events : tuple of Event
        Light events within a trial; none if light times the trials, as they are counted in frames.
    conditions : Conditions
        Which trials show the same; one condition if features are not computed by condition.
    """

    kind: str
    events: tuple[Event, ...]
    conditions: Conditions

    @property
    def has_conditions(self) -> bool:
        """Whether its trials show different stimuli."""
        return len(self.conditions.names) > 1

    @property
    def has_directions(self) -> bool:
        """Whether its events say when something moves in which direction."""
        return any(event.direction_deg is not None for event in self.events)

    def spans(self, bounds: NDArray[Any], frames: NDArray[Any], rate_hz: float) -> tuple[Span, ...]:
        """Return the events within a trial that differ from each other, with their names.

        Parameters
        ----------
        bounds : ndarray
            Any integer (n_trials, 2), samples. Start and end of each trial.
        frames : ndarray
            Any integer (n_frames,), samples. Onset of each display frame.
        rate_hz : float
            Acquisition rate.
        """
        named = [(event, name) for event in self.events if (name := name_of(event))]
        if not named or not len(bounds) or not frames.size:
            return ()
        start = int(bounds[0, 0])
        wanted = np.array([(event.onset, event.offset) for event, _ in named])
        edges = frames[np.minimum(frame_of_sample(start, frames) + wanted, frames.size - 1)]
        seconds = (edges.astype(np.int64) - start) / rate_hz
        return tuple(
            Span(on, off, name, shade)
            for shade, ((_, name), (on, off)) in enumerate(zip(named, seconds.tolist(), strict=True))
        )


def shown_movie(session: PipelineSession, movie: str) -> ShownMovie:
    """Return what the trials of a movie show."""
    recording = RecordingReader(session)
    content = as_shown(recording, movie, recording.definitions.get(movie, {}))
    family = family_of(movie, content)
    kind = family.kind if family is not None else ""
    has_frames = not recording.is_timed_by_light(movie)
    return ShownMovie(
        kind,
        events_of(kind, content, None, 0)[0] if has_frames else (),
        conditions_of(content) if family is not None and family.by_condition else Conditions(),
    )


def name_of(event: Event) -> str:
    """Return the property in which an event differs from the others of its trial; empty if there is none."""
    if event.direction_deg is not None:
        return direction_name(event.direction_deg)
    if event.frequency_hz is not None:
        return f"{event.frequency_hz:g} Hz"
    return event.colour or ""


def direction_name(degrees: float) -> str:
    """Return a direction with an arrow that points there on the screen, where 90 degrees is down."""
    return f"{degrees:g}° {_ARROWS[round(degrees / 45) % len(_ARROWS)]}"
