"""Typed access to one unit of a session or snapshot: names, paths and values of its contents.

Arrays are returned as they are held, some of them still on disk; `numpy.asarray` reads them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from hdmea_gui.io.store import StoredArray
from hdmea_gui.io.store.feature_nodes import STA_PREFIX

if TYPE_CHECKING:
    from collections.abc import Mapping

Array: TypeAlias = NDArray[Any] | StoredArray
Path = tuple[str, ...]
"""Keys from the root of a session to a value, as in an `Update`."""

USERS_FIELDS = ("label", "note")
"""Texts of a unit that the user edits."""

SPIKE_TIMES = "spike_times"
RATE_10HZ = "firing_rate_10hz"
SORTER_INFO = "unit_meta"
QUALITY = "quality"
SECTIONED = "spike_times_sectioned"
TRIAL_SPIKES = "trials_spike_times"
TRIAL_BOUNDS = "trials_start_end"
ATTRIBUTES = "_attrs"
FEATURES = "features"
IMAGE = "eimage_sta"
SOMA_GEOMETRY = "geometry"
STA_GEOMETRY = "sta_geometry"
ABSENT_REASON = "absent_reason"
ON_OFF_P, ON_OFF_ROW, ON_OFF_COL = "on_off_p", "on_off_row", "on_off_col"
FIELD_CLASS = "field_class"
N_SPIKES_USED = "n_spikes_used"
COVER_RANGE = "cover_range"


def unit_path(unit_id: str, *keys: str) -> Path:
    """Return the path of a unit, or of a value in it."""
    return ("units", unit_id, *keys)


def spike_times_of(unit: Mapping[str, Any]) -> Array:
    """Return the spikes of a unit, uint64 (n_spikes,), samples; empty if it has none."""
    times: Array = unit.get(SPIKE_TIMES, np.empty(0, np.uint64))
    return times


def peak_amplitudes_of(unit: Mapping[str, Any]) -> Array | None:
    """Return the amplitude of each spike, float32 (n_spikes,), the sorter's unit; None if unknown."""
    amplitudes: Array | None = unit.get(SORTER_INFO, {}).get("peak_amplitudes")
    return amplitudes


# Trials


@dataclass(frozen=True)
class StoredTrials:
    """Trials of a unit in one movie.

    Attributes
    ----------
    spikes
        One int64 (n_spikes,) per trial, samples; with the spikes in the margins.
    bounds
        int64 (n_trials, 2), samples. Start and end of each trial, without the margins.
    margin_s
        Margins before and after a trial, s; None if they are not noted.
    """

    spikes: list[Array]
    bounds: Array
    margin_s: tuple[float, float] | None


def sectioned_path(unit_id: str, *movie: str) -> Path:
    """Return the path of a unit's trials in all movies, or in one."""
    return unit_path(unit_id, SECTIONED, *movie)


def sectioned_movies_of(unit: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the movies in which a unit has trials."""
    return tuple(unit.get(SECTIONED, ()))


def trials_of(unit: Mapping[str, Any], movie: str) -> StoredTrials | None:
    """Return the trials of a unit in a movie, or None."""
    cut: Mapping[str, Any] = unit.get(SECTIONED, {}).get(movie, {})
    if TRIAL_BOUNDS not in cut:
        return None
    held = cut.get(TRIAL_SPIKES, {})
    margin = cut.get(ATTRIBUTES, {}).get("pad_margin")
    return StoredTrials(
        [held[number] for number in sorted(held)],
        cut[TRIAL_BOUNDS],
        None if margin is None else (float(margin[0]), float(margin[1])),
    )


# Features


def feature_path(unit_id: str, name: str, *part: str) -> Path:
    """Return the path of a feature of a unit, or of a part of it."""
    return unit_path(unit_id, FEATURES, name, *part)


def feature_in(path: tuple[Any, ...]) -> str | None:
    """Return the name of the feature that a path of the session leads to or into, or None."""
    return str(path[3]) if len(path) > 3 and path[0] == "units" and path[2] == FEATURES else None


def features_of(unit: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the features of a unit by name, with its electrical image and stimulus STAs."""
    features: dict[str, dict[str, Any]] = unit.get(FEATURES, {})
    return features


def feature_of(unit: Mapping[str, Any], name: str) -> dict[str, Any] | None:
    """Return a feature of a unit, or None."""
    return features_of(unit).get(name)


def image_of(unit: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the electrical image of a unit, its data float32 (n_lags, n_axis_1, n_axis_2), raw counts; or None."""
    return feature_of(unit, IMAGE)


def sta_of(unit: Mapping[str, Any], movie: str) -> dict[str, Any] | None:
    """Return the STA of a unit for a movie, its data float32 (n_lags, height, width), grey levels; or None."""
    return feature_of(unit, sta_name(movie))


def stas_of(unit: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the STAs of a unit by movie."""
    features = features_of(unit).items()
    return {movie: feature for name, feature in features if (movie := movie_of_sta(name)) is not None}


def sta_name(movie: str) -> str:
    """Return the name of the feature that holds the STA of a movie."""
    return f"{STA_PREFIX}{movie}"


def movie_of_sta(name: str) -> str | None:
    """Return the movie of an STA by the name of the feature, or None for any other feature."""
    return name.removeprefix(STA_PREFIX) if name.startswith(STA_PREFIX) else None


def receptive_field_of(sta: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the geometry of the receptive field in an STA (lengths in pixels); empty if there is none."""
    return _present(sta.get(STA_GEOMETRY, {}))


def soma_of(image: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the geometry of the soma in an electrical image (lengths in electrodes); empty if there is none."""
    return _present(image.get(SOMA_GEOMETRY, {}))


def _present(geometry: Mapping[str, Any]) -> Mapping[str, Any]:
    return {} if ABSENT_REASON in geometry else geometry


def n_spikes_used(feature: Mapping[str, Any]) -> int | None:
    """Return the number of spikes averaged in an electrical image or STA; None if it is not noted."""
    count = feature.get("metadata", {}).get(N_SPIKES_USED)
    return None if count is None else int(count)


def cover_range_of(sta: Mapping[str, Any]) -> tuple[int, int] | None:
    """Return start and end (exclusive) of the window of an STA, frames relative to a spike's; None if not noted."""
    window = np.asarray(sta.get("metadata", {}).get(COVER_RANGE, ())).reshape(-1)
    return (int(window[0]), int(window[1])) if window.size == 2 else None


def first_lag_of(sta: Mapping[str, Any], n_lags: int) -> int:
    """Return the lag of the first frame of an STA, frames; if it is not noted, the window ends at the spike."""
    window = cover_range_of(sta)
    return -n_lags if window is None else window[0]
