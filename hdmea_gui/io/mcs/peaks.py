"""Table of a unit's peaks, read in slabs and reduced to spikes and waveform, without a loop over peaks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import h5py

_SLAB_BYTES = 8 << 20
_TIME, _AMPLITUDE, _INCLUDE = "Timestamp", "PeakAmplitude", "IncludePeak"


@dataclass(frozen=True, eq=False)
class Peaks:
    """Spikes and mean waveform from a table of peaks.

    Parameters
    ----------
    timestamps_us
        int64 (n_spikes,), microseconds. Only the peaks that the sorter included, in the file's order.
    amplitudes
        float32 (n_spikes,), in the file's unit. NaN if the file has none.
    waveform
        float32 (n_samples,), in the file's unit. Mean of the included cutouts; NaN without spikes.
    n_peaks
        Number of rows, including the peaks below threshold.
    n_before_start
        Number of included peaks with a negative time; they are dropped, as they are before sample 0.
    columns
        The whole table by lower-cased column name, if requested.
    """

    timestamps_us: np.ndarray
    amplitudes: np.ndarray
    waveform: np.ndarray
    n_peaks: int
    n_before_start: int
    columns: dict[str, np.ndarray] | None


def no_peaks() -> Peaks:
    """Return the peaks of a unit without a table of peaks: no spikes."""
    nothing = np.empty(0, np.float32)
    return Peaks(np.empty(0, np.int64), nothing, nothing, 0, 0, None)


def read_peaks(
    table: h5py.Dataset, *, full: bool, check_cancelled: Callable[[], None] | None = None
) -> Peaks:
    """Read a table of peaks.

    Parameters
    ----------
    table
        The compound table.
    full
        Whether to keep the whole table as well.
    check_cancelled
        Called before each slab of a few megabytes is read; may raise an exception to stop.

    Raises
    ------
    ValueError
        The dataset is not a table of peaks.
    """
    dtype = _checked(table)
    cutout_names = sorted((name for name in dtype.names or () if name.isdecimal()), key=int)
    times, amplitudes, slabs = [], [], []
    n_before_start = 0
    total = np.zeros(len(cutout_names))
    for slab in _slabs(table, dtype.itemsize, check_cancelled):
        # Select from single columns: selecting whole records copies field by field, which is ten times slower.
        included = slab[_INCLUDE] == 1  # the others are below threshold and not spikes
        before_start = included & (slab[_TIME].astype(np.int64) < 0)
        n_before_start += int(np.count_nonzero(before_start))
        included &= ~before_start
        times.append(slab[_TIME][included].astype(np.int64))
        amplitudes.append(_amplitudes(slab)[included].astype(np.float32))
        total += _cutouts(slab, cutout_names)[included].sum(axis=0, dtype=np.float64)
        if full:
            slabs.append(slab)
    timestamps_us = np.concatenate(times)
    waveform = total / len(timestamps_us) if timestamps_us.size else np.full(len(total), np.nan)
    return Peaks(
        timestamps_us=timestamps_us,
        amplitudes=np.concatenate(amplitudes),
        waveform=waveform.astype(np.float32),
        n_peaks=int(table.shape[0]),
        n_before_start=n_before_start,
        columns=_columns(np.concatenate(slabs)) if full else None,
    )


def _checked(table: h5py.Dataset) -> np.dtype[np.void]:
    """Type of the table, after a check that it is a table of peaks."""
    dtype: np.dtype[np.void] = table.dtype
    missing = [name for name in (_TIME, _INCLUDE) if name not in (dtype.names or ())]
    if missing or table.ndim != 1:
        raise ValueError(f"it is not a table with the columns {_TIME} and {_INCLUDE}")
    return dtype


def _slabs(
    table: h5py.Dataset, row_bytes: int, check_cancelled: Callable[[], None] | None
) -> Iterator[np.ndarray]:
    """Yield the rows in order, a few megabytes at a time; one empty slab for an empty table."""
    n_rows = max(1, _SLAB_BYTES // row_bytes)
    for start in range(0, max(1, table.shape[0]), n_rows):
        if check_cancelled is not None:
            check_cancelled()
        yield table[start : start + n_rows]


def _amplitudes(records: np.ndarray) -> np.ndarray:
    if _AMPLITUDE not in (records.dtype.names or ()):
        return np.full(len(records), np.nan)
    return np.asarray(records[_AMPLITUDE])


def _cutouts(records: np.ndarray, names: list[str]) -> np.ndarray:
    """Cutout columns as one array (n_peaks, n_samples).

    Adjacent columns of one type, as in real files, become one array as a view; others are copied column by column.
    """
    if not names:
        return np.empty((len(records), 0))
    known: Mapping[str, tuple[Any, ...]] = records.dtype.fields or {}
    kind, offset = known[names[0]][:2]
    if all(known[name][:2] == (kind, offset + k * kind.itemsize) for k, name in enumerate(names)):
        side_by_side = np.dtype(
            {
                "names": ["cutout"],
                "formats": [(kind, (len(names),))],
                "offsets": [offset],
                "itemsize": records.dtype.itemsize,
            }
        )
        return np.asarray(records.view(side_by_side)["cutout"])
    return np.stack([records[name].astype(np.float64) for name in names], axis=1)


def _columns(records: np.ndarray) -> dict[str, np.ndarray]:
    return {name.lower(): np.ascontiguousarray(records[name]) for name in records.dtype.names or ()}
