"""Reader of sorted recordings (.cmtr): units, their spikes, mean waveforms and quality measures."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from hdmea_gui.errors import DataLoadError
from hdmea_gui.io.mcs import kinds
from hdmea_gui.io.mcs.halves import SORTED, group_of, opened_half
from hdmea_gui.io.mcs.nodes import (
    AttributeValue,
    attributes_of,
    children_of_kind,
    datasets_by_kind,
    integer_attribute,
    numbers_in,
    only_child,
    reading,
    table_columns,
    text_of,
)
from hdmea_gui.io.mcs.peaks import Peaks, no_peaks, read_peaks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import h5py

    Progress = Callable[[int, int], None]

_CHIP_ROWS = 65  # SensorID = 65 x (Column - 1) + Row, all 1-based

UnitInfo = dict[str, np.ndarray | str]


@dataclass(frozen=True, eq=False)
class SortedUnit:
    """One sorted unit.

    Parameters
    ----------
    unit_id
        ``unit_001`` and so on.
    name
        Its name in the file, for example ``Unit_1``.
    number
        Its ``UnitID``.
    sensor_id, row, column
        The vendor's 1-based sensor.
    timestamps_us
        int64 (n_spikes,), microseconds. Recording time of the spikes in the file's order, without the peaks that
        the sorter did not include. Empty if the unit has no table of peaks; the recording then has a warning.
    amplitudes
        float32 (n_spikes,), in the file's unit.
    waveform
        float32 (n_samples,), in the file's unit. Mean of the spikes' cutouts; NaN without spikes.
    n_peaks
        Number of spikes and of peaks below threshold.
    n_before_start
        Number of spikes before the start of the recording; they are dropped.
    info
        The fields of ``Unit Info`` by lower-cased name: one-element arrays, and texts as str.
    attributes
        The attributes of the unit's group.
    roi_stas
        float32 (n_sensors, n_samples).
    unmixing
        float32 (n_sensors, n_components).
    peaks
        Every peak with its cutout, by lower-cased column name, if requested.
    """

    unit_id: str
    name: str
    number: int
    sensor_id: int
    row: int
    column: int
    timestamps_us: np.ndarray
    amplitudes: np.ndarray
    waveform: np.ndarray
    n_peaks: int
    n_before_start: int
    info: UnitInfo
    attributes: dict[str, AttributeValue]
    roi_stas: np.ndarray | None = None
    unmixing: np.ndarray | None = None
    peaks: dict[str, np.ndarray] | None = None


class SortedRecording:
    """An open sorted recording, as yielded by `open_sorted`.

    Attributes
    ----------
    path : Path
        The file.
    metadata : dict
        The root's attributes as Python values.
    unit_ids : tuple of str
        The units, sorted by number.
    warnings : list of str
        Messages to the user about missing or unexpected contents of the file.
    """

    def __init__(self, path: Path, file: h5py.File, progress: Progress | None = None) -> None:
        self.path = path
        self.warnings: list[str] = []
        self.metadata = attributes_of(file)
        sorter = group_of(SORTED, path, file)
        self._units = _numbered_units(path, sorter, progress or _silent)
        self._table = table_columns(only_child(sorter, kinds.UNITS_TABLE, datasets=True))
        self.unit_ids = tuple(self._units)
        if not self.unit_ids:
            self.warnings.append(f"{path.name} has no units: nothing was sorted, or all units were removed.")

    @property
    def date_time(self) -> str:
        """Date and time of the recording, as the file states it; empty if it does not."""
        return str(self.metadata.get("DateTime", ""))

    def peak_counts(self, progress: Progress | None = None) -> dict[str, int]:
        """Return the number of peaks of each unit, including those below threshold, without reading them.

        Parameters
        ----------
        progress
            Called as progress(done, total) for each unit; may raise an exception to stop.
        """
        counts = {}
        with reading(self.path, "its list of units"):
            for number, (unit_id, (_, group)) in enumerate(self._units.items()):
                (progress or _silent)(number, len(self._units))
                counts[unit_id] = self._n_peaks(group)
        return counts

    def read_unit(
        self, unit_id: str, *, full_peaks: bool = False, check_cancelled: Callable[[], None] | None = None
    ) -> SortedUnit:
        """Read one unit, except its ``Source``, which is too large.

        Parameters
        ----------
        unit_id
            One of `unit_ids`.
        full_peaks
            Whether to keep every peak and cutout as well: the bulk of the file.
        check_cancelled
            Called before each slab of a few megabytes is read; may raise an exception to stop.

        Raises
        ------
        DataLoadError
            The unit does not exist, or it is damaged.
        """
        if unit_id not in self._units:
            raise DataLoadError(
                f"{self.path.name} has no {unit_id}: it has {len(self.unit_ids)} units. File: {self.path}",
                self.path,
            )
        number, group = self._units[unit_id]
        # A value beyond single precision needs no error: it reads as infinite, which is visible damage.
        with reading(self.path, f"unit {number}", group), np.errstate(over="ignore", invalid="ignore"):
            parts = datasets_by_kind(group)
            peaks = self._peaks(number, parts.get(kinds.PEAKS), full_peaks, check_cancelled)
            info = _unit_info(table_columns(parts.get(kinds.UNIT_INFO)), 0)
            sensor_id, row, column = self._sensor(number, group, info)
            return SortedUnit(
                unit_id=unit_id,
                name=group.name.rsplit("/", 1)[-1].replace(" ", "_"),
                number=number,
                sensor_id=sensor_id,
                row=row,
                column=column,
                timestamps_us=peaks.timestamps_us,
                amplitudes=peaks.amplitudes,
                waveform=peaks.waveform,
                n_peaks=peaks.n_peaks,
                n_before_start=peaks.n_before_start,
                info=info,
                attributes=attributes_of(group),
                roi_stas=_matrix(parts.get(kinds.ROI_STAS)),
                unmixing=_matrix(parts.get(kinds.UNMIXING)),
                peaks=peaks.columns,
            )

    def _peaks(
        self, number: int, table: h5py.Dataset | None, full: bool, check_cancelled: Callable[[], None] | None
    ) -> Peaks:
        if table is not None:
            return read_peaks(table, full=full, check_cancelled=check_cancelled)
        warning = (
            f"{self.path.name}: unit {number} has no table of peaks and is loaded without spikes. If it should have "
            "spikes, export the file again with its peaks."
        )
        if warning not in self.warnings:
            self.warnings.append(warning)
        return no_peaks()

    def _n_peaks(self, group: h5py.Group) -> int:
        table = datasets_by_kind(group).get(kinds.PEAKS)
        return 0 if table is None or table.ndim != 1 else int(table.shape[0])

    def _sensor(self, number: int, group: h5py.Group, info: UnitInfo) -> tuple[int, int, int]:
        """Sensor id, row and column from wherever the file states them; the missing ones are derived."""
        listed: UnitInfo = {}
        if not {"row", "column"} <= info.keys():
            rows = np.flatnonzero(self._table.get("UnitID", np.empty(0)) == number)
            listed = _unit_info(self._table, int(rows[0])) if len(rows) else {}
        sensor_id, row, column = (
            next((int(source[name][0]) for source in (info, listed) if name in source), None)
            for name in ("sensorid", "row", "column")
        )
        sensor_id = integer_attribute(group, "SensorID") or sensor_id
        if sensor_id is not None and (row is None or column is None):
            row, column = (sensor_id - 1) % _CHIP_ROWS + 1, (sensor_id - 1) // _CHIP_ROWS + 1
        if row is None or column is None:
            raise DataLoadError(
                f"{self.path.name}: the electrode of unit {number} is not stated. Export the file again "
                f"with the unit's information. File: {self.path}",
                self.path,
            )
        return sensor_id or _CHIP_ROWS * (column - 1) + row, row, column


@contextmanager
def open_sorted(path: str | Path, progress: Progress | None = None) -> Iterator[SortedRecording]:
    """Open a sorted recording while the block runs.

    Parameters
    ----------
    path
        A .cmtr file, or a partial export of one (.cmte).
    progress
        Called as progress(done, total) while its units are listed; may raise an exception to stop.

    Yields
    ------
    SortedRecording
        Its units are readable until the block ends.

    Raises
    ------
    DataLoadError
        The file cannot be read or is not a sorted recording.
    """
    with opened_half(path, partial(SortedRecording, progress=progress)) as recording:
        yield recording


def _silent(_done: int, _total: int) -> None:
    """Ignore the progress."""


def _numbered_units(path: Path, sorter: h5py.Group, progress: Progress) -> dict[str, tuple[int, h5py.Group]]:
    """Number and group of each unit by unit id, sorted by number."""
    numbered = []
    for name, group in children_of_kind(sorter, kinds.UNIT, datasets=False, progress=progress):
        number = integer_attribute(group, "UnitID")
        number = next(iter(numbers_in(name)), None) if number is None else number
        if number is None:
            raise DataLoadError(
                f"{path.name}: the unit '{name}' has no number. Export the file again. File: {path}", path
            )
        numbered.append((number, group))
    numbers = [number for number, _ in numbered]
    twice = sorted({number for number in numbers if numbers.count(number) > 1})
    if twice:
        raise DataLoadError(
            f"{path.name} has more than one unit with the number {', '.join(map(str, twice))}: these units cannot "
            f"be distinguished. Export the file again. File: {path}",
            path,
        )
    return {
        f"unit_{number:03d}": (number, group) for number, group in sorted(numbered, key=lambda pair: pair[0])
    }


def _unit_info(columns: dict[str, np.ndarray], row: int) -> UnitInfo:
    """One row of a table of units by lower-cased name: texts as str, numbers as arrays (1,)."""
    info: UnitInfo = {}
    for name, values in columns.items():
        value = values[row : row + 1]
        if value.dtype.kind in "SUO":
            info[name.lower()] = text_of(value[0]) if len(value) else ""
        elif len(value):
            info[name.lower()] = np.array(value, np.int64 if value.dtype.kind in "iub" else np.float64)
    return info


def _matrix(data: h5py.Dataset | None) -> np.ndarray | None:
    return None if data is None or data.dtype.kind not in "iuf" else np.asarray(data[()], np.float32)
