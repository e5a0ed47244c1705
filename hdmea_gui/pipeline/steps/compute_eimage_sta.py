"""Electrical images: the mean voltage at every electrode around the spikes of a unit."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from hdmea_gui.analysis.axis_order import axis_evidence
from hdmea_gui.analysis.electrical_image import ElectricalImages, ImageSettings, Stretch, electrical_images
from hdmea_gui.analysis.soma_geometry import peak_electrode
from hdmea_gui.errors import ConfigurationError, DataLoadError, MismatchError, MissingInputError
from hdmea_gui.paths import local_path
from hdmea_gui.pipeline.lanes import RegionLanes, combined, lane_noise, lanes_in
from hdmea_gui.pipeline.parameters import parameter, parameters_of
from hdmea_gui.pipeline.recency import CURRENT_VERSION, holds_of_other_scripts, is_current
from hdmea_gui.pipeline.step import Step
from hdmea_gui.session import Snapshot, Update
from hdmea_gui.session.bad_lanes import BAD_LANES_PATH, LANE_NOISE_PATH, ChipLanes, bad_lanes_of
from hdmea_gui.session.positions import position_of
from hdmea_gui.session.recording import RecordingReader
from hdmea_gui.session.unit import (
    IMAGE,
    N_SPIKES_USED,
    feature_path,
    image_of,
    n_spikes_used,
    spike_times_of,
)
from hdmea_gui.sources import SensorRegion, dataset_id_of, open_raw_source, path_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hdmea_gui.pipeline.progress import Progress
    from hdmea_gui.sources import RawSource, SensorSweep

Axes = tuple[str, str]
_AXES: dict[str, Axes | None] = {"auto": None, "col,row": ("col", "row"), "row,col": ("row", "col")}
_USUAL_AXES: Axes = ("col", "row")  # as the vendor's Matlab tools read them


@dataclass(frozen=True)
class Params:
    """Parameters of `compute_eimage_sta`."""

    cmcr_path: Path | None = parameter(None, "Raw file", tip="Leave empty to use the session's raw file.")
    unit_ids: tuple[str, ...] | None = parameter(
        None, "Units", tip="Only these units (unit_001 or 1); leave empty for all."
    )
    duration_s: float | None = parameter(
        120.0,
        "Analysed duration",
        unit="s",
        tip="From the start of the recording; leave empty for all of it.",
        minimum=0.001,
    )
    window_range: tuple[int, int] = parameter(
        (-10, 40), "Window", unit="samples", tip="Start and end (exclusive), relative to each spike."
    )
    spike_limit: int = parameter(
        10000, "Max. spikes per unit", tip="Only the first spikes of each unit are averaged.", minimum=1
    )
    cutoff_hz: float = parameter(
        100.0, "High-pass", unit="Hz", tip="Cutoff of the zero-phase Butterworth high-pass.", minimum=0
    )
    filter_order: int = parameter(2, "High-pass order", minimum=1, maximum=8)
    skip_highpass: bool = parameter(
        False, "Skip high-pass", tip="Subtract each electrode's mean instead of filtering."
    )
    axes: Literal["auto", "col,row", "row,col"] = parameter(
        "auto",
        "Sensor axes",
        tip="Order of the spatial axes in the sensor data; 'auto' infers it from the data.",
    )
    bad_lanes: tuple[int, ...] | None = parameter(
        None,
        "Bad lanes",
        tip="Numbers of noisy or dead lines of electrodes, from 1, besides those found in the data; () for none at "
        "all. Images stay as measured; the lanes are left out where somas are located.",
        minimum=1,
    )


@dataclass(frozen=True)
class Imaged:
    """Electrical images of one region, and their orientation on the chip.

    Attributes
    ----------
    region
        The region.
    unit_ids
        Units of the region.
    images
        Images of these units, in the same order.
    axes
        Meaning of axes 1 and 2 of the images.
    lanes
        Lanes that stand out in the region; None if it was not examined.
    """

    region: SensorRegion
    unit_ids: list[str]
    images: ElectricalImages
    axes: Axes
    lanes: RegionLanes | None


def run(snapshot: Snapshot, params: Params, progress: Progress) -> Update:
    """Compute the images region by region; the update replaces those of the requested units."""
    unit_ids = _asked_units(snapshot, params.unit_ids)
    warnings: list[str] = []
    put: dict[tuple[str, ...], Any] = {}
    looked_at: list[tuple[RegionLanes, Axes]] = []
    with open_raw_source(raw_path(snapshot, params)) as raw:
        if not any(region.sweeps for region in raw.regions):
            raise MissingInputError(
                f"{raw.path} has no sensor data, so electrical images cannot be computed."
            )
        _check_raw(raw, snapshot, warnings)
        by_region, outside_regions = _units_by_region(snapshot, unit_ids, raw.regions)
        for part, (region, members) in zip(progress.parts(len(by_region)), by_region, strict=True):
            averaging, looking = part.between(0.0, 0.98), part.between(0.98, 1.0)  # nearly all is averaging
            settings = _settings(params, raw.rate_hz)
            stretches = [
                stretch
                for sweep in region.sweeps
                if (stretch := _stretch(sweep, snapshot, members, params, raw.rate_hz)) is not None
            ]
            if not stretches:
                warnings.append(
                    f"The sensor data of region {region.region_id} begin after the end of the analysed duration "
                    f"({params.duration_s:g} s). Choose a longer duration."
                )
                stretches = [_nothing_of(region.sweeps[0], members)]
            _, *shape = region.sweeps[0].shape
            found = None if params.bad_lanes == () else lanes_in(region, stretches)
            images = electrical_images(
                stretches, (shape[0], shape[1]), settings, progress=averaging.named("Averaging electrodes")
            )
            imaged = Imaged(region, members, images, _USUAL_AXES, found)
            axes = _decide_axes(params, imaged, snapshot, warnings, looking)
            if found is not None:
                looked_at.append((found, axes))
            put |= _features(dataclasses.replace(imaged, axes=axes), params, raw.rate_hz)
    warnings += _image_warnings(put, outside_regions)
    put |= _bad_lanes(looked_at, params, snapshot, warnings)
    return Update.of(STEP.title, put, warnings=warnings)


def _bad_lanes(
    looked_at: list[tuple[RegionLanes, Axes]], params: Params, snapshot: Snapshot, warnings: list[str]
) -> dict[tuple[str, ...], Any]:
    """Bad lanes to store; those that the user named or cleared before stay so, unless others are named now."""
    known = bad_lanes_of(snapshot.metadata)
    if params.bad_lanes == ():
        none_bad = known.all_cleared if known else ChipLanes("col")
        return {BAD_LANES_PATH: none_bad.as_stored()}
    given = params.bad_lanes or (known.given if known is not None else ())
    lanes = combined(looked_at, given, known, warnings)
    put: dict[tuple[str, ...], Any] = {} if lanes is None else {BAD_LANES_PATH: lanes.as_stored()}
    return put | ({LANE_NOISE_PATH: lane_noise(looked_at)} if looked_at else {})


def _check_raw(raw: RawSource, snapshot: Snapshot, warnings: list[str]) -> None:
    """Refuse a raw file with another acquisition rate, and warn about one with another name."""
    rate_hz = RecordingReader(snapshot).rate_hz
    if not math.isclose(raw.rate_hz, rate_hz, rel_tol=1e-9):  # rounding only, not another rate
        raise MismatchError(
            f"{raw.path} was recorded at {raw.rate_hz:g} Hz, but the session has a rate of {rate_hz:g} Hz. "
            "Choose the raw file of this recording."
        )
    if dataset_id_of(raw.path) != snapshot.dataset_id:
        warnings.append(
            f"The name of {raw.path.name} does not match that of the session, {snapshot.dataset_id}."
        )


def raw_path(snapshot: Snapshot, params: Params) -> Path:
    """Return the raw file, from the parameters or the session.

    Raises
    ------
    MissingInputError
        If neither has one.
    """
    path = _known_path(snapshot, params)
    if path is None:
        raise MissingInputError("No raw file is given. Electrical images need one.", "cmcr_path")
    return path


def _known_path(snapshot: Snapshot, params: Params) -> Path | None:
    given = params.cmcr_path
    return local_path(given) if given is not None else path_in(snapshot.source_files, "raw")


def _asked_units(snapshot: Snapshot, asked: tuple[str, ...] | None) -> list[str]:
    """Unit ids from the names the user wrote: ``1`` and ``unit_001`` are the same unit."""
    if asked is None:
        return list(snapshot.units)
    names = [f"unit_{int(name):03d}" if name.strip().isdigit() else name.strip() for name in asked]
    unknown = [name for name in names if name not in snapshot.units]
    if unknown:
        raise ConfigurationError(f"These units are not in the session: {', '.join(unknown)}.")
    return list(dict.fromkeys(names))


def _units_by_region(
    snapshot: Snapshot, unit_ids: list[str], regions: Sequence[SensorRegion]
) -> tuple[list[tuple[SensorRegion, list[str]]], list[str]]:
    """Regions with their units, and the units whose sensor is in no recorded region."""
    members: dict[int, list[str]] = {}
    outside_regions = []
    recorded = [number for number, region in enumerate(regions) if region.sweeps]
    for unit_id in unit_ids:
        position = position_of(snapshot.units[unit_id])
        if (
            position is None
        ):  # missing or unreliable: without a position, the region is known only if there is just one
            place = recorded[0] if len(recorded) == 1 else None
        else:
            place = next((number for number in recorded if regions[number].holds(*position)), None)
        if place is None:
            outside_regions.append(unit_id)
        else:
            members.setdefault(place, []).append(unit_id)
    return [(regions[number], members[number]) for number in sorted(members)], outside_regions


def _settings(params: Params, rate_hz: float) -> ImageSettings:
    first, stop = params.window_range
    if stop <= first:
        raise ConfigurationError(
            f"The window [{first}, {stop}) around a spike contains no samples. Its start must be before its end."
        )
    return ImageSettings(
        rate_hz=rate_hz,
        pre_frames=-first,
        post_frames=stop,
        cutoff_hz=params.cutoff_hz,
        filter_order=params.filter_order,
        skip_highpass=params.skip_highpass,
        spike_limit=params.spike_limit,
    )


def _stretch(
    sweep: SensorSweep, snapshot: Snapshot, members: list[str], params: Params, rate_hz: float
) -> Stretch | None:
    """Part of a sweep within the analysed duration, with its spikes; None if there is none."""
    n_frames = sweep.n_frames
    if params.duration_s is not None:  # recording time: a sweep may start later than sample 0
        n_frames = min(n_frames, round(params.duration_s * rate_hz) - sweep.start_sample)
    if n_frames <= 0:
        return None
    spikes = []
    for unit_id in members:
        samples = np.asarray(spike_times_of(snapshot.units[unit_id])).astype(np.int64) - sweep.start_sample
        # spikes of other sweeps and after the duration are not "excluded": that counts incomplete windows
        spikes.append(samples[(samples >= 0) & (samples < n_frames)])
    return Stretch(sweep.read, n_frames, spikes)


def _nothing_of(sweep: SensorSweep, members: list[str]) -> Stretch:
    """Stretch without frames, in which no unit has a spike."""
    return Stretch(sweep.read, 0, [np.empty(0, np.int64) for _ in members])


def _decide_axes(
    params: Params, imaged: Imaged, snapshot: Snapshot, warnings: list[str], progress: Progress
) -> Axes:
    """Order of the spatial axes: as chosen, otherwise from the region's shape, otherwise from the unit positions."""
    region, members = imaged.region, imaged.unit_ids
    lanes = None if imaged.lanes is None else imaged.lanes.lanes
    chosen = _AXES[params.axes]
    if chosen is not None:
        return chosen
    if region.file_axes is not None:
        return region.file_axes
    clear = {}
    for number, (unit_id, image) in enumerate(zip(members, imaged.images.images, strict=True)):
        progress(number, len(members), "Determining the sensor axes")
        peak, place = peak_electrode(image, lanes), position_of(snapshot.units[unit_id])
        if peak is not None and place is not None:
            clear[unit_id] = (peak, place)
    evidence = axis_evidence(
        np.array([peak for peak, _ in clear.values()], np.int64).reshape(-1, 2),
        np.array([row for _, (row, _) in clear.values()], np.int64),
        np.array([column for _, (_, column) in clear.values()], np.int64),
        region_left=region.left,
        region_top=region.top,
    )
    if evidence.axes is None:
        warnings.append(
            f"The order of the sensor axes of region {region.region_id} could not be determined; (column, row) is "
            "assumed. Compare the electrical images with the unit positions, and choose the axes if they are "
            "transposed."
        )
        return _USUAL_AXES
    first, second = evidence.axes
    return (first, second)


