"""Fields of the features of a unit, by what they are computed from."""

from __future__ import annotations

from hdmea_gui.io.store.fields import Field, Words, arrays, attributes, labelled

FEATURE = "units/*/features/*"

SHARED_VECTORS = {
    "psth_time_s": "bin",
    "FRIF_x_axis": "interval",
    "frequency_hz": "frequency",
    "direction_deg": "direction",
}
"""Outputs that give the values of an axis, by name: equal in every unit, so stored once, also as that axis."""

_STEP = "the step Features"
_BASELINE, _LIGHT = f"{_STEP}, spontaneous firing", f"{_STEP}, responses to light"
_STEPS, _COLOURS = f"{_STEP}, light steps", f"{_STEP}, green and blue light"
_TRIGGERED, _WAVES = f"{_STEP}, light-triggered trials", f"{_STEP}, frequency steps"
_BARS, _NOISE = f"{_STEP}, moving bars (Mazurek et al. 2014)", f"{_STEP}, from Receptive fields"
_FRIF = f"{_STEP}, rate between frames"

_NEVER_MEASURED = "if the whole feature is missing (see absent_reason)"
_NO_RISE = "(NaN) without a significant rise"
_NO_SPIKES = "(NaN) without a spike in that time"
_NO_RESPONSE = "(NaN) without a significant response"
_FEW_TRIALS = "(NaN) for a single trial or a constant rate"
_NOT_MODULATED = "(NaN) if the rate does not follow the light"
_SILENT = "(NaN) without spikes"
_RATE, _CHANGE = "0 or more", "any number; negative if there are fewer spikes than in the dark"
_SHARE, _INDEX, _TIME, _COUNT = "0 to 1", "-1 to 1", "0 or more", "0 or more"
_P_RESPONSE = "0 to 1; a response if at most 0.01"
_DIRECTION = "0 is right, 90 down"


def _measured(unit: str, description: str, limits: str, absent: str = "") -> tuple[str, str, str, str]:
    """Describe a value that is also absent if its feature is."""
    return unit, description, limits, f"{absent}, or {_NEVER_MEASURED}" if absent else _NEVER_MEASURED


