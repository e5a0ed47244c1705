"""Every field of a session file, declared once: place, type, axes, unit, and its place in the session.

Writer and reader both walk these declarations (`to_nodes`, `from_nodes`). What is not declared is stored by the
codec, stamped with its type. Patterns: ``*`` is any name, ``sta_*`` any name that begins with ``sta_``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

FORMAT = "hdmea-session"
FORMAT_VERSION = 1
LAYOUT_VERSION = "0.1.0"  # the lab's number for this layout, stored as hdmea_version
TO_BE_RECOMPUTED = "to be recomputed"
"""Value of a unit's attribute ``position`` if its row, column and sensor are not the sorter's."""

UNIT = "units/*"
SECTION = "units/*/spike_times_sectioned/*"
IMAGE = "units/*/features/eimage_sta"
STA = "units/*/features/sta_*"
FEATURE = "units/*/features/*"


@dataclass(frozen=True)
class Field:
    """One stored field.

    Parameters
    ----------
    owner
        Pattern of the group that it belongs to.
    name
        Name of the dataset or attribute.
    kind
        Python type (int, float, str, bool, list) or the dtype of an array.
    place
        "dataset", "attribute", "scalar" (a 0-d dataset) or "one" (a dataset with one element that is a scalar in
        memory).
    axes
        Names of the axes.
    unit
        Unit of the values.
    node
        Node below the owner that has the attribute; the owner itself if empty.
    memory
        Path of the value in the owner's dict; the field's name if empty.
    derive
        Computes the attribute from the owner's dict (None: no attribute). Such an attribute is for readers of the
        file; it is not read back.
    """

    owner: str
    name: str
    kind: str
    place: str = "dataset"
    axes: str = ""
    unit: str = ""
    node: str = ""
    memory: str = ""
    derive: Callable[[dict[Any, Any]], Any] | None = None

    @property
    def memory_path(self) -> tuple[str, ...]:
        """Path of the value in the owner's dict."""
        return tuple((self.memory or self.name).split("/"))


@dataclass(frozen=True)
class GroupRule:
    """Storage rules of one group.

    Parameters
    ----------
    pattern
        Its path.
    plain
        Python scalars in it are 0-d datasets without a stamp: they are read back as the same scalars.
    one_element
        Scalars in it are datasets with one element.
    integer_keys
        Its keys are integers, its link names their digits.
    """

    pattern: str
    plain: bool = False
    one_element: bool = False
    integer_keys: bool = False


def _spike_count(unit: dict[Any, Any]) -> int | None:
    times: Any = unit.get("spike_times")
    return len(times) if len(getattr(times, "shape", ())) == 1 else None


def _from_metadata(*names: str) -> Callable[[dict[Any, Any]], Any]:
    def derive(feature: dict[Any, Any]) -> Any:
        metadata = feature.get("metadata")
        found = [metadata[name] for name in names if name in metadata] if isinstance(metadata, dict) else []
        return found[0] if found else None

    return derive


def _attributes(owner: str, kind: str, names: str, *, node: str = "", under: str = "") -> tuple[Field, ...]:
    return tuple(
        Field(owner, name, kind, "attribute", node=node, memory=f"{under}/{name}" if under else name)
        for name in names.split()
    )


def _copies(owner: str, kind: str, names: str, *, node: str = "") -> tuple[Field, ...]:
    """Declare attributes that repeat an entry of the metadata under the same name."""
    return tuple(
        Field(owner, name, kind, "attribute", node=node, derive=_from_metadata(name))
        for name in names.split()
    )


def _scalars(owner: str, kind: str, names: str, unit: str = "") -> tuple[Field, ...]:
    return tuple(Field(owner, name, kind, "scalar", unit=unit) for name in names.split())


