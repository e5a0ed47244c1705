"""How long electrical images take, against filtering the whole stretch and against reading it."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import h5py
import numpy as np

from hdmea_gui.analysis.electrical_image import ImageSettings, Stretch, electrical_images
from hdmea_gui.io.mcs import RegionData, SweepData, open_raw, write_raw
from hdmea_gui.pipeline.memory import machine_memory_gb
from tests.benchmarks.timing import Row, at_most, best_of, faster

if TYPE_CHECKING:
    from collections.abc import Callable

    from hdmea_gui.io.mcs import SensorSweep

_RATE_HZ = 20_000.0
_SETTINGS = ImageSettings(_RATE_HZ)
_MEMORY_GB = 1.5
_COPIES = 5  # 64-bit floats that sosfiltfilt holds of each sample


@dataclass(frozen=True)
class Size:
    """How much is measured: sensors along a side of the chip, seconds in the file, seconds filtered as reference."""

    side: int
    recorded_s: float
    filtered_s: float


def run(quick: bool = False) -> list[Row]:
    """Return rows for the two targets, for a dense recording, and for the memory of a thousand units."""
    size = Size(16, 0.5, 0.2) if quick else Size(65, 6.0, 3.0)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "recording.cmcr"
        few = spike_trains(24, 90.0, size.recorded_s)
        make_recording(path, size, few)
        with open_raw(path) as raw:
            sweep = raw.regions[0].sweeps[0]
            sweep.read(0, sweep.n_frames)
            rows = [*_against_filtering(sweep, size, few), *_against_reading(path, sweep, few)]
        rows.append(_memory(path, rows[-1]))
    return rows


def make_recording(path: Path, size: Size, spikes: list[np.ndarray]) -> None:
    """Write noise, drift and a footprint at every spike, stored as CMOS-MEA-Control stores it."""
    rng = np.random.default_rng(0)
    n_frames = round(size.recorded_s * _RATE_HZ)
    places = rng.uniform(2, size.side - 2, (len(spikes), 2))
    grid = np.stack(np.meshgrid(np.arange(size.side), np.arange(size.side), indexing="ij"), axis=-1)
    spread = np.exp(-((grid - places[:, np.newaxis, np.newaxis]) ** 2).sum(axis=-1) / 8)
    shape = -np.diff(np.exp(-0.5 * ((np.arange(41) - 12) / 3) ** 2))
    footprints = np.rint(1500 * shape[:, np.newaxis, np.newaxis] * spread[:, np.newaxis]).astype(np.int16)
    offsets = rng.integers(-2000, 2000, (size.side, size.side)).astype(np.int16)

    def frames(start: int, stop: int) -> np.ndarray:
        slab = rng.integers(-40, 40, (stop - start, size.side, size.side), dtype=np.int16)
        drift = 100 * np.sin(2 * np.pi * np.arange(start, stop) / _RATE_HZ * 3)
        slab += np.rint(drift).astype(np.int16)[:, np.newaxis, np.newaxis] + offsets
        for footprint, train in zip(footprints, spikes, strict=True):
            for spike in train[(train >= start) & (train + len(footprint) <= stop)]:
                slab[spike - start : spike - start + len(footprint)] += footprint
        return slab

    region = RegionData(1, 1, 1, size.side, size.side, [SweepData(0, n_frames, frames)])
    write_raw(path, rate_hz=_RATE_HZ, analog=np.zeros((2, n_frames), np.int32), regions=[region])


def spike_trains(n_units: int, total_hz: float, duration_s: float) -> list[np.ndarray]:
    """Return random spikes for each unit, at `total_hz` for all units together."""
    rng = np.random.default_rng(1)
    n_frames = round(duration_s * _RATE_HZ)
    per_unit = max(1, round(total_hz * duration_s / n_units))
    return [np.sort(rng.integers(0, n_frames, per_unit)) for _ in range(n_units)]


def straightforward(frames: np.ndarray, spikes: list[np.ndarray], n_columns: int) -> np.ndarray:
    """Filter the whole stretch in blocks of chip columns, then loop over the spikes."""
    from scipy.signal import butter, sosfiltfilt

    sos = butter(_SETTINGS.filter_order, _SETTINGS.cutoff_hz, "highpass", fs=_RATE_HZ, output="sos")
    sums = np.zeros((len(spikes), _SETTINGS.window, *frames.shape[1:]))
    used = [
        train[(train >= _SETTINGS.pre_frames) & (train + _SETTINGS.post_frames <= len(frames))]
        for train in spikes
    ]
    for first in range(0, frames.shape[1], n_columns):
        block = slice(first, first + n_columns)
        filtered = sosfiltfilt(sos, frames[:, block].astype(np.float64), axis=0)
        for unit, train in enumerate(used):
            for spike in train:
                sums[unit, :, block] += filtered[spike - _SETTINGS.pre_frames : spike + _SETTINGS.post_frames]
    counts = np.array([len(train) for train in used], dtype=np.float64)
    with np.errstate(invalid="ignore"):  # a unit without a spike has no image
        return np.asarray(sums / counts[:, np.newaxis, np.newaxis, np.newaxis])


def ours(
    sweep: SensorSweep,
    n_frames: int,
    spikes: list[np.ndarray],
    progress: Callable[[int, int], None] | None = None,
) -> np.ndarray:
    """Return the images of the sweep's first frames."""
    stretch = Stretch(sweep.read, n_frames, spikes)
    shape = (sweep.shape[1], sweep.shape[2])
    return electrical_images([stretch], shape, _SETTINGS, progress=progress).images


