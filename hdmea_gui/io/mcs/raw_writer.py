"""Writer of raw recordings (.cmcr), for the sample recording and for tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hdmea_gui.io.mcs import kinds
from hdmea_gui.io.mcs.raw_parts import ChannelGroup
from hdmea_gui.io.mcs.stamped_file import stamped_file

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import h5py

    from hdmea_gui.io.mcs.raw_parts import RegionData, SweepData
    from hdmea_gui.io.mcs.stamped_file import Column, StampedFile, TextKind

_US_PER_S = 1_000_000


def write_raw(
    path: str | Path,
    *,
    rate_hz: float,
    analog: np.ndarray,
    regions: Sequence[RegionData] = (),
    date_time: str = "01.02.2026 10:00:00",
    text: TextKind = "bytes",
    extra_streams: bool = False,
    channels: ChannelGroup | None = None,
    more_analog: Sequence[np.ndarray] = (),
    duration_us: int | None = None,
    attributes: Mapping[str, object] | None = None,
    chunk_frames: int = 200,
    tick: bool = True,
    stated_rate_hz: float | None = None,
    more_analog_start: Sequence[int] = (),
) -> None:
    """Write a raw recording that MCS programs and their Python reader can open.

    Parameters
    ----------
    path
        The file to write; an older one is replaced once the new one is complete.
    rate_hz
        Acquisition rate.
    analog
        int32 (n_channels, n_samples), raw counts. Channel 1 is the light, channel 2 the frame sync.
    regions
        Sensor data; without regions there is no sensor stream.
    date_time
        The root's ``DateTime``.
    text : {"bytes", "str"}
        Texts of fixed length, as MCS programs write them, or of variable length (which the vendor's
        Python reader does not open).
    extra_streams
        Whether to add streams that readers must ignore: digital data, digital and stimulator events.
    channels
        Description of the channels in the meta table.
    more_analog
        int32 (n_channels, n_samples) each, raw counts. Further channels, as ``ChannelData 2`` and so on.
    duration_us
        Duration of the recording; that of `analog` if None.
    attributes
        Further attributes of the root.
    chunk_frames
        Frames per storage chunk of the sensor data.
    tick
        Whether the meta tables state the rate; otherwise readers must derive it.
    stated_rate_hz
        Rate that the meta tables state, if not the true one.
    more_analog_start
        First sample of each entry of `more_analog`, by default 0; after the end of the channels before, it is a later
        stretch of them.
    """
    starts = [0, *more_analog_start, *([0] * (len(more_analog) - len(more_analog_start)))]
    groups = list(zip(starts, [analog, *more_analog], strict=True))
    end = max((start + data.shape[1] for start, data in groups if start), default=analog.shape[1])
    length_us = round(end * _US_PER_S / rate_hz) if duration_us is None else duration_us
    tick_us = _US_PER_S / (stated_rate_hz or rate_hz) if tick else None
    with stamped_file(path, text) as out:
        root = {
            "FileVersion": np.array([1], np.int32),
            "DateTime": date_time,
            "ProgramName": "CMOS-MEA-Control",
            "ProgramVersion": "2.6.0.0",
            "LB.MeaName": "CMOS-MEA5000",
            "LB.RecordingDuration": np.array([length_us], np.int64),
        }
        out.set_attributes(out.file, {**root, **(attributes or {})})
        acquisition = out.group(out.file, "Acquisition", kinds.ACQUISITION, **_span(0, length_us))
        stretches = [
            (data, (round(start * _US_PER_S / rate_hz), _end_us(start, data, end, length_us, rate_hz)))
            for start, data in groups
        ]
        _write_channels(out, acquisition, stretches, channels or ChannelGroup(), tick_us)
        if regions:
            _write_sensors(out, acquisition, regions, rate_hz, tick_us, chunk_frames)
        if extra_streams:
            _write_ignored_streams(out, acquisition, analog.shape[1], tick_us, length_us)


def _end_us(start: int, data: np.ndarray, end: int, length_us: int, rate_hz: float) -> int:
    """End of a channel group: that of the recording, unless the group ends before a later stretch."""
    own_end = start + data.shape[1]
    return length_us if own_end == end or not start < own_end < end else round(own_end * _US_PER_S / rate_hz)


def _span(start_us: int, end_us: int) -> dict[str, object]:
    return {"From": np.array([start_us], np.int64), "To": np.array([end_us], np.int64)}


def _write_channels(
    out: StampedFile,
    acquisition: h5py.Group,
    stretches: Sequence[tuple[np.ndarray, tuple[int, int]]],
    channels: ChannelGroup,
    tick_us: float | None,
    stream: tuple[str, str] = ("Analog Data", "Auxiliary"),
) -> None:
    """Write one channel stream: its data, numbered from 1, each with its start and end, and its meta table."""
    name, sub_type = stream
    node = out.group(acquisition, name, kinds.CHANNEL_STREAM, SubType=sub_type)
    groups = [data for data, _ in stretches]
    for number, (data, span_us) in enumerate(stretches, start=1):
        chunks = (1, min(100_000, data.shape[1])) if data.size else None
        written = out.dataset(
            node,
            f"ChannelData {number}",
            kinds.CHANNEL_DATA,
            data=data.astype(np.int32, copy=False),
            chunks=chunks,
        )
        out.set_attributes(written, _span(*span_us))
    total = sum(len(data) for data in groups)
    group_ids = [number for number, data in enumerate(groups, start=1) for _ in data]
    columns: dict[str, Column] = {
        "ChannelID": np.arange(1, total + 1, dtype=np.int32),
        "GroupID": np.array(group_ids, np.int32),
        "Label": list(channels.labels) or [f"{name.split()[0]} {k}" for k in range(1, total + 1)],
        **_tick_column(tick_us, total),
        "Exponent": np.full(total, channels.exponent, np.int32),
        "ADZero": np.full(total, channels.ad_zero, np.int32),
        "ConversionFactor": np.full(total, channels.conversion_factor),
        "Unit": [channels.unit] * total,
    }
    out.table(node, "ChannelMeta", kinds.CHANNEL_META, columns)


def _tick_column(tick_us: float | None, rows: int) -> dict[str, np.ndarray]:
    return {} if tick_us is None else {"Tick": np.full(rows, tick_us)}


def _write_sensors(
    out: StampedFile,
    acquisition: h5py.Group,
    regions: Sequence[RegionData],
    rate_hz: float,
    tick_us: float | None,
    chunk_frames: int,
) -> None:
    """Write the sensor stream: each region's sweeps, then the meta table with one row per region."""
    stream = out.group(acquisition, "Sensor Data", kinds.SENSOR_STREAM, SubType="CMosSensor")
    for region in regions:
        for number, sweep in enumerate(region.sweeps, start=1):
            node = out.dataset(
                stream,
                f"SensorData {region.region_id} {number}",
                kinds.SENSOR_DATA,
                shape=(sweep.n_frames, *region.frame_shape),
                dtype=np.int16,
                chunks=(max(1, min(chunk_frames, sweep.n_frames)), *region.frame_shape),
            )
            end_us = sweep.start_us + round(sweep.n_frames * _US_PER_S / rate_hz)
            attributes = {"RegionID": np.array([region.region_id], np.int32), **_span(sweep.start_us, end_us)}
            out.set_attributes(node, attributes)
            _fill(node, sweep)
    out.table(stream, "SensorMeta", kinds.SENSOR_META, _sensor_columns(regions, tick_us))


