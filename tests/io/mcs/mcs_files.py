"""Small recordings for the tests of the MCS reader and writer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hdmea_gui.io.mcs import RegionData, SortedUnitData, SweepData, write_raw, write_sorted

if TYPE_CHECKING:
    from pathlib import Path

RATE_HZ = 2500.0
ANALOG = np.random.default_rng(1).integers(-5, 100_000, (2, 1000)).astype(np.int32)


def frames(n_frames: int, axis_1: int, axis_2: int, seed: int = 2) -> np.ndarray:
    """Return int16 noise (n_frames, axis_1, axis_2)."""
    return np.random.default_rng(seed).integers(-2000, 2000, (n_frames, axis_1, axis_2)).astype(np.int16)


def region(**changes: Any) -> RegionData:
    """Return a region of 7 columns x 5 rows with one sweep of 300 frames from time 0."""
    parts: dict[str, Any] = {"region_id": 1, "left": 20, "top": 31, "right": 26, "bottom": 35}
    parts["sweeps"] = [SweepData(0, 300, frames(300, 7, 5))]
    return RegionData(**{**parts, **changes})


def make_raw(path: Path, **changes: Any) -> Path:
    """Write a raw recording of 0.4 s at 2.5 kHz."""
    write_raw(path, **{"rate_hz": RATE_HZ, "analog": ANALOG, "regions": [region()], **changes})
    return path


def unit(number: int = 1, n_peaks: int = 60, **changes: Any) -> SortedUnitData:
    """Return a unit of seeded peaks, one in four below threshold, on row 38 of column 27."""
    rng = np.random.default_rng(number)
    parts: dict[str, Any] = {
        "number": number,
        "sensor_id": 65 * 26 + 38,
        "row": 38,
        "column": 27,
        "timestamps_us": np.sort(rng.choice(1000, n_peaks, replace=False)) * 400,
        "amplitudes": rng.random(n_peaks) * 10,
        "include": (np.arange(n_peaks) % 4 != 0).astype(np.int8),
        "cutouts": rng.normal(size=(n_peaks, 12)),
        "info": {"SNR": 4.5, "IcaIterations": 37.0, "Tags": "good"},
        "roi_stas": rng.normal(size=(9, 6)),
        "unmixing": rng.normal(size=(9, 3)),
        "source": rng.normal(size=500).astype(np.float32),
    }
    return SortedUnitData(**{**parts, **changes})


def make_sorted(path: Path, **changes: Any) -> Path:
    """Write a sorted recording of units 1 and 12."""
    write_sorted(path, **{"units": [unit(1), unit(12)], "raw_name": "small.cmcr", **changes})
    return path