UNIT_FIELDS = (
    *_attributes(UNIT, "int", "row col global_id unit_num"),
    *_attributes(UNIT, "str", "original_name label note position"),
    Field(UNIT, "spike_count", "int", "attribute", derive=_spike_count),
    Field(UNIT, "spike_times", "uint64", axes="spike", unit="sample"),
    Field(UNIT, "unit", "str", "attribute", node="spike_times", derive=lambda _unit: "sample_index"),
    Field(UNIT, "waveform", "float32", axes="sample"),
    Field(UNIT, "firing_rate_10hz", "float32", axes="bin of 100 ms", unit="Hz"),
    Field(f"{UNIT}/unit_meta", "*", "one element", axes="1"),
    Field(f"{UNIT}/unit_meta", "peak_amplitudes", "float32", axes="spike"),
    Field(SECTION, "full_spike_times", "int64", axes="spike", unit="sample"),
    Field(f"{SECTION}/trials_spike_times", "*", "int64", axes="spike", unit="sample"),
    Field(SECTION, "trials_start_end", "int64", axes="trial, bound", unit="sample"),
    *_attributes(SECTION, "int", "n_trials pre_samples post_samples trial_repeats", under="_attrs"),
    *_attributes(SECTION, "list", "pad_margin", under="_attrs"),
    *_attributes(SECTION, "str", "created_at", under="_attrs"),
)

IMAGE_FIELDS = (
    Field(IMAGE, "data", "float32", axes="lag, axis 1, axis 2", unit="raw count"),
    *_attributes(IMAGE, "list", "axes", node="data", under="metadata"),
    *_attributes(IMAGE, "int", "region_id region_left region_top exponent", node="data", under="metadata"),
    *_attributes(IMAGE, "float64", "conversion_factors", node="data", under="metadata"),
    Field(IMAGE, "n_spikes", "int", "attribute", derive=_from_metadata("n_spikes_used")),
    *_copies(IMAGE, "int", "n_spikes_excluded pre_samples post_samples filter_order spike_limit"),
    *_copies(IMAGE, "float", "cutoff_hz sampling_rate"),
    *_copies(IMAGE, "str", "version"),
    *_scalars(
        f"{IMAGE}/geometry", "float", "center_row center_col size_x size_y equivalent_diameter", "electrode"
    ),
    *_scalars(f"{IMAGE}/geometry", "float", "area", "electrode^2"),
    *_scalars(f"{IMAGE}/geometry", "int", "peak_row peak_col", "electrode"),
    Field(f"{IMAGE}/geometry", "diff_map", "float32", axes="axis 1, axis 2", unit="raw count"),
)

STA_FIELDS = (
    Field(STA, "data", "float32", axes="lag, height, width", unit="grey level"),
    Field(
        STA, "n_spikes", "int", "attribute", node="data", derive=_from_metadata("n_spikes_used", "n_spikes")
    ),
    *_copies(STA, "int", "n_spikes_excluded", node="data"),
    *_copies(STA, "int64", "cover_range", node="data"),
    *_scalars(
        f"{STA}/sta_geometry", "float", "center_row center_col size_x size_y equivalent_diameter", "pixel"
    ),
    *_scalars(f"{STA}/sta_geometry", "float", "area", "pixel^2"),
    *_scalars(f"{STA}/sta_geometry", "int", "peak_frame", "frame"),
    *_scalars(f"{STA}/sta_geometry", "float", "peak_lag_ms", "ms"),
    *_scalars(f"{STA}/sta_geometry", "int", "polarity", "1"),
    *_scalars(f"{STA}/sta_geometry", "float", "snr", "1"),
    Field(f"{STA}/sta_geometry", "temporal_kernel", "float32", axes="lag", unit="1"),
    Field(f"{STA}/sta_geometry", "spatial_map", "float32", axes="height, width", unit="grey level"),
)

FEATURE_SCALARS = (
    # baseline
    "mean_firing_rate std_firing_rate median_isi_ms cv_isi lv "
    # light steps
    "baseline_rate on_peak_value off_peak_value on_latency_ms off_latency_ms on_sustained_response "
    "off_sustained_response on_off_ratio response_quality "
    # green and blue
    "green_on_response green_off_response green_latency_ms blue_on_response blue_off_response blue_latency_ms "
    "color_opponency_index "
    # frequency steps, moving bar
    "preferred_frequency dsi osi dsi_pref_null osi_pref_orth preferred_direction preferred_orientation dsi_p_value "
    "osi_p_value "
    # noise
    "sta_center_x sta_center_y peak_lag_ms rf_size_x rf_size_y rf_amplitude sta_quality"
)

FEATURE_FIELDS = (
    *_attributes(FEATURE, "float", FEATURE_SCALARS, under="data"),
    *_attributes(FEATURE, "int", "spike_count polarity", under="data"),
    *_attributes(FEATURE, "str", "source preferred_color", under="data"),
    *_attributes(
        FEATURE,
        "str",
        "feature_name extractor_version params_hash extracted_at absent_reason movie_name",
        under="metadata",
    ),
)

