"""Pipeline: public functions that operate on a session or a file, and the underlying steps."""

from __future__ import annotations

from hdmea_gui.errors import CheckpointError, SessionError
from hdmea_gui.pipeline.computing import (
    compute_eimage_sta,
    compute_rf_geometry,
    compute_soma_geometry,
    compute_sta,
    extract_features,
)
from hdmea_gui.pipeline.flow_run import get_flow_info, list_available_flows, run_flow
from hdmea_gui.pipeline.loading import load_recording, load_recording_with_eimage_sta, load_session_from_hdf5
from hdmea_gui.pipeline.results import (
    EImageSTAResult,
    ExtractionResult,
    FlowResult,
    GeometryResult,
    LoadResult,
    LoadWithEImageSTAResult,
    SectionResult,
    STAResult,
)
from hdmea_gui.pipeline.sectioning import add_section_time, add_section_time_analog, section_spike_times
from hdmea_gui.pipeline.steps import STEPS
from hdmea_gui.session import PipelineSession, SaveState, create_session

load_hdf5_to_session = load_session_from_hdf5  # the lab's scripts know it by both names

__all__ = [
    "STEPS",
    "CheckpointError",
    "EImageSTAResult",
    "ExtractionResult",
    "FlowResult",
    "GeometryResult",
    "LoadResult",
    "LoadWithEImageSTAResult",
    "PipelineSession",
    "STAResult",
    "SaveState",
    "SectionResult",
    "SessionError",
    "add_section_time",
    "add_section_time_analog",
    "compute_eimage_sta",
    "compute_rf_geometry",
    "compute_soma_geometry",
    "compute_sta",
    "create_session",
    "extract_features",
    "get_flow_info",
    "list_available_flows",
    "load_hdf5_to_session",
    "load_recording",
    "load_recording_with_eimage_sta",
    "load_session_from_hdf5",
    "run_flow",
    "section_spike_times",
]
