"""Recordings of the CMOS-MEA5000: the raw and the sorted file of Multi Channel Systems."""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from hdmea_gui.analysis.clocks import samples_of_microseconds
from hdmea_gui.io.mcs import RAW, SORTED, RawRecording, is_half, is_mcs_file, open_sorted, opened_half
from hdmea_gui.sources.format import SourceFormat
from hdmea_gui.sources.probe import ProbeGeometry
from hdmea_gui.sources.source import SourceUnit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path

    from hdmea_gui.io.mcs import SortedRecording, SortedUnit
    from hdmea_gui.sources.source import Progress

# The pitch is 16 or 32 micrometres, depending on the chip; the files do not say which.
CHIP = ProbeGeometry(65, 65)


class McsRaw(RawRecording):
    """A raw file as a `RawSource`."""

    probe = CHIP


class McsSorting:
    """A sorted file as a `SortingSource`."""

    rate_hz = None  # spike times are microseconds
    counted: Literal["peaks"] = "peaks"
    probe = CHIP

    def __init__(self, recording: SortedRecording) -> None:
        self._recording = recording
        self.path = recording.path
        self.unit_ids = recording.unit_ids
        self.date_time = recording.date_time
        self.metadata: Mapping[str, Any] = recording.metadata
        self.warnings = recording.warnings

    def count(self, progress: Progress | None = None) -> int:
        """Return the number of peaks of all units without reading them."""
        return sum(self._recording.peak_counts(progress).values())

    def read_unit(
        self,
        unit_id: str,
        rate_hz: float,
        *,
        full: bool = False,
        check_cancelled: Callable[[], None] | None = None,
    ) -> SourceUnit:
        """Read a unit with spike times at an acquisition rate; `full` keeps every peak with its cutout."""
        unit = self._recording.read_unit(unit_id, full_peaks=full, check_cancelled=check_cancelled)
        order = np.argsort(unit.timestamps_us, kind="stable")
        return SourceUnit(
            name=unit.name,
            number=unit.number,
            spike_times=samples_of_microseconds(unit.timestamps_us[order], rate_hz),
            n_before_start=unit.n_before_start,
            waveform=unit.waveform,
            row=unit.row,
            column=unit.column,
            sensor_id=unit.sensor_id,
            quality=_quality(unit, order),  # sorted like the spikes, so that amplitudes match them
        )


def _quality(unit: SortedUnit, order: np.ndarray) -> dict[str, Any]:
    """The sorter's information about a unit, under the names used in the session file."""
    values: dict[str, Any] = dict(unit.info)
    values["peak_amplitudes"] = unit.amplitudes[order]
    if unit.roi_stas is not None:
        values["roi_stas"] = unit.roi_stas
    if unit.unmixing is not None:
        values["unmixing_matrix"] = unit.unmixing
    if unit.peaks is not None:
        values["peaks_data"] = unit.peaks
    for name, value in unit.attributes.items():
        # numbers as 1-element arrays, as in the lab's files
        values[f"attr_{name.lower()}"] = value if isinstance(value, str) else np.atleast_1d(value)
    return values


def _open_raw(path: Path, _progress: Progress | None) -> AbstractContextManager[McsRaw]:
    return opened_half(path, McsRaw)


@contextmanager
def _open_sorting(path: Path, progress: Progress | None) -> Iterator[McsSorting]:
    with open_sorted(path, progress) as recording:
        yield McsSorting(recording)


MCS_RAW = SourceFormat(
    key="mcs_raw",
    title="raw file of CMOS-MEA-Control (.cmcr)",
    role="raw",
    patterns=("*.cmcr", "*.cmce"),
    holds=partial(is_half, RAW),
    opened=_open_raw,
    protects=is_mcs_file,
    path_name="cmcr_path",
    metadata_name="cmcr_meta",
)

MCS_SORTING = SourceFormat(
    key="mcs_sorting",
    title="sorted file of CMOS-MEA-Tools (.cmtr)",
    role="sorting",
    patterns=("*.cmtr", "*.cmte"),
    holds=partial(is_half, SORTED),
    opened=_open_sorting,
    path_name="cmtr_path",
    metadata_name="cmtr_meta",
)
