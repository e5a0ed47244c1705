"""Recordings of the CMOS-MEA5000: raw files (.cmcr) and sorted files (.cmtr), read and written."""

from __future__ import annotations

from hdmea_gui.io.mcs.raw_parts import ChannelGroup, RegionData, SweepData
from hdmea_gui.io.mcs.raw_writer import write_raw
from hdmea_gui.io.mcs.sorted_writer import SortedUnitData, write_sorted

__all__ = [
    "ChannelGroup",
    "RegionData",
    "SortedUnitData",
    "SweepData",
    "write_raw",
    "write_sorted",
]
