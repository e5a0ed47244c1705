"""Fields of electrical images, STAs and features of a unit."""

from __future__ import annotations

from hdmea_gui.io.store.fields import (
    Field,
    arrays,
    attributes,
    derived,
    from_metadata,
    labelled,
    scalars,
    with_units,
)

IMAGE = "units/*/features/eimage_sta"
STA = "units/*/features/sta_*"
FEATURE = "units/*/features/*"

SOMA = f"{IMAGE}/geometry"
RECEPTIVE_FIELD = f"{STA}/sta_geometry"

SHARED_VECTORS = {
    "psth_time_s": "bin",
    "FRIF_x_axis": "interval",
    "frequency_hz": "frequency",
    "direction_deg": "direction",
}
"""Outputs that give the values of an axis, by name: equal in every unit, so stored once, also as that axis."""

_ABSENT = {"absent_reason": "why it could not be computed"}
_EXCLUDED = ("1", "spikes left out because their window does not fit")

_IMAGE_INTS = {
    "n_spikes_excluded": _EXCLUDED,
    "pre_samples": ("sample", "window before a spike"),
    "post_samples": ("sample", "window after a spike"),
    "filter_order": ("1", "order of the Butterworth high-pass"),
    "spike_limit": ("1", "maximum number of spikes averaged"),
}
_IMAGE_FLOATS = {
    "cutoff_hz": ("Hz", "cutoff of the high-pass"),
    "sampling_rate": ("Hz", "sampling rate of the electrodes"),
}
_IMAGE_TEXTS = {"version": "version of the computation"}

