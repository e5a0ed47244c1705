"""Reader of raw recordings (.cmcr): analog channels and sensor data, only the parts requested."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from hdmea_gui.analysis.clocks import lengths_agree
from hdmea_gui.errors import DataLoadError
from hdmea_gui.io.mcs import kinds
from hdmea_gui.io.mcs.channels import channels_of_stream
from hdmea_gui.io.mcs.halves import RAW, group_of, opened_half
from hdmea_gui.io.mcs.nodes import (
    attributes_of,
    children_of_kind,
    integer_attribute,
    plain_value,
    reading,
)
from hdmea_gui.io.mcs.recorded_rate import US_PER_S, recorded_rate
from hdmea_gui.io.mcs.sensors import regions_of_stream

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import h5py
    import numpy as np

    from hdmea_gui.io.mcs.channels import Channel
from hdmea_gui.io.mcs.sensors import SensorRegion


class RawRecording:
    """An open raw recording, as yielded by `open_raw`.

    Attributes
    ----------
    path : Path
        The file.
    metadata : dict
        The root's attributes as Python values.
    duration_s : float
        Length of the recording.
    rate_hz : float
        Samples per second, see `recorded_rate`.
    stated_rate_hz, measured_rate_hz : float or None
        Rate that the file states, and that of its data.
    stated_duration_s : float or None
        Length that the file states.
    n_samples : int
        Acquisition samples from time 0 to the end of the longest channel.
    channels : tuple of Channel
        The analog channels: 1 is the light, 2 the frame sync.
    regions : tuple of SensorRegion
        Regions of sensors with recorded frames; empty without sensor data.
    warnings : list of str
        Messages to the user about missing or unexpected contents of the file.
    """

    def __init__(self, path: Path, file: h5py.File) -> None:
        self.path = path
        self.warnings: list[str] = []
        self.metadata = attributes_of(file)
        acquisition = group_of(RAW, path, file)
        analog = _analog_stream(acquisition)
        sensor_streams = [
            node for _, node in children_of_kind(acquisition, kinds.SENSOR_STREAM, datasets=False)
        ]
        self.stated_duration_s = _stated_duration_s(file, acquisition)
        rate = recorded_rate(path.name, [analog, *sensor_streams], self.stated_duration_s, self.warnings)
        self.rate_hz, self.stated_rate_hz, self.measured_rate_hz = (
            rate.used_hz,
            rate.stated_hz,
            rate.measured_hz,
        )
        self.channels: tuple[Channel, ...] = channels_of_stream(path, analog, self.rate_hz, self.warnings)
        self.regions: tuple[SensorRegion, ...] = tuple(
            region
            for stream in sensor_streams
            for region in regions_of_stream(path, stream, self.rate_hz, self.warnings)
        )
        self._refuse_empty()
        longest = max((channel.n_samples for channel in self.channels), default=0)
        sensor_end = max((region.end_sample for region in self.regions), default=0)
        self.duration_s = self._duration_s(longest, sensor_end)
        self.n_samples = longest or round(self.duration_s * self.rate_hz)

    @property
    def date_time(self) -> str:
        """Date and time of the recording, as the file states it; empty if it does not."""
        return str(self.metadata.get("DateTime", ""))

    def read_channel(self, number: int, start: int = 0, stop: int | None = None) -> np.ndarray:
        """Return a stretch of an analog channel in raw counts.

        Parameters
        ----------
        number
            The channel, from 1.
        start, stop
            First sample, and the sample after the last; None is the end of the channel.

        Returns
        -------
        array
            Any integer (n_samples,), raw counts, of the file's type. Samples that were not recorded are 0.

        Raises
        ------
        DataLoadError
            The channel does not exist, or its data are damaged.
        """
        for channel in self.channels:
            if channel.number == number:
                with reading(self.path, f"analog channel {number}", channel.stretches[0].data):
                    return channel.read(start, stop)
        raise DataLoadError(
            f"{self.path.name} has no analog channel {number}, only {len(self.channels)}. Channel 1 is the light, "
            f"channel 2 the frame sync: check the connections. File: {self.path}",
            self.path,
        )

    def _duration_s(self, longest: int, sensor_end: int) -> float:
        """Return the stated duration if the data agree with it, else that of the data."""
        end, stated_s = longest or sensor_end, self.stated_duration_s
        if stated_s is None:
            return end / self.rate_hz
        stated = stated_s * self.rate_hz
        # sensor frames may cover only part of the recording; channels always last as long as it does
        if lengths_agree(end, stated) or (not longest and stated > end):
            return stated_s
        self.warnings.append(
            f"{self.path.name} states a length of {stated_s:g} s, but its data end after {end / self.rate_hz:g} s "
            f"({abs(stated - end) / self.rate_hz * 1e3:.0f} ms apart). The length of the data is used for all rates."
        )
        return end / self.rate_hz

    def _refuse_empty(self) -> None:
        if not self.channels and not self.regions:
            raise DataLoadError(
                f"{self.path.name} has no recorded data, neither light channels nor sensor data. "
                f"Choose the recorded .cmcr file. File: {self.path}",
                self.path,
            )


@contextmanager
def open_raw(path: str | Path) -> Iterator[RawRecording]:
    """Open a raw recording while the block runs.

    Parameters
    ----------
    path
        A .cmcr file, or a partial export of one (.cmce).

    Yields
    ------
    RawRecording
        Its data are readable until the block ends.

    Raises
    ------
    DataLoadError
        The file cannot be read or is not a raw recording.
    """
    with opened_half(path, RawRecording) as recording:
        yield recording


def _analog_stream(acquisition: h5py.Group) -> h5py.Group | None:
    """Stream of light and frame sync, by its SubType; digital and stimulator streams have the same type id."""
    streams = children_of_kind(acquisition, kinds.CHANNEL_STREAM, datasets=False)
    for name, stream in streams:
        if plain_value(stream.attrs.get("SubType", "")) == "Auxiliary":
            return stream
        if name.startswith("Analog Data") and "SubType" not in stream.attrs:
            return stream
    return next((stream for name, stream in streams if name.startswith("Analog Data")), None)


def _stated_duration_s(file: h5py.File, acquisition: h5py.Group) -> float | None:
    """Duration that the file states, or None."""
    duration_us = integer_attribute(file, "LB.RecordingDuration") or integer_attribute(acquisition, "To")
    return duration_us / US_PER_S if duration_us is not None and duration_us > 0 else None
