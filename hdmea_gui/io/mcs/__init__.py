"""Recordings of the CMOS-MEA5000: raw files (.cmcr) and sorted files (.cmtr), read and written."""

from __future__ import annotations

from hdmea_gui.io.mcs.channels import Channel
from hdmea_gui.io.mcs.raw_parts import ChannelGroup, RegionData, SweepData
from hdmea_gui.io.mcs.raw_reader import RawRecording, open_raw
from hdmea_gui.io.mcs.raw_writer import write_raw
from hdmea_gui.io.mcs.sensors import SensorRegion, SensorSweep
from hdmea_gui.io.mcs.sorted_reader import SortedRecording, SortedUnit, open_sorted
from hdmea_gui.io.mcs.sorted_writer import SortedUnitData, write_sorted
from hdmea_gui.io.mcs.summary import (
    FileSummary,
    RegionSummary,
    dataset_id_of,
    describe,
    session_bytes_of,
    summary_of,
)

__all__ = [
    "Channel",
    "ChannelGroup",
    "FileSummary",
    "RawRecording",
    "RegionData",
    "RegionSummary",
    "SensorRegion",
    "SensorSweep",
    "SortedRecording",
    "SortedUnit",
    "SortedUnitData",
    "SweepData",
    "dataset_id_of",
    "describe",
    "open_raw",
    "open_sorted",
    "session_bytes_of",
    "summary_of",
    "write_raw",
    "write_sorted",
]
