"""Soma of every unit: position and extent in the electrical image."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hdmea_gui.analysis import CannotCompute
from hdmea_gui.analysis.soma_geometry import soma_geometry
from hdmea_gui.errors import ConfigurationError
from hdmea_gui.pipeline.parameters import parameter
from hdmea_gui.pipeline.recency import holds_of_other_scripts, is_current
from hdmea_gui.pipeline.staleness import Source
from hdmea_gui.pipeline.step import Step
from hdmea_gui.session import Snapshot, Update
from hdmea_gui.session.bad_lanes import ChipLanes, bad_lanes_of
from hdmea_gui.session.unit import ABSENT_REASON, IMAGE, SOMA_GEOMETRY, feature_path, image_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hdmea_gui.pipeline.progress import Progress


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
    bad_lanes: tuple[int, ...] | None = parameter(
        None,
        "Bad lanes",
        tip="Numbers of the lines of electrodes to leave out, from 1; () for none. Leave empty to use those found in "
        "the sensor data and those named by you.",
        minimum=1,
    )


def run(snapshot: Snapshot, params: Params, progress: Progress) -> Update:
    """Locate the soma in every image; the update replaces earlier geometries."""
    found = _images(snapshot)
    put: dict[tuple[str, ...], Any] = {}
    absent = []
    lanes = _lanes(snapshot, params)
    for number, (unit_id, feature) in enumerate(found.items()):
        progress(number, len(found), "Locating somas")
        geometry = _geometry(feature, params, lanes)
        put[feature_path(unit_id, IMAGE, SOMA_GEOMETRY)] = geometry
        if ABSENT_REASON in geometry:
            absent.append(f"{unit_id} ({geometry[ABSENT_REASON]})")
    warnings = [f"No soma for {', '.join(absent)}."] if absent else []
    return Update.of(STEP.title, put, warnings=warnings)


def _lanes(snapshot: Snapshot, params: Params) -> ChipLanes | None:
    """Lanes to leave out."""
    held = bad_lanes_of(snapshot.metadata)
    if params.bad_lanes is None:
        return held
    if held is None and params.bad_lanes:
        raise ConfigurationError(
            f"{STEP.title}: it is not known whether the lanes of this chip are its rows or its columns. Name the bad "
            "lanes in 'Electrical images' first."
        )
    return None if held is None else held.with_numbers(params.bad_lanes)


def _images(snapshot: Snapshot) -> dict[str, Mapping[str, Any]]:
    """Electrical images computed by this program."""
    images = {unit_id: image_of(unit) for unit_id, unit in snapshot.units.items()}
    return {unit_id: image for unit_id, image in images.items() if is_current(image)}


def _geometry(feature: Mapping[str, Any], params: Params, chip_lanes: ChipLanes | None) -> dict[str, Any]:
    metadata = feature["metadata"]
    lanes = None if chip_lanes is None else chip_lanes.in_image(metadata)
    _, first, second = metadata["axes"]
    try:
        soma = soma_geometry(
            np.asarray(feature["data"]),
            (first, second),
            int(metadata["pre_samples"]),
            frames_around=params.frames_around,
            lanes=lanes,
        )
    except CannotCompute as absent:
        return {ABSENT_REASON: absent.reason}
    found = {field.name: getattr(soma, field.name) for field in dataclasses.fields(soma)}
    if lanes is not None:
        first_is_row = first == "row"
        along_row = (lanes.axis == 0) == first_is_row
        places = (soma.peak_row, soma.center_row) if along_row else (soma.peak_col, soma.center_col)
        found["in_bad_lanes"] = any(map(lanes.are_wide_at, places))
    # the file declares these counts as floats
    return found | {name: float(found[name]) for name in ("size_x", "size_y", "area")}


def sources(snapshot: Snapshot, _part: str) -> list[Source]:
    """Return what somas are located in: the images, and the bad lanes that the session holds."""
    lanes = bad_lanes_of(snapshot.metadata)
    words = "none" if lanes is None or not lanes.lanes else lanes.words()
    return [
        Source("load_recording"),
        Source("compute_eimage_sta"),
        Source("compute_eimage_sta", "bad lanes", words, "the bad lanes have changed"),
    ]


def has_result(snapshot: Snapshot) -> bool:
    """Whether the somas in all images have been located."""
    images = _images(snapshot)
    return bool(images) and all(SOMA_GEOMETRY in feature for feature in images.values())


def skip_reason(snapshot: Snapshot, _params: Params) -> str | None:
    """Return why a run of all steps leaves this step out, or None."""
    return None if _images(snapshot) else "there are no electrical images"


def stale_reason(snapshot: Snapshot) -> str:
    """Return which results of this step were computed incorrectly by other scripts; empty if none."""
    reason = "other scripts located the somas in incorrect images"
    return reason if holds_of_other_scripts(snapshot, IMAGE, SOMA_GEOMETRY) else ""


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
    sources=sources,
)
