"""Fields of the electrical images of units, and of the somas located in them."""

from __future__ import annotations

from hdmea_gui.io.store.fields import Field, attributes, derived, from_metadata, scalars, with_units

IMAGE = "units/*/features/eimage_sta"
SOMA = f"{IMAGE}/geometry"

_STEP, _SOMA_STEP = "the step Electrical images", "the step Soma geometry"
_RAW = "the raw file"
_OLDER, _ABSENT = "in images of other programs", "if no soma could be located; absent_reason says why"
_COUNT = "0 or more"
_EXCLUDED = ("1", "spikes left out because their window does not fit", _COUNT)
_SPIKES_USED = ("1", "number of spikes averaged", _COUNT)

_INTS = {
    "n_spikes_excluded": _EXCLUDED,
    "pre_samples": ("sample", "window before a spike", _COUNT),
    "post_samples": ("sample", "window after a spike", _COUNT),
    "filter_order": ("1", "order of the Butterworth high-pass", "1 or more"),
    "spike_limit": ("1", "maximum number of spikes averaged", "1 or more"),
}
_FLOATS = {
    "cutoff_hz": ("Hz", "cutoff of the high-pass", "above 0"),
    "sampling_rate": ("Hz", "sampling rate of the electrodes", "above 0"),
}
_TEXTS = {"version": "version of the computation"}

IMAGE_FIELDS = (
    *with_units(
        Field(
            IMAGE,
            "data",
            "float32",
            "electrical image: mean high-pass-filtered signal of each electrode around the spikes",
            axes="lag, axis 1, axis 2",
            unit="raw count",
            limits="any number; NaN if no window fits",
            absent="until the step has run",
            source=_STEP,
        )
    ),
    *attributes(
        IMAGE,
        "list of str",
        {"axes": "names of the three axes: lag, then row and col in the sensor data's own order"},
        node="data",
        under="metadata",
        absent=_OLDER,
        source=_STEP,
    ),
    *attributes(
        IMAGE,
        "int",
        {
            "region_id": ("1", "number of the sensor region", _COUNT),
            "region_left": ("1", "first chip column of the region, from 1", "1 to the chip's columns"),
            "region_top": ("1", "first chip row of the region, from 1", "1 to the chip's rows"),
            "exponent": ("1", "power of ten in the conversion to the physical unit", "any whole number"),
        },
        node="data",
        under="metadata",
        absent="if the raw file does not state it",
        source=_RAW,
    ),
    Field(
        IMAGE,
        "conversion_factors",
        "float64",
        "physical value of one count, times ten to the exponent",
        "brought out",
        axes="axis 1, axis 2",
        unit="physical unit",
        memory="metadata/conversion_factors",
        limits="any number",
        absent="if the raw file does not state them",
        source=_RAW,
    ),
    Field(
        IMAGE,
        "n_spikes",
        "int",
        "number of spikes averaged",
        "attribute",
        unit="1",
        derive=from_metadata("n_spikes_used"),
    ),
    *derived(IMAGE, "int", _INTS),
    *derived(IMAGE, "float", _FLOATS),
    *derived(IMAGE, "str", _TEXTS),
    *scalars(
        f"{IMAGE}/metadata", "int", {"n_spikes_used": _SPIKES_USED, **_INTS}, absent=_OLDER, source=_STEP
    ),
    *scalars(
        f"{IMAGE}/metadata",
        "float",
        {**_FLOATS, "duration_s": ("s", "analysed part of the recording", "above 0")},
        absent=_OLDER,
        source=_STEP,
    ),
    *scalars(f"{IMAGE}/metadata", "str", _TEXTS, absent=_OLDER, source=_STEP),
    *scalars(
        f"{IMAGE}/metadata",
        "bool",
        {"skip_highpass": ("", "whether the mean was subtracted instead of filtering", "true or false")},
        absent=_OLDER,
        source=_STEP,
    ),
    Field(
        f"{IMAGE}/metadata",
        "window_range",
        "list of int",
        "first sample of the window, and the one after its last, from the spike",
        axes="bound",
        unit="sample",
        limits="any whole number, negative before the spike",
        absent=_OLDER,
        source=_STEP,
    ),
    *scalars(
        SOMA,
        "float",
        {
            "center_row": (
                "electrode",
                "row of the soma's centroid in the region, from 0",
                "within the region",
            ),
            "center_col": (
                "electrode",
                "column of the soma's centroid in the region, from 0",
                "within the region",
            ),
            "size_x": ("electrode", "columns spanned by the soma", "above 0"),
            "size_y": ("electrode", "rows spanned by the soma", "above 0"),
            "area": ("electrode^2", "area of the soma", "above 0"),
            "equivalent_diameter": ("electrode", "diameter of a disc of the soma's area", "above 0"),
        },
        absent=_ABSENT,
        source=_SOMA_STEP,
    ),
    *scalars(
        SOMA,
        "int",
        {
            "peak_row": (
                "electrode",
                "row with the largest peak-to-peak amplitude in the region, from 0",
                "within the region",
            ),
            "peak_col": (
                "electrode",
                "column with the largest peak-to-peak amplitude in the region, from 0",
                "within the region",
            ),
        },
        absent=_ABSENT,
        source=_SOMA_STEP,
    ),
    *attributes(
        SOMA,
        "bool",
        {
            "in_bad_lanes": (
                "",
                "whether the soma lies in three or more adjacent bad lanes; its position is then uncertain",
                "true or false",
            )
        },
        absent=_ABSENT,
        source=_SOMA_STEP,
    ),
    *scalars(
        SOMA,
        "str",
        {"absent_reason": ("", "why it could not be computed", "", "if it could")},
        source=_SOMA_STEP,
    ),
    Field(
        SOMA,
        "diff_map",
        "float32",
        "peak-to-peak amplitude at each electrode",
        axes="axis 1, axis 2",
        unit="raw count",
        limits=_COUNT,
        absent=_ABSENT,
        source=_SOMA_STEP,
    ),
)
