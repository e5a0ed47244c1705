"""Fields of the stimulus STAs of units, and of the receptive fields in them."""

from __future__ import annotations

from hdmea_gui.io.store.fields import Field, Words, attributes, derived, from_metadata, labelled, scalars
from hdmea_gui.io.store.output_fields import FEATURE

STA = "units/*/features/sta_*"
RECEPTIVE_FIELD = f"{STA}/sta_geometry"

_STEP, _FIELD_STEP = "the step Stimulus STA", "the step Receptive fields"
_OLDER = "in STAs of other programs"
_ABSENT = "if there is no significant receptive field; absent_reason says why"
_NO_MODEL = "(NaN) if the model does not describe the map; its absent_reason says why"
_MAP = "grey level"
_COVER_RANGE = "first frame of the window, and the one after its last, from the spike's frame"
_COUNT, _PLACE, _SIZE = "0 or more", "within the movie, from 0", "above 0"
_SHARE = "at most 1"
_LEVEL = "any number, negative for a trough"
_EXCLUDED = {"n_spikes_excluded": ("1", "spikes left out because their window does not fit", _COUNT)}


def _errors(*names: str) -> Words:
    """Describe the standard errors of fitted parameters."""
    units = {"amp": _MAP, "off": _MAP, "the": "rad"}
    return {
        f"{name}_error": (
            units.get(name.removeprefix("on_").removeprefix("off_")[:3], "pixel"),
            f"standard error of {name}",
            _COUNT,
            "if the model is missing, or the map does not constrain this parameter",
        )
        for name in names
    }


def _one_sign(side: str) -> Words:
    """Describe the Gaussian of one sign in the model of two."""
    which = side.upper()
    return {
        f"{side}_center_x": ("pixel", f"column of the centre of the {which} Gaussian", _PLACE),
        f"{side}_center_y": ("pixel", f"row of the centre of the {which} Gaussian", _PLACE),
        f"{side}_sigma_x": ("pixel", f"width of the {which} Gaussian", _SIZE),
        f"{side}_sigma_y": ("pixel", f"width of the {which} Gaussian", _SIZE),
        f"{side}_amplitude": (_MAP, f"amplitude of the {which} Gaussian", _LEVEL),
        f"{side}_r_squared": ("1", "fraction of the map's variance explained by the model", _SHARE),
    }


_GAUSSIAN: Words = {
    "center_x": ("pixel", "column of the centre of the fitted Gaussian", _PLACE),
    "center_y": ("pixel", "row of the centre of the fitted Gaussian", _PLACE),
    "sigma_x": (
        "pixel",
        "width of the fitted Gaussian along the axis closer to x, pixel size included",
        _SIZE,
    ),
    "sigma_y": (
        "pixel",
        "width of the fitted Gaussian along the axis closer to y, pixel size included",
        _SIZE,
    ),
    "amplitude": (_MAP, "amplitude of the fitted Gaussian", _LEVEL),
    "theta": ("rad", "angle of the axis of sigma_x, from the x axis towards y", "-pi/4 to pi/4"),
    "offset": (_MAP, "offset of the fitted Gaussian", "any number"),
    "r_squared": ("1", "fraction of the map's variance explained by the Gaussian", _SHARE),
}
_DIFFERENCE: Words = {
    "center_x": ("pixel", "column of the centre of the fitted difference of Gaussians", _PLACE),
    "center_y": ("pixel", "row of the centre of the fitted difference of Gaussians", _PLACE),
    "sigma_exc": ("pixel", "width of the centre", _SIZE),
    "sigma_inh": ("pixel", "width of the surround", _SIZE),
    "amp_exc": (_MAP, "amplitude of the centre", _LEVEL),
    "amp_inh": (_MAP, "amplitude of the surround", _LEVEL),
    "offset": (_MAP, "offset of the fitted difference of Gaussians", "any number"),
    "r_squared": ("1", "fraction of the map's variance explained by the difference of Gaussians", _SHARE),
}

_FITTED = {
    "gaussian_fit": ("center_x", "center_y", "sigma_x", "sigma_y", "amplitude", "theta", "offset"),
    "DoG": ("center_x", "center_y", "sigma_exc", "sigma_inh", "amp_exc", "amp_inh", "offset"),
    "ONOFF_model": tuple(
        f"{side}_{name}"
        for side in ("on", "off")
        for name in ("center_x", "center_y", "sigma_x", "sigma_y", "amplitude")
    ),
}
"""Parameters of each model that have a standard error."""

