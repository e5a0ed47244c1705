"""Load the spikes, waveforms, light channels and frame times of a recording from its two files."""

from __future__ import annotations

import logging
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from hdmea_gui.analysis.clocks import block_means, detect_frames, firing_rate_hz, samples_of_microseconds
from hdmea_gui.errors import ConfigurationError
from hdmea_gui.io.mcs import dataset_id_of, open_raw, open_sorted, session_bytes_of, summary_of
from hdmea_gui.paths import local_path
from hdmea_gui.pipeline.load_config import HASH, hash_of
from hdmea_gui.pipeline.memory import memory_limit_gb
from hdmea_gui.pipeline.parameters import parameter
from hdmea_gui.pipeline.step import PLANNED, Step
from hdmea_gui.session import Snapshot, Update
from hdmea_gui.session.dataset_id import located
from hdmea_gui.session.positions import has_unreliable_position

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hdmea_gui.io.mcs import Channel, RawRecording, SortedRecording, SortedUnit
    from hdmea_gui.pipeline.progress import Progress

logger = logging.getLogger(__name__)

LAST_RESORT_RATE_HZ = 20000.0  # the usual rate of the lab's recordings
_SLAB = 1 << 20  # samples read at a time, between two checks for a cancel
_REDUCED = {"1khz": 1000.0, "10hz": 10.0}
_CHANNEL_NAMES = {1: "light intensity", 2: "frame sync"}


@dataclass(frozen=True)
class Params:
    """Parameters of `load_recording`."""

    cmcr_path: Path | None = parameter(
        None, "Raw file", tip="Recording of the light and sensor channels (.cmcr)."
    )
    cmtr_path: Path | None = parameter(None, "Sorted file", tip="Spikes sorted by CMOS-MEA-Tools (.cmtr).")
    unit_meta: Literal["no", "yes", "full"] = parameter(
        "yes",
        "Sorter's quality measures",
        tip="'full' also keeps every peak with its cutout, which makes the saved file much larger.",
    )
    sys_meta: bool = parameter(
        True, "File attributes", tip="Keep the attributes of both files, such as date and program."
    )


@dataclass(frozen=True)
class _Clock:
    """Acquisition rate and duration of the recording."""

    rate_hz: float
    duration_s: float


def run(snapshot: Snapshot, params: Params, progress: Progress) -> Update:
    """Read both files; the update replaces the results of an earlier load."""
    cmcr_path, cmtr_path = source_paths(snapshot, params)
    warnings: list[str] = []
    metadata: dict[str, Any] = {"dataset_id": snapshot.dataset_id}
    stimulus: dict[str, Any] = {}
    attributes: dict[str, dict[str, Any]] = {}
    with ExitStack() as files:
        raw = files.enter_context(open_raw(cmcr_path)) if cmcr_path else None
        listing = progress.between(0.0, 0.1).named("Listing units")
        sorted_file = files.enter_context(open_sorted(cmtr_path, listing)) if cmtr_path else None
        warnings += _warnings_before(snapshot, raw, sorted_file, progress.between(0.1, 0.2))
        clock = _clock(raw, sorted_file, warnings, progress.between(0.2, 0.5))
        if raw is not None:
            warnings += raw.warnings
            light, attributes = _light(raw, clock.rate_hz, progress.between(0.2, 0.5), warnings)
            stimulus = {"light_reference": light}
        metadata |= _metadata(raw, sorted_file, clock, params)
        stimulus["frame_times"] = {"default": _frames(stimulus, progress.between(0.5, 0.55), warnings)}
        reading = progress.between(0.55, 1.0)
        units = _units(sorted_file, snapshot, clock, params, reading, warnings) if sorted_file else {}
    metadata["frame_timestamps"] = stimulus["frame_times"]["default"]
    metadata["frame_time"] = metadata["frame_timestamps"] / clock.rate_hz
    put: dict[tuple[str, ...], Any] = {
        ("units",): units,
        ("metadata",): metadata,
        ("stimulus",): stimulus,
        ("source_files",): {
            name: located(path)
            for name, path in (("cmcr_path", cmcr_path), ("cmtr_path", cmtr_path))
            if path is not None
        },
        ("completed_steps",): set(),  # later results belong to the units of the earlier load
        ("attributes",): attributes,
        ("root",): {
            "stage1_timestamp": datetime.now(UTC).isoformat(),
            HASH: hash_of(params),
        },
    }
    if sorted_file is not None:
        warnings += sorted_file.warnings
    return Update.of("Load recording", put | _undone(snapshot), warnings=warnings)


def _undone(snapshot: Snapshot) -> dict[tuple[str, ...], Any]:
    """Records of later steps: their results are removed, their parameters stay for the next run."""
    return {
        ("steps", key): {"parameters": record.get("parameters", {}), "outcome": PLANNED}
        for key, record in snapshot.steps.items()
        if key != STEP.key
    }


