"""Load the spikes, waveforms, light channels and frame times of a recording from its sources."""

from __future__ import annotations

import logging
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from hdmea_gui.analysis.clocks import block_means, firing_rate_hz
from hdmea_gui.analysis.sync_pulses import SyncPulses, sync_pulses
from hdmea_gui.analysis.unit_quality import unit_quality
from hdmea_gui.byte_sizes import size_text
from hdmea_gui.errors import ConfigurationError, MismatchError
from hdmea_gui.io.store.recording_fields import STATED
from hdmea_gui.paths import local_path
from hdmea_gui.pipeline.frame_audit import interval_warnings, pulse_warnings
from hdmea_gui.pipeline.load_config import HASH, hash_of
from hdmea_gui.pipeline.memory import memory_limit_gb
from hdmea_gui.pipeline.parameters import parameter
from hdmea_gui.pipeline.probe import probe_of
from hdmea_gui.pipeline.session_start import start_of_session
from hdmea_gui.pipeline.step import PLANNED, Step
from hdmea_gui.session import LoggedWarning, Snapshot, Update
from hdmea_gui.session.bad_lanes import BAD_LANES, bad_lanes_of
from hdmea_gui.session.clock import ACQUISITION_RATE, DURATION_S, RAW_CLOCK, RAW_DURATION_S
from hdmea_gui.session.positions import has_unreliable_position
from hdmea_gui.session.recording import (
    FRAME_TIMESTAMPS,
    LIGHT_CHANNELS,
    LIGHT_INFO,
    RecordingReader,
)
from hdmea_gui.session.source_files import source_names
from hdmea_gui.session.unit import QUALITY, RATE_10HZ, SORTER_INFO, SPIKE_TIMES
from hdmea_gui.sources import (
    metadata_name_of,
    open_raw_source,
    open_sorting_source,
    path_in,
    session_bytes_of,
    summary_of,
    titles,
)
from hdmea_gui.sources.frame_times import read_frame_times

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hdmea_gui.pipeline.probe import KnownProbe
    from hdmea_gui.pipeline.progress import Progress
    from hdmea_gui.sources import AnalogChannel, RawSource, SortingSource, SourceUnit

logger = logging.getLogger(__name__)

LAST_RESORT_RATE_HZ = 20000.0  # the usual rate of the lab's recordings
_SLAB = 1 << 20  # samples read at a time, between two checks for a cancel
_REDUCED = {"1khz": 1000.0, "10hz": 10.0}
_LIGHT, _SYNC = "light intensity", "frame sync"
_STORED_AS = {_LIGHT: "ch1", _SYNC: "ch2"}  # the lab's names, whichever channels were recorded
_RATE_TOLERANCE = 1e-3  # the rate that a sorter is told is often rounded


@dataclass(frozen=True)
class Params:
    """Parameters of `load_recording`."""

    cmcr_path: Path | None = parameter(None, "Raw file", tip="Recording of the light and sensor channels.")
    cmtr_path: Path | None = parameter(None, "Sorted file", tip="Sorted spikes of the recording.")
    sorting_path: Path | None = parameter(
        None,
        "Other sorting",
        tip="Folder or file of another spike sorter, in place of the sorted file.",
    )
    unit_meta: Literal["no", "yes", "full"] = parameter(
        "yes",
        "Sorter's quality measures",
        tip="'full' also keeps every peak with its cutout, which makes the saved file much larger.",
    )
    sys_meta: bool = parameter(
        True, "File attributes", tip="Keep the attributes of both files, such as date and program."
    )
    light_channel: int | None = parameter(
        None, "Light channel", tip="Number of the analog channel; leave empty for the usual one.", minimum=1
    )
    sync_channel: int | None = parameter(
        None,
        "Frame-sync channel",
        tip="Number of the analog channel; leave empty for the usual one.",
        minimum=1,
    )
    frame_times_path: Path | None = parameter(
        None,
        "Frame times",
        tip="File with the time of each display frame (.npy or .csv), in place of the frame-sync channel.",
    )
    frame_times_unit: Literal["stated", "samples", "seconds"] = parameter(
        "stated", "Unit of frame times", tip="'stated' takes it from the header of the .csv file."
    )


@dataclass(frozen=True)
class _Clock:
    """Acquisition rate and duration of the recording."""

    rate_hz: float
    duration_s: float