STA_FIELDS = (
    *labelled(
        Field(
            STA,
            "data",
            "float32",
            "spike-triggered average: mean noise movie before a spike",
            axes="lag, y, x",
            unit=_MAP,
            limits="0 to 255; NaN if no window fits",
            absent="until the step has run",
            source=_STEP,
        )
    ),
    Field(
        STA,
        "n_spikes",
        "int",
        "number of spikes averaged",
        "attribute",
        unit="1",
        node="data",
        derive=from_metadata("n_spikes_used", "n_spikes"),
    ),
    *derived(STA, "int", _EXCLUDED, node="data"),
    Field(
        STA,
        "cover_range",
        "int64",
        _COVER_RANGE,
        "attribute",
        axes="bound",
        unit="frame",
        node="data",
        derive=from_metadata("cover_range"),
    ),
    *scalars(
        f"{STA}/metadata",
        "int",
        {"n_spikes_used": ("1", "number of spikes averaged", _COUNT), **_EXCLUDED},
        absent=_OLDER,
        source=_STEP,
    ),
    *scalars(
        f"{STA}/metadata",
        "int",
        {
            "on_off_row": ("pixel", "row in the centre of an ON-OFF field, from 0", _PLACE),
            "on_off_col": ("pixel", "column in the centre of an ON-OFF field, from 0", _PLACE),
        },
        absent="if there is no ON-OFF field",
        source=_STEP,
    ),
    *scalars(
        f"{STA}/metadata",
        "float",
        {
            "on_off_p": (
                "1",
                "p-value of an ON-OFF field, corrected for pixels and lags",
                "0 to 1; an ON-OFF field if at most 0.001; 1 if light and dark do not both raise the rate",
                "with fewer than 300 spikes",
            ),
            "movie_correlation": (
                "1",
                "largest mean correlation of neighbouring pixels or successive patterns of the movie",
                "-1 to 1; the movie counts as white if at most 0.05",
            ),
        },
        absent=_OLDER,
        source=_STEP,
    ),
    *scalars(
        f"{STA}/metadata", "str", {"movie_name": "name of the noise movie"}, absent=_OLDER, source=_STEP
    ),
    Field(
        f"{STA}/metadata",
        "cover_range",
        "list of int",
        _COVER_RANGE,
        axes="bound",
        unit="frame",
        limits="any whole number, negative before the spike",
        absent=_OLDER,
        source=_STEP,
    ),
    *scalars(
        RECEPTIVE_FIELD,
        "float",
        {
            "center_row": ("pixel", "row of the centroid of the area above half maximum, from 0", _PLACE),
            "center_col": ("pixel", "column of the centroid of the area above half maximum, from 0", _PLACE),
            "size_x": ("pixel", "width of that area, not corrected for the size of a pixel", _SIZE),
            "size_y": ("pixel", "height of that area, not corrected for the size of a pixel", _SIZE),
            "area": ("pixel^2", "size of that area", _SIZE),
            "equivalent_diameter": ("pixel", "diameter of a disc of that area", _SIZE),
            "peak_lag_ms": ("ms", "time of the strongest response", "negative, before the spike"),
            "snr": ("1", "peak deviation over the standard deviation at the earliest lags", _COUNT),
        },
        absent=_ABSENT,
        source=_FIELD_STEP,
    ),
    *attributes(
        RECEPTIVE_FIELD,
        "float",
        {
            "p": (
                "1",
                "p-value of the receptive field, corrected for pixels and lags",
                "0 to 1; a receptive field if at most 0.005",
                "if the STA is empty",
            ),
            "center_error": ("pixel", "standard error of the centre of the fitted Gaussian", _COUNT),
        },
        absent=_ABSENT,
        source=_FIELD_STEP,
    ),
    *scalars(
        RECEPTIVE_FIELD,
        "int",
        {
            "peak_frame": ("frame", "index of the lag with the strongest response", "0 to the last lag"),
            "polarity": ("1", "sign of the receptive field", "1 for ON, -1 for OFF"),
        },
        absent=_ABSENT,
        source=_FIELD_STEP,
    ),
    *attributes(
        RECEPTIVE_FIELD,
        "str",
        {
            "field_class": (
                "",
                "class of the receptive field; on_off if light and dark raise the rate",
                "on, off, on_off, none",
                "if the STA is empty",
            ),
        },
        source=_FIELD_STEP,
    ),
    *scalars(
        RECEPTIVE_FIELD,
        "str",
        {"absent_reason": ("", "why it could not be computed", "", "if it could")},
        source=_FIELD_STEP,
    ),
    Field(
        RECEPTIVE_FIELD,
        "temporal_kernel",
        "float32",
        "time course at the peak pixel",
        axes="lag",
        unit="1",
        limits="any number; 1 at the peak lag",
        absent=_ABSENT,
        source=_FIELD_STEP,
    ),
    Field(
        RECEPTIVE_FIELD,
        "spatial_map",
        "float32",
        "deviation of the STA at the peak lag",
        axes="y, x",
        unit=_MAP,
        limits="-255 to 255",
        absent=_ABSENT,
        source=_FIELD_STEP,
    ),
    *(
        field
        for model, words in zip(_FITTED, (_GAUSSIAN, _DIFFERENCE, _one_sign("on")), strict=True)
        for field in scalars(
            f"{RECEPTIVE_FIELD}/{model}", "float", words, absent=_NO_MODEL, source=_FIELD_STEP
        )
    ),
    *scalars(
        f"{RECEPTIVE_FIELD}/ONOFF_model", "float", _one_sign("off"), absent=_NO_MODEL, source=_FIELD_STEP
    ),
    *(
        field
        for model, names in _FITTED.items()
        for field in attributes(
            f"{RECEPTIVE_FIELD}/{model}", "float", _errors(*names), absent=_NO_MODEL, source=_FIELD_STEP
        )
    ),
    *(
        field
        for model in _FITTED
        for field in scalars(
            f"{RECEPTIVE_FIELD}/{model}",
            "str",
            {"absent_reason": ("", "why the model does not describe the map", "", "if it does")},
            source=_FIELD_STEP,
        )
    ),
    Field(
        FEATURE,
        "sta",
        "float32",
        "second name of the data of sta_<movie>, under the movie",
        "link",
        axes="lag, y, x",
        unit=_MAP,
    ),
)