def source_paths(snapshot: Snapshot, params: Params) -> tuple[Path | None, Path | None]:
    """Return the raw and sorted file of the recording, from the parameters or else from the session.

    Raises
    ------
    ConfigurationError
        If there is neither.
    """
    if (
        params.cmcr_path or params.cmtr_path
    ):  # not completed from the session: that file may be another recording's
        return params.cmcr_path, params.cmtr_path
    paths = [snapshot.source_files.get(name) for name in ("cmcr_path", "cmtr_path")]
    cmcr, cmtr = (local_path(path) if path else None for path in paths)
    if cmcr is None and cmtr is None:
        raise ConfigurationError(
            "No recording is given. Choose a raw file (.cmcr), a sorted file (.cmtr) or both."
        )
    return cmcr, cmtr


def _warnings_before(
    snapshot: Snapshot, raw: RawRecording | None, sorted_file: SortedRecording | None, progress: Progress
) -> list[str]:
    warnings = []
    if raw and sorted_file and dataset_id_of(raw.path) != dataset_id_of(sorted_file.path):
        warnings.append(
            f"The files may not belong to the same recording: the names of {raw.path.name} and {sorted_file.path.name} "
            "do not match."
        )
    counting = progress.named("Counting spikes")
    first, second = (summary_of(half, counting) if half else None for half in (raw, sorted_file))
    total_gb = (session_bytes_of(first, second) + snapshot.nbytes) / 1e9
    if total_gb > memory_limit_gb():
        warnings.append(
            f"The session will take about {total_gb:.1f} GB of memory; up to {memory_limit_gb():.1f} GB is recommended "
            "on this computer. Save checkpoints, or close other sessions."
        )
    for warning in warnings:
        logger.warning(warning)  # now, and not only at the end of a load that may run out of memory
    return warnings


def _clock(
    raw: RawRecording | None, sorted_file: SortedRecording | None, warnings: list[str], progress: Progress
) -> _Clock:
    if raw is not None:
        return _Clock(raw.acquisition_rate_hz, raw.duration_s)
    warnings.append(
        "There is no raw file: an acquisition rate of 20000 Hz is assumed, and there are no light channels or frame "
        "times."
    )
    assert sorted_file is not None  # noqa: S101 - one of the two is given
    last_us = 0  # the last spike is the only clue to the duration
    for number, unit_id in enumerate(sorted_file.unit_ids):
        check_cancelled = partial(progress, number, len(sorted_file.unit_ids), "Finding the last spike")
        last_us = max(
            last_us,
            int(sorted_file.read_unit(unit_id, check_cancelled=check_cancelled).timestamps_us.max(initial=0)),
        )
    return _Clock(LAST_RESORT_RATE_HZ, float(last_us) / 1e6)


def _light(
    raw: RawRecording, rate_hz: float, progress: Progress, warnings: list[str]
) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """Both light channels, raw and at reduced rates, with the attributes of each dataset."""
    light: dict[str, Any] = {}
    attributes: dict[str, dict[str, Any]] = {}
    channels = {channel.number: channel for channel in raw.channels}
    parts = progress.parts(len(_CHANNEL_NAMES))
    for part, (number, words) in zip(parts, _CHANNEL_NAMES.items(), strict=True):
        if number not in channels:
            warnings.append(f"{raw.path.name} has no analog channel {number} ({words}).")
            continue
        conversion = _conversion(channels[number])
        reading, *averaging = part.parts(1 + len(_REDUCED))
        signal = _read_channel(raw, channels[number], reading, f"Reading the {words}")
        light[f"raw_ch{number}"] = signal
        attributes[f"stimulus/light_reference/raw_ch{number}"] = {"rate_hz": rate_hz, **conversion}
        for (name, target_hz), work in zip(_REDUCED.items(), averaging, strict=True):
            reported = work.named(f"Averaging the {words} to {name}")
            means, real_hz = block_means(signal, rate_hz, target_hz, reported)
            light[f"{name}_ch{number}"] = means
            attributes[f"stimulus/light_reference/{name}_ch{number}"] = {"rate_hz": real_hz, **conversion}
    return light, attributes


def _conversion(channel: Channel) -> dict[str, Any]:
    return {
        "conversion_factor": channel.conversion_factor,
        "exponent": channel.exponent,
        "unit": channel.unit,
    }


def _read_channel(
    raw: RawRecording, channel: Channel, progress: Progress, words: str
) -> np.ndarray[Any, Any]:
    signal = np.empty(channel.n_samples, np.float32)
    for start in range(0, channel.n_samples, _SLAB):
        progress(start, channel.n_samples, words)
        stop = min(start + _SLAB, channel.n_samples)
        signal[start:stop] = raw.read_channel(channel.number, start, stop)
    return signal


def _frames(stimulus: Mapping[str, Any], progress: Progress, warnings: list[str]) -> np.ndarray[Any, Any]:
    sync = stimulus.get("light_reference", {}).get("raw_ch2")
    words = "Finding display frames"
    frames = detect_frames(sync, progress.named(words)) if sync is not None else np.empty(0, np.uint64)
    if sync is not None and not frames.size:
        warnings.append(
            "The frame-sync channel (channel 2) has no display frames, so movies cannot be located in the recording."
        )
    return frames