def _features(imaged: Imaged, params: Params, rate_hz: float) -> dict[tuple[str, ...], Any]:
    region, images = imaged.region, imaged.images
    shared: dict[str, Any] = {
        "pre_samples": -params.window_range[0],
        "post_samples": params.window_range[1],
        "window_range": list(params.window_range),
        "cutoff_hz": float(params.cutoff_hz),
        "filter_order": params.filter_order,
        "sampling_rate": rate_hz,
        "spike_limit": params.spike_limit,
        "duration_s": params.duration_s,
        "skip_highpass": params.skip_highpass,
        "version": CURRENT_VERSION,
        "axes": ["lag", *imaged.axes],
        "region_id": region.region_id,
        "region_left": region.left,
        "region_top": region.top,
        "exponent": region.exponent,
    }
    factors = region.conversion_factors
    if factors is not None:
        shared["conversion_factors"] = np.asarray(factors).reshape(images.images.shape[2:])
    put: dict[tuple[str, ...], Any] = {}
    for number, unit_id in enumerate(imaged.unit_ids):
        counts = {
            N_SPIKES_USED: int(images.n_used[number]),
            "n_spikes_excluded": int(images.n_excluded[number]),
        }
        put[feature_path(unit_id, IMAGE)] = {
            "data": images.images[number],
            "metadata": counts | shared,
        }
    return put


