"""Summary of a recording: names, durations and sizes, without reading its data."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from hdmea_gui.io.mcs.halves import SORTED, half_of, opened_half
from hdmea_gui.io.mcs.raw_reader import RawRecording
from hdmea_gui.io.mcs.sorted_reader import SortedRecording

if TYPE_CHECKING:
    from collections.abc import Callable

    import h5py

    from hdmea_gui.io.mcs.sensors import SensorRegion

_LIGHT_CHANNELS = 2
_REDUCED_HZ = 1000 + 10  # the light channels at 1 kHz and at 10 Hz
_FRAMES_HZ = 60
_IMAGE_LAGS = 50
_FLOAT, _LONG = 4, 8


@dataclass(frozen=True)
class RegionSummary:
    """One region of sensors.

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
class FileSummary:
    """Summary of a raw or sorted file.

    Parameters
    ----------
    kind
        Which of the two it is.
    path
        The file.
    dataset_id
        The id that it shares with its other half.
    size_bytes
        Size on disk.
    date_time
        Date and time of the recording, as the file states it.
    duration_s, rate_hz
        Duration and acquisition rate of a raw file.
    n_samples, n_channels
        Number of acquisition samples and analog channels of a raw file.
    regions
        Sensor data of a raw file.
    n_units, n_peaks
        Number of units of a sorted file, and of all their peaks, including those below threshold.
    raw_link
        Path of the raw file according to the sorted file.
    warnings
        Messages about missing or unexpected contents.
    """

    kind: Literal["raw", "sorted"]
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
    n_peaks: int = 0
    raw_link: Path | None = None
    warnings: tuple[str, ...] = ()


def session_bytes_of(raw: FileSummary | None, sorted_file: FileSummary | None) -> int:
    """Estimate the memory that a session of these files needs, in bytes.

    Parameters
    ----------
    raw, sorted_file
        The two halves of a recording, or one of them.

    Notes
    -----
    The sum of: for each of at most two light channels a float32 per sample, and 1010 per second for the reduced
    ones; 60 frames per second with sample and time (8 bytes each); for every peak, as if all were spikes, its
    sample (8), its amplitude (4), and its time in the sections, merged and by trial (8 each); for every unit
    10 rates per second and an image of 50 lags of the largest region (float32). Spike-triggered averages and
    features are small in comparison and not counted, nor is `Source`, which is never loaded.
    """
    duration_s = (raw.duration_s or 0.0) if raw else 0.0
    n_units, n_peaks = (sorted_file.n_units, sorted_file.n_peaks) if sorted_file else (0, 0)
    channels = min(_LIGHT_CHANNELS, raw.n_channels) if raw else 0
    sensors = max((region.width * region.height for region in raw.regions), default=0) if raw else 0
    light = channels * _FLOAT * ((raw.n_samples if raw else 0) + duration_s * _REDUCED_HZ)
    frames = duration_s * _FRAMES_HZ * 2 * _LONG
    spikes = n_peaks * (_LONG + _FLOAT + 2 * _LONG)
    per_unit = _FLOAT * (10 * duration_s + _IMAGE_LAGS * sensors)
    return round(light + frames + spikes + n_units * per_unit)


def dataset_id_of(path: str | Path) -> str:
    """Return the id of a recording: the file's stem without hyphens at its end.

    Parameters
    ----------
    path
        A raw or sorted file; it need not exist.
    """
    return Path(path).stem.rstrip("-")


def describe(path: str | Path) -> FileSummary:
    """Summarise a raw or sorted file without reading its data.

    Parameters
    ----------
    path
        A .cmcr or .cmtr file, or a partial export.

    Raises
    ------
    DataLoadError
        The file cannot be read, or is neither.
    """
    with opened_half(path, _recording) as recording:
        return summary_of(recording)


def _recording(path: Path, file: h5py.File) -> RawRecording | SortedRecording:
    return (SortedRecording if half_of(file) is SORTED else RawRecording)(path, file)


def summary_of(
    recording: RawRecording | SortedRecording, progress: Callable[[int, int], None] | None = None
) -> FileSummary:
    """Summarise an open recording without reading its data.

    Parameters
    ----------
    recording
        The recording.
    progress
        Called as progress(done, total) for each sorted unit; may raise an exception to stop.

    Raises
    ------
    DataLoadError
        The list of a unit's parts is damaged.
    """
    if isinstance(recording, SortedRecording):
        return _sorted_summary(recording, progress)
    return _raw_summary(recording)


def _raw_summary(raw: RawRecording) -> FileSummary:
    return FileSummary(
        kind="raw",
        path=raw.path,
        dataset_id=dataset_id_of(raw.path),
        size_bytes=raw.path.stat().st_size,
        date_time=str(raw.attributes.get("DateTime", "")),
        duration_s=raw.duration_s,
        rate_hz=raw.acquisition_rate_hz,
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


def _sorted_summary(sorted_file: SortedRecording, progress: Callable[[int, int], None] | None) -> FileSummary:
    return FileSummary(
        kind="sorted",
        path=sorted_file.path,
        dataset_id=dataset_id_of(sorted_file.path),
        size_bytes=sorted_file.path.stat().st_size,
        date_time=str(sorted_file.attributes.get("DateTime", "")),
        n_units=len(sorted_file.unit_ids),
        n_peaks=sum(sorted_file.peak_counts(progress).values()),
        raw_link=sorted_file.raw_link,
        warnings=tuple(sorted_file.warnings),
    )