def _metadata(
    raw: RawRecording | None, sorted_file: SortedRecording | None, clock: _Clock, params: Params
) -> dict[str, Any]:
    metadata: dict[str, Any] = {"acquisition_rate": clock.rate_hz, "sample_interval": 1.0 / clock.rate_hz}
    if raw is not None:
        attributes = dict(raw.attributes) if params.sys_meta else {}
        metadata["cmcr_meta"] = attributes | {"recording_duration_s": clock.duration_s}
    if sorted_file is not None and params.sys_meta:
        metadata["cmtr_meta"] = dict(sorted_file.attributes)
    return metadata


def _units(
    sorted_file: SortedRecording,
    snapshot: Snapshot,
    clock: _Clock,
    params: Params,
    progress: Progress,
    warnings: list[str],
) -> dict[str, dict[str, Any]]:
    units = {}
    before_start, after_end = {}, {}
    n_samples = round(clock.duration_s * clock.rate_hz)
    for number, unit_id in enumerate(sorted_file.unit_ids):
        check_cancelled = partial(progress, number, len(sorted_file.unit_ids), "Reading spikes")
        unit = sorted_file.read_unit(
            unit_id, full_peaks=params.unit_meta == "full", check_cancelled=check_cancelled
        )
        edited = snapshot.units.get(unit_id, {})  # the user's labels and notes outlive a reload
        units[unit_id] = _unit(unit, clock, params) | {
            "label": edited.get("label", ""),
            "note": edited.get("note", ""),
        }
        before_start[unit_id] = unit.n_before_start
        after_end[unit_id] = int(np.count_nonzero(units[unit_id]["spike_times"] > n_samples))
    warnings += _time_warnings(sorted_file.path.name, before_start, after_end, clock.duration_s)
    return units


def _time_warnings(
    name: str, before_start: dict[str, int], after_end: dict[str, int], duration_s: float
) -> list[str]:
    """Warnings about spikes outside the recording, with the number in each unit."""
    warnings = []
    if any(before_start.values()):
        warnings.append(
            f"{name} has spikes before the start of the recording, which are left out: {_counts(before_start)}."
        )
    if any(after_end.values()):
        warnings.append(
            f"{name} has spikes after the end of the recording ({duration_s:g} s), which are kept: "
            f"{_counts(after_end)}. Check that the raw and the sorted file belong together."
        )
    return warnings


def _counts(by_unit: dict[str, int]) -> str:
    return ", ".join(f"{unit_id} ({count})" for unit_id, count in by_unit.items() if count)


def _unit(unit: SortedUnit, clock: _Clock, params: Params) -> dict[str, Any]:
    order = np.argsort(unit.timestamps_us, kind="stable")
    spikes = samples_of_microseconds(unit.timestamps_us[order], clock.rate_hz)
    content: dict[str, Any] = {
        "row": unit.row,
        "col": unit.column,
        "global_id": unit.sensor_id,
        "original_name": unit.name,
        "unit_num": unit.number,
        "spike_times": spikes,
        "waveform": unit.waveform,
        "firing_rate_10hz": firing_rate_hz(spikes, clock.rate_hz, clock.duration_s),
    }
    if params.unit_meta != "no":
        content["unit_meta"] = unit_meta(unit, order)  # sorted like the spikes, so that amplitudes match them
    return content


def unit_meta(unit: SortedUnit, order: np.ndarray[Any, Any]) -> dict[str, Any]:
    """Return the sorter's information about a unit, under the names used in the file.

    Parameters
    ----------
    unit
        Unit as read from the sorted file.
    order
        Any integer (n_spikes,). Indices that sort its spikes in time; the amplitudes are sorted likewise.

    Returns
    -------
    meta
        Values by name. `peak_amplitudes` is float32 (n_spikes,), in the sorter's unit.
    """
    meta: dict[str, Any] = dict(unit.info)
    meta["peak_amplitudes"] = unit.amplitudes[order]
    if unit.roi_stas is not None:
        meta["roi_stas"] = unit.roi_stas
    if unit.unmixing is not None:
        meta["unmixing_matrix"] = unit.unmixing
    if unit.peaks is not None:
        meta["peaks_data"] = unit.peaks
    for name, value in unit.attributes.items():
        # numbers as 1-element arrays, as in the lab's files
        meta[f"attr_{name.lower()}"] = value if isinstance(value, str) else np.atleast_1d(value)
    return meta


def has_result(snapshot: Snapshot) -> bool:
    """Whether a recording is loaded."""
    return "acquisition_rate" in snapshot.metadata


def stale_reason(snapshot: Snapshot) -> str:
    """Return which results of this step were computed incorrectly by other scripts; empty if none."""
    count = sum(map(has_unreliable_position, snapshot.units.values()))
    return f"other scripts computed the chip positions of {count} units incorrectly" if count else ""


STEP = Step(
    key="load_recording",
    title="Load recording",
    gives="a loaded recording",
    params=Params,
    run=run,
    has_result=has_result,
    libraries=("scipy.signal",),
    stale_reason=stale_reason,
)