def _fill(node: h5py.Dataset, sweep: SweepData) -> None:
    """Write the slabs one after another; together they must fill the sweep."""
    done = 0
    for slab in sweep.slabs():
        if done + len(slab) > sweep.n_frames:
            raise ValueError(f"{node.name} got more than its {sweep.n_frames} frames")
        node[done : done + len(slab)] = slab
        done += len(slab)
    if done != sweep.n_frames:
        raise ValueError(f"{node.name} got {done} of its {sweep.n_frames} frames")


def _sensor_columns(regions: Sequence[RegionData], tick_us: float | None) -> dict[str, Column]:
    def integers(name: str) -> np.ndarray:
        return np.array([getattr(region, name) for region in regions], np.int32)

    columns: dict[str, Column] = {
        "RegionID": integers("region_id"),
        "GroupID": np.ones(len(regions), np.int32),
        "RegionLeft": integers("left"),
        "RegionTop": integers("top"),
        "RegionRight": integers("right"),
        "RegionBottom": integers("bottom"),
        **_tick_column(tick_us, len(regions)),
        "Exponent": integers("exponent"),
        "ADZero": integers("ad_zero"),
    }
    if regions[0].factors_name is not None:
        columns[regions[0].factors_name] = [region.factors_text() for region in regions]
    return columns


def _write_ignored_streams(
    out: StampedFile, acquisition: h5py.Group, n_samples: int, tick_us: float | None, length_us: int
) -> None:
    """Write streams that this program does not need, as real files have them."""
    digital = [(np.zeros((1, n_samples), np.int32), (0, length_us))]
    _write_channels(out, acquisition, digital, ChannelGroup(), tick_us, stream=("Digital Data", "Digital"))
    for name, sub_type in (("Digital Data Events", "DigitalPort"), ("STG Sideband Events", "UserEvent")):
        node = out.group(acquisition, name, kinds.EVENT_STREAM, SubType=sub_type)
        event_id, zero = np.array([1], np.int32), np.array([0], np.int64)
        out.table(
            node, "EventData", kinds.EVENT_DATA, {"EventID": event_id, "TimeStamp": zero, "Duration": zero}
        )
        out.table(node, "EventMeta", kinds.EVENT_META, {"EventID": event_id, "Label": ["start"]})
    waveform = [(np.zeros((1, 10), np.int32), (0, length_us))]
    _write_channels(out, acquisition, waveform, ChannelGroup(), tick_us, stream=("STG Waveform", "Stg"))