_SPONTANEOUS = {
    "mean_firing_rate": _measured("Hz", "mean spontaneous firing rate", _RATE),
    "std_firing_rate": _measured(
        "Hz",
        "standard deviation of the spontaneous rate in whole seconds",
        _RATE,
        "(NaN) if no second is complete",
    ),
    "median_isi_ms": _measured("ms", "median interspike interval", _TIME, "(NaN) with fewer than two spikes"),
    "cv_isi": _measured(
        "1",
        "coefficient of variation of the interspike intervals",
        "0 or more; 1 for a Poisson train",
        "(NaN) with fewer than two intervals",
    ),
    "lv": _measured(
        "1",
        "local variation of the interspike intervals (Shinomoto et al. 2003)",
        "0 to 3; 1 for a Poisson train",
        "(NaN) without two successive intervals",
    ),
}
_OF_ALL_LIGHT = {
    "baseline_rate": _measured("Hz", "firing rate in the dark before light onset", _RATE),
    "detectable_hz": _measured(
        "Hz",
        "change in rate over one second that would be detected in four units out of five",
        "above 0; infinite for a unit that never fires",
    ),
    "response_quality": _measured(
        "1",
        "quality index of the responses to one stimulus (Baden et al. 2016)",
        "quality_floor for unrelated trials to 1 for identical ones",
        _FEW_TRIALS,
    ),
    "quality_floor": _measured(
        "1", "quality index of trials that have nothing in common: 1 / n_trials", _SHARE
    ),
    "split_half_correlation": _measured(
        "1",
        "correlation of the mean responses of two halves of the trials, averaged over splits",
        f"{_INDEX}; 0 for unrelated trials",
        _FEW_TRIALS,
    ),
}
_OF_STEPS = {
    **{
        f"{side}_{name}": entry
        for side, change in (("on", "onset"), ("off", "offset"))
        for name, entry in {
            "peak_value": _measured(
                "Hz",
                f"smoothed peak rate in the first second after light {change} minus the baseline",
                _CHANGE,
                _NO_SPIKES,
            ),
            "peak_value_p": _measured(
                "1",
                f"p-value of the response to light {change}, corrected for all windows looked at",
                _P_RESPONSE,
            ),
            "latency_ms": _measured("ms", f"time from light {change} to the peak", _TIME, _NO_RISE),
            "onset_ms": _measured(
                "ms", f"time from light {change} to a tenth of the response's spikes", _TIME, _NO_RISE
            ),
        }.items()
    },
    "on_sustained_response": _measured(
        "Hz", "mean rate in the last second of light minus the baseline", _CHANGE
    ),
    "off_sustained_response": _measured(
        "Hz", "mean rate in the last second of the dark after the light minus the baseline", _CHANGE
    ),
    "on_off_ratio": _measured(
        "1",
        "(on - off) / (|on| + |off|) of the significant responses in the first second",
        "-1 (OFF only) to 1 (ON only)",
        _NO_RESPONSE,
    ),
}
_OF_COLOURS = {
    **{
        f"{colour}_{name}": entry
        for colour in ("green", "blue")
        for name, entry in {
            "on_response": _measured(
                "Hz",
                f"smoothed peak rate in the first second of {colour} light minus the dark before it",
                _CHANGE,
                _NO_SPIKES,
            ),
            "off_response": _measured(
                "Hz",
                f"smoothed peak rate in the first second after {colour} light minus the dark before it",
                _CHANGE,
                _NO_SPIKES,
            ),
            "on_response_p": _measured(
                "1", f"p-value of the response to the onset of {colour} light", _P_RESPONSE
            ),
            "off_response_p": _measured(
                "1", f"p-value of the response to the end of {colour} light", _P_RESPONSE
            ),
            "latency_ms": _measured(
                "ms", f"time from the onset of {colour} light to the peak", _TIME, _NO_RISE
            ),
        }.items()
    },
    "color_opponency_index": _measured(
        "1",
        "(green - blue) / (|green| + |blue|) of the significant responses",
        "-1 (blue only) to 1 (green only)",
        _NO_RESPONSE,
    ),
    "color_opponency_index_p": _measured(
        "1",
        "p-value of the difference between the colours' spike counts",
        "0 to 1; one colour is preferred if at most 0.05",
        _NO_RESPONSE,
    ),
}
_OF_TRIGGERED = {
    "response_value": _measured("Hz", "mean rate in the light minus the baseline", _CHANGE),
    "response_value_p": _measured("1", "p-value of the response to the light", _P_RESPONSE),
    "latency_ms": _measured("ms", "time from light onset to the peak", _TIME, _NO_RISE),
    "onset_ms": _measured("ms", "time from light onset to a tenth of the response's spikes", _TIME, _NO_RISE),
    "duration_s": _measured(
        "s", "time from light onset until the rate falls below half of its peak", _TIME, _NO_RISE
    ),
    "after_response": _measured(
        "Hz",
        "mean rate in the dark after light offset minus the baseline",
        _CHANGE,
        "(NaN) if the end of the light is unknown",
    ),
    "after_response_p": _measured(
        "1",
        "p-value of the response after the light",
        _P_RESPONSE,
        "(NaN) if the end of the light is unknown",
    ),
    "trial_correlation": _measured(
        "1", "correlation between the mean responses of two halves of the trials", _INDEX, _FEW_TRIALS
    ),
}
_OF_WAVES = {
    "preferred_frequency": _measured(
        "Hz",
        "frequency of the largest amplitude among those that the rate follows",
        "one of frequency_hz",
        "(NaN) if the rate follows none",
    )
}
_OF_BARS = {
    "dsi": _measured(
        "1", "direction selectivity: length of the vector sum over the summed rate", _SHARE, _SILENT
    ),
    "osi": _measured(
        "1",
        "orientation selectivity: length of the vector sum of doubled angles over the summed rate",
        _SHARE,
        _SILENT,
    ),
    "dsi_pref_null": _measured(
        "1",
        "direction selectivity: (pref - null) / (pref + null)",
        _SHARE,
        f"{_SILENT} or where no bar moved in the opposite direction",
    ),
    "osi_pref_orth": _measured(
        "1",
        "orientation selectivity: (pref - orth) / (pref + orth)",
        _SHARE,
        f"{_SILENT} or where no bar moved in an orthogonal direction",
    ),
    "preferred_direction": _measured(
        "degree", f"angle of the vector sum over directions: {_DIRECTION}", "0 to 360", _SILENT
    ),
    "preferred_orientation": _measured(
        "degree", f"angle of the vector sum over orientations: {_DIRECTION}", "0 to 180", _SILENT
    ),
    "dsi_p_value": _measured(
        "1",
        "share of shuffles over directions with at least this direction selectivity",
        "above 0, at most 1",
        _SILENT,
    ),
    "osi_p_value": _measured(
        "1",
        "share of shuffles over orientations, direction tuning kept, with at least this selectivity",
        "above 0, at most 1",
        _SILENT,
    ),
}
_MAP = "grey level"
_OF_NOISE = {
    "sta_center_x": _measured(
        "pixel",
        "column of the centre of the receptive field, from the Gaussian fit",
        "within the movie, from 0",
    ),
    "sta_center_y": _measured(
        "pixel", "row of the centre of the receptive field, from the Gaussian fit", "within the movie, from 0"
    ),
    "peak_lag_ms": _measured("ms", "time of the strongest response", "negative, before the spike"),
    "rf_size_x": _measured("pixel", "width of the receptive field above half maximum", "above 0"),
    "rf_size_y": _measured("pixel", "height of the receptive field above half maximum", "above 0"),
    "rf_amplitude": _measured(_MAP, "amplitude of the Gaussian fit", "any number, negative for OFF"),
    "sta_quality": _measured("1", "signal-to-noise ratio of the STA", "0 or more"),
    "sta_quality_p": _measured(
        "1",
        "p-value of the receptive field, corrected for pixels and lags",
        "0 to 1; a receptive field if at most 0.005",
    ),
    "center_error": _measured("pixel", "standard error of the centre of the receptive field", "0 or more"),
}