def run(snapshot: Snapshot, params: Params, progress: Progress) -> Update:
    """Read the sources; the update replaces the results of an earlier load."""
    raw_path, sorting_path = source_paths(snapshot, params)
    warnings: list[str] = []
    metadata: dict[str, Any] = {"dataset_id": snapshot.dataset_id}
    # what the user has stated outlives a reload
    metadata |= {name: snapshot.metadata[name] for name in STATED if name in snapshot.metadata}
    if (lanes := bad_lanes_of(snapshot.metadata)) is not None and (lanes.given or lanes.cleared):
        metadata[BAD_LANES] = lanes.chosen.as_stored()
    stimulus: dict[str, Any] = {}
    with ExitStack() as files:
        raw = files.enter_context(open_raw_source(raw_path)) if raw_path else None
        listing = progress.between(0.0, 0.1).named("Listing units")
        sorting = files.enter_context(open_sorting_source(sorting_path, listing)) if sorting_path else None
        warnings += _warnings_before(snapshot, raw, sorting, progress.between(0.1, 0.2))
        clock = _clock(raw, sorting, warnings, progress.between(0.2, 0.5))
        if raw is not None:
            warnings += raw.warnings
            light, info = _light(raw, params, clock.rate_hz, progress.between(0.2, 0.5), warnings)
            stimulus = {LIGHT_CHANNELS: light, LIGHT_INFO: info}
        metadata |= _metadata(raw, sorting, clock, params)
        if (probe := probe_of(raw, sorting)) is not None:
            metadata["probe"] = probe.as_stored()
        metadata |= start_of_session(raw.date_time if raw is not None else "", snapshot.dataset_id)
        stimulus["frame_times"] = {
            "default": _frames(stimulus, params, clock, progress.between(0.5, 0.55), warnings)
        }
        reading = progress.between(0.55, 1.0)
        units = _units(sorting, probe, snapshot, clock, params, reading, warnings) if sorting else {}
    metadata[FRAME_TIMESTAMPS] = stimulus["frame_times"]["default"]
    metadata["frame_time"] = metadata[FRAME_TIMESTAMPS] / clock.rate_hz
    put: dict[tuple[str, ...], Any] = {
        ("units",): units,
        ("metadata",): metadata,
        ("stimulus",): stimulus,
        ("source_files",): source_names(raw_path, sorting_path),
        ("completed_steps",): set(),  # later results belong to the units of the earlier load
        ("attributes",): {},
        ("root",): {
            "stage1_timestamp": datetime.now(UTC).isoformat(),
            HASH: hash_of(params),
        },
    }
    if sorting is not None:
        warnings += sorting.warnings
    return Update.of("Load recording", put | _undone(snapshot), warnings=warnings)


def _undone(snapshot: Snapshot) -> dict[tuple[str, ...], Any]:
    """Records of later steps: their results are removed, their parameters stay for the next run."""
    return {
        ("steps", key): {"parameters": record.get("parameters", {}), "outcome": PLANNED}
        for key, record in snapshot.steps.items()
        if key != STEP.key
    }


def source_paths(snapshot: Snapshot, params: Params) -> tuple[Path | None, Path | None]:
    """Return the paths of the raw recording and the sorting, from the parameters or else from the session.

    Raises
    ------
    ConfigurationError
        If there is neither, or if there are two sortings.
    """
    if params.cmtr_path and params.sorting_path:
        raise ConfigurationError(
            f"Two sortings are given, {params.cmtr_path} and {params.sorting_path}. Choose one of them."
        )
    raw, sorting = params.cmcr_path, params.cmtr_path or params.sorting_path
    if raw or sorting:  # not completed from the session: that file may be another recording's
        return raw, sorting
    raw, sorting = path_in(snapshot.source_files, "raw"), path_in(snapshot.source_files, "sorting")
    if raw is None and sorting is None:
        raise ConfigurationError(
            f"No recording is given. Choose a {titles('raw')}, a {titles('sorting')}, or both."
        )
    return raw, sorting


def _warnings_before(
    snapshot: Snapshot, raw: RawSource | None, sorting: SortingSource | None, progress: Progress
) -> list[str]:
    warnings = []
    counting = progress.named("Counting spikes")
    first, second = (summary_of(half, counting) if half else None for half in (raw, sorting))
    # the name of a folder is often that of a program
    if first and second and second.path.is_file() and first.dataset_id != second.dataset_id:
        warnings.append(
            f"The files may not belong to the same recording: the names of {first.path.name} and {second.path.name} "
            "do not match."
        )
    needed, limit = session_bytes_of(first, second) + snapshot.nbytes, 1e9 * memory_limit_gb()
    if needed > limit:
        warnings.append(
            f"The session will take about {size_text(needed)} of memory; up to {size_text(round(limit))} is "
            "recommended on this computer. Save checkpoints, or close other sessions."
        )
    for warning in warnings:
        logger.warning(warning)  # now, and not only at the end of a load that may run out of memory
    return [LoggedWarning(warning) for warning in warnings]


