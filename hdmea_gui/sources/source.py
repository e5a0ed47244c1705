"""What the program needs of a recording, whichever program recorded and sorted it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol, runtime_checkable

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from hdmea_gui.sources.probe import ProbeGeometry

Progress = Callable[[int, int], None]
"""Called as progress(done, total); may raise an exception to stop."""

Role = Literal["raw", "sorting"]
"""What a source holds: sampled channels, or the spikes sorted from them."""

ChannelRole = Literal["light", "frame sync", "other"]


class AnalogChannel(Protocol):
    """One analog channel; physical value = raw count x conversion_factor x 10^exponent."""

    @property
    def number(self) -> int:
        """Number from 1, in the order of the recording."""

    @property
    def role(self) -> ChannelRole:
        """What is usually recorded on this channel."""

    @property
    def n_samples(self) -> int:
        """Number of acquisition samples from time 0 to the end of the channel."""

    @property
    def unit(self) -> str:
        """Physical unit."""

    @property
    def conversion_factor(self) -> float:
        """Factor from raw counts to the physical unit."""

    @property
    def exponent(self) -> int:
        """Power of ten of the physical unit."""


class SensorSweep(Protocol):
    """Sensor frames without a gap; frame k is acquisition sample start_sample + k."""

    @property
    def start_sample(self) -> int:
        """Acquisition sample of the first frame."""

    @property
    def n_frames(self) -> int:
        """Number of frames."""

    @property
    def shape(self) -> tuple[int, int, int]:
        """(n_frames, axis 1, axis 2)."""

    def read(
        self, start: int, stop: int, out: np.ndarray | None = None, rows: slice | None = None
    ) -> np.ndarray:
        """Return frames start to stop, any integer (n_frames, axis 1, axis 2), raw counts; rows limits axis 1."""


class SensorRegion(Protocol):
    """A rectangle of electrodes and its recorded frames; chip rows and columns are 1-based and inclusive."""

    @property
    def region_id(self) -> int:
        """Number of the region."""

    @property
    def left(self) -> int:
        """First column."""

    @property
    def top(self) -> int:
        """First row."""

    @property
    def width(self) -> int:
        """Number of columns."""

    @property
    def height(self) -> int:
        """Number of rows."""

    @property
    def exponent(self) -> int:
        """Power of ten of the physical unit."""

    @property
    def conversion_factors(self) -> np.ndarray | None:
        """Factors from raw counts to volts, float64 (height * width,); None if they are all 1."""

    @property
    def file_axes(self) -> tuple[str, str] | None:
        """Meaning of axes 1 and 2 of the frames, such as ("col", "row"); None if it has to be inferred."""

    @property
    def sweeps(self) -> Sequence[SensorSweep]:
        """Recorded frames in order of time."""

    def holds(self, row: int, column: int) -> bool:
        """Whether an electrode is in the region."""


class RawSource(Protocol):
    """An open recording of analog and sensor channels."""

    @property
    def path(self) -> Path:
        """The file or folder."""

    @property
    def rate_hz(self) -> float:
        """Acquisition samples per second."""

    @property
    def duration_s(self) -> float:
        """Length of the recording."""

    @property
    def stated_rate_hz(self) -> float | None:
        """Acquisition rate that the source states; None if it states none."""

    @property
    def measured_rate_hz(self) -> float | None:
        """Rate of its data, by their samples and the time that they cover; None if that is not known."""

    @property
    def stated_duration_s(self) -> float | None:
        """Length that the source states; None if it states none."""

    @property
    def n_samples(self) -> int:
        """Acquisition samples from time 0 to the end of the longest channel."""

    @property
    def channels(self) -> Sequence[AnalogChannel]:
        """Analog channels, numbered from 1."""

    @property
    def regions(self) -> Sequence[SensorRegion]:
        """Regions of electrodes; empty without sensor data."""

    @property
    def probe(self) -> ProbeGeometry | None:
        """Arrangement of the electrodes, if known."""

    @property
    def date_time(self) -> str:
        """Date and time of the recording, as stated; empty if unknown."""

    @property
    def metadata(self) -> Mapping[str, Any]:
        """Further attributes as Python values."""

    @property
    def warnings(self) -> list[str]:
        """Messages to the user about missing or unexpected contents."""

    def read_channel(self, number: int, start: int = 0, stop: int | None = None) -> np.ndarray:
        """Return samples of an analog channel, any integer (n_samples,), raw counts."""


@dataclass(frozen=True, eq=False)
class SourceUnit:
    """One sorted unit. What the source does not have is None.

    Parameters
    ----------
    name, number
        Its name and number in the source.
    spike_times
        uint64 (n_spikes,), samples. Acquisition samples of its spikes, ascending.
    n_before_start
        Number of spikes before the start of the recording; they are left out.
    waveform
        float32 (n_samples,), in the source's unit. Mean waveform on its main electrode.
    row, column, sensor_id
        Main electrode: chip row and column, and the vendor's number for it, all 1-based.
    x_um, y_um
        Position of the main electrode in micrometres, if the source states positions.
    label
        Label that a person has given to the unit in another program; empty if none.
    quality
        The sorter's quality measures and further values, by the names used in the session file.
    """

    name: str
    number: int
    spike_times: np.ndarray
    n_before_start: int = 0
    waveform: np.ndarray | None = None
    row: int | None = None
    column: int | None = None
    sensor_id: int | None = None
    x_um: float | None = None
    y_um: float | None = None
    label: str = ""
    quality: dict[str, Any] = field(default_factory=dict)


@runtime_checkable
class SortingSource(Protocol):
    """Open result of a spike sorter."""

    @property
    def path(self) -> Path:
        """The file or folder."""

    @property
    def unit_ids(self) -> tuple[str, ...]:
        """The units, such as ``unit_001``, sorted by number."""

    @property
    def rate_hz(self) -> float | None:
        """Rate of the sorted recording if spike times are counted in its samples; None if they are in seconds."""

    @property
    def counted(self) -> Literal["spikes", "peaks"]:
        """What `count` counts: spikes, or also the peaks below threshold that the source keeps."""

    @property
    def date_time(self) -> str:
        """Date and time of the recording, as stated; empty if unknown."""

    @property
    def metadata(self) -> Mapping[str, Any]:
        """Further attributes as Python values."""

    @property
    def probe(self) -> ProbeGeometry | None:
        """Arrangement of the electrodes, if known."""

    @property
    def warnings(self) -> list[str]:
        """Messages to the user about missing or unexpected contents."""

    def count(self, progress: Progress | None = None) -> int:
        """Return the number of spikes or peaks of all units without reading them."""

    def read_unit(
        self,
        unit_id: str,
        rate_hz: float,
        *,
        full: bool = False,
        check_cancelled: Callable[[], None] | None = None,
    ) -> SourceUnit:
        """Read a unit with spike times at an acquisition rate; `full` keeps every peak with its cutout."""
