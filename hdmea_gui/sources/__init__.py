"""Recordings and sorting results, in every format that the program can open: see `FORMATS`."""

from hdmea_gui.sources.format import SourceFormat
from hdmea_gui.sources.formats import (
    describe_source,
    format_named,
    format_of,
    is_recording,
    metadata_name_of,
    metadata_names,
    open_raw_source,
    open_sorting_source,
    path_in,
    path_name_of,
    path_names,
    patterns,
    refuse_recording,
    role_of_offered,
    source_at,
    titles,
)
from hdmea_gui.sources.probe import ProbeGeometry
from hdmea_gui.sources.source import (
    AnalogChannel,
    RawSource,
    SensorRegion,
    SensorSweep,
    SortingSource,
    SourceUnit,
)
from hdmea_gui.sources.summary import (
    RegionSummary,
    SourceSummary,
    dataset_id_of,
    session_bytes_of,
    summary_of,
)

__all__ = [
    "AnalogChannel",
    "ProbeGeometry",
    "RawSource",
    "RegionSummary",
    "SensorRegion",
    "SensorSweep",
    "SortingSource",
    "SourceFormat",
    "SourceSummary",
    "SourceUnit",
    "dataset_id_of",
    "describe_source",
    "format_named",
    "format_of",
    "is_recording",
    "metadata_name_of",
    "metadata_names",
    "open_raw_source",
    "open_sorting_source",
    "path_in",
    "path_name_of",
    "path_names",
    "patterns",
    "refuse_recording",
    "role_of_offered",
    "session_bytes_of",
    "source_at",
    "summary_of",
    "titles",
]
