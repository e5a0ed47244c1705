"""Soma of every unit: position and extent in the electrical image."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hdmea_gui.analysis import CannotCompute
from hdmea_gui.analysis.soma_geometry import soma_geometry
from hdmea_gui.pipeline.parameters import parameter
from hdmea_gui.pipeline.recency import holds_of_other_scripts, is_current
from hdmea_gui.pipeline.step import Step
from hdmea_gui.session import Snapshot, Update

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hdmea_gui.pipeline.progress import Progress

FEATURE = "eimage_sta"


@dataclass(frozen=True)
class Params:
    """Parameters of `soma_geometry`."""

    frames_around: int = parameter(
        5,
        "Window around spike",
        unit="samples",
        tip="Samples before and after the spike over which the extent is measured.",
        minimum=1,
    )


def run(snapshot: Snapshot, params: Params, progress: Progress) -> Update:
    """Locate the soma in every image; the update replaces earlier geometries."""
    found = _images(snapshot)
    put: dict[tuple[str, ...], Any] = {}
    absent = []
    for number, (unit_id, feature) in enumerate(found.items()):
        progress(number, len(found), "Locating somas")
        geometry = _geometry(feature, params)
        put["units", unit_id, "features", FEATURE, "geometry"] = geometry
        if "absent_reason" in geometry:
            absent.append(f"{unit_id} ({geometry['absent_reason']})")
    warnings = [f"No soma for {', '.join(absent)}."] if absent else []
    return Update.of(STEP.title, put, warnings=warnings)


def _images(snapshot: Snapshot) -> dict[str, Mapping[str, Any]]:
    """Electrical images computed by this program."""
    features = {unit_id: unit.get("features", {}).get(FEATURE) for unit_id, unit in snapshot.units.items()}
    return {unit_id: feature for unit_id, feature in features.items() if is_current(feature)}


def _geometry(feature: Mapping[str, Any], params: Params) -> dict[str, Any]:
    metadata = feature["metadata"]
    _, first, second = metadata["axes"]
    try:
        soma = soma_geometry(
            np.asarray(feature["data"]),
            (first, second),
            int(metadata["pre_samples"]),
            frames_around=params.frames_around,
        )
    except CannotCompute as absent:
        return {"absent_reason": absent.reason}
    found = {field.name: getattr(soma, field.name) for field in dataclasses.fields(soma)}
    # the file declares these counts as floats
    return found | {name: float(found[name]) for name in ("size_x", "size_y", "area")}


def has_result(snapshot: Snapshot) -> bool:
    """Whether the somas in all images have been located."""
    images = _images(snapshot)
    return bool(images) and all("geometry" in feature for feature in images.values())


def skip_reason(snapshot: Snapshot, _params: Params) -> str | None:
    """Return why a run of all steps leaves this step out, or None."""
    return None if _images(snapshot) else "there are no electrical images"


def stale_reason(snapshot: Snapshot) -> str:
    """Return which results of this step were computed incorrectly by other scripts; empty if none."""
    reason = "other scripts located the somas in incorrect images"
    return reason if holds_of_other_scripts(snapshot, FEATURE, "geometry") else ""


STEP = Step(
    key="soma_geometry",
    title="Soma geometry",
    gives="soma geometries",
    params=Params,
    run=run,
    has_result=has_result,
    needs=(("load_recording",), ("compute_eimage_sta",)),
    libraries=("scipy.ndimage",),
    skip_reason=skip_reason,
    stale_reason=stale_reason,
)
