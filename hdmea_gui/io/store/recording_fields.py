"""Fields of the recording and of the file itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hdmea_gui import __version__
from hdmea_gui.io.store import derived_values
from hdmea_gui.io.store.fields import Field, attributes, labelled, set_with_node

FORMAT = "hdmea-session"
FORMAT_VERSION = 2
"""1: texts of variable length, booleans as enumerations, conversion factors as an attribute of the images."""
LAYOUT_VERSION = "0.1.0"  # the lab's number for this layout, stored as hdmea_version
ANALOG = "section_time_analog_"
STAGE1_TIME = "stage1_timestamp"  # in the pipeline group of the file, among the root attributes of a session
PIPELINE = "pipeline"
SAVE = "pipeline/session_info"
STEP = "pipeline/session_info/steps/*"
LANES = "metadata/bad_lanes"
HEALTH = "pipeline/health"
CHECKSUMS = "pipeline/integrity"
AXES = "axes/*"
UNITS_TABLE = "units_table"
SCHEMA_TABLE = "schema"

STATED = {
    "subject": ("str", "", "animal, as stated by the user"),
    "eye": ("str", "", "eye: left or right"),
    "retinal_quadrant": ("str", "", "part of the retina, as stated by the user"),
    "stimulus_pixel_um": ("float", "um", "size of one pixel of the stimulus on the retina"),
}
"""Kind, unit and meaning of what only the user knows about a recording; absent where it was not stated."""
_RAW_CLOCK = {
    "stated_rate_hz": ("Hz", "acquisition rate that the raw file states"),
    "measured_rate_hz": ("Hz", "rate of its data, by their samples and the time that they cover"),
    "stated_duration_s": ("s", "length that the raw file states"),
}
"""Unit and meaning of what a raw file says about its clock; absent where it says nothing."""
LIGHT_CHECK = "stimulus/light_check/*"

Derive = Callable[[dict[Any, Any]], Any]


def _computed(owner: str, kind: str, name: str, description: str, derive: Derive) -> Field:
    return Field(owner, name, kind, description, "attribute", derive=derive)


def _entry(name: str, *, branch: str = "") -> Derive:
    """Return a function that takes an entry of the session, or of one of its branches."""
    return lambda tree: (tree.get(branch, {}) if branch else tree).get(name)


STIMULUS_FIELDS = (
    *labelled(
        Field(
            "stimulus/light_reference",
            "*",
            "float32",
            "analog channel 1 (light) or 2 (frame pulses), raw or averaged in blocks",
            axes="sample",
            unit="raw count",
        )
    ),
    *attributes(
        "stimulus",
        "float",
        {
            "rate_hz": ("Hz", "samples per second of this form of the channel"),
            "conversion_factor": "physical value of one count, times ten to the exponent",
        },
        node="light_reference/*",
        under="light_info/*",
    ),
    *attributes(
        "stimulus",
        "int",
        {"exponent": ("1", "power of ten in the conversion to the physical unit")},
        node="light_reference/*",
        under="light_info/*",
    ),
    *attributes(
        "stimulus",
        "str",
        {"unit": "physical unit after the conversion"},
        node="light_reference/*",
        under="light_info/*",
    ),
    Field(
        "stimulus/frame_times",
        "default",
        "uint64",
        "onset of each display frame",
        axes="frame",
        unit="sample",
    ),
    Field(
        "stimulus/frame_time",
        "default",
        "uint64",
        "second name of the frame times",
        "link",
        axes="frame",
        unit="sample",
    ),
    Field(
        "stimulus",
        "movie_frame_times",
        "uint64",
        "onset of each frame of the playlist, if the movies were placed by the light",
        axes="frame",
        unit="sample",
    ),
    Field(
        LIGHT_CHECK,
        "verdict",
        "list of str",
        "place by the light: confirmed, shifted or cannot tell",
        axes="presentation",
    ),
    Field(LIGHT_CHECK, "reason", "list of str", "why the light cannot tell the place", axes="presentation"),
    Field(
        LIGHT_CHECK,
        "shift_frames",
        "int64",
        "display frames by which the movie is ahead of the frame count, at its start and end",
        axes="presentation, bound",
        unit="frame",
    ),
    Field(
        LIGHT_CHECK,
        "confidence_nats",
        "float64",
        "evidence for the place against others",
        axes="presentation",
        unit="1",
    ),
    Field(
        LIGHT_CHECK, "latency_ms", "float", "delay of the light after the frame pulses", "scalar", unit="ms"
    ),
    Field(
        "stimulus/section_time",
        "*",
        "int64",
        "start and end of each presentation of a movie, with margins",
        axes="presentation, bound",
        unit="sample",
    ),
    *attributes(
        "stimulus",
        "int",
        {
            "pre_margin_frames": ("frame", "margin before the movie"),
            "post_margin_frames": ("frame", "margin after the movie"),
            "movie_frames": ("frame", "length of the movie"),
        },
        node="section_time/*",
        under="section_info/*",
    ),
    *attributes(
        "stimulus",
        "str",
        {"source": "origin of the sections: playlist or analog"},
        node="section_time/*",
        under="section_info/*",
    ),
    *labelled(
        Field(
            "stimulus/light_template",
            "*",
            "float32",
            "mean light over the presentations of a movie",
            axes="sample",
            unit="raw count",
        )
    ),
    Field(
        "stimulus/trials",
        "*",
        "int64",
        "start and end of each trial of a movie, the same for all units",
        "link",
        axes="trial, bound",
        unit="sample",
    ),
    Field("stimulus/definitions", "*", "any", "contents of the movie's stimulus file", "tree"),
)

METADATA_FIELDS = (
    Field("metadata", "acquisition_rate", "float", "sampling rate of the recording", "one", unit="Hz"),
    Field("metadata", "sample_interval", "float", "time between two samples", "one", unit="s"),
    Field("metadata", "duration_s", "float", "duration of the recording", "one", unit="s"),
    Field("metadata", "dataset_id", "str", "name of the recording", "one"),
    Field("metadata", "section_time_playlist", "str", "name of the playlist", "one"),
    Field("metadata", "section_time_repeats", "int", "how often the playlist was shown", "one", unit="1"),
    Field(
        "metadata", "frame_timestamps", "uint64", "onset of each display frame", axes="frame", unit="sample"
    ),
    Field(
        "metadata",
        "frame_rate_hz",
        "float",
        "display frames per second, over the regular intervals",
        "one",
        unit="Hz",
        derive=derived_values.frame_rate_hz,
    ),
    *(Field("metadata", name, kind, words, "one", unit=unit) for name, (kind, unit, words) in STATED.items()),
    Field("metadata", "session_start_time", "str", "start of the recording, ISO 8601", "one"),
    Field("metadata", "session_start_zone", "str", "time zone of the start, and who stated it", "one"),
    Field("metadata", "frame_time", "float64", "onset of each display frame", axes="frame", unit="s"),
    Field("metadata/cmcr_meta", "*", "any", "attribute of the raw file"),
    Field(
        "metadata/cmcr_meta",
        "recording_duration_s",
        "float",
        "duration of the recording",
        "one",
        unit="s",
    ),
    Field("metadata/cmtr_meta", "*", "any", "attribute of the sorted file"),
    Field("metadata/raw_meta", "*", "any", "attribute of a raw recording of another format"),
    Field("metadata/sorting_meta", "*", "any", "attribute of the result of another spike sorter"),
    *(
        Field("metadata/raw_clock", name, "float", words, "scalar", unit=unit)
        for name, (unit, words) in _RAW_CLOCK.items()
    ),
    Field("metadata/probe", "n_rows", "int", "rows of the grid of electrodes", "scalar", unit="1"),
    Field("metadata/probe", "n_cols", "int", "columns of the grid of electrodes", "scalar", unit="1"),
    Field("metadata/probe", "pitch_um", "float", "distance of neighbouring electrodes", "scalar", unit="um"),
    Field(
        "metadata/probe",
        "pitch_from",
        "str",
        "where the pitch comes from: the files or the preferences",
        "scalar",
    ),
    Field(
        LANES,
        "axis",
        "str",
        "whether the lanes are rows (row) or columns (col) of the chip",
        "scalar",
    ),
    Field(LANES, "lanes", "int32", "numbers of the bad lanes on the chip, from 1", axes="lane", unit="1"),
    Field(
        LANES,
        "source",
        "list of str",
        "whether a lane was found in the sensor data (found) or named by the user (given)",
        axes="lane",
    ),
    Field(LANES, "kind", "list of str", "what is wrong with a lane that was found", axes="lane"),
    Field(
        LANES,
        "cleared",
        "int32",
        "numbers of lanes that the user has marked as good; they stay good if found again",
        axes="cleared_lane",
        unit="1",
    ),
    *(
        Field(
            "metadata/lane_noise",
            axis,
            "float64",
            f"noise of each {words} of electrodes on the chip, from 1, relative to the median; NaN if not recorded",
            axes="lane",
            unit="1",
        )
        for axis, words in (("row", "row"), ("col", "column"))
    ),
    *attributes(
        "source_files",
        "str",
        {
            "cmcr_path": "path of the raw file",
            "cmtr_path": "path of the sorted file",
            "sorting_path": "path of the file or folder of another spike sorter",
        },
    ),
)

DERIVED_NODES = (SCHEMA_TABLE, "axes", UNITS_TABLE, "stimulus/trials", "metadata/frame_rate_hz")
"""Nodes that are made at each save for readers of the file, and not read back."""

DERIVED_FIELDS = (
    Field("", SCHEMA_TABLE, "any", "this list: one line of text per field, separated by tabs", "derived"),
    Field(
        UNITS_TABLE,
        "*",
        "any",
        "column of the unit table: float64, or text as UTF-8 bytes",
        "derived",
        axes="unit",
    ),
    Field(UNITS_TABLE, "units", "str", "unit of the column", "attribute", node="*", derive=set_with_node),
    Field(
        UNITS_TABLE,
        "qualified_name",
        "str",
        "name of the column that does not depend on what else was computed",
        "attribute",
        node="*",
        derive=set_with_node,
    ),
    Field(AXES, "lag", "float64", "time from the spike, negative before it", "derived", axes="lag", unit="s"),
    Field(AXES, "x", "int64", "column of the noise movie, from 0", "derived", axes="x", unit="pixel"),
    Field(AXES, "y", "int64", "row of the noise movie, from 0", "derived", axes="y", unit="pixel"),
    Field(AXES, "row", "int64", "row on the chip, from 1", "derived", axes="row", unit="electrode"),
    Field(AXES, "col", "int64", "column on the chip, from 1", "derived", axes="col", unit="electrode"),
    Field(AXES, "time", "float64", "start of each bin", "derived", axes="time", unit="s"),
    *(
        Field(AXES, name, kind, f"second name of the feature's {vector}", "link", axes=name, unit=unit)
        for name, vector, kind, unit in (
            ("bin", "psth_time_s", "float32", "s"),
            ("interval", "FRIF_x_axis", "float64", "s"),
            ("frequency", "frequency_hz", "float64", "Hz"),
            ("direction", "direction_deg", "float64", "degree"),
        )
    ),
    Field(AXES, "units", "str", "unit of the axis", "attribute", node="*", derive=set_with_node),
)

FILE_FIELDS = (
    _computed("", "str", "README", "how to read the file", derived_values.readme),
    _computed("", "str", "format", "hdmea-session: a file of this program", lambda _: FORMAT),
    _computed("", "int", "format_version", "version of the format", lambda _: FORMAT_VERSION),
    _computed("", "str", "program_version", "version of the program", lambda _: __version__),
    _computed("", "str", "hdmea_version", "version of the layout", lambda _: LAYOUT_VERSION),
    _computed("", "str", "hdmea_pipeline_version", "version of the layout", lambda _: LAYOUT_VERSION),
    _computed("", "str", "updated_at", "time of the save", derived_values.now),
    _computed("", "bool", "stage1_completed", "whether the recording is loaded", derived_values.is_loaded),
    _computed(
        "", "str", "features_extracted", "names of the extracted features, JSON", derived_values.feature_names
    ),
    _computed(
        "", "str", "source_files", "the two files, and whether they exist, JSON", derived_values.source_files
    ),
    _computed(
        "",
        "str",
        "section_time_playlist",
        "name of the playlist",
        _entry("section_time_playlist", branch="metadata"),
    ),
    _computed(
        "",
        "int",
        "section_time_repeats",
        "how often the playlist was shown",
        _entry("section_time_repeats", branch="metadata"),
    ),
    *attributes(
        "",
        "str",
        {"dataset_id": "name of the recording", "created_at": "time at which the session began"},
    ),
    *attributes("", "str", {"stage1_params_hash": "checksum of the parameters of loading"}, under="root"),
    Field(
        "",
        f"{ANALOG}*",
        "json",
        "parameters of a movie's light-triggered trials, JSON",
        "attribute",
        memory=f"root/{ANALOG}*",
    ),
)

PIPELINE_FIELDS = (
    _computed(
        PIPELINE, "bool", "stage1_completed", "whether the recording is loaded", derived_values.is_loaded
    ),
    _computed(PIPELINE, "str", STAGE1_TIME, "time of loading", derived_values.loaded_at),
    _computed(SAVE, "str", "saved_at", "time of the save", _entry("saved_at")),
    _computed(SAVE, "str", "kind", "session or checkpoint", _entry("kind")),
    _computed(SAVE, "str", "note", "note saved with a checkpoint", _entry("note")),
    _computed(SAVE, "str", "checkpoint_name", "name of a checkpoint", _entry("checkpoint_name")),
    Field(f"{HEALTH}/*", "state", "str", "state of a check: ok, check or fault", "scalar"),
    Field(f"{HEALTH}/*", "sentence", "str", "what the check found", "scalar"),
    Field(f"{HEALTH}/*", "units", "list of str", "units that it found this in", axes="unit"),
    Field(f"{HEALTH}/*/data", "x", "float64", "curve that shows what was found", axes="point"),
    Field(f"{HEALTH}/*/data", "y", "float64", "curve that shows what was found", axes="point"),
    Field(SAVE, "completed_steps", "list of str", "keys of the completed steps", axes="step"),
    Field(SAVE, "warnings", "list of str", "warnings of the steps", axes="warning"),
    Field(STEP, "program_version", "str", "version of the program that ran the step", "scalar"),
    Field(STEP, "started_at", "str", "start of the run", "scalar"),
    Field(STEP, "duration_s", "float", "duration of the run", "scalar", unit="s"),
    Field(STEP, "outcome", "str", "whether the step is done, or only its parameters are known", "scalar"),
    Field(STEP, "warnings", "list of str", "warnings of the run", axes="warning"),
    Field(f"{STEP}/parameters", "*", "any", "parameter of the step", "tree"),
    Field(f"{STEP}/made", "*", "str", "start of the run that computed a part of the result", "scalar"),
    Field(f"{STEP}/inputs", "*", "str", "hash of each result that a part was computed from", "scalar"),
    Field(
        f"{STEP}/used",
        "*",
        "str",
        "start of the run whose result was used, by step (version 0.1.0)",
        "scalar",
    ),
    Field(CHECKSUMS, "paths", "uint8", "paths of all nodes: a JSON list, compressed with zlib", axes="byte"),
    Field(CHECKSUMS, "crc32", "uint32", "CRC-32 of the values of each node", axes="node"),
    Field(CHECKSUMS, "attributes_crc32", "uint32", "CRC-32 of the attributes of each node", axes="node"),
    Field(CHECKSUMS, "flags", "uint8", "1 for a node that has values", axes="node"),
)
