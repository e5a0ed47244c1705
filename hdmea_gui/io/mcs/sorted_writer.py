"""Writer of sorted recordings (.cmtr), for the sample recording and for tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import h5py
import numpy as np

from hdmea_gui.io.mcs import kinds
from hdmea_gui.io.mcs.stamped_file import stamped_file

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from hdmea_gui.io.mcs.stamped_file import Column, StampedFile, TextKind

_FLOAT_MEASURES = (
    *("SDScore", "AmplitudeSD", "RSTD", "Separability", "IsoINN", "IsoIBg"),
    *("NoiseStd", "SNR", "Skewness", "Kurtosis"),
)


@dataclass(frozen=True)
class SortedUnitData:
    """One unit as the spike sorter writes it.

    Parameters
    ----------
    number
        Its ``UnitID``.
    sensor_id, row, column
        The vendor's 1-based sensor; sensor_id = 65 x (column - 1) + row.
    timestamps_us
        int64 (n_peaks,), microseconds. Recording time of the peaks, including those below threshold.
    amplitudes
        Any float (n_peaks,).
    include
        Any integer (n_peaks,). 1 for a spike, 0 for a peak below threshold.
    cutouts
        Any float (n_peaks, n_samples).
    info
        Quality measures by their name in ``Unit Info`` (for example SNR), and ``Tags`` (text).
    roi_stas
        Any float (n_sensors, n_samples).
    unmixing
        Any float (n_sensors, n_components).
    source
        The unit's whole trace, which readers ignore.
    """

    number: int
    sensor_id: int
    row: int
    column: int
    timestamps_us: np.ndarray
    amplitudes: np.ndarray
    include: np.ndarray
    cutouts: np.ndarray
    info: Mapping[str, float | str] = field(default_factory=dict)
    roi_stas: np.ndarray | None = None
    unmixing: np.ndarray | None = None
    source: np.ndarray | None = None


def write_sorted(
    path: str | Path,
    *,
    units: Sequence[SortedUnitData],
    raw_name: str | None = None,
    text: TextKind = "bytes",
    date_time: str = "02.02.2026 10:00:00",
    attributes: Mapping[str, object] | None = None,
    peak_chunk: int | None = None,
) -> None:
    """Write a sorted recording that MCS programs and their Python reader can open.

    Parameters
    ----------
    path
        The file to write; an older one is replaced once the new one is complete.
    units
        The units, in the order of the ``Units`` table.
    raw_name
        The raw file that the link ``Acquisition`` points to, relative to this file; no link if None.
    text : {"bytes", "str"}
        Texts of fixed length, as MCS programs write them, or of variable length (which the vendor's
        Python reader does not open).
    date_time
        The root's ``DateTime``.
    attributes
        Further attributes of the root.
    peak_chunk
        Rows per storage chunk of the peaks; contiguous if None.
    """
    with stamped_file(path, text) as out:
        root = {
            "FileVersion": np.array([1], np.int32),
            "DateTime": date_time,
            "ProgramName": "CMOS-MEA-Tools",
            "ProgramVersion": "2.4.1.0",
        }
        out.set_attributes(out.file, {**root, **(attributes or {})})
        if raw_name is not None:
            out.file["Acquisition"] = h5py.ExternalLink(raw_name, "/Acquisition")
        sorter = out.group(out.file, "Spike Sorter", kinds.SPIKE_SORTER)
        out.table(sorter, "Units", kinds.UNITS_TABLE, _info_columns(units))
        for unit in units:
            _write_unit(out, sorter, unit, peak_chunk)


def _write_unit(out: StampedFile, sorter: h5py.Group, unit: SortedUnitData, peak_chunk: int | None) -> None:
    # The vendor's reader calls int() on these two, so they are scalars, not arrays of one element.
    ids = {"UnitID": np.int32(unit.number), "SensorID": np.int32(unit.sensor_id)}
    group = out.group(sorter, f"Unit {unit.number}", kinds.UNIT, **ids)
    chunks = None if peak_chunk is None else (peak_chunk,)
    out.dataset(group, "Peaks", kinds.PEAKS, data=_peaks(unit), chunks=chunks)
    out.table(group, "Unit Info", kinds.UNIT_INFO, _info_columns([unit]))
    parts = (
        ("RoiSTAs", kinds.ROI_STAS, unit.roi_stas),
        ("Source", kinds.SOURCE, unit.source),
        ("Unmixing", kinds.UNMIXING, unit.unmixing),
    )
    for name, kind, data in parts:
        if data is not None:
            out.dataset(group, name, kind, data=data)


def _peaks(unit: SortedUnitData) -> np.ndarray:
    """Table of peaks, packed as in real files: one field per cutout sample."""
    n_peaks, n_samples = unit.cutouts.shape
    cutout_fields = [(str(sample + 1), np.float64) for sample in range(n_samples)]
    fields = [
        ("Timestamp", np.int64),
        ("PeakAmplitude", np.float64),
        ("IncludePeak", np.int8),
        *cutout_fields,
    ]
    table = np.empty(n_peaks, np.dtype(fields))
    table["Timestamp"] = unit.timestamps_us
    table["PeakAmplitude"] = unit.amplitudes
    table["IncludePeak"] = unit.include
    for sample in range(n_samples):
        table[str(sample + 1)] = unit.cutouts[:, sample]
    return table


def _info_columns(units: Sequence[SortedUnitData]) -> dict[str, Column]:
    """Columns that describe units: identity, sensor, quality measures, tags."""

    def integers(values: Sequence[int]) -> np.ndarray:
        return np.array(values, np.int32)

    def measures(name: str) -> np.ndarray:
        return np.array([float(unit.info.get(name, 0.0)) for unit in units])

    numbers = integers([unit.number for unit in units])
    return {
        "UnitID": numbers,
        "RoiID": numbers,
        "SensorID": integers([unit.sensor_id for unit in units]),
        "Row": integers([unit.row for unit in units]),
        "Column": integers([unit.column for unit in units]),
        **{name: measures(name) for name in _FLOAT_MEASURES},
        "IcaConverged": measures("IcaConverged").astype(np.int8),
        "IcaIterations": measures("IcaIterations").astype(np.int32),
        "Tags": [str(unit.info.get("Tags", "")) for unit in units],
    }
