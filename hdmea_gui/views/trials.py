"""Trials of a movie, read from a session for a view."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hdmea_gui.analysis.trial_histogram import Response, fixed_bin_response, frame_response
from hdmea_gui.session.recording import RecordingReader
from hdmea_gui.session.unit import sectioned_movies_of, trials_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hdmea_gui.models.arrays import Arrays
    from hdmea_gui.session import PipelineSession

_FRAME_S = 1 / 60
"""Bin width for trials without display frames, seconds."""

_MOST_TICKS = 40_000
_PLACES = 8000  # positions within a trial at which ticks are merged if there are too many to draw


@dataclass(frozen=True)
class Trials:
    """Spikes of a unit in the trials of a movie.

    Parameters
    ----------
    spikes : tuple of ndarray
        int64 (n_spikes,), samples. One array per trial, including spikes in the margins.
    bounds : ndarray
        int64 (n_trials, 2), samples. Start and end of each trial, without the margins.
    margin_s : tuple of float
        Margins before and after a trial, seconds.
    """

    spikes: tuple[NDArray[np.int64], ...]
    bounds: NDArray[np.int64]
    margin_s: tuple[float, float]

    def duration_s(self, rate_hz: float) -> float:
        """Return the length of the longest trial, seconds."""
        return float((self.bounds[:, 1] - self.bounds[:, 0]).max(initial=0)) / rate_hz

    def of(self, numbers: NDArray[np.intp]) -> Trials:
        """Return some of the trials, those with these numbers."""
        numbers = numbers[numbers < len(self.spikes)]
        spikes = tuple(self.spikes[number] for number in numbers.tolist())
        return Trials(spikes, self.bounds[numbers], self.margin_s)

    def ticks(self, rate_hz: float) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
        """Return the time of each spike from the start of its trial, seconds, and the index of the trial.

        Of very many spikes, those that would be drawn over each other are returned once.
        """
        number = np.repeat(np.arange(len(self.spikes)), [len(spikes) for spikes in self.spikes])
        if not number.size:
            return np.empty(0), number
        seconds = (np.concatenate(self.spikes) - self.bounds[number, 0]) / rate_hz
        if seconds.size <= _MOST_TICKS:
            return seconds, number
        place = np.floor((seconds + self.margin_s[0]) * (_PLACES / max(self.duration_s(rate_hz), 1e-9)))
        # margins add places beyond _PLACES; four times as many keep the trials apart
        _, first = np.unique(number * (4 * _PLACES) + place.astype(np.int64), return_index=True)
        return seconds[first], number[first]

    def response(
        self, frame_timestamps: NDArray[Any], rate_hz: float, cutoff_hz: float, *, has_frames: bool
    ) -> Response:
        """Return the mean rate over the trials, in bins of display frames if these are known."""
        if has_frames and frame_timestamps.size > 1:
            return frame_response(
                self.spikes,
                self.bounds,
                frame_timestamps,
                rate_hz,
                margin_s=self.margin_s,
                cutoff_hz=cutoff_hz,
            )
        bin_s = max(_FRAME_S, 1 / rate_hz)
        return fixed_bin_response(
            self.spikes, self.bounds, bin_s, rate_hz, margin_s=self.margin_s, cutoff_hz=cutoff_hz
        )


def read_trials_of(unit: dict[str, Any], movie: str, arrays: Arrays) -> Trials | None:
    """Return the trials of a unit in a movie; None if there are none, or while they are read from disk."""
    stored = trials_of(unit, movie)
    if stored is None:
        return None
    bounds = arrays.get(stored.bounds)
    spikes = list(map(arrays.get, stored.spikes))
    if bounds is None or any(trial is None for trial in spikes):
        return None
    n_trials = min(len(spikes), len(bounds))
    return Trials(
        tuple(np.asarray(trial, np.int64) for trial in spikes[:n_trials]),
        bounds[:n_trials],
        stored.margin_s or (0.0, 0.0),
    )


def movies_of(session: PipelineSession, unit_ids: Iterable[str]) -> list[str]:
    """Return the movies for which any of these units has trials, in the order shown."""
    movies = {
        movie: None for unit_id in unit_ids for movie in sectioned_movies_of(session.units.get(unit_id, {}))
    }
    return sorted(movies, key=lambda movie: _first_sample(session, movie))


def _first_sample(session: PipelineSession, movie: str) -> float:
    bounds = RecordingReader(session).section_bounds.get(movie)
    return float(bounds[0, 0]) if isinstance(bounds, np.ndarray) and bounds.size else float("inf")
