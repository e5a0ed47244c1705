"""What a family of features is: which movies it serves, what it takes and what it gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hdmea_gui.analysis.histogram import TrialRates, frame_rates
from hdmea_gui.pipeline.features.events import Event


@dataclass(frozen=True)
class Recording:
    """What all units of a recording share.

    Parameters
    ----------
    rate_hz : float
        Acquisition rate.
    frame_timestamps : ndarray
        uint64 (n_frames,), sample of every display frame.
    n_samples : int
        Length of the recording in samples.
    """

    rate_hz: float
    frame_timestamps: NDArray[np.uint64]
    n_samples: int


@dataclass(frozen=True)
class Shown:
    """A movie as it was shown.

    Parameters
    ----------
    movie : str
        Its name.
    events : tuple of Event
        What the light does within a trial; empty where no source tells.
    events_source : str
        Where that is known from, or why it is not.
    """

    movie: str
    events: tuple[Event, ...]
    events_source: str


@dataclass(frozen=True)
class UnitData:
    """What a family looks at in one unit.

    Parameters
    ----------
    spikes : ndarray
        uint64 (n_spikes,), samples of the whole recording.
    trials : list of ndarray
        int64 (n,), samples, one array a trial of the movie.
    bounds : ndarray
        int64 (n_trials, 2), samples of the trials.
    features : dict
        What the unit has already; families may build on it.
    """

    spikes: NDArray[np.uint64]
    trials: list[NDArray[np.int64]] = field(default_factory=list)
    bounds: NDArray[np.int64] = field(default_factory=lambda: np.empty((0, 2), np.int64))
    features: dict[str, Any] = field(default_factory=dict)

    def rates(self, recording: Recording) -> TrialRates:
        """The unit's rate in every display frame of every trial."""
        return frame_rates(self.trials, self.bounds, recording.frame_timestamps, recording.rate_hz)


Compute = Callable[[UnitData, Shown | None, Recording, Any], dict[str, Any]]


@dataclass(frozen=True)
class Family:
    """A family of features.

    Parameters
    ----------
    kind : str
        What a stimulus file calls the movies that it serves.
    prefix : str
        How the names of these movies begin; empty for a family that needs no movie.
    names : tuple of str
        Names under which it is registered.
    compute : callable
        Gives the outputs from (unit, movie shown, recording, parameters); raises CannotCompute.
    params : type
        Frozen dataclass of its parameters.
    outputs : tuple of str
        Names of what it gives.
    anywhere : bool
        Whether it also works without its movie, on the whole recording.
    timed : bool
        Whether it needs to know what the light does within a trial.
    """

    kind: str
    prefix: str
    names: tuple[str, ...]
    compute: Compute
    params: type
    outputs: tuple[str, ...]
    anywhere: bool = False
    timed: bool = False

    def serves(self, movie: str, kind: str | None) -> bool:
        """Whether the family is meant for a movie; the kind in its stimulus file decides before its name."""
        if not self.prefix:
            return False
        if kind is not None:
            return kind == self.kind
        return self.prefix in movie if self.kind == "noise" else movie.startswith(self.prefix)
