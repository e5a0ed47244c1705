"""A synthetic recording of a retina in which every spike, receptive field and electrode is known."""

from __future__ import annotations

from hdmea_gui.sample.faults import FAULTS, FaultKind, fault_lines, parse_faults
from hdmea_gui.sample.recording import PLAYLIST, Sample, make_sample, sample_values
from hdmea_gui.sample.truth import SampleTruth, UnitTruth

__all__ = [
    "FAULTS",
    "PLAYLIST",
    "FaultKind",
    "Sample",
    "SampleTruth",
    "UnitTruth",
    "fault_lines",
    "make_sample",
    "parse_faults",
    "sample_values",
]
