"""Sensor data of a raw recording: regions of the chip and their sweeps, read in slabs."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from hdmea_gui.analysis.clocks import samples_of_microseconds
from hdmea_gui.io.mcs import kinds
from hdmea_gui.io.mcs.nodes import (
    children_of_kind,
    integer_attribute,
    numbers_in,
    only_child,
    reading,
    table_columns,
    text_of,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import h5py


class SensorSweep:
    """One stretch of sensor frames without a gap.

    Attributes
    ----------
    number : int
        Its number in the file.
    start_sample : int
        Acquisition sample of its first frame.
    n_frames : int
        Number of frames; frame k is acquisition sample start_sample + k.
    shape : tuple of int
        (n_frames, axis 1, axis 2) in the file's own order of axes.
    dtype : numpy.dtype
        Type of the raw counts, usually int16.
    """

    def __init__(self, path: Path, data: h5py.Dataset, number: int, start_sample: int) -> None:
        self._path = path
        self._data = data
        self.number = number
        self.start_sample = start_sample
        self.shape: tuple[int, int, int] = tuple(data.shape)
        self.n_frames = self.shape[0]
        self.dtype: np.dtype[np.generic] = data.dtype

    @property
    def chunk_frames(self) -> int:
        """Frames per storage chunk: slabs of a multiple of it read fastest; 1 if contiguous."""
        return int(self._data.chunks[0]) if self._data.chunks else 1

    def read(
        self, start: int, stop: int, out: np.ndarray | None = None, rows: slice | None = None
    ) -> np.ndarray:
        """Return a slab of frames in raw counts.

        Parameters
        ----------
        start, stop
            First frame, and the frame after the last.
        out
            Destination, C-contiguous, of the slab's shape; a new array if None.
        rows
            Range of axis 1; all of it if None.

        Returns
        -------
        array
            Any integer (n_frames, axis 1, axis 2), raw counts: `out`, or a new array of the file's type.

        Raises
        ------
        ValueError
            The slab is not within the sweep.
        DataLoadError
            The data are damaged.
        """
        if not 0 <= start <= stop <= self.n_frames:
            raise ValueError(f"frames {start} to {stop} of a sweep of {self.n_frames}")
        first, last, _ = (rows or slice(None)).indices(self.shape[1])
        slab = np.empty((stop - start, last - first, self.shape[2]), self.dtype) if out is None else out
        if slab.size:
            with reading(
                self._path, f"sensor data, sweep {self.number}, frames {start} to {stop},", self._data
            ):
                self._data.read_direct(slab, np.s_[start:stop, first:last])
        return slab


@dataclass(frozen=True, eq=False)
class SensorRegion:
    """A rectangle of sensors and its recorded frames.

    Parameters
    ----------
    region_id
        Number of the region in the file.
    left, top, right, bottom
        First and last column and row on the chip, 1-based and inclusive.
    tick_us
        Microseconds per frame, if stated.
    exponent, ad_zero
        Physical value = raw x conversion factor x 10^exponent; ad_zero is not subtracted.
    conversion_factors
        float64 (height * width,), in the file's order; None if the file has none, which means 1.
    sweeps
        Its sweeps in order of time.
    """

    region_id: int
    left: int
    top: int
    right: int
    bottom: int
    tick_us: float | None
    exponent: int
    ad_zero: int
    conversion_factors: np.ndarray | None
    sweeps: tuple[SensorSweep, ...]

    @property
    def width(self) -> int:
        """Number of columns."""
        return self.right - self.left + 1

    @property
    def height(self) -> int:
        """Number of rows."""
        return self.bottom - self.top + 1

    @property
    def file_axes(self) -> tuple[str, str] | None:
        """Order of the two axes after the frame axis, if width and height decide it, else None."""
        # The vendor's tools disagree on the order of the axes, so a square region decides nothing.
        if self.width == self.height:
            return None
        orders = {(self.width, self.height): ("col", "row"), (self.height, self.width): ("row", "col")}
        return orders.get(self.sweeps[0].shape[1:])

    @property
    def end_sample(self) -> int:
        """Acquisition sample after the last frame of the last sweep."""
        return max(sweep.start_sample + sweep.n_frames for sweep in self.sweeps)

    def holds(self, row: int, column: int) -> bool:
        """Whether a sensor (1-based chip row and column) is in the region."""
        return self.top <= row <= self.bottom and self.left <= column <= self.right


def regions_of_stream(
    path: Path, stream: h5py.Group, rate_hz: float, warnings: list[str]
) -> tuple[SensorRegion, ...]:
    """Return the regions of a sensor stream that have frames, sorted by number.

    Parameters
    ----------
    path
        The file, for messages.
    stream
        The sensor stream.
    rate_hz
        Acquisition rate.
    warnings
        Messages are appended to it.
    """
    meta = table_columns(only_child(stream, kinds.SENSOR_META, datasets=True))
    sweeps: dict[int, list[SensorSweep]] = {}
    for name, data in children_of_kind(stream, kinds.SENSOR_DATA, datasets=True):
        if data.ndim != 3 or data.dtype.kind not in "iuf" or 0 in data.shape:
            warnings.append(f"{path.name}: {name} is ignored, as it has no sensor frames.")
            continue
        region_id, number = _region_and_sweep(name, data)
        start_us = max(0, integer_attribute(data, "From") or 0)
        start_sample = int(samples_of_microseconds(start_us, rate_hz))
        sweeps.setdefault(region_id, []).append(SensorSweep(path, data, number, start_sample))
    return tuple(_region(path, meta, number, sweeps[number], rate_hz, warnings) for number in sorted(sweeps))


def _region_and_sweep(name: str, data: h5py.Dataset) -> tuple[int, int]:
    """Region and sweep of a dataset, from its name ``SensorData R S`` and the attribute RegionID."""
    in_name = [*numbers_in(name), 1, 1]
    region_id = integer_attribute(data, "RegionID")
    return (in_name[0] if region_id is None else region_id), in_name[1]


def _region(
    path: Path,
    meta: dict[str, np.ndarray],
    region_id: int,
    sweeps: list[SensorSweep],
    rate_hz: float,
    warnings: list[str],
) -> SensorRegion:
    row = _meta_row(meta, region_id)
    sides = _sides(path, meta, row, region_id, sweeps[0].shape, warnings)
    tick_us = _number(meta, "Tick", row)
    if tick_us and abs(1e6 / tick_us - rate_hz) > 1e-6 * rate_hz:
        warnings.append(
            f"{path.name}: region {region_id} was recorded at {1e6 / tick_us:g} Hz, the light channels at "
            f"{rate_hz:g} Hz. Its frames are treated as samples at {rate_hz:g} Hz."
        )
    return SensorRegion(
        region_id,
        *sides,
        tick_us=tick_us,
        exponent=int(_number(meta, "Exponent", row) or 0),
        ad_zero=int(_number(meta, "ADZero", row) or 0),
        conversion_factors=_conversion_factors(path, meta, row, sweeps[0].shape, warnings),
        sweeps=_in_order(path, region_id, sweeps, warnings),
    )


def _meta_row(meta: dict[str, np.ndarray], region_id: int) -> int | None:
    """First row of a region in the meta table, or None."""
    rows = np.flatnonzero(meta.get("RegionID", np.empty(0)) == region_id)
    return int(rows[0]) if len(rows) else None


def _number(meta: dict[str, np.ndarray], name: str, row: int | None) -> float | None:
    return float(meta[name][row]) if row is not None and name in meta else None


def _sides(
    path: Path,
    meta: dict[str, np.ndarray],
    row: int | None,
    region_id: int,
    shape: Sequence[int],
    warnings: list[str],
) -> tuple[int, int, int, int]:
    """Left, top, right, bottom: as stated if that matches the data, else from the corner of the chip."""
    stated = [_number(meta, f"Region{side}", row) for side in ("Left", "Top", "Right", "Bottom")]
    known = [int(side) for side in stated if side is not None]
    if len(known) == 4:
        left, top, right, bottom = known
        # In either order, as the order of the axes is not known here.
        if sorted((right - left + 1, bottom - top + 1)) == sorted(shape[1:]):
            return left, top, right, bottom
    warnings.append(
        f"{path.name}: the position of region {region_id} ({shape[1]} x {shape[2]} electrodes) on the chip is not "
        "stated, or does not match its data. It is placed at column 1, row 1: positions may be wrong."
    )
    return 1, 1, shape[1], shape[2]


def _conversion_factors(
    path: Path, meta: dict[str, np.ndarray], row: int | None, shape: Sequence[int], warnings: list[str]
) -> np.ndarray | None:
    """Factors, float64 (n_sensors,), or None if they are missing or unusable."""
    # Files have "ConversionFactors" or "Conversion Factors", or neither.
    names = [name for name in meta if name.replace(" ", "").lower() == "conversionfactors"]
    if row is None or not names:
        return None
    n_sensors = shape[1] * shape[2]
    value = meta[names[0]][row]
    try:
        numbers = text_of(value).split() if isinstance(value, (bytes, str)) else np.ravel(value)
        factors = np.array(numbers, dtype=np.float64)
    except ValueError:
        factors = np.empty(0)
    if factors.size == 1:
        return np.full(n_sensors, factors[0])
    if factors.size == n_sensors:
        return factors
    warnings.append(
        f"{path.name}: the list of conversion factors is unusable ({factors.size} numbers for {n_sensors} "
        "electrodes). The factor 1 is used."
    )
    return None


def _in_order(
    path: Path, region_id: int, sweeps: list[SensorSweep], warnings: list[str]
) -> tuple[SensorSweep, ...]:
    """Sweeps in order of time, without those whose shape differs from the first one's."""
    fitting = [sweep for sweep in sweeps if sweep.shape[1:] == sweeps[0].shape[1:]]
    ordered = sorted(fitting, key=lambda sweep: (sweep.start_sample, sweep.number))
    if len(fitting) < len(sweeps):
        warnings.append(
            f"{path.name}: region {region_id} has sweeps of different sizes; only those of the first size are used."
        )
    for earlier, later in pairwise(ordered):
        if later.start_sample < earlier.start_sample + earlier.n_frames:
            warnings.append(
                f"{path.name}: sweeps {earlier.number} and {later.number} of region {region_id} overlap in time."
            )
    return tuple(ordered)
