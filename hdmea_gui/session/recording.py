"""Typed access to what a session or snapshot holds about the recording as a whole: clock, light, movies, sections.

Arrays are returned as they are held, some of them still on disk; `numpy.asarray` reads them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from hdmea_gui.errors import MissingInputError
from hdmea_gui.session.section import Section
from hdmea_gui.session.unit import (
    RATE_10HZ,
    Array,
    Path,
    sectioned_movies_of,
    spike_times_of,
    stas_of,
    trials_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

ACQUISITION_RATE = "acquisition_rate"
DURATION_S = "duration_s"
RAW_ATTRIBUTES, SORTED_ATTRIBUTES = "cmcr_meta", "cmtr_meta"
RAW_DURATION_S = "recording_duration_s"
DURATION_PATHS = (("metadata", DURATION_S), ("metadata", RAW_ATTRIBUTES))
"""Places at which the duration of the recording is noted."""

FRAME_TIMESTAMPS = "frame_timestamps"
LIGHT_CHANNELS = "light_reference"
_SECTION_TIME = "section_time"
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

    @property
    def attributes(self) -> dict[str, dict[str, Any]]:
        """Attributes of nodes in the file, by the node's path."""


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
        return ACQUISITION_RATE in self.content.metadata

    @property
    def rate_hz(self) -> float:
        """Acquisition rate, Hz.

        Raises
        ------
        MissingInputError
            If there is none.
        """
        if not self.has_rate:
            raise MissingInputError(
                "The session has no acquisition rate. Run 'Load recording' first.", ACQUISITION_RATE
            )
        return float(self.content.metadata[ACQUISITION_RATE])

    @property
    def duration_s(self) -> float | None:
        """Duration of the recording, s; None if nothing tells it.

        As noted at loading, else that of the raw file, else that of the 10 Hz rates, else up to the last spike of any
        unit (whose times are then read from disk).
        """
        metadata = self.content.metadata
        raw = metadata.get(RAW_ATTRIBUTES)
        noted = (metadata.get(DURATION_S), raw.get(RAW_DURATION_S) if isinstance(raw, dict) else None)
        for duration_s in noted:
            if isinstance(duration_s, (int, float, np.integer, np.floating)) and 0 < duration_s < np.inf:
                return float(duration_s)
        return self._duration_of_rates_s() or self._duration_of_spikes_s()

    def _duration_of_rates_s(self) -> float | None:
        shapes: list[tuple[int, ...]] = [
            getattr(unit.get(RATE_10HZ), "shape", ()) for unit in self.content.units.values()
        ]
        return max((shape[0] / 10 for shape in shapes if len(shape) == 1 and shape[0]), default=None)

    def _duration_of_spikes_s(self) -> float | None:
        last = max((_last_sample(spike_times_of(unit)) for unit in self.content.units.values()), default=-1.0)
        # the last spike is within the recording, which ends one sample later
        return (last + 1) / self.rate_hz if last >= 0 and self.has_rate else None

    @property
    def frames(self) -> Array:
        """Onset of every display frame, uint64 (n_frames,), samples; empty if there are none."""
        frames: Array = self.content.metadata.get(FRAME_TIMESTAMPS, np.empty(0, np.uint64))
        return frames

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
        return self.content.attributes.get(f"stimulus/{LIGHT_CHANNELS}/{name}", {})

    # Movies

    @property
    def section_bounds(self) -> dict[str, Array]:
        """Sections by movie, int64 (n_presentations, 2), samples."""
        bounds: dict[str, Array] = self.content.stimulus.get(_SECTION_TIME, {})
        return bounds

    @property
    def sections(self) -> dict[str, Section]:
        """Sections of every movie, with their margins."""
        return {
            movie: Section.of(bounds, section_info(self.content, movie))
            for movie, bounds in self.section_bounds.items()
        }

    @property
    def noise_movies(self) -> list[str]:
        """Noise movies that were shown."""
        return [
            movie
            for movie, section in self.sections.items()
            if "noise" in movie and section.source == "playlist"
        ]

    def is_timed_by_light(self, movie: str) -> bool:
        """Whether the trials of a movie begin at light onsets, so that no display frames time them."""
        return section_info(self.content, movie).get("source") == "analog"

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


def _last_sample(times: Any) -> float:
    """Largest spike time, samples; -1 without usable ones, as a script may have put anything there."""
    try:
        samples = np.asarray(times)
    except ValueError:  # rows of different lengths
        return -1.0
    if samples.dtype.kind not in "iuf" or not samples.size or not np.isfinite(samples).all():
        return -1.0
    return float(samples.max())


def section_info(content: Content, movie: str) -> Mapping[str, Any]:
    """Return the source and margins stored with the sections of a movie."""
    return content.attributes.get(section_info_path(movie)[1], {})


def section_path(movie: str) -> Path:
    """Return the path of the sections of a movie."""
    return ("stimulus", _SECTION_TIME, movie)


def section_info_path(movie: str) -> Path:
    """Return the path of the source and margins stored with the sections of a movie."""
    return ("attributes", f"stimulus/{_SECTION_TIME}/{movie}")


def light_template_path(movie: str) -> Path:
    """Return the path of the light template of a movie."""
    return ("stimulus", _LIGHT_TEMPLATE, movie)


def definition_path(movie: str) -> Path:
    """Return the path of the stimulus definition of a movie."""
    return ("stimulus", _DEFINITIONS, movie)
