"""Feature families: the movies they apply to, their inputs and outputs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hdmea_gui.analysis.histogram import TrialRates, frame_rates
from hdmea_gui.pipeline.features.conditions import Conditions
from hdmea_gui.pipeline.features.events import Event
from hdmea_gui.session.recording import NOISE, names_noise


@dataclass(frozen=True)
class Recording:
    """Properties shared by all units of a recording.

    Attributes
    ----------
    rate_hz
        Acquisition rate, Hz.
    frame_timestamps
        uint64 (n_frames,), samples. Onset of each display frame, ascending.
    n_samples
        Length of the recording, samples.
    """

    rate_hz: float
    frame_timestamps: NDArray[np.uint64]
    n_samples: int


@dataclass(frozen=True)
class Shown:
    """Movie as shown in the recording.

    Attributes
    ----------
    movie
        Name of the movie.
    events
        Light events within a trial; empty if no source defines them.
    events_source
        Where the events come from, or why they are unknown.
    conditions
        What its trials show.
    light_s
        Duration of the light that begins a light-triggered trial, s; None if unknown.
    """

    movie: str
    events: tuple[Event, ...]
    events_source: str
    conditions: Conditions = field(default_factory=Conditions)
    light_s: float | None = None


@dataclass(frozen=True)
class UnitData:
    """Input of a family for one unit.

    Attributes
    ----------
    spikes
        uint64 (n_spikes,), samples. Spikes of the whole recording.
    trials
        One int64 (n_spikes,) per trial of the movie, samples.
    bounds
        int64 (n_trials, 2), samples. Start and end of each trial.
    features
        Existing features of the unit, which families may use.
    """

    spikes: NDArray[np.uint64]
    trials: list[NDArray[np.int64]] = field(default_factory=list)
    bounds: NDArray[np.int64] = field(default_factory=lambda: np.empty((0, 2), np.int64))
    features: dict[str, Any] = field(default_factory=dict)

    def rates(self, recording: Recording) -> TrialRates:
        """Return the firing rate in every display frame of every trial."""
        return frame_rates(self.trials, self.bounds, recording.frame_timestamps, recording.rate_hz)


Compute = Callable[[UnitData, Shown | None, Recording, Any], dict[str, Any]]


@dataclass(frozen=True)
class Family:
    """Family of features.

    Attributes
    ----------
    kind
        Kind of the movies it applies to, as written in stimulus files.
    prefix
        Prefix of the names of these movies; empty for a family that needs no movie, or knows its movies by their kind.
    names
        Registered names; none if features are registered under the names of their movies.
    compute
        Function of (unit, movie shown, recording, parameters) that returns the outputs or raises CannotCompute.
    params
        Frozen dataclass of the parameters.
    outputs
        Names of the outputs.
    anywhere
        Whether it can also be computed without its movie, from the whole recording.
    timed
        Whether it needs the light events within a trial.
    by_condition
        Whether it measures the trials of each condition apart.
    """

    kind: str
    prefix: str
    names: tuple[str, ...]
    compute: Compute
    params: type
    outputs: tuple[str, ...]
    anywhere: bool = False
    timed: bool = False
    by_condition: bool = False

    def serves(self, movie: str, kind: str | None) -> bool:
        """Whether the family applies to a movie; the kind in its stimulus file takes precedence over its name."""
        if kind is not None:
            return kind == self.kind
        if not self.prefix:
            return False
        if self.kind == NOISE:
            return names_noise(movie)
        return movie.lower().startswith(self.prefix)