IMAGE_FIELDS = (
    *with_units(
        Field(
            IMAGE,
            "data",
            "float32",
            "electrical image: mean high-pass-filtered signal of each electrode around the spikes",
            axes="lag, axis 1, axis 2",
            unit="raw count",
        )
    ),
    *attributes(
        IMAGE,
        "list of str",
        {"axes": "names of the three axes: lag, then row and col in the sensor data's own order"},
        node="data",
        under="metadata",
    ),
    *attributes(
        IMAGE,
        "int",
        {
            "region_id": "number of the sensor region",
            "region_left": "first chip column of the region, from 1",
            "region_top": "first chip row of the region, from 1",
            "exponent": ("1", "power of ten in the conversion to the physical unit"),
        },
        node="data",
        under="metadata",
    ),
    Field(
        IMAGE,
        "conversion_factors",
        "float64",
        "physical value of one count, times ten to the exponent",
        "brought out",
        axes="axis 1, axis 2",
        memory="metadata/conversion_factors",
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
    *derived(IMAGE, "int", _IMAGE_INTS),
    *derived(IMAGE, "float", _IMAGE_FLOATS),
    *derived(IMAGE, "str", _IMAGE_TEXTS),
    *scalars(
        f"{IMAGE}/metadata", "int", {"n_spikes_used": ("1", "number of spikes averaged"), **_IMAGE_INTS}
    ),
    *scalars(
        f"{IMAGE}/metadata", "float", {**_IMAGE_FLOATS, "duration_s": ("s", "analysed part of the recording")}
    ),
    *scalars(f"{IMAGE}/metadata", "str", _IMAGE_TEXTS),
    *scalars(
        f"{IMAGE}/metadata",
        "bool",
        {"skip_highpass": "whether the mean was subtracted instead of filtering"},
    ),
    Field(
        f"{IMAGE}/metadata",
        "window_range",
        "list of int",
        "first sample of the window, and the one after its last, from the spike",
        axes="bound",
        unit="sample",
    ),
    *scalars(
        SOMA,
        "float",
        {
            "center_row": ("electrode", "row of the soma's centroid in the region, from 0"),
            "center_col": ("electrode", "column of the soma's centroid in the region, from 0"),
            "size_x": ("electrode", "columns spanned by the soma"),
            "size_y": ("electrode", "rows spanned by the soma"),
            "area": ("electrode^2", "area of the soma"),
            "equivalent_diameter": ("electrode", "diameter of a disc of the soma's area"),
        },
    ),
    *scalars(
        SOMA,
        "int",
        {
            "peak_row": ("electrode", "row with the largest peak-to-peak amplitude in the region, from 0"),
            "peak_col": ("electrode", "column with the largest peak-to-peak amplitude in the region, from 0"),
        },
    ),
    *attributes(
        SOMA,
        "bool",
        {
            "in_bad_lanes": "whether the soma lies in three or more adjacent bad lanes; its position is then uncertain"
        },
    ),
    *scalars(SOMA, "str", _ABSENT),
    Field(
        SOMA,
        "diff_map",
        "float32",
        "peak-to-peak amplitude at each electrode",
        axes="axis 1, axis 2",
        unit="raw count",
    ),
)

_STA_COUNTS = {"n_spikes_excluded": _EXCLUDED}
_COVER_RANGE = "first frame of the window, and the one after its last, from the spike's frame"
_MAP = "grey level"


def _errors(model: str, *names: str) -> tuple[Field, ...]:
    """Declare the standard errors of the parameters of a model."""
    units = {"amp": _MAP, "off": _MAP, "the": "rad"}
    words = {
        f"{name}_error": (
            units.get(name.removeprefix("on_").removeprefix("off_")[:3], "pixel"),
            f"standard error of {name}",
        )
        for name in names
    }
    return attributes(f"{RECEPTIVE_FIELD}/{model}", "float", words)


STA_FIELDS = (
    *labelled(
        Field(
            STA,
            "data",
            "float32",
            "spike-triggered average: mean noise movie before a spike",
            axes="lag, y, x",
            unit=_MAP,
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
    *derived(STA, "int", _STA_COUNTS, node="data"),
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
    *scalars(f"{STA}/metadata", "int", {"n_spikes_used": ("1", "number of spikes averaged"), **_STA_COUNTS}),
    *scalars(
        f"{STA}/metadata",
        "int",
        {
            "on_off_row": ("pixel", "row in the centre of an ON-OFF field, from 0; absent if there is none"),
            "on_off_col": (
                "pixel",
                "column in the centre of an ON-OFF field, from 0; absent if there is none",
            ),
        },
    ),
    *scalars(
        f"{STA}/metadata",
        "float",
        {
            "on_off_p": (
                "1",
                "p-value of an ON-OFF field, corrected for pixels and lags, up to 0.001 there is one; 1 if light and "
                "dark do not both raise the rate; absent with fewer than 300 spikes",
            ),
            "movie_correlation": (
                "1",
                "largest mean correlation of neighbouring pixels or successive patterns of the movie, -1 to 1; "
                "up to 0.05 the movie counts as white",
            ),
        },
    ),
    *scalars(f"{STA}/metadata", "str", {"movie_name": "name of the noise movie"}),
    Field(f"{STA}/metadata", "cover_range", "list of int", _COVER_RANGE, axes="bound", unit="frame"),
    *scalars(
        RECEPTIVE_FIELD,
        "float",
        {
            "center_row": ("pixel", "row of the centroid of the area above half maximum, from 0"),
            "center_col": ("pixel", "column of the centroid of the area above half maximum, from 0"),
            "size_x": ("pixel", "width of that area, not corrected for the size of a pixel"),
            "size_y": ("pixel", "height of that area, not corrected for the size of a pixel"),
            "area": ("pixel^2", "size of that area"),
            "equivalent_diameter": ("pixel", "diameter of a disc of that area"),
            "peak_lag_ms": ("ms", "time of the strongest response, negative before the spike"),
            "snr": ("1", "peak deviation over the standard deviation at the earliest lags"),
        },
    ),
    *attributes(
        RECEPTIVE_FIELD,
        "float",
        {
            "p": (
                "1",
                "p-value of the receptive field, corrected for pixels and lags; up to 0.005 there is one",
            ),
            "center_error": ("pixel", "standard error of the centre of the fitted Gaussian"),
        },
    ),
    *scalars(
        RECEPTIVE_FIELD,
        "int",
        {
            "peak_frame": ("frame", "index of the lag with the strongest response"),
            "polarity": ("1", "1 for ON, -1 for OFF"),
        },
    ),
    *attributes(
        RECEPTIVE_FIELD, "str", {"field_class": "on, off, on_off (light and dark raise the rate) or none"}
    ),
    *scalars(RECEPTIVE_FIELD, "str", _ABSENT),
    Field(
        RECEPTIVE_FIELD,
        "temporal_kernel",
        "float32",
        "time course at the peak pixel, 1 at the peak lag",
        axes="lag",
        unit="1",
    ),
    Field(
        RECEPTIVE_FIELD,
        "spatial_map",
        "float32",
        "deviation of the STA at the peak lag",
        axes="y, x",
        unit=_MAP,
    ),
    *scalars(
        f"{RECEPTIVE_FIELD}/gaussian_fit",
        "float",
        {
            "center_x": ("pixel", "centre of the fitted Gaussian"),
            "center_y": ("pixel", "centre of the fitted Gaussian"),
            "sigma_x": (
                "pixel",
                "width of the fitted Gaussian along the axis closer to x, pixel size included",
            ),
            "sigma_y": (
                "pixel",
                "width of the fitted Gaussian along the axis closer to y, pixel size included",
            ),
            "amplitude": (_MAP, "amplitude of the fitted Gaussian, negative for a trough"),
            "theta": ("rad", "angle of the axis of sigma_x, from the x axis towards y"),
            "offset": (_MAP, "offset of the fitted Gaussian"),
            "r_squared": ("1", "fraction of the map's variance explained by the Gaussian"),
        },
    ),
    *_errors("gaussian_fit", "center_x", "center_y", "sigma_x", "sigma_y", "amplitude", "theta", "offset"),
    *scalars(
        f"{RECEPTIVE_FIELD}/DoG",
        "float",
        {
            "center_x": ("pixel", "centre of the fitted difference of Gaussians"),
            "center_y": ("pixel", "centre of the fitted difference of Gaussians"),
            "sigma_exc": ("pixel", "width of the centre"),
            "sigma_inh": ("pixel", "width of the surround"),
            "amp_exc": (_MAP, "amplitude of the centre"),
            "amp_inh": (_MAP, "amplitude of the surround"),
            "offset": (_MAP, "offset of the fitted difference of Gaussians"),
            "r_squared": ("1", "fraction of the map's variance explained by the difference of Gaussians"),
        },
    ),
    *_errors("DoG", "center_x", "center_y", "sigma_exc", "sigma_inh", "amp_exc", "amp_inh", "offset"),
    *(
        field
        for side in ("on", "off")
        for field in scalars(
            f"{RECEPTIVE_FIELD}/ONOFF_model",
            "float",
            {
                f"{side}_center_x": ("pixel", f"centre of the {side.upper()} Gaussian"),
                f"{side}_center_y": ("pixel", f"centre of the {side.upper()} Gaussian"),
                f"{side}_sigma_x": ("pixel", f"width of the {side.upper()} Gaussian"),
                f"{side}_sigma_y": ("pixel", f"width of the {side.upper()} Gaussian"),
                f"{side}_amplitude": (_MAP, f"amplitude of the {side.upper()} Gaussian"),
                f"{side}_r_squared": ("1", "fraction of the map's variance explained by the model"),
            },
        )
    ),
    *_errors(
        "ONOFF_model",
        *(
            f"{side}_{name}"
            for side in ("on", "off")
            for name in ("center_x", "center_y", "sigma_x", "sigma_y", "amplitude")
        ),
    ),
    *(
        field
        for model in ("gaussian_fit", "DoG", "ONOFF_model")
        for field in scalars(
            f"{RECEPTIVE_FIELD}/{model}", "str", {"absent_reason": "why the model does not describe the map"}
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

FEATURE_SCALARS = {
    # baseline
    "mean_firing_rate": ("Hz", "mean spontaneous firing rate"),
    "std_firing_rate": ("Hz", "standard deviation of the spontaneous rate in whole seconds"),
    "median_isi_ms": ("ms", "median interspike interval"),
    "cv_isi": ("1", "coefficient of variation of the interspike intervals"),
    "lv": ("1", "local variation of the interspike intervals (Shinomoto et al. 2003)"),
    # light steps
    "baseline_rate": ("Hz", "firing rate before the light step"),
    "on_peak_value": (
        "Hz",
        "smoothed peak rate after light onset minus the baseline, negative for a suppression",
    ),
    "off_peak_value": (
        "Hz",
        "smoothed peak rate after light offset minus the baseline, negative for a suppression",
    ),
    "on_peak_value_p": ("1", "p-value of the response to light onset; up to 0.01 it is a response"),
    "off_peak_value_p": ("1", "p-value of the response to light offset; up to 0.01 it is a response"),
    "on_latency_ms": ("ms", "time from light onset to the peak; NaN without a significant rise"),
    "off_latency_ms": ("ms", "time from light offset to the peak; NaN without a significant rise"),
    "on_onset_ms": (
        "ms",
        "time from light onset to a tenth of the response's spikes; NaN without a rise",
    ),
    "off_onset_ms": (
        "ms",
        "time from light offset to a tenth of the response's spikes; NaN without a rise",
    ),
    "on_sustained_response": ("Hz", "mean rate in the last second of light minus the baseline"),
    "off_sustained_response": ("Hz", "mean rate in the last second of the dark after it minus the baseline"),
    "on_off_ratio": (
        "1",
        "(on - off) / (|on| + |off|) of the significant responses in the first second, -1 to 1; NaN without a response",
    ),
    "detectable_hz": ("Hz", "change of the rate over a second that would be found in four of five units"),
    "response_quality": ("1", "quality index of the responses (Baden et al. 2016), from quality_floor to 1"),
    "quality_floor": ("1", "quality index of trials that have nothing in common: 1 / n_trials"),
    "split_half_correlation": ("1", "correlation of the mean responses of two halves of the trials, -1 to 1"),
    # green and blue
    "green_on_response": (
        "Hz",
        "smoothed peak rate in the first second of green light minus the dark before it",
    ),
    "green_off_response": (
        "Hz",
        "smoothed peak rate in the first second after green light minus the dark before it",
    ),
    "green_on_response_p": (
        "1",
        "p-value of the response to the onset of green light; up to 0.01 it is a response",
    ),
    "green_off_response_p": (
        "1",
        "p-value of the response to the end of green light; up to 0.01 it is a response",
    ),
    "green_latency_ms": (
        "ms",
        "time from the onset of green light to the peak; NaN without a significant rise",
    ),
    "blue_on_response": (
        "Hz",
        "smoothed peak rate in the first second of blue light minus the dark before it",
    ),
    "blue_off_response": (
        "Hz",
        "smoothed peak rate in the first second after blue light minus the dark before it",
    ),
    "blue_on_response_p": (
        "1",
        "p-value of the response to the onset of blue light; up to 0.01 it is a response",
    ),
    "blue_off_response_p": (
        "1",
        "p-value of the response to the end of blue light; up to 0.01 it is a response",
    ),
    "blue_latency_ms": (
        "ms",
        "time from the onset of blue light to the peak; NaN without a significant rise",
    ),
    "color_opponency_index": (
        "1",
        "(green - blue) / (|green| + |blue|) of the significant responses, -1 to 1; NaN without a response",
    ),
    "color_opponency_index_p": ("1", "p-value of the difference between the colours; NaN without a response"),
    # light-triggered trials
    "response_value": ("Hz", "mean rate in the light minus the baseline, negative for a suppression"),
    "response_value_p": ("1", "p-value of the response to the light; up to 0.01 it is a response"),
    "latency_ms": ("ms", "time from light onset to the peak; NaN without a significant rise"),
    "onset_ms": (
        "ms",
        "time from light onset to a tenth of the response's spikes; NaN without a rise",
    ),
    "duration_s": (
        "s",
        "time from light onset until the rate falls below half of its peak; NaN without a rise",
    ),
    "after_response": ("Hz", "mean rate in the dark after the light minus the baseline"),
    "after_response_p": ("1", "p-value of the response after the light; up to 0.01 it is a response"),
    "trial_correlation": ("1", "correlation between the mean responses of two halves of the trials, -1 to 1"),
    # frequency steps, moving bar
    "preferred_frequency": ("Hz", "frequency with the largest amplitude"),
    "dsi": ("1", "direction selectivity: length of the vector sum, 0 to 1"),
    "osi": ("1", "orientation selectivity: length of the vector sum, 0 to 1"),
    "dsi_pref_null": ("1", "direction selectivity: (pref - null) / (pref + null)"),
    "osi_pref_orth": ("1", "orientation selectivity: (pref - orth) / (pref + orth)"),
    "preferred_direction": ("degree", "angle of the vector sum over directions: 0 is right, 90 down"),
    "preferred_orientation": ("degree", "angle of the vector sum over orientations: 0 is right, 90 down"),
    "dsi_p_value": ("1", "share of shuffles over directions with at least this direction selectivity"),
    "osi_p_value": (
        "1",
        "share of shuffles over orientations, direction tuning kept, with at least this selectivity",
    ),
    # noise
    "sta_center_x": ("pixel", "centre of the receptive field, from the Gaussian fit"),
    "sta_center_y": ("pixel", "centre of the receptive field, from the Gaussian fit"),
    "peak_lag_ms": ("ms", "time of the strongest response, negative before the spike"),
    "rf_size_x": ("pixel", "width of the receptive field"),
    "rf_size_y": ("pixel", "height of the receptive field"),
    "rf_amplitude": (_MAP, "amplitude of the Gaussian fit"),
    "sta_quality": ("1", "signal-to-noise ratio of the STA"),
    "sta_quality_p": ("1", "p-value of the receptive field, corrected for pixels and lags"),
    "center_error": ("pixel", "standard error of the centre of the receptive field"),
}

_INTERVALS = (
    *(f"{name}_interval" for name in ("on_latency_ms", "off_latency_ms", "on_onset_ms", "off_onset_ms")),
    *(f"{name}_interval" for name in ("green_latency_ms", "blue_latency_ms", "latency_ms", "onset_ms")),
)
_BY_CONDITION = tuple(
    name
    for name in FEATURE_SCALARS
    if name.startswith(("on_", "off_", "green_", "blue_", "color_"))
    or name
    in {"baseline_rate", "detectable_hz", "response_quality", "quality_floor", "split_half_correlation"}
)

FEATURE_FIELDS = (
    *attributes(FEATURE, "float", FEATURE_SCALARS, under="data"),
    *attributes(
        FEATURE,
        "int",
        {
            "spike_count": ("1", "number of spikes used"),
            "n_trials": ("1", "number of complete trials"),
            "polarity": ("1", "1 for ON, -1 for OFF"),
        },
        under="data",
    ),
    *attributes(
        FEATURE,
        "str",
        {
            "source": "part of the recording that was used",
            "preferred_color": "green or blue if their responses differ significantly, else none",
            "response_class": "on, off, on_off, suppressed, none, or not_tested if a response could have been missed",
        },
        under="data",
    ),
    *attributes(
        FEATURE,
        "str",
        {
            "feature_name": "registered name of the feature",
            "extractor_version": "version of the computation",
            "params_hash": "checksum of the parameters",
            "extracted_at": "time of the computation",
            "movie_name": "movie from which it was computed",
            "events_source": "where the light events within a trial come from",
            **_ABSENT,
        },
        under="metadata",
    ),
    Field(
        FEATURE,
        "parameters",
        "json",
        "parameters of the computation, defaults included, JSON",
        "attribute",
        memory="metadata/parameters",
    ),
    *labelled(
        Field(
            FEATURE,
            "psth",
            "float32",
            "peri-stimulus time histogram, mean of the trials",
            axes="bin",
            unit="Hz",
            memory="data/psth",
        )
    ),
    *arrays(
        FEATURE,
        "float32",
        "bin",
        {"psth_time_s": ("s", "middle of each bin, from the start of the trial")},
        under="data",
    ),
    *arrays(
        FEATURE,
        "float64",
        "bound",
        dict.fromkeys(
            _INTERVALS, ("ms", "bootstrap interval of 95 % of the latency; NaN without a significant rise")
        ),
        under="data",
    ),
    *attributes(
        FEATURE,
        "list of str",
        {
            "condition": "names of the conditions: what the trials of the movie show",
            "response_class_by_condition": "response_class in each condition",
            "preferred_color_by_condition": "preferred_color in each condition",
        },
        under="data",
    ),
    *arrays(
        FEATURE,
        "float64",
        "condition",
        {
            "condition_intensity": ("1", "light intensity of each condition, 0 to 255"),
            **{
                f"{name}_by_condition": (FEATURE_SCALARS[name][0], f"{name} in each condition")
                for name in _BY_CONDITION
            },
        },
        under="data",
    ),
    *arrays(
        FEATURE,
        "int64",
        "condition",
        {"n_trials_by_condition": ("1", "number of complete trials of each condition")},
        under="data",
    ),
    *arrays(
        FEATURE,
        "float64",
        "condition, bound",
        {f"{name}_by_condition": ("ms", f"{name} in each condition") for name in _INTERVALS[:-2]},
        under="data",
    ),
    *arrays(
        FEATURE,
        "float32",
        "condition, bin",
        {"psth_by_condition": ("Hz", "peri-stimulus time histogram of each condition")},
        under="data",
    ),
    *arrays(
        FEATURE,
        "float64",
        "frequency",
        {
            "frequency_hz": ("Hz", "frequencies of the light"),
            "amplitude": ("Hz", "amplitude of the firing rate at each frequency"),
            "phase": (
                "rad",
                "phase of the firing rate at each frequency; NaN if it does not follow the light",
            ),
            "offset": ("Hz", "mean firing rate at each frequency"),
            "r_squared": ("1", "fraction of the variance explained by the sine"),
            "modulation_p": (
                "1",
                "p-value of the modulation, from its scatter over cycles; up to 0.01 the rate follows the light",
            ),
        },
        under="data",
    ),
    *arrays(
        FEATURE,
        "float64",
        "frequency, bound",
        {
            "amplitude_interval": ("Hz", "interval of 95 % of the amplitude"),
            "phase_interval": (
                "rad",
                "interval of 95 % of the phase; NaN if the rate does not follow the light",
            ),
        },
        under="data",
    ),
    *arrays(
        FEATURE,
        "float64",
        "direction",
        {
            "direction_deg": ("degree", "directions of the bar: 0 is right, 90 down"),
            "rate": ("Hz", "mean firing rate in each direction"),
        },
        under="data",
    ),
    *labelled(
        Field(
            FEATURE,
            "FRIF",
            "float32",
            "firing rate between two display frames",
            axes="interval",
            unit="Hz",
            memory="data/FRIF",
        )
    ),
    *arrays(FEATURE, "float64", "interval", {"FRIF_x_axis": ("s", "start of each interval")}, under="data"),
    Field(f"{FEATURE}/data", "*", "any", "second name of each output that is an array", "link"),
)
