"""Summary of a source: names, durations and sizes, without reading its data."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath
from typing import TYPE_CHECKING

from hdmea_gui.paths import local_path
from hdmea_gui.sources.source import Role, SortingSource

if TYPE_CHECKING:
    import os

    from hdmea_gui.sources.source import Progress, RawSource, SensorRegion

_LIGHT_CHANNELS = 2
_REDUCED_HZ = 1000 + 10  # the light channels at 1 kHz and at 10 Hz
_FRAMES_HZ = 60
_IMAGE_LAGS = 50
_FLOAT, _LONG = 4, 8
_OF_A_PROGRAM = re.compile(
    r"(?i)(kilosort|ks|phy|spike_?interface|sort(er|ing|ed)?|output|results?)([ _.-]?\w*)"
)


@dataclass(frozen=True)
class RegionSummary:
    """One region of electrodes.

    Parameters
    ----------
    region_id, left, top, width, height
        Its number, its first column and row on the chip (1-based), its number of columns and rows.
    n_sweeps, n_frames
        Number of its sweeps, and of all their frames.
    """

    region_id: int
    left: int
    top: int
    width: int
    height: int
    n_sweeps: int
    n_frames: int


@dataclass(frozen=True)
class SourceSummary:
    """Summary of a source.

    Parameters
    ----------
    role
        What it holds.
    path
        The file or folder.
    dataset_id
        The id of the recording, equal for matching raw and sorted sources.
    size_bytes
        Size on disk.
    date_time
        Date and time of the recording, as stated.
    duration_s, rate_hz
        Duration and acquisition rate of a raw source.
    n_samples, n_channels
        Number of acquisition samples and analog channels of a raw source.
    regions
        Sensor data of a raw source.
    n_units
        Number of units of a sorting.
    n_counted, counted
        Number of the spikes of a sorting, or of its peaks, which may lie below threshold; and which of the two it is.
    warnings
        Messages about missing or unexpected contents.
    """

    role: Role
    path: Path
    dataset_id: str
    size_bytes: int
    date_time: str
    duration_s: float | None = None
    rate_hz: float | None = None
    n_samples: int = 0
    n_channels: int = 0
    regions: tuple[RegionSummary, ...] = ()
    n_units: int = 0
    n_counted: int = 0
    counted: str = "spikes"
    warnings: tuple[str, ...] = ()


def session_bytes_of(raw: SourceSummary | None, sorting: SourceSummary | None) -> int:
    """Estimate the memory that a session of these sources needs, in bytes.

    Parameters
    ----------
    raw, sorting
        The two halves of a recording, or one of them.

    Notes
    -----
    The sum of: for each of at most two light channels a float32 per sample, and 1010 per second for the reduced
    ones; 60 frames per second with sample and time (8 bytes each); for every peak, as if all were spikes, its
    sample (8), its amplitude (4), and its time in the sections, merged and by trial (8 each); for every unit
    10 rates per second and an image of 50 lags of the largest region (float32). Spike-triggered averages and
    features are small in comparison and not counted.
    """
    duration_s = (raw.duration_s or 0.0) if raw else 0.0
    n_units, n_peaks = (sorting.n_units, sorting.n_counted) if sorting else (0, 0)
    channels = min(_LIGHT_CHANNELS, raw.n_channels) if raw else 0
    sensors = max((region.width * region.height for region in raw.regions), default=0) if raw else 0
    light = channels * _FLOAT * ((raw.n_samples if raw else 0) + duration_s * _REDUCED_HZ)
    frames = duration_s * _FRAMES_HZ * 2 * _LONG
    spikes = n_peaks * (_LONG + _FLOAT + 2 * _LONG)
    per_unit = _FLOAT * (10 * duration_s + _IMAGE_LAGS * sensors)
    return round(light + frames + spikes + n_units * per_unit)


def dataset_id_of(path: str | os.PathLike[str]) -> str:
    """Return the id of a recording: the name of its file without ending, or of its folder, without hyphens at its end.

    A folder with the name of a program, such as ``kilosort4``, says nothing about the recording, so the name of the
    folder around it is used.

    Parameters
    ----------
    path
        A raw or sorted source, also one on another system's drive; it need not exist.
    """
    where = local_path(path)
    if where.is_dir():
        where = where.absolute()
        return next(
            folder.name for folder in (where, *where.parents) if not _OF_A_PROGRAM.fullmatch(folder.name)
        )
    windows = PureWindowsPath(where)
    return (windows if windows.drive else where).stem.rstrip("-")


def summary_of(source: RawSource | SortingSource, progress: Progress | None = None) -> SourceSummary:
    """Summarise an open source without reading its data.

    Parameters
    ----------
    source
        The source.
    progress
        Called as progress(done, total) for each sorted unit; may raise an exception to stop.

    Raises
    ------
    DataLoadError
        The source is damaged.
    """
    return _sorting_summary(source, progress) if isinstance(source, SortingSource) else _raw_summary(source)


def _raw_summary(raw: RawSource) -> SourceSummary:
    return SourceSummary(
        role="raw",
        path=raw.path,
        dataset_id=dataset_id_of(raw.path),
        size_bytes=_bytes_of(raw.path),
        date_time=raw.date_time,
        duration_s=raw.duration_s,
        rate_hz=raw.rate_hz,
        n_samples=raw.n_samples,
        n_channels=len(raw.channels),
        regions=tuple(_region_summary(region) for region in raw.regions),
        warnings=tuple(raw.warnings),
    )


def _region_summary(region: SensorRegion) -> RegionSummary:
    return RegionSummary(
        region_id=region.region_id,
        left=region.left,
        top=region.top,
        width=region.width,
        height=region.height,
        n_sweeps=len(region.sweeps),
        n_frames=sum(sweep.n_frames for sweep in region.sweeps),
    )


def _sorting_summary(sorting: SortingSource, progress: Progress | None) -> SourceSummary:
    return SourceSummary(
        role="sorting",
        path=sorting.path,
        dataset_id=dataset_id_of(sorting.path),
        size_bytes=_bytes_of(sorting.path),
        date_time=sorting.date_time,
        rate_hz=sorting.rate_hz,
        n_units=len(sorting.unit_ids),
        n_counted=sorting.count(progress),
        counted=sorting.counted,
        warnings=tuple(sorting.warnings),
    )


def _bytes_of(path: Path) -> int:
    """Size of a file, or of the files directly in a folder."""
    files = path.iterdir() if path.is_dir() else (path,)
    return sum(file.stat().st_size for file in files if file.is_file())
