"""Receptive fields: position, size and polarity from the stimulus STA."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from hdmea_gui.errors import ConfigurationError
from hdmea_gui.pipeline.parameters import parameter
from hdmea_gui.pipeline.receptive_field import (
    RECEPTIVE_FIELD_LIBRARIES,
    is_tested,
    valid_stas_of,
    with_geometry,
)
from hdmea_gui.pipeline.staleness import Source
from hdmea_gui.pipeline.step import Step
from hdmea_gui.session import Snapshot, Update
from hdmea_gui.session.recording import RecordingReader
from hdmea_gui.session.unit import ABSENT_REASON, STA_GEOMETRY, feature_path, sta_name

if TYPE_CHECKING:
    from hdmea_gui.pipeline.progress import Progress


@dataclass(frozen=True)
class Params:
    """Parameters of `rf_geometry`."""

    movie_name: str | None = parameter(None, "Noise movie", tip="Leave empty for every movie with an STA.")


def run(snapshot: Snapshot, params: Params, progress: Progress) -> Update:
    """Measure every STA; the update replaces earlier geometries of the same STAs."""
    found = [
        (unit_id, movie, feature)
        for unit_id, unit in snapshot.units.items()
        for movie, feature in valid_stas_of(unit).items()
        if not params.movie_name or movie == params.movie_name
    ]
    if not found:
        raise ConfigurationError(f"There is no stimulus STA of '{params.movie_name}'.")
    recording = RecordingReader(snapshot)
    frames, rate_hz = np.asarray(recording.movie_frames), recording.rate_hz
    put: dict[tuple[str, ...], Any] = {}
    absent = []
    for number, (unit_id, movie, feature) in enumerate(found):
        check_cancelled = partial(progress, number, len(found), "Fitting receptive fields")
        check_cancelled()
        geometry = with_geometry(feature, frames, rate_hz, check_cancelled)[STA_GEOMETRY]
        put[feature_path(unit_id, sta_name(movie), STA_GEOMETRY)] = geometry
        if ABSENT_REASON in geometry:
            absent.append(f"{unit_id} ({geometry[ABSENT_REASON]})")
    warnings = [f"No receptive field for {', '.join(absent)}."] if absent else []
    return Update.of(STEP.title, put, warnings=warnings)


def has_result(snapshot: Snapshot) -> bool:
    """Whether the receptive fields of all STAs have been measured."""
    features = [feature for unit in snapshot.units.values() for feature in valid_stas_of(unit).values()]
    return bool(features) and all(STA_GEOMETRY in feature for feature in features)


def parts(snapshot: Snapshot, params: Params) -> list[str]:
    """Return the movies whose STAs a run measures."""
    movies = {movie: None for unit in snapshot.units.values() for movie in valid_stas_of(unit)}
    return [movie for movie in movies if params.movie_name in {None, "", movie}]


def held(snapshot: Snapshot) -> list[str]:
    """Return the movies whose STAs have been measured."""
    features = (item for unit in snapshot.units.values() for item in valid_stas_of(unit).items())
    return list({movie: None for movie, feature in features if STA_GEOMETRY in feature})


def sources(_snapshot: Snapshot, movie: str) -> list[Source]:
    """Return what the receptive fields of a movie are measured in."""
    return [Source("load_recording"), Source("compute_sta", movie)]


def stale_reason(snapshot: Snapshot) -> str:
    """Return why receptive fields have to be measured again; empty if they do not."""
    stas = (sta for unit in snapshot.units.values() for sta in valid_stas_of(unit).values())
    geometries = (sta[STA_GEOMETRY] for sta in stas if STA_GEOMETRY in sta)
    if all(map(is_tested, geometries)):
        return ""
    return "an earlier program measured them without testing whether there are any"


def skip_reason(snapshot: Snapshot, _params: Params) -> str | None:
    """Return why a run of all steps leaves this step out, or None."""
    has_sta = any(valid_stas_of(unit) for unit in snapshot.units.values())
    return None if has_sta else "there is no stimulus STA"


STEP = Step(
    key="rf_geometry",
    title="Receptive fields",
    gives="receptive fields",
    params=Params,
    run=run,
    has_result=has_result,
    stale_reason=stale_reason,
    needs=(("load_recording",), ("compute_sta",)),
    libraries=RECEPTIVE_FIELD_LIBRARIES,
    skip_reason=skip_reason,
    parts=parts,
    held=held,
    sources=sources,
)
