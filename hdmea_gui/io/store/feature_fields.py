"""Fields of electrical images, STAs and features of a unit."""

from __future__ import annotations

from hdmea_gui.io.store.fields import Field, arrays, attributes, derived, from_metadata, scalars

IMAGE = "units/*/features/eimage_sta"
STA = "units/*/features/sta_*"
FEATURE = "units/*/features/*"

SOMA = f"{IMAGE}/geometry"
RECEPTIVE_FIELD = f"{STA}/sta_geometry"

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
    Field(
        IMAGE,
        "data",
        "float32",
        "electrical image: mean high-pass-filtered signal of each electrode around the spikes",
        axes="lag, axis 1, axis 2",
        unit="raw count",
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
        "attribute",
        axes="axis 1, axis 2",
        node="data",
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
    *scalars(
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

STA_FIELDS = (
    Field(
        STA,
        "data",
        "float32",
        "spike-triggered average: mean noise movie before a spike",
        axes="lag, height, width",
        unit=_MAP,
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
    *scalars(f"{STA}/metadata", "str", {"movie_name": "name of the noise movie"}),
    Field(f"{STA}/metadata", "cover_range", "list of int", _COVER_RANGE, axes="bound", unit="frame"),
    *scalars(
        RECEPTIVE_FIELD,
        "float",
        {
            "center_row": ("pixel", "row of the centroid of the area above half maximum, from 0"),
            "center_col": ("pixel", "column of the centroid of the area above half maximum, from 0"),
            "size_x": ("pixel", "width of that area"),
            "size_y": ("pixel", "height of that area"),
            "area": ("pixel^2", "size of that area"),
            "equivalent_diameter": ("pixel", "diameter of a disc of that area"),
            "peak_lag_ms": ("ms", "time of the strongest response, negative before the spike"),
            "snr": ("1", "peak deviation over the standard deviation at the earliest lags"),
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
        axes="height, width",
        unit=_MAP,
    ),
    *scalars(
        f"{RECEPTIVE_FIELD}/gaussian_fit",
        "float",
        {
            "center_x": ("pixel", "centre of the fitted Gaussian"),
            "center_y": ("pixel", "centre of the fitted Gaussian"),
            "sigma_x": ("pixel", "width of the fitted Gaussian along the axis closer to x"),
            "sigma_y": ("pixel", "width of the fitted Gaussian along the axis closer to y"),
            "amplitude": (_MAP, "amplitude of the fitted Gaussian, negative for a trough"),
            "theta": ("rad", "angle of the axis of sigma_x, from the x axis towards y"),
            "offset": (_MAP, "offset of the fitted Gaussian"),
            "r_squared": ("1", "fraction of the map's variance explained by the Gaussian"),
        },
    ),
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
    *(
        field
        for side, part in (("on", "above"), ("off", "below"))
        for field in scalars(
            f"{RECEPTIVE_FIELD}/ONOFF_model",
            "float",
            {
                f"{side}_center_x": ("pixel", f"centre of the Gaussian fitted to the map {part} zero"),
                f"{side}_center_y": ("pixel", f"centre of the Gaussian fitted to the map {part} zero"),
                f"{side}_sigma_x": ("pixel", f"width of the Gaussian fitted to the map {part} zero"),
                f"{side}_sigma_y": ("pixel", f"width of the Gaussian fitted to the map {part} zero"),
                f"{side}_amplitude": (_MAP, f"amplitude of the Gaussian fitted to the map {part} zero"),
                f"{side}_r_squared": ("1", f"fraction of the variance {part} zero explained by the fit"),
            },
        )
    ),
    Field(
        FEATURE,
        "sta",
        "float32",
        "second name of the data of sta_<movie>, under the movie",
        "link",
        axes="lag, height, width",
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
    "on_peak_value": ("Hz", "peak rate after light onset"),
    "off_peak_value": ("Hz", "peak rate after light offset"),
    "on_latency_ms": ("ms", "time from light onset to the peak"),
    "off_latency_ms": ("ms", "time from light offset to the peak"),
    "on_sustained_response": ("Hz", "mean rate in the last second of light"),
    "off_sustained_response": ("Hz", "mean rate in the last second of the dark after it"),
    "on_off_ratio": ("1", "(on - off) / (on + off) of the peak rates"),
    "response_quality": ("1", "quality index of the responses (Baden et al. 2016)"),
    # green and blue
    "green_on_response": ("Hz", "peak rate in the first second of green light"),
    "green_off_response": ("Hz", "peak rate in the first second after green light"),
    "green_latency_ms": ("ms", "time from the onset of green light to the peak"),
    "blue_on_response": ("Hz", "peak rate in the first second of blue light"),
    "blue_off_response": ("Hz", "peak rate in the first second after blue light"),
    "blue_latency_ms": ("ms", "time from the onset of blue light to the peak"),
    "color_opponency_index": ("1", "(green - blue) / (green + blue) of the responses"),
    # frequency steps, moving bar
    "preferred_frequency": ("Hz", "frequency with the largest amplitude"),
    "dsi": ("1", "direction selectivity: length of the vector sum, 0 to 1"),
    "osi": ("1", "orientation selectivity: length of the vector sum, 0 to 1"),
    "dsi_pref_null": ("1", "direction selectivity: (pref - null) / (pref + null)"),
    "osi_pref_orth": ("1", "orientation selectivity: (pref - orth) / (pref + orth)"),
    "preferred_direction": ("degree", "angle of the vector sum over directions"),
    "preferred_orientation": ("degree", "angle of the vector sum over orientations"),
    "dsi_p_value": ("1", "fraction of shuffles with at least this direction selectivity"),
    "osi_p_value": ("1", "fraction of shuffles with at least this orientation selectivity"),
    # noise
    "sta_center_x": ("pixel", "centre of the receptive field, from the Gaussian fit"),
    "sta_center_y": ("pixel", "centre of the receptive field, from the Gaussian fit"),
    "peak_lag_ms": ("ms", "time of the strongest response, negative before the spike"),
    "rf_size_x": ("pixel", "width of the receptive field"),
    "rf_size_y": ("pixel", "height of the receptive field"),
    "rf_amplitude": (_MAP, "amplitude of the Gaussian fit"),
    "sta_quality": ("1", "signal-to-noise ratio of the STA"),
}

FEATURE_FIELDS = (
    *attributes(FEATURE, "float", FEATURE_SCALARS, under="data"),
    *attributes(
        FEATURE,
        "int",
        {
            "spike_count": ("1", "number of spikes used"),
            "polarity": ("1", "1 for ON, -1 for OFF"),
        },
        under="data",
    ),
    *attributes(
        FEATURE,
        "str",
        {
            "source": "part of the recording that was used",
            "preferred_color": "green, blue or none",
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
            **_ABSENT,
        },
        under="metadata",
    ),
    *scalars(
        f"{FEATURE}/metadata", "str", {"events_source": "where the light events within a trial come from"}
    ),
    *arrays(
        FEATURE,
        "float32",
        "bin",
        {
            "psth": ("Hz", "peri-stimulus time histogram, mean of the trials"),
            "psth_time_s": ("s", "middle of each bin, from the start of the trial"),
        },
        under="data",
    ),
    *arrays(
        FEATURE,
        "float64",
        "frequency",
        {
            "frequency_hz": ("Hz", "frequencies of the light"),
            "amplitude": ("Hz", "amplitude of the firing rate at each frequency"),
            "phase": ("rad", "phase of the firing rate at each frequency"),
            "offset": ("Hz", "mean firing rate at each frequency"),
            "r_squared": ("1", "fraction of the variance explained by the sine"),
        },
        under="data",
    ),
    *arrays(
        FEATURE,
        "float64",
        "direction",
        {
            "direction_deg": ("degree", "directions of the bar"),
            "rate": ("Hz", "mean firing rate in each direction"),
        },
        under="data",
    ),
    *arrays(
        FEATURE,
        "float32",
        "interval",
        {"FRIF": ("Hz", "firing rate between two display frames")},
        under="data",
    ),
    *arrays(FEATURE, "float64", "interval", {"FRIF_x_axis": ("s", "start of each interval")}, under="data"),
    Field(f"{FEATURE}/data", "*", "any", "second name of each output that is an array", "link"),
)
