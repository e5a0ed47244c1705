"""Direction tuning of a unit, ready to be drawn: stored rates and indices, and the trials behind them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hdmea_gui.analysis.clocks import frame_of_sample
from hdmea_gui.analysis.direction_tuning import ALPHA, rates_by_direction
from hdmea_gui.analysis.histogram import window_rates
from hdmea_gui.views.shown_movie import WHERE_DIRECTIONS_POINT, direction_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hdmea_gui.pipeline.features.events import Event
    from hdmea_gui.views.trials import Trials


@dataclass(frozen=True)
class Sweeps:
    """Trials of a unit while a bar moved in one direction.

    Parameters
    ----------
    direction_deg : float
        The direction.
    rates_hz : ndarray
        float64 (n_trials,), Hz. NaN for a trial that ended too early.
    seconds : ndarray
        float64 (n_spikes,), s from the start of the sweep.
    rows : ndarray
        intp (n_spikes,). Row of each spike: the trial, or the sweep if a trial has several.
    """

    direction_deg: float
    rates_hz: NDArray[np.float64]
    seconds: NDArray[np.float64]
    rows: NDArray[np.intp]


@dataclass(frozen=True)
class DirectionPicture:
    """Direction tuning of a unit.

    Parameters
    ----------
    direction_deg, rate_hz : ndarray
        float64 (n_directions,). Mean rate in each direction, as stored.
    vector : tuple of float
        Length (0 to 1) and direction (degrees) of the vector sum.
    is_selective : bool
        Whether the direction selectivity is significant.
    sweeps : tuple of Sweeps
        One per direction; none without the trials or their timing.
    n_rows : int
        Number of rows of a raster.
    duration_s : float
        Length of the longest sweep.
    """

    direction_deg: NDArray[np.float64]
    rate_hz: NDArray[np.float64]
    vector: tuple[float, float]
    is_selective: bool
    sweeps: tuple[Sweeps, ...]
    n_rows: int
    duration_s: float

    @property
    def highest_hz(self) -> float:
        """Highest rate of all means and trials, Hz."""
        every = np.concatenate([self.rate_hz, *(sweep.rates_hz for sweep in self.sweeps)])
        return float(every[np.isfinite(every)].max(initial=0.0))


def direction_picture(
    data: Mapping[str, Any],
    trials: Trials | None,
    events: Sequence[Event],
    frames: NDArray[Any] | None,
    rate_hz: float,
) -> DirectionPicture:
    """Return the tuning from the outputs of the feature, with the trials if these and their timing are known.

    Parameters
    ----------
    data : mapping
        Outputs of the feature.
    trials : Trials or None
        Trials of the unit.
    events : sequence of Event
        Light events within a trial.
    frames : ndarray or None
        Any integer (n_frames,), samples. Onset of each display frame.
    rate_hz : float
        Acquisition rate.
    """
    moving = [event for event in events if event.direction_deg is not None]
    sweeps: tuple[Sweeps, ...] = ()
    n_rows, duration_s = 0, 0.0
    if trials is not None and len(trials.spikes) and frames is not None and frames.size and moving:
        sweeps, n_rows, duration_s = _sweeps(trials, moving, frames, rate_hz)
    return DirectionPicture(
        np.asarray(data["direction_deg"], np.float64),
        np.asarray(data["rate"], np.float64),
        (_number(data, "dsi"), _number(data, "preferred_direction")),
        _number(data, "dsi_p_value") <= ALPHA,
        sweeps,
        n_rows,
        duration_s,
    )


def _number(data: Mapping[str, Any], name: str) -> float:
    return float(data.get(name, np.nan))


def _sweeps(
    trials: Trials, moving: Sequence[Event], frames: NDArray[Any], rate_hz: float
) -> tuple[tuple[Sweeps, ...], int, float]:
    windows = np.array([(event.onset, event.offset) for event in moving])
    shown_deg = np.array([event.direction_deg for event in moving], float) % 360
    rates = window_rates(list(trials.spikes), trials.bounds, windows, frames, rate_hz)
    directions, by_direction = rates_by_direction(rates, shown_deg)
    first = frame_of_sample(trials.bounds[:, 0], frames)
    edges = frames[np.minimum(first[:, None, None] + windows, frames.size - 1)].astype(np.int64)
    spikes = np.concatenate(trials.spikes)
    trial = np.repeat(np.arange(len(trials.spikes)), [len(one) for one in trials.spikes])
    found, n_sweeps = [], 1
    for direction, own_rates in zip(directions, by_direction, strict=True):
        numbers = np.flatnonzero(shown_deg == direction).tolist()
        n_sweeps = max(n_sweeps, len(numbers))
        cut = [_cut(spikes, trial, edges[:, number]) for number in numbers]
        seconds = np.concatenate([times for times, _ in cut]) / rate_hz
        rows = np.concatenate([len(numbers) * own + place for place, (_, own) in enumerate(cut)])
        found.append(Sweeps(float(direction), own_rates, seconds, rows))
    longest_s = float(np.diff(edges, axis=2).max()) / rate_hz
    return tuple(found), n_sweeps * len(trials.spikes), longest_s


def _cut(
    spikes: NDArray[np.int64], trial: NDArray[np.intp], edges: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.intp]]:
    """Return the spikes between the edges of their trials, samples from the first edge, and their trials."""
    start, stop = edges[trial].T
    inside = (spikes >= start) & (spikes < stop)
    return (spikes - start)[inside], trial[inside]


def direction_words(data: Mapping[str, Any], n_trials: int) -> tuple[str, str]:
    """Return what is measured of the direction and of the orientation, as text."""
    if n_trials:
        trials = "1 trial" if n_trials == 1 else f"{n_trials} trials"
    else:
        trials = "no rasters: trials or their timing are missing"
    orientation = _words(data, "Orientation", "osi", "preferred_orientation", "OSI")
    return (
        _words(data, "Direction", "dsi", "preferred_direction", "DSI"),
        f"{orientation} · {trials} · {WHERE_DIRECTIONS_POINT}",
    )


def _words(data: Mapping[str, Any], what: str, index: str, angle: str, short: str) -> str:
    value, p, preferred = (_number(data, name) for name in (index, f"{index}_p_value", angle))
    if not np.isfinite(value):
        return f"{what}: no spikes, so there is no {short}"
    if np.isnan(p):
        return f"{what}: not tested ({short} {value:.2f})"
    measured = f"{short} {value:.2f}, p = {p:.2g}"
    if not p <= ALPHA:
        return f"{what}: not selective ({measured})"
    if index == "osi":
        return f"{what}: along {round(preferred) % 180}° ({measured})"
    return f"{what}: {direction_name(round(preferred) % 360)} ({measured})"
