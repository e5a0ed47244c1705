"""Receptive fields: position, size and polarity from the stimulus STA."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from hdmea_gui.errors import ConfigurationError
from hdmea_gui.pipeline.parameters import parameter
from hdmea_gui.pipeline.receptive_field import RECEPTIVE_FIELD_LIBRARIES, stas_of, with_geometry
from hdmea_gui.pipeline.sections import frame_timestamps
from hdmea_gui.pipeline.step import Step
from hdmea_gui.session import Snapshot, Update

if TYPE_CHECKING:
    from hdmea_gui.pipeline.progress import Progress

_PREFIX = "sta_"


@dataclass(frozen=True)
class Params:
    """Parameters of `rf_geometry`."""

    movie_name: str | None = parameter(None, "Noise movie", tip="Leave empty for every movie with an STA.")


def run(snapshot: Snapshot, params: Params, progress: Progress) -> Update:
    """Measure every STA; the update replaces earlier geometries of the same STAs."""
    wanted = f"{_PREFIX}{params.movie_name}" if params.movie_name else None
    found = [
        (unit_id, name, feature)
        for unit_id, unit in snapshot.units.items()
        for name, feature in stas_of(unit).items()
        if wanted in {None, name}
    ]
    if not found:
        raise ConfigurationError(f"There is no stimulus STA of '{params.movie_name}'.")
    frames, rate_hz = frame_timestamps(snapshot), float(snapshot.metadata["acquisition_rate"])
    put: dict[tuple[str, ...], Any] = {}
    absent = []
    for number, (unit_id, name, feature) in enumerate(found):
        check_cancelled = partial(progress, number, len(found), "Fitting receptive fields")
        check_cancelled()
        geometry = with_geometry(feature, frames, rate_hz, check_cancelled)["sta_geometry"]
        put["units", unit_id, "features", name, "sta_geometry"] = geometry
        if "absent_reason" in geometry:
            absent.append(f"{unit_id} ({geometry['absent_reason']})")
    warnings = [f"No receptive field for {', '.join(absent)}."] if absent else []
    return Update.of(STEP.title, put, warnings=warnings)


def has_result(snapshot: Snapshot) -> bool:
    """Whether the receptive fields of all STAs have been measured."""
    features = [feature for unit in snapshot.units.values() for feature in stas_of(unit).values()]
    return bool(features) and all("sta_geometry" in feature for feature in features)


def skip_reason(snapshot: Snapshot, _params: Params) -> str | None:
    """Return why a run of all steps leaves this step out, or None."""
    has_sta = any(stas_of(unit) for unit in snapshot.units.values())
    return None if has_sta else "there is no stimulus STA"


STEP = Step(
    key="rf_geometry",
    title="Receptive fields",
    gives="receptive fields",
    params=Params,
    run=run,
    has_result=has_result,
    needs=(("load_recording",), ("compute_sta",)),
    libraries=RECEPTIVE_FIELD_LIBRARIES,
    skip_reason=skip_reason,
)
