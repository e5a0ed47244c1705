"""Typed access to what a session or snapshot holds about the recording as a whole: clock, light, movies, sections.

Arrays are returned as they are held, some of them still on disk; `numpy.asarray` reads them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from hdmea_gui.errors import MissingInputError
from hdmea_gui.session.clock import ACQUISITION_RATE, find_duration_s, positive
from hdmea_gui.session.section import SECTION_INFO, SECTION_TIME, Section
from hdmea_gui.session.unit import (
    Array,
    Path,
    sectioned_movies_of,
    stas_of,
    trials_of,
)

FRAME_TIMESTAMPS = "frame_timestamps"
_MOVIE_FRAMES = "movie_frame_times"
_LIGHT_CHECK = "light_check"
LIGHT_CHANNELS = "light_reference"
LIGHT_INFO = "light_info"
NOISE = "noise"
"""Kind of the noise movies, and the word in their names."""
_LIGHT_TEMPLATE = "light_template"
_DEFINITIONS = "definitions"
_REDUCED_HZ = {"1khz": 1000.0, "10hz": 10.0}


class Content(Protocol):
    """What a session and a snapshot have in common."""

    @property
    def units(self) -> dict[str, dict[str, Any]]:
        """Units by id."""

    @property
    def metadata(self) -> dict[str, Any]:
        """Clock, frames, and attributes of the source files."""

    @property
    def stimulus(self) -> dict[str, Any]:
        """Light channels, sections and light templates."""


@dataclass(frozen=True)
class Light:
    """A light channel.

    Attributes
    ----------
    values
        float32 (n_samples,), raw counts.
    rate_hz
        Its sampling rate, Hz.
    """

    values: Array
    rate_hz: float


def declared_kind(definition: Mapping[str, Any]) -> str | None:
    """Return the kind that a stimulus definition declares for its movie, in lower case; None if it declares none."""
    kind = definition.get("kind")
    return kind.strip().lower() if isinstance(kind, str) else None


def names_noise(movie: str) -> bool:
    """Return whether the name of a movie is that of a noise movie, in whatever capitals."""
    return NOISE in movie.lower()


@dataclass(frozen=True)
class RecordingReader:
    """Reader of a session or snapshot; it keeps nothing, so it sees every change.

    Parameters
    ----------
    content
        The session or snapshot.
    """

    content: Content

    # Clock

    @property
    def has_rate(self) -> bool:
        """Whether the acquisition rate is known."""
        return positive(self.content.metadata.get(ACQUISITION_RATE)) is not None

    @property
    def rate_hz(self) -> float:
        """Acquisition rate, Hz.

        Raises
        ------
        MissingInputError
            If there is none.
        """
        rate_hz = positive(self.content.metadata.get(ACQUISITION_RATE))
        if rate_hz is None:
            raise MissingInputError(
                "The session has no acquisition rate. Run 'Load recording' first.", ACQUISITION_RATE
            )
        return rate_hz

    @property
    def duration_s(self) -> float | None:
        """Duration of the recording, s; None if nothing tells it. See `find_duration_s`."""
        return find_duration_s(self.content.metadata, self.content.units.values())

    @property
    def frames(self) -> Array:
        """Onset of every display frame, uint64 (n_frames,), samples; empty if there are none."""
        frames: Array = self.content.metadata.get(FRAME_TIMESTAMPS, np.empty(0, np.uint64))
        return frames

    @property
    def movie_frames(self) -> Array:
        """Onset of every frame of the playlist, uint64 (n_frames,), samples.

        As the light shows them if the movies were placed by it, else the display frames.
        """
        placed: Array | None = self.content.stimulus.get(_MOVIE_FRAMES)
        return self.frames if placed is None else placed

    @property
    def is_placed_by_light(self) -> bool:
        """Whether the movies of the playlist were placed by the light."""
        return _MOVIE_FRAMES in self.content.stimulus

    @property
    def light_check(self) -> Mapping[str, Mapping[str, Any]]:
        """What the light says about the presentations of each movie; empty if it was not asked."""
        found = self.content.stimulus.get(_LIGHT_CHECK)
        checks = found.items() if isinstance(found, Mapping) else ()
        return {movie: held for movie, held in checks if isinstance(held, Mapping)}

    # Light

    @property
    def has_light(self) -> bool:
        """Whether any light channel is held."""
        return bool(self.content.stimulus.get(LIGHT_CHANNELS))

    def raw_light(self, number: int = 1) -> Any:
        """Return a light channel at the acquisition rate, float32 (n_samples,), raw counts; None if it is not held."""
        return self.content.stimulus.get(LIGHT_CHANNELS, {}).get(f"raw_ch{number}")

    def light(self, number: int = 1) -> Light | None:
        """Return a light channel in the finest form held, or None."""
        raw = self.raw_light(number)
        if raw is not None:
            return Light(raw, self.rate_hz)
        held = self.content.stimulus.get(LIGHT_CHANNELS, {})
        for form, usual_hz in _REDUCED_HZ.items():
            name = f"{form}_ch{number}"
            if name in held:
                return Light(held[name], float(self._light_info(name).get("rate_hz", usual_hz)))
        return None

    def _light_info(self, name: str) -> Mapping[str, Any]:
        """Rate and conversion stored with a light channel."""
        info: Mapping[str, Any] = self.content.stimulus.get(LIGHT_INFO, {}).get(name, {})
        return info

    # Movies

    @property
    def section_bounds(self) -> dict[str, Array]:
        """Sections by movie, int64 (n_presentations, 2), samples."""
        bounds: dict[str, Array] = self.content.stimulus.get(SECTION_TIME, {})
        return bounds

    @property
    def sections(self) -> dict[str, Section]:
        """Sections of every movie, with their margins."""
        return {
            movie: Section.of(bounds, self._section_info(movie))
            for movie, bounds in self.section_bounds.items()
        }

    def _section_info(self, movie: str) -> Mapping[str, Any]:
        """Source and margins stored with the sections of a movie."""
        info: Mapping[str, Any] = self.content.stimulus.get(SECTION_INFO, {}).get(movie, {})
        return info

    @property
    def noise_movies(self) -> list[str]:
        """Noise movies that were shown; the kind in a stimulus definition takes precedence over the name."""
        return [
            movie
            for movie, section in self.sections.items()
            if section.source == "playlist" and self._is_noise(movie)
        ]

    def _is_noise(self, movie: str) -> bool:
        kind = declared_kind(self.definitions.get(movie, {}))
        return names_noise(movie) if kind is None else kind == NOISE

    def is_timed_by_light(self, movie: str) -> bool:
        """Whether the trials of a movie begin at light onsets, so that no display frames time them."""
        return self._section_info(movie).get("source") == "analog"

    def light_template(self, movie: str) -> Array | None:
        """Return the mean light over the presentations of a movie, float32 (n_samples,), raw counts; or None."""
        template: Array | None = self.content.stimulus.get(_LIGHT_TEMPLATE, {}).get(movie)
        return template

    @property
    def definitions(self) -> dict[str, dict[str, Any]]:
        """Stimulus definitions that the session holds, by movie."""
        definitions: dict[str, dict[str, Any]] = self.content.stimulus.get(_DEFINITIONS, {})
        return definitions

    @property
    def sectioned_movies(self) -> list[str]:
        """Movies in which any unit has trials, in the order of their sections."""
        found = {movie for unit in self.content.units.values() for movie in sectioned_movies_of(unit)}
        ordered = [movie for movie in self.section_bounds if movie in found]
        return ordered + sorted(found - set(ordered))

    def trials(self, movie: str) -> Array | None:
        """Return the bounds of the trials of a movie, int64 (n_trials, 2), samples; None if there are none.

        They are those of the first unit that has any, as they are the same for all units.
        """
        trials = (trials_of(unit, movie) for unit in self.content.units.values())
        return next((found.bounds for found in trials if found is not None), None)

    @property
    def sta_movies(self) -> list[str]:
        """Movies of which any unit has an STA, in order of first appearance."""
        return list(dict.fromkeys(movie for unit in self.content.units.values() for movie in stas_of(unit)))


def light_template_path(movie: str) -> Path:
    """Return the path of the light template of a movie."""
    return ("stimulus", _LIGHT_TEMPLATE, movie)


def placed_frames_path() -> Path:
    """Return the path of the onsets of the playlist's frames as the light shows them."""
    return ("stimulus", _MOVIE_FRAMES)


def light_check_path() -> Path:
    """Return the path of what the light says about every movie."""
    return ("stimulus", _LIGHT_CHECK)


def definition_path(movie: str) -> Path:
    """Return the path of the stimulus definition of a movie."""
    return ("stimulus", _DEFINITIONS, movie)