_PER_CONDITION: tuple[tuple[Words, str], ...] = (
    (_OF_ALL_LIGHT, _LIGHT),
    (_OF_STEPS, _STEPS),
    (_OF_COLOURS, _COLOURS),
)
_NUMBERS: tuple[tuple[Words, str], ...] = (
    (_SPONTANEOUS, _BASELINE),
    *_PER_CONDITION,
    (_OF_TRIGGERED, _TRIGGERED),
    (_OF_WAVES, _WAVES),
    (_OF_BARS, _BARS),
    (_OF_NOISE, _NOISE),
)

_TIMED = {
    _STEPS: ("on_latency_ms", "off_latency_ms", "on_onset_ms", "off_onset_ms"),
    _COLOURS: ("green_latency_ms", "blue_latency_ms"),
    _TRIGGERED: ("latency_ms", "onset_ms"),
}
_ONE_CONDITION = "if the trials of the movie all show the same"
_CLASS = (
    "",
    "class of the response; not_tested if one could have been missed",
    "on, off, on_off, suppressed, none, not_tested",
    _NEVER_MEASURED,
)
_COLOUR = (
    "",
    "colour whose responses are significantly larger, else none",
    "green, blue, none",
    _NEVER_MEASURED,
)


def _by_condition(words: Words) -> dict[str, tuple[str, str, str, str]]:
    return {
        f"{name}_by_condition": (entry[0], f"{name} in each condition", entry[2], _ONE_CONDITION)
        for name, entry in words.items()
    }


