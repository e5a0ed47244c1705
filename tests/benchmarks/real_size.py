"""Electrical images of a file that does not fit into the cache of the drive, against reading it once."""

from __future__ import annotations

import os
import tempfile
import time
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import h5py
import numpy as np

from hdmea_gui.analysis.electrical_image import Stretch
from hdmea_gui.io.mcs import RegionData, SweepData, open_raw, write_raw
from hdmea_gui.pipeline.lanes import lanes_in
from tests.benchmarks.electrical_images import ours, peak_bytes, spike_trains
from tests.benchmarks.timing import at_most

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.benchmarks.timing import Row

_RATE_HZ = 20_000.0
_SIDE = 65
_UNITS, _SPIKES_HZ = 300, 3000.0
_MOST_TIMES_A_READ = 1.8
_MEMORY_GB = 1.0
_CANCEL_S = 0.2


class _Stop(Exception):  # noqa: N818 - not an error
    """Stops the computation."""


def run(quick: bool = False) -> list[Row]:
    """Return rows for time, memory and cancel."""
    duration_s = 0.5 if quick else 30.0  # 5 GB
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "recording.cmcr"
        make_recording(path, duration_s)
        spikes = spike_trains(_UNITS, _SPIKES_HZ, duration_s)
        read_s, read_cpu_s = _timed(path, lambda: _read(path))
        ours_s, ours_cpu_s = _timed(path, lambda: _images(path, spikes))
        what = f"electrical images with lanes, {duration_s:g} s, {_UNITS} units, {_SPIKES_HZ:g} spikes/s"
        note = f"CPU: {read_cpu_s:.1f} s and {ours_cpu_s:.1f} s on {os.cpu_count()} cores"
        return [
            at_most(f"{what}: h5py reading it, cold", read_s, ours_s, _MOST_TIMES_A_READ, note),
            _most(f"{what}: peak memory, GB", peak_bytes() / 1e9, _MEMORY_GB),
            _most(
                f"{what}: longest time between two looks at a cancel, s",
                _longest_wait(path, spikes),
                _CANCEL_S,
            ),
        ]


def _most(what: str, value: float, target: float | None) -> Row:
    return {
        "what": what, "reference_s": None, "ours_s": None, "ratio": value, "target": target, "at_most": True,
    }  # fmt: skip


def make_recording(path: Path, duration_s: float) -> None:
    """Write noise; a stretch of it is repeated, as the time does not depend on the values."""
    n_frames = round(duration_s * _RATE_HZ)
    noise = np.random.default_rng(0).integers(-40, 40, (2000, _SIDE, _SIDE), dtype=np.int16)

    def frames(start: int, stop: int) -> np.ndarray:
        return noise[np.arange(start, stop) % len(noise)]

    region = RegionData(1, 1, 1, _SIDE, _SIDE, [SweepData(0, n_frames, frames)])
    write_raw(path, rate_hz=_RATE_HZ, analog=np.zeros((2, n_frames), np.int32), regions=[region])


def _timed(path: Path, work: Callable[[], None]) -> tuple[float, float]:
    """Return wall and CPU time of work on a file that is on the drive only."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
        if hasattr(os, "posix_fadvise"):
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    started, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - started, time.process_time() - cpu


def _read(path: Path, slab_frames: int = 1000) -> None:
    with h5py.File(path) as file:
        data = file["Acquisition/Sensor Data/SensorData 1 1"]
        slab = np.empty((slab_frames, *data.shape[1:]), data.dtype)
        for start in range(0, len(data) - slab_frames + 1, slab_frames):
            data.read_direct(slab, np.s_[start : start + slab_frames])


def _images(path: Path, spikes: list[np.ndarray]) -> None:
    with open_raw(path) as raw:
        region = raw.regions[0]
        sweep = region.sweeps[0]
        lanes_in(region, [Stretch(sweep.read, sweep.n_frames, spikes)])
        ours(sweep, sweep.n_frames, spikes)


def _longest_wait(path: Path, spikes: list[np.ndarray]) -> float:
    """Return the longest time between two calls of the progress, which may cancel, and until a cancel has ended."""
    looks = [time.perf_counter()]

    def look(done: int, _total: int) -> None:
        looks.append(time.perf_counter())
        if done > 0 and len(looks) > 200:
            raise _Stop

    with open_raw(path) as raw:
        sweep = raw.regions[0].sweeps[0]
        try:
            ours(sweep, sweep.n_frames, spikes, look)
        except _Stop:
            looks.append(time.perf_counter())
    return max(after - before for before, after in pairwise(looks[1:]))
