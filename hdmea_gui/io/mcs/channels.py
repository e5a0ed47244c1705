"""Analog channels of a raw recording: their names, units and samples."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import h5py
import numpy as np

from hdmea_gui.analysis.clocks import samples_of_microseconds
from hdmea_gui.io.mcs import kinds
from hdmea_gui.io.mcs.nodes import (
    children_of_kind,
    integer_attribute,
    numbers_in,
    only_child,
    table_columns,
    text_of,
)

if TYPE_CHECKING:
    from pathlib import Path

_MOST_CHANNELS = 1000
_ROLES: dict[int, Literal["light", "frame sync"]] = {1: "light", 2: "frame sync"}


@dataclass(frozen=True)
class Stretch:
    """Consecutive samples of one channel: a row of a dataset.

    Parameters
    ----------
    start_sample
        Recording sample of its first value.
    data
        Any integer (n_channels, n_samples), raw counts.
    row
        The channel's row, from 0.
    """

    start_sample: int
    data: h5py.Dataset
    row: int

    @property
    def stop_sample(self) -> int:
        """Recording sample after its last value."""
        return self.start_sample + int(self.data.shape[1])

    def copy_into(self, out: np.ndarray, start: int) -> None:
        """Copy the samples of the stretch from `start` on into `out` (n_samples,)."""
        low, high = max(start, self.start_sample), min(start + len(out), self.stop_sample)
        if low < high:
            source = self.data[self.row, low - self.start_sample : high - self.start_sample]
            out[low - start : high - start] = source


@dataclass(frozen=True)
class Channel:
    """One analog channel.

    Parameters
    ----------
    number
        Number from 1, in the order of the file.
    label, unit
        Its name and its physical unit.
    conversion_factor, exponent, ad_zero
        Physical value = raw x conversion_factor x 10^exponent; ad_zero is not subtracted.
    stretches
        Its samples in the file, in order of time.
    """

    number: int
    label: str = ""
    unit: str = ""
    conversion_factor: float = 1.0
    exponent: int = 0
    ad_zero: int = 0
    stretches: tuple[Stretch, ...] = field(default=(), repr=False)

    @property
    def role(self) -> Literal["light", "frame sync", "other"]:
        """What the lab records on this channel: the light on 1, the pulses of the display frames on 2."""
        return _ROLES.get(self.number, "other")

    @property
    def n_samples(self) -> int:
        """Number of recording samples from time 0 to the end of the channel."""
        return max(stretch.stop_sample for stretch in self.stretches)

    def read(self, start: int = 0, stop: int | None = None) -> np.ndarray:
        """Return the raw counts (n_samples,) from `start` up to `stop`; samples that were not recorded are 0."""
        start, stop, _ = slice(start, stop).indices(self.n_samples)
        out = np.zeros(max(0, stop - start), self.stretches[0].data.dtype)
        for stretch in self.stretches:
            stretch.copy_into(out, start)
        return out


def channels_of_stream(
    path: Path, stream: h5py.Group | None, rate_hz: float, warnings: list[str]
) -> tuple[Channel, ...]:
    """Return the channels of an analog stream, numbered from 1.

    ``ChannelData 2`` and so on are further channels, unless they have as many rows as the ones before and begin
    after those have ended: then they are a later stretch of the same channels.

    Parameters
    ----------
    path
        The file, for messages.
    stream
        The analog stream; without one there are no channels.
    rate_hz
        Acquisition rate.
    warnings
        Messages are appended to it.
    """
    if stream is None:
        return ()
    meta = table_columns(only_child(stream, kinds.CHANNEL_META, datasets=True))
    channels: list[list[Stretch]] = []
    meta_rows: list[int | None] = []
    group: list[list[Stretch]] = []
    for number, data in _numbered_data(path, stream, warnings):
        stretches = [Stretch(_start_sample(data, rate_hz), data, row) for row in range(data.shape[0])]
        if _continues(group, stretches):
            for known, later in zip(group, stretches, strict=True):
                known.append(later)
            continue
        group = [[stretch] for stretch in stretches]
        meta_rows += _rows_of_group(meta, number, len(channels), len(group))
        channels += group
    _warn_of_gaps(path, channels, warnings)
    described = zip(meta_rows, channels, strict=True)
    return tuple(_channel(k, meta, row, tuple(found)) for k, (row, found) in enumerate(described, start=1))


def _numbered_data(path: Path, stream: h5py.Group, warnings: list[str]) -> list[tuple[int, h5py.Dataset]]:
    """Two-dimensional datasets of the stream with the number in their name, sorted by it."""
    numbered = []
    for name, data in children_of_kind(stream, kinds.CHANNEL_DATA, datasets=True):
        if data.ndim == 2 and data.shape[0] > _MOST_CHANNELS:
            warnings.append(
                f"{path.name}: {name} is ignored: it states {data.shape[0]:,} channels, so channels and samples are "
                "swapped, or the file is damaged."
            )
        elif data.ndim == 2 and data.dtype.kind in "iuf" and data.shape[1] > 0:
            # A name without a number is that of the first group.
            numbered.append(((numbers_in(name) or [1])[-1], data))
        else:
            warnings.append(f"{path.name}: {name} is ignored, as it is not a table of channels x samples.")
    return sorted(numbered, key=lambda item: item[0])


def _start_sample(data: h5py.Dataset, rate_hz: float) -> int:
    start_us = max(0, integer_attribute(data, "From") or 0)
    return int(samples_of_microseconds(start_us, rate_hz))


def _continues(group: list[list[Stretch]], stretches: list[Stretch]) -> bool:
    if not group or not stretches or len(group) != len(stretches):
        return False
    return stretches[0].start_sample >= max(known[-1].stop_sample for known in group)


def _rows_of_group(meta: dict[str, np.ndarray], number: int, first: int, n_rows: int) -> list[int | None]:
    """Row of the meta table for each row of a data group: by GroupID, else by position."""
    groups = meta.get("GroupID", np.empty(0))
    rows = np.flatnonzero(groups == number)
    if len(rows) == n_rows:
        return [int(row) for row in rows]
    n_known = len(next(iter(meta.values()))) if meta else 0
    return [row if row < n_known else None for row in range(first, first + n_rows)]


def _warn_of_gaps(path: Path, channels: list[list[Stretch]], warnings: list[str]) -> None:
    for stretches in channels[:1]:
        ends = [0, *(stretch.stop_sample for stretch in stretches)]
        for end, stretch in zip(ends, stretches, strict=False):
            if stretch.start_sample > end:
                warnings.append(
                    f"{path.name}: the analog channels have no data from sample {end} to {stretch.start_sample}; "
                    "these samples are set to 0."
                )


def _channel(
    number: int, meta: dict[str, np.ndarray], row: int | None, stretches: tuple[Stretch, ...]
) -> Channel:
    def stated(name: str, default: object) -> object:
        return meta[name][row] if row is not None and name in meta else default

    return Channel(
        number=number,
        label=text_of(stated("Label", b"")),
        unit=text_of(stated("Unit", b"")),
        conversion_factor=float(str(stated("ConversionFactor", 1.0))),
        exponent=int(float(str(stated("Exponent", 0)))),
        ad_zero=int(float(str(stated("ADZero", 0)))),
        stretches=stretches,
    )
