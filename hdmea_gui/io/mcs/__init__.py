"""Recordings of the CMOS-MEA5000: raw files (.cmcr) and sorted files (.cmtr), read and written."""

from __future__ import annotations

from hdmea_gui.io.mcs.channels import Channel
from hdmea_gui.io.mcs.halves import RAW, SORTED, is_half, is_mcs_file, opened_half
from hdmea_gui.io.mcs.raw_parts import ChannelGroup, RegionData, SweepData
from hdmea_gui.io.mcs.raw_reader import RawRecording, open_raw
from hdmea_gui.io.mcs.raw_writer import write_raw
from hdmea_gui.io.mcs.sensors import SensorRegion, SensorSweep
from hdmea_gui.io.mcs.sorted_reader import SortedRecording, SortedUnit, open_sorted
from hdmea_gui.io.mcs.sorted_writer import SortedUnitData, write_sorted

__all__ = [
    "RAW",
    "SORTED",
    "Channel",
    "ChannelGroup",
    "RawRecording",
    "RegionData",
    "SensorRegion",
    "SensorSweep",
    "SortedRecording",
    "SortedUnit",
    "SortedUnitData",
    "SweepData",
    "is_half",
    "is_mcs_file",
    "open_raw",
    "open_sorted",
    "opened_half",
    "write_raw",
    "write_sorted",
]