def _against_filtering(sweep: SensorSweep, size: Size, spikes: list[np.ndarray]) -> list[Row]:
    """Return a row for blocks as wide as half of the memory allows, and one for single columns, good for the cache."""
    n_frames = round(size.filtered_s * _RATE_HZ)
    here = [train[train < n_frames] for train in spikes]
    frames = sweep.read(0, n_frames)
    images: list[np.ndarray] = []
    ours_s = best_of(5, lambda: images.append(ours(sweep, n_frames, here)))
    what = f"electrical images, {size.side} x {size.side}, {size.filtered_s:g} s, 24 units, 90 spikes/s"

    def row(n_columns: int, target: float | None) -> Row:
        expected: list[np.ndarray] = []
        reference_s = best_of(1, lambda: expected.append(straightforward(frames, here, n_columns)))
        by = f"sosfiltfilt of {n_columns * size.side} sensors at once, loop over spikes"
        error = _largest_error(images[-1], expected[0])
        return faster(f"{what}: {by}", reference_s, ours_s, target, f"within {error:.1g} of the peak")

    half_gb = machine_memory_gb() / 2
    widest = min(size.side, max(1, int(half_gb * 1e9 / (_COPIES * 8 * n_frames * size.side))))
    return [row(widest, 40.0), row(1, None)]


def _largest_error(images: np.ndarray, reference: np.ndarray) -> float:
    """Return the largest difference of a unit's image, as a share of its peak."""
    space = (1, 2, 3)
    return float(np.nanmax(np.abs(images - reference).max(axis=space) / np.abs(reference).max(axis=space)))


def _against_reading(path: Path, sweep: SensorSweep, few: list[np.ndarray]) -> list[Row]:
    n_frames = sweep.n_frames
    many = spike_trains(200, 2000.0, n_frames / _RATE_HZ)
    reading_s = best_of(5, lambda: _read(path))
    few_s = best_of(5, lambda: ours(sweep, n_frames, few))
    many_s = best_of(2, lambda: ours(sweep, n_frames, many))
    what = f"electrical images, {sweep.shape[1]} x {sweep.shape[2]}, {n_frames / _RATE_HZ:g} s"
    return [
        at_most(f"{what}, 24 units, 90 spikes/s: h5py reading it", reading_s, few_s, 8),
        at_most(f"{what}, 200 units, 2000 spikes/s: h5py reading it", reading_s, many_s, None),
    ]


def _read(path: Path, slab_frames: int = 1000) -> None:
    with h5py.File(path) as file:
        data = file["Acquisition/Sensor Data/SensorData 1 1"]
        for start in range(0, len(data), slab_frames):
            data[start : start + slab_frames]


def _memory(path: Path, reading: Row) -> Row:
    """Measure the peak memory of a thousand units, in a process of its own."""
    what = str(reading["what"]).partition(", 200 units")[0]
    measured = subprocess.run(
        [sys.executable, "-c", f"from {__name__} import peak_gb; print(peak_gb({str(path)!r}))"],
        check=True,
        capture_output=True,
        text=True,
        cwd=Path(__file__).resolve().parents[2],
    )
    return {
        "what": f"{what}, 1000 units, 2000 spikes/s: peak memory of the process, GB",
        "reference_s": None,
        "ours_s": None,
        "ratio": float(measured.stdout),
        "target": _MEMORY_GB,
        "at_most": True,
    }


def peak_gb(path: str) -> float:
    """Compute the images of a thousand units and give the most memory that this process has held, in GB."""
    with open_raw(path) as raw:
        sweep = raw.regions[0].sweeps[0]
        ours(sweep, sweep.n_frames, spike_trains(1000, 2000.0, sweep.n_frames / _RATE_HZ))
    return peak_bytes() / 1e9


def peak_bytes() -> int:
    """Return the most memory that this process has held, in bytes."""
    status = Path("/proc/self/status")
    if status.exists():  # unlike getrusage, this leaves out what the starting process held
        return 1024 * int(status.read_text(encoding="utf-8").partition("VmHWM:")[2].split()[0])
    import resource

    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
