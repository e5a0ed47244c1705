"""How long loading a sorted file takes, against the vendor's reader."""

from __future__ import annotations

import tempfile
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hdmea_gui.io.mcs import SortedUnitData, open_sorted, write_sorted

if TYPE_CHECKING:
    from collections.abc import Callable

_SPIKES = 20_000
_CUTOUT_SAMPLES = 40
_TARGET = 20.0


def run(quick: bool = False) -> list[dict[str, object]]:
    """Return a row each for 30 units (both readers) and 300 units (ours alone); fewer units when quick.

    Parameters
    ----------
    quick : bool
        Whether to measure a tenth of it.
    """
    import McsPy.McsCMOSMEA  # noqa: F401 - its import takes seconds, which are not to be measured

    few, many = (3, 30) if quick else (30, 300)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "few.cmtr"
        _make(path, few)
        ours_s = _best_of(3, lambda: load(path))
        reference_s = _best_of(1, lambda: load_with_vendor(path))
        path.unlink()
        large = Path(folder) / "many.cmtr"
        _make(large, many)
        many_s = _best_of(1, lambda: load(large))
    size = f"units x {_SPIKES} spikes, {_CUTOUT_SAMPLES}-sample cutouts"
    return [
        _row(f"load .cmtr, {few} {size}", ours_s, reference_s),
        _row(f"load .cmtr, {many} {size}", many_s, None),
    ]


def load(path: Path) -> dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Return each unit's spike times, amplitudes and mean waveform by our reader."""
    with open_sorted(path) as recording:
        units = [recording.read_unit(unit_id) for unit_id in recording.unit_ids]
    return {unit.unit_id: (unit.timestamps_us, unit.amplitudes, unit.waveform) for unit in units}


def load_with_vendor(path: Path) -> dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Return the same by the vendor's reader, in the way that its documentation shows."""
    from McsPy.McsCMOSMEA import McsData

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        data = McsData(str(path))  # closes its file when it is dropped, so it is kept by name
        return {
            f"unit_{int(unit.Unit_Info['UnitID'][0]):03d}": (
                unit.get_peaks_timestamps(),
                unit.get_peaks_amplitudes(),
                unit.get_peaks_cutouts().mean(axis=0),
            )
            for unit in data.Spike_Sorter.get_units_by_id()
        }


def _make(path: Path, n_units: int) -> None:
    """Write a file of that many units; one peak in twenty lies below threshold, beyond the spikes asked for."""
    rng = np.random.default_rng(0)
    n_peaks = _SPIKES + _SPIKES // 20
    include = np.ones(n_peaks, np.int8)
    include[rng.choice(n_peaks, n_peaks - _SPIKES, replace=False)] = 0
    cutouts = rng.normal(size=(n_peaks, _CUTOUT_SAMPLES))
    times_us = np.sort(rng.integers(0, 20_000_000, n_peaks)) * 50
    units = [
        SortedUnitData(
            number=number,
            sensor_id=number,
            row=(number - 1) % 65 + 1,
            column=(number - 1) // 65 + 1,
            timestamps_us=times_us,
            amplitudes=cutouts[:, 0],
            include=include,
            cutouts=cutouts,
        )
        for number in range(1, n_units + 1)
    ]
    write_sorted(path, units=units)


def _best_of(times: int, work: Callable[[], object]) -> float:
    durations_s = []
    for _ in range(times):
        started = time.perf_counter()
        work()
        durations_s.append(time.perf_counter() - started)
    return min(durations_s)


def _row(what: str, ours_s: float, reference_s: float | None) -> dict[str, object]:
    ratio = None if reference_s is None else reference_s / ours_s
    target = None if reference_s is None else _TARGET
    return {"what": what, "reference_s": reference_s, "ours_s": ours_s, "ratio": ratio, "target": target}