def _image_warnings(put: dict[tuple[str, ...], Any], outside_regions: list[str]) -> list[str]:
    warnings = []
    if outside_regions:
        warnings.append(
            f"No electrical image for {', '.join(outside_regions)}: their electrodes are not in a recorded region."
        )
    empty = [path[1] for path, feature in put.items() if not n_spikes_used(feature)]
    if empty:
        warnings.append(
            f"The electrical image of {', '.join(empty)} is empty (NaN): no spike has a complete window."
        )
    return warnings


def has_result(snapshot: Snapshot) -> bool:
    """Whether electrical images computed by this program exist."""
    return any(is_current(image_of(unit)) for unit in snapshot.units.values())


def stale_reason(snapshot: Snapshot) -> str:
    """Return which results of this step were computed incorrectly by other scripts; empty if none."""
    reason = "other scripts computed the electrical images incorrectly"
    return reason if holds_of_other_scripts(snapshot, IMAGE) else ""


def recorded_params(snapshot: Snapshot) -> dict[str, Any]:
    """Return the parameters stored by other scripts with their images."""
    noted = ((image_of(unit) or {}).get("metadata", {}) for unit in snapshot.units.values())
    known = {item.name for item in parameters_of(Params)}
    held = {name: value for name, value in next(noted, {}).items() if name in known}
    return {
        name: value.tolist() if isinstance(value, (np.ndarray, np.generic)) else value
        for name, value in held.items()
    }


def skip_reason(snapshot: Snapshot, params: Params) -> str | None:
    """Return why a run of all steps leaves this step out, or None."""
    path = _known_path(snapshot, params)
    if path is None:
        return "no raw file is given (choose one in the form, or with --cmcr)"
    if not path.exists():
        return f"the raw file {path} does not exist"
    try:
        with open_raw_source(path) as raw:
            return None if any(region.sweeps for region in raw.regions) else "the raw file has no sensor data"
    except DataLoadError:
        return None  # an unreadable file is an error, reported when the step is run


STEP = Step(
    key="compute_eimage_sta",
    title="Electrical images",
    gives="electrical images",
    params=Params,
    run=run,
    has_result=has_result,
    needs=(("load_recording",),),
    libraries=("scipy.sparse",),
    skip_reason=skip_reason,
    recorded_params=recorded_params,
    stale_reason=stale_reason,
)