FEATURE_FIELDS = (
    *(
        field
        for words, source in _NUMBERS
        for field in attributes(FEATURE, "float", words, under="data", source=source)
    ),
    *attributes(
        FEATURE,
        "int",
        {"spike_count": _measured("1", "number of spikes used", _COUNT)},
        under="data",
        source=_BASELINE,
    ),
    *attributes(
        FEATURE,
        "int",
        {"n_trials": _measured("1", "number of complete trials", "1 or more")},
        under="data",
        source=_LIGHT,
    ),
    *attributes(
        FEATURE,
        "int",
        {"polarity": _measured("1", "sign of the receptive field", "1 for ON, -1 for OFF")},
        under="data",
        source=_NOISE,
    ),
    *attributes(
        FEATURE,
        "str",
        {"source": _measured("", "part of the recording that was used", "a movie, or whole recording")},
        under="data",
        source=_BASELINE,
    ),
    *attributes(FEATURE, "str", {"preferred_color": _COLOUR}, under="data", source=_COLOURS),
    *attributes(FEATURE, "str", {"response_class": _CLASS}, under="data", source=_LIGHT),
    *attributes(
        FEATURE,
        "str",
        {
            "feature_name": "registered name of the feature",
            "extractor_version": "version of the computation",
            "params_hash": "checksum of the parameters",
            "extracted_at": "time of the computation",
            "movie_name": ("", "movie from which it was computed", "", "if it needs no movie"),
            "events_source": (
                "",
                "where the light events within a trial come from",
                "",
                "if it needs no events",
            ),
            "absent_reason": ("", "why it could not be computed", "", "if it could"),
        },
        under="metadata",
        absent="in features of other programs",
        source=_STEP,
    ),
    Field(
        FEATURE,
        "parameters",
        "json",
        "parameters of the computation, defaults included, JSON",
        "attribute",
        memory="metadata/parameters",
        absent="in features of other programs",
        source=_STEP,
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
            limits="about 0 or more; smoothing can undershoot",
            absent=_NEVER_MEASURED,
            source=_LIGHT,
        )
    ),
    *arrays(
        FEATURE,
        "float32",
        "bin",
        {"psth_time_s": _measured("s", "middle of each bin, from the start of the trial", "any number")},
        under="data",
        source=_LIGHT,
    ),
    *(
        field
        for source, names in _TIMED.items()
        for field in arrays(
            FEATURE,
            "float64",
            "bound",
            {
                f"{name}_interval": _measured(
                    "ms", f"bootstrap 95 % confidence interval of {name}", _TIME, _NO_RISE
                )
                for name in names
            },
            under="data",
            source=source,
        )
    ),
    *attributes(
        FEATURE,
        "list of str",
        {
            "condition": "names of the conditions: what the trials of the movie show",
            "response_class_by_condition": ("", "response_class in each condition", _CLASS[2]),
            "preferred_color_by_condition": ("", "preferred_color in each condition", _COLOUR[2]),
        },
        under="data",
        absent=_ONE_CONDITION,
        source=_LIGHT,
    ),
    *arrays(
        FEATURE,
        "float64",
        "condition",
        {
            "condition_intensity": (
                "1",
                "light intensity of each condition",
                "0 to 255",
                "if the stimulus file does not state it",
            )
        },
        under="data",
        source="the stimulus file",
    ),
    *(
        field
        for words, source in _PER_CONDITION
        for field in arrays(
            FEATURE, "float64", "condition", _by_condition(words), under="data", source=source
        )
    ),
    *arrays(
        FEATURE,
        "int64",
        "condition",
        {"n_trials_by_condition": ("1", "number of complete trials of each condition", "1 or more")},
        under="data",
        absent=_ONE_CONDITION,
        source=_LIGHT,
    ),
    *(
        field
        for source in (_STEPS, _COLOURS)
        for field in arrays(
            FEATURE,
            "float64",
            "condition, bound",
            {
                f"{name}_interval_by_condition": ("ms", f"{name}_interval in each condition", _TIME)
                for name in _TIMED[source]
            },
            under="data",
            absent=_ONE_CONDITION,
            source=source,
        )
    ),
    *arrays(
        FEATURE,
        "float32",
        "condition, bin",
        {
            "psth_by_condition": (
                "Hz",
                "peri-stimulus time histogram of each condition",
                "about 0 or more; smoothing can undershoot",
            )
        },
        under="data",
        absent=_ONE_CONDITION,
        source=_STEPS,
    ),
    *arrays(
        FEATURE,
        "float64",
        "frequency",
        {
            "frequency_hz": _measured("Hz", "frequencies of the light", "above 0"),
            "amplitude": _measured(
                "Hz",
                "amplitude of the firing rate at each frequency",
                _RATE,
                "(NaN) if the trial ends too early",
            ),
            "phase": _measured(
                "rad",
                "phase of the firing rate at each frequency, from that of a sine",
                "-pi to pi",
                _NOT_MODULATED,
            ),
            "offset": _measured(
                "Hz", "mean firing rate at each frequency", _RATE, "(NaN) if the trial ends too early"
            ),
            "r_squared": _measured(
                "1", "fraction of the variance explained by the sine", _SHARE, "(NaN) for a constant rate"
            ),
            "modulation_p": _measured(
                "1",
                "p-value of the modulation, from its scatter over cycles (Victor and Mast 1991)",
                "0 to 1; the rate follows the light if at most 0.01",
                "(NaN) for a constant rate, or fewer than three cycles",
            ),
        },
        under="data",
        source=_WAVES,
    ),
    *arrays(
        FEATURE,
        "float64",
        "frequency, bound",
        {
            "amplitude_interval": _measured(
                "Hz", "95 % confidence interval of the amplitude", _RATE, "(NaN) for fewer than three cycles"
            ),
            "phase_interval": _measured(
                "rad", "95 % confidence interval of the phase", "-3 pi / 2 to 3 pi / 2", _NOT_MODULATED
            ),
        },
        under="data",
        source=_WAVES,
    ),
    *arrays(
        FEATURE,
        "float64",
        "direction",
        {
            "direction_deg": _measured("degree", f"directions of the bar: {_DIRECTION}", "0 to 360"),
            "rate": _measured("Hz", "mean firing rate in each direction", _RATE),
        },
        under="data",
        source=_BARS,
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
            limits=_RATE,
            absent=_NEVER_MEASURED,
            source=_FRIF,
        )
    ),
    *arrays(
        FEATURE,
        "float64",
        "interval",
        {"FRIF_x_axis": _measured("s", "start of each interval", _TIME)},
        under="data",
        source=_FRIF,
    ),
    Field(f"{FEATURE}/data", "*", "any", "second name of each output that is an array", "link"),
)