def _clock(
    raw: RawSource | None, sorting: SortingSource | None, warnings: list[str], progress: Progress
) -> _Clock:
    if raw is not None:
        if sorting is not None and sorting.rate_hz is not None:
            _check_rates(raw, sorting, sorting.rate_hz)
        return _Clock(raw.rate_hz, raw.duration_s)
    assert sorting is not None  # noqa: S101 - one of the two is given
    rate_hz = sorting.rate_hz or LAST_RESORT_RATE_HZ
    assumed = f"an acquisition rate of {rate_hz:g} Hz is assumed, and " if sorting.rate_hz is None else ""
    warnings.append(f"There is no raw file: {assumed}there are no light channels.")
    last = -1  # the last spike is the only clue to the duration
    for number, unit_id in enumerate(sorting.unit_ids):
        check_cancelled = partial(progress, number, len(sorting.unit_ids), "Finding the last spike")
        unit = sorting.read_unit(unit_id, rate_hz, check_cancelled=check_cancelled)
        last = max(last, int(unit.spike_times[-1]) if len(unit.spike_times) else -1)
    return _Clock(rate_hz, (last + 1) / rate_hz)


def _check_rates(raw: RawSource, sorting: SortingSource, sorted_hz: float) -> None:
    """Refuse a sorting of a recording with another rate: its spike times are samples of that one."""
    if abs(sorted_hz / raw.rate_hz - 1) > _RATE_TOLERANCE:
        raise MismatchError(
            f"{raw.path.name} was recorded at {raw.rate_hz:g} Hz, but {sorting.path} was sorted at {sorted_hz:g} Hz, "
            "so they do not belong together. Choose the sorting of this recording."
        )


def _light(
    raw: RawSource, params: Params, rate_hz: float, progress: Progress, warnings: list[str]
) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """Both light channels, raw and at reduced rates, with the rate and conversion of each."""
    light: dict[str, Any] = {}
    info: dict[str, dict[str, Any]] = {}
    found = {
        _LIGHT: _channel(raw, "light", params.light_channel),
        _SYNC: _channel(raw, "frame sync", params.sync_channel),
    }
    for part, (words, channel) in zip(progress.parts(len(found)), found.items(), strict=True):
        if channel is None:
            warnings.append(f"{raw.path.name} has no analog channel for the {words}.")
            continue
        conversion, place = _conversion(channel), _STORED_AS[words]
        reading, *averaging = part.parts(1 + len(_REDUCED))
        signal = _read_channel(raw, channel, reading, f"Reading the {words}")
        light[f"raw_{place}"] = signal
        info[f"raw_{place}"] = {"rate_hz": rate_hz, **conversion}
        for (name, target_hz), work in zip(_REDUCED.items(), averaging, strict=True):
            reported = work.named(f"Averaging the {words} to {name}")
            means, real_hz = block_means(signal, rate_hz, target_hz, reported)
            light[f"{name}_{place}"] = means
            info[f"{name}_{place}"] = {"rate_hz": real_hz, **conversion}
    return light, info


def _channel(raw: RawSource, role: str, number: int | None) -> AnalogChannel | None:
    """Analog channel by its number, or else by its role.

    Raises
    ------
    ConfigurationError
        If there is no channel of that number.
    """
    fitting = (
        channel
        for channel in raw.channels
        if (channel.role == role if number is None else channel.number == number)
    )
    found = next(fitting, None)
    if found is None and number is not None:
        raise ConfigurationError(
            f"{raw.path} has no analog channel {number}: its channels are 1 to {len(raw.channels)}."
            if raw.channels
            else f"{raw.path} has no analog channels, so there is no channel {number}."
        )
    return found


def _conversion(channel: AnalogChannel) -> dict[str, Any]:
    return {
        "conversion_factor": channel.conversion_factor,
        "exponent": channel.exponent,
        "unit": channel.unit,
    }


def _read_channel(
    raw: RawSource, channel: AnalogChannel, progress: Progress, words: str
) -> np.ndarray[Any, Any]:
    signal = np.empty(channel.n_samples, np.float32)
    for start in range(0, channel.n_samples, _SLAB):
        progress(start, channel.n_samples, words)
        stop = min(start + _SLAB, channel.n_samples)
        signal[start:stop] = raw.read_channel(channel.number, start, stop)
    return signal