RECORDING_FIELDS = (
    Field("stimulus/light_reference", "*", "float32", axes="sample", unit="raw count"),
    Field("stimulus/frame_times", "default", "uint64", axes="frame", unit="sample"),
    Field("stimulus/section_time", "*", "int64", axes="presentation, bound", unit="sample"),
    Field("stimulus/light_template", "*", "float32", axes="sample", unit="raw count"),
    Field("metadata", "acquisition_rate", "float", "one", unit="Hz"),
    Field("metadata", "sample_interval", "float", "one", unit="s"),
    Field("metadata", "duration_s", "float", "one", unit="s"),
    Field("metadata", "dataset_id", "str", "one"),
    Field("metadata", "section_time_playlist", "str", "one"),
    Field("metadata", "section_time_repeats", "int", "one"),
    Field("metadata", "frame_timestamps", "uint64", axes="frame", unit="sample"),
    Field("metadata", "frame_time", "float64", axes="frame", unit="s"),
    Field("metadata/cmcr_meta", "recording_duration_s", "float", "one", unit="s"),
    *_attributes("source_files", "str", "cmcr_path cmtr_path"),
)

FIELDS = (*UNIT_FIELDS, *IMAGE_FIELDS, *STA_FIELDS, *FEATURE_FIELDS, *RECORDING_FIELDS)

GROUPS = (
    GroupRule("units"),
    GroupRule(UNIT),
    GroupRule(f"{UNIT}/unit_meta", plain=True),
    GroupRule(f"{UNIT}/spike_times_sectioned"),
    GroupRule(SECTION),
    GroupRule(f"{SECTION}/trials_spike_times", integer_keys=True),
    GroupRule(f"{UNIT}/features"),
    GroupRule(IMAGE),
    GroupRule(f"{IMAGE}/metadata", plain=True),
    GroupRule(f"{IMAGE}/geometry", plain=True),
    GroupRule(STA),
    GroupRule(f"{STA}/metadata", plain=True),
    GroupRule(f"{STA}/sta_geometry", plain=True),
    GroupRule(f"{STA}/sta_geometry/gaussian_fit", plain=True),
    GroupRule(f"{STA}/sta_geometry/DoG", plain=True),
    GroupRule(f"{STA}/sta_geometry/ONOFF_model", plain=True),
    GroupRule(FEATURE),
    GroupRule(f"{FEATURE}/metadata", plain=True),
    GroupRule("stimulus"),
    GroupRule("stimulus/light_reference"),
    GroupRule("stimulus/frame_times"),
    GroupRule("stimulus/section_time"),
    GroupRule("stimulus/light_template"),
    GroupRule("metadata"),
    GroupRule("metadata/cmcr_meta", one_element=True),
    GroupRule("metadata/cmtr_meta", one_element=True),
    GroupRule("source_files"),
)


@dataclass
class Declared:
    """Rule of a group with its fields and the groups below it."""

    rule: GroupRule
    attributes: list[Field] = field(default_factory=list)
    derived: list[Field] = field(default_factory=list)
    ones: set[str] = field(default_factory=set)
    groups: dict[str, Declared] = field(default_factory=dict)

    def group(self, name: object) -> Declared | None:
        """Return the declaration of a child group: by its name, else by the longest prefix before ``*``."""
        if not isinstance(name, str):
            return None
        if name in self.groups:
            return self.groups[name]
        fitting = [p for p in self.groups if p.endswith("*") and name.startswith(p[:-1])]
        return self.groups[max(fitting, key=len)] if fitting else None


def _compile() -> Declared:
    root = Declared(GroupRule(""))
    for rule in GROUPS:
        *parents, name = rule.pattern.split("/")
        declared = root
        for parent in parents:
            declared = declared.groups[parent]
        declared.groups[name] = Declared(rule)
        _fill(declared.groups[name], rule.pattern)
    return root


def _fill(declared: Declared, pattern: str) -> None:
    for item in _fields_of(pattern):
        if item.derive is not None:
            declared.derived.append(item)
        elif item.place == "attribute":
            declared.attributes.append(item)
        elif item.place == "one":
            declared.ones.add(item.name)


def _fields_of(pattern: str) -> Iterator[Field]:
    return (item for item in FIELDS if item.owner == pattern)


ROOT = _compile()
