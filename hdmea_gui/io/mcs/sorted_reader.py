"""Reads sorted recordings (.cmtr): the units, their spikes, mean waveforms and quality measures."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PureWindowsPath
from typing import TYPE_CHECKING

import h5py
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

    Progress = Callable[[int, int], None]

_CHIP_ROWS = 65

UnitInfo = dict[str, np.ndarray | str]


@dataclass(frozen=True, eq=False)
class SortedUnit:
    """One sorted unit.

    Parameters
    ----------
    unit_id : str
        ``unit_001`` and so on.
    name : str
        The file's name of it, for instance ``Unit_1``.
    number : int
        Its ``UnitID``.
    sensor_id, row, column : int
        The vendor's 1-based sensor.
    timestamps_us : array
        int64 (spikes,), microseconds of the recording, in the file's order; peaks that the sorter did not
        include are left out. A unit without a table of peaks has none, and the recording a warning.
    amplitudes : array
        float32 (spikes,).
    waveform : array
        float32 (samples,), mean of the spikes' cutouts; NaN without spikes.
    n_peaks : int
        Spikes and the peaks below threshold.
    n_before_start : int
        Spikes before the recording's start, which are left out.
    info : dict
        The fields of ``Unit Info``, lower case: arrays of one element, texts as str.
    attributes : dict
        The attributes of the unit's group.
    roi_stas : array or None
        float32 (sensors, samples).
    unmixing : array or None
        float32 (sensors, components).
    peaks : dict or None
        Every peak with its cutout, by lower-cased column name, where asked for.
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
    """An open sorted recording; made by `open_sorted`.

    Attributes
    ----------
    path : Path
        The file.
    attributes : dict
        The root's attributes as Python values.
    unit_ids : tuple of str
        The units by rising number.
    raw_link : Path or None
        Where the raw file is said to be, whether or not it is there.
    warnings : list of str
        What is missing or odd in the file, in sentences for the user.
    """

    def __init__(self, path: Path, file: h5py.File, progress: Progress | None = None) -> None:
        self.path = path
        self.warnings: list[str] = []
        self.attributes = attributes_of(file)
        self.raw_link = _raw_link(path, file)
        sorter = group_of(SORTED, path, file)
        self._units = _numbered_units(path, sorter, progress or _silent)
        self._table = table_columns(only_child(sorter, kinds.UNITS_TABLE, datasets=True))
        self.unit_ids = tuple(self._units)
        if not self.unit_ids:
            self.warnings.append(
                f"{path.name} holds no units: nothing was sorted, or all units were removed."
            )

    def peak_counts(self, progress: Progress | None = None) -> dict[str, int]:
        """Give each unit's rows of peaks, those below threshold among them, without reading them.

        Parameters
        ----------
        progress : callable, optional
            Called as progress(done, total) for each unit; may raise to stop.
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
        """Read one unit. Its ``Source`` stays in the file.

        Parameters
        ----------
        unit_id : str
            One of `unit_ids`.
        full_peaks : bool
            Whether to keep every peak and cutout as well: the bulk of the file.
        check_cancelled : callable, optional
            Called before each few megabytes are read; may raise to stop.

        Raises
        ------
        DataLoadError
            When there is no such unit, or it is damaged.
        """
        if unit_id not in self._units:
            raise DataLoadError(
                f"{self.path.name} has no {unit_id}: it holds {len(self.unit_ids)} units. File: {self.path}",
                self.path,
            )
        number, group = self._units[unit_id]
        # A value beyond single precision is damage too, but one that shows by itself: it reads as infinite.
        with reading(self.path, f"unit {number}"), np.errstate(over="ignore", invalid="ignore"):
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
        words = (
            f"{self.path.name}: unit {number} has no table of peaks, so it is loaded without spikes. Export the file "
            "again with its peaks if it had some."
        )
        if words not in self.warnings:
            self.warnings.append(words)
        return no_peaks()

    def _n_peaks(self, group: h5py.Group) -> int:
        table = datasets_by_kind(group).get(kinds.PEAKS)
        return 0 if table is None or table.ndim != 1 else int(table.shape[0])

    def _sensor(self, number: int, group: h5py.Group, info: UnitInfo) -> tuple[int, int, int]:
        """Give sensor id, row and column from wherever the file states them; two make up the third."""
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
                f"{self.path.name}: on which sensor unit {number} lies is not stated. Export the file again "
                f"with the unit's information. File: {self.path}",
                self.path,
            )
        return sensor_id or _CHIP_ROWS * (column - 1) + row, row, column


@contextmanager
def open_sorted(path: str | Path, progress: Progress | None = None) -> Iterator[SortedRecording]:
    """Open a sorted recording while the block runs.

    Parameters
    ----------
    path : str or Path
        A .cmtr file, or a partial export of one (.cmte).
    progress : callable, optional
        Called as progress(done, total) while its units are listed; may raise to stop.

    Yields
    ------
    SortedRecording
        Its units are readable until the block ends.

    Raises
    ------
    DataLoadError
        When the file cannot be read or is no sorted recording.
    """
    with opened_half(path, partial(SortedRecording, progress=progress)) as recording:
        yield recording


def _silent(_done: int, _total: int) -> None:
    """Tell nobody."""


def _numbered_units(path: Path, sorter: h5py.Group, progress: Progress) -> dict[str, tuple[int, h5py.Group]]:
    """Give number and group of each unit by unit id, by rising number."""
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
            f"{path.name} has more than one unit numbered {', '.join(map(str, twice))}: which is which is not "
            f"known. Export the file again. File: {path}",
            path,
        )
    return {
        f"unit_{number:03d}": (number, group) for number, group in sorted(numbered, key=lambda pair: pair[0])
    }


def _unit_info(columns: dict[str, np.ndarray], row: int) -> UnitInfo:
    """Give one row of a table of units: lower-cased names, texts as str, numbers as arrays (1,)."""
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


def _raw_link(path: Path, file: h5py.File) -> Path | None:
    """Give where the external link to the raw file points, beside this file unless it says more."""
    for name in file:
        link = file.get(name, getlink=True)
        if isinstance(link, h5py.ExternalLink) and kinds.ACQUISITION.names(name):
            return _linked_path(path.parent, str(link.filename))
    return None


def _linked_path(folder: Path, target: str) -> Path:
    """Give a link's target; one from another system or place, if it is not there, is sought in the folder.

    HDF5 itself looks for a file of that name beside the linking one when the full path leads nowhere.
    """
    pointed = folder / target
    beside = folder / PureWindowsPath(target).name
    return beside if not pointed.exists() and ("\\" in target or beside.exists()) else pointed