def _frames(
    stimulus: Mapping[str, Any], params: Params, clock: _Clock, progress: Progress, warnings: list[str]
) -> np.ndarray[Any, Any]:
    """Acquisition sample of each display frame, from the file of frame times or else the frame-sync channel."""
    if params.frame_times_path is not None:
        path = local_path(params.frame_times_path)
        frames = read_frame_times(path, params.frame_times_unit, clock.rate_hz)
        warnings += interval_warnings(frames, clock.rate_hz)
        return frames
    sync = stimulus.get(LIGHT_CHANNELS, {}).get(f"raw_{_STORED_AS[_SYNC]}")
    found = SyncPulses(np.empty(0, np.uint64))
    if sync is not None:
        found = sync_pulses(sync, progress.named("Finding display frames"))
    frames = found.frames
    warnings += pulse_warnings(found, clock.rate_hz)
    if not frames.size:
        why = (
            "The frame-sync channel has no display frames" if sync is not None else "There are no frame times"
        )
        warnings.append(f"{why}, so movies cannot be located in the recording.")
    return frames


def _metadata(
    raw: RawSource | None, sorting: SortingSource | None, clock: _Clock, params: Params
) -> dict[str, Any]:
    metadata: dict[str, Any] = {
        ACQUISITION_RATE: clock.rate_hz,
        "sample_interval": 1.0 / clock.rate_hz,
        DURATION_S: clock.duration_s,
    }
    if raw is not None:
        attributes = dict(raw.metadata) if params.sys_meta else {}
        # where the lab's scripts look for the duration
        metadata[metadata_name_of(raw.path, "raw")] = attributes | {RAW_DURATION_S: clock.duration_s}
        metadata[RAW_CLOCK] = _raw_clock(raw)
    if sorting is not None and params.sys_meta:
        metadata[metadata_name_of(sorting.path, "sorting")] = dict(sorting.metadata)
    return metadata


def _raw_clock(raw: RawSource) -> dict[str, float]:
    """What the raw source says about its rate and length, as evidence of contradictions."""
    said = {
        "stated_rate_hz": raw.stated_rate_hz,
        "measured_rate_hz": raw.measured_rate_hz,
        "stated_duration_s": raw.stated_duration_s,
    }
    return {name: value for name, value in said.items() if value is not None}


def _units(
    sorting: SortingSource,
    probe: KnownProbe | None,
    snapshot: Snapshot,
    clock: _Clock,
    params: Params,
    progress: Progress,
    warnings: list[str],
) -> dict[str, dict[str, Any]]:
    units = {}
    before_start, after_end = {}, {}
    n_samples = round(clock.duration_s * clock.rate_hz)
    for number, unit_id in enumerate(sorting.unit_ids):
        check_cancelled = partial(progress, number, len(sorting.unit_ids), "Reading spikes")
        unit = sorting.read_unit(
            unit_id, clock.rate_hz, full=params.unit_meta == "full", check_cancelled=check_cancelled
        )
        edited = snapshot.units.get(unit_id, {})  # the user's labels and notes outlive a reload
        units[unit_id] = _unit(unit, clock, params, probe) | {
            "label": edited.get("label", unit.label),
            "note": edited.get("note", ""),
        }
        before_start[unit_id] = unit.n_before_start
        after_end[unit_id] = int(np.count_nonzero(unit.spike_times > n_samples))
    warnings += _time_warnings(sorting.path.name, before_start, after_end, clock.duration_s)
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


def _unit(unit: SourceUnit, clock: _Clock, params: Params, probe: KnownProbe | None) -> dict[str, Any]:
    by_electrode = probe.position_um(unit) if probe is not None else None
    x_um, y_um = (unit.x_um, unit.y_um) if unit.x_um is not None else by_electrode or (None, None)
    content: dict[str, Any] = {
        "row": unit.row,
        "col": unit.column,
        "global_id": unit.sensor_id,
        "x_um": x_um,
        "y_um": y_um,
        "original_name": unit.name,
        "unit_num": unit.number,
        SPIKE_TIMES: unit.spike_times,
        "waveform": unit.waveform,
        RATE_10HZ: firing_rate_hz(unit.spike_times, clock.rate_hz, clock.duration_s),
    }
    if params.unit_meta != "no":
        content[SORTER_INFO] = unit.quality
    measured = asdict(
        unit_quality(
            unit.spike_times, clock.rate_hz, clock.duration_s, (unit.quality or {}).get("peak_amplitudes")
        )
    )
    content[QUALITY] = {name: value for name, value in measured.items() if np.isfinite(value)}
    return {name: value for name, value in content.items() if value is not None}


def has_result(snapshot: Snapshot) -> bool:
    """Whether a recording is loaded."""
    return RecordingReader(snapshot).has_rate


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
