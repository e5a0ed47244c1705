"""Every line with which scripts of the lab import from hdmea."""
import hdmea
import hdmea.pipeline as pipeline
from hdmea import features, io
from hdmea.features import STAResult, compute_sta
from hdmea.features.eimage_sta import EImageSTAResult, compute_eimage_sta
from hdmea.features.sta import STAResult as STAResultToo, compute_sta as compute_sta_too
from hdmea.io import (
    DEFAULT_PAD_FRAME,
    POST_MARGIN_FRAME_NUM,
    PRE_MARGIN_FRAME_NUM,
    SectionResult,
    add_section_time,
    add_section_time_analog,
    convert_frame_to_sample_index,
    convert_sample_index_to_frame,
    section_spike_times,
)
from hdmea.io.cmcr import add_sys_meta_info
from hdmea.io.cmtr import add_cmtr_unit_info
from hdmea.io.section_time import PRE_MARGIN_FRAME_NUM as PRE, POST_MARGIN_FRAME_NUM as POST, DEFAULT_PAD_FRAME as PAD
from hdmea.io.section_time import add_section_time as add_section_time_too, add_section_time_analog as analog_too
from hdmea.io.section_time import convert_frame_to_sample_index as to_sample, convert_sample_index_to_frame as to_frame
from hdmea.io.spike_sectioning import SectionResult as SectionResultToo, section_spike_times as section_too
from hdmea.pipeline import (
    ExtractionResult,
    FlowResult,
    GeometryResult,
    LoadResult,
    LoadWithEImageSTAResult,
    PipelineSession,
    SaveState,
    compute_rf_geometry,
    compute_soma_geometry,
    create_session,
    extract_features,
    get_flow_info,
    list_available_flows,
    load_hdf5_to_session,
    load_recording,
    load_recording_with_eimage_sta,
    load_session_from_hdf5,
    run_flow,
)
from hdmea.pipeline.loader import load_session_from_hdf5 as load_too
from hdmea.pipeline.runner import extract_features as extract_too, load_recording as load_recording_too
from hdmea.pipeline.runner import run_flow as run_flow_too
from hdmea.pipeline.session import PipelineSession as SessionToo, SaveState as StateToo, create_session as create_too
from hdmea.utils.exceptions import (
    CacheConflictError,
    CheckpointError,
    ConfigurationError,
    DataLoadError,
    FeatureExtractionError,
    HDMEAError,
    MismatchError,
    MissingInputError,
    SessionError,
    ValidationError,
)

same = [
    (compute_sta, compute_sta_too), (STAResult, STAResultToo), (SectionResult, SectionResultToo),
    (add_section_time, add_section_time_too), (add_section_time_analog, analog_too),
    (section_spike_times, section_too), (load_session_from_hdf5, load_too), (load_recording, load_recording_too),
    (extract_features, extract_too), (PipelineSession, SessionToo), (SaveState, StateToo),
    (create_session, create_too), (convert_frame_to_sample_index, to_sample),
    (convert_sample_index_to_frame, to_frame), (load_hdf5_to_session, load_session_from_hdf5),
    (pipeline.compute_eimage_sta, compute_eimage_sta), (io.cmtr.add_cmtr_unit_info, add_cmtr_unit_info),
    (run_flow, run_flow_too),
    (hdmea.io.cmcr.add_sys_meta_info, add_sys_meta_info), (features.sta.compute_sta, compute_sta),
]
assert all(one is other for one, other in same)
assert all(issubclass(error, HDMEAError) for error in (
    CacheConflictError, CheckpointError, ConfigurationError, DataLoadError, FeatureExtractionError, MismatchError,
    MissingInputError, SessionError, ValidationError,
))
assert (PRE_MARGIN_FRAME_NUM, POST_MARGIN_FRAME_NUM, DEFAULT_PAD_FRAME) == (PRE, POST, PAD) == (60, 120, 180)
frames = [10, 20, 30]
assert int(convert_frame_to_sample_index(1, frames)) == 20
assert list(convert_sample_index_to_frame([5, 19, 20, 99], frames)) == [0, 0, 1, 2]
assert "set6a_full" in list_available_flows() and get_flow_info("set6a_full")
print(hdmea.__version__)
