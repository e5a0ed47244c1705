"""Fields of a unit: spikes, waveform, the sorter's values, trials."""

from __future__ import annotations

from typing import Any

import numpy as np

from hdmea_gui.io.store.fields import Field, arrays, attributes, labelled, with_units

UNIT = "units/*"
SORTER = "units/*/unit_meta"
QUALITY = "units/*/quality"
SECTION = "units/*/spike_times_sectioned/*"

_SORTED = "the sorted file"
_LOAD = "the step Load recording"
_NOT_STATED = "if the sorter does not state it"
_NO_POSITION = "if the sorter states no electrode"
_NO_AMPLITUDES = "(NaN) if the sorter states no amplitudes, or there are too few spikes"
_NO_STATED_UNIT = "arbitrary"  # sorted files of the vendor and of Kilosort do not state one


def _spike_count(unit: dict[Any, Any]) -> int | None:
    times: Any = unit.get("spike_times")
    return len(times) if len(getattr(times, "shape", ())) == 1 else None


def _spike_index(unit: dict[Any, Any]) -> int | None:
    waveform: Any = unit.get("waveform")
    if not isinstance(waveform, np.ndarray) or waveform.ndim != 1 or waveform.dtype.kind != "f":
        return None
    return int(np.nanargmax(np.abs(waveform))) if np.isfinite(waveform).any() else None


def _acquisition_rate(session: dict[Any, Any]) -> Any:
    return session.get("metadata", {}).get("acquisition_rate")


UNIT_FIELDS = (
    *attributes(
        UNIT,
        "int",
        {
            "row": ("1", "sorter's sensor row on the chip, from 1", "1 to the chip's rows", _NO_POSITION),
            "col": (
                "1",
                "sorter's sensor column on the chip, from 1",
                "1 to the chip's columns",
                _NO_POSITION,
            ),
            "global_id": (
                "1",
                "sorter's number of that sensor, from 1",
                "1 to the chip's number of sensors",
                _NO_POSITION,
            ),
            "unit_num": ("1", "number of the unit in the sorted file", "0 or more"),
        },
        absent=_NOT_STATED,
        source=_SORTED,
    ),
    *attributes(
        UNIT,
        "str",
        {
            "original_name": "name of the unit in the sorted file",
            "position": "present if row, col and global_id are unreliable and have to be recomputed",
        },
        absent=_NOT_STATED,
        source=_SORTED,
    ),
    *attributes(
        UNIT,
        "str",
        {"label": "label given by the user", "note": "note by the user"},
        absent="until the user enters one",
        source="the user",
    ),
    *attributes(
        UNIT,
        "float",
        {
            "x_um": (
                "um",
                "x position of the unit's main electrode, as the sorter states it, else (col - 1) times the pitch",
                "any number",
            ),
            "y_um": (
                "um",
                "y position of the unit's main electrode, as the sorter states it, else (row - 1) times the pitch",
                "any number",
            ),
        },
        absent="if neither the position nor the electrode pitch is known",
        source="the sorted file, or the electrode pitch",
    ),
    Field(
        UNIT,
        "spike_count",
        "int",
        "number of spikes",
        "attribute",
        unit="1",
        derive=_spike_count,
        limits="0 or more",
    ),
    Field(
        UNIT,
        "spike_times",
        "uint64",
        "every spike of the recording",
        axes="spike",
        unit="sample",
        limits="0 to the last sample",
        absent=_NOT_STATED,
        source=_SORTED,
    ),
    Field(
        UNIT,
        "unit",
        "str",
        "unit of the spike times: sample_index",
        "attribute",
        node="spike_times",
        derive=lambda _unit: "sample_index",
    ),
    *with_units(
        Field(
            UNIT,
            "waveform",
            "float32",
            "mean of the sorter's cutouts",
            axes="sample",
            unit=_NO_STATED_UNIT,
            limits="any number",
            absent="if the sorted file has no cutouts",
            source=_SORTED,
        )
    ),
    Field(
        UNIT,
        "sampling_rate",
        "float",
        "sampling rate of the waveform",
        "attribute",
        unit="Hz",
        node="waveform",
        derive=_acquisition_rate,
        derive_from="session",
    ),
    Field(
        UNIT,
        "spike_index",
        "int",
        "sample of the waveform's largest deflection, from 0; where the sorter aligns spikes is not stated",
        "attribute",
        unit="sample",
        node="waveform",
        derive=_spike_index,
    ),
    Field(
        UNIT,
        "channel",
        "int",
        "sensor of the waveform, as in global_id",
        "attribute",
        node="waveform",
        derive=lambda unit: unit.get("global_id"),
    ),
    *labelled(
        Field(
            UNIT,
            "firing_rate_10hz",
            "float32",
            "firing rate in bins of 100 ms",
            axes="time",
            unit="Hz",
            limits="0 or more",
            absent="if the recording's duration is unknown",
            source=_LOAD,
        )
    ),
    Field(
        SORTER,
        "*",
        "any",
        "value from the sorter's table of units, or attribute of the unit",
        limits="as the sorter states",
        absent=_NOT_STATED,
        source=_SORTED,
    ),
    *with_units(
        Field(
            SORTER,
            "peak_amplitudes",
            "float32",
            "sorter's amplitude of each spike",
            axes="spike",
            unit=_NO_STATED_UNIT,
            limits="any number",
            absent=_NOT_STATED,
            source=_SORTED,
        )
    ),
    *arrays(
        SORTER,
        "float32",
        "sensor, sample",
        {"roi_stas": (_NO_STATED_UNIT, "sorter's mean signal on the surrounding sensors", "any number")},
        absent=_NOT_STATED,
        source=_SORTED,
    ),
    *arrays(
        SORTER,
        "float32",
        "sensor, component",
        {"unmixing_matrix": ("1", "sorter's unmixing matrix", "any number")},
        absent=_NOT_STATED,
        source=_SORTED,
    ),
    Field(
        SORTER,
        "peaks_data",
        "any",
        "sorter's peaks with their cutouts",
        "tree",
        limits="as the sorter states",
        absent="unless asked for",
        source=_SORTED,
    ),
    *attributes(
        QUALITY,
        "float",
        {
            "isi_violation_1ms": ("1", "share of the interspike intervals below 1 ms", "0 to 1"),
            "isi_violation_2ms": ("1", "share of the interspike intervals below 2 ms", "0 to 1"),
            "contamination": (
                "1",
                "estimated share of other cells' spikes, from pairs closer than 2 ms (Llobet et al. 2022)",
                "0 to 1",
            ),
            "presence_ratio": (
                "1",
                "share of a hundred equal parts of the recording in which the unit fires",
                "0 to 1",
            ),
            "amplitude_drift": (
                "1",
                "median amplitude of the last tenth of the spikes minus that of the first, over the median of all",
                "any number; 0 without drift",
                _NO_AMPLITUDES,
            ),
            "amplitude_cutoff": (
                "1",
                "estimated share of spikes missed because they are too small (Hill et al. 2011)",
                "0 to 0.5",
                _NO_AMPLITUDES,
            ),
        },
        absent="(NaN) if there are too few spikes",
        source=_LOAD,
    ),
    Field(
        SECTION,
        "full_spike_times",
        "int64",
        "spikes in all presentations of the movie",
        axes="spike",
        unit="sample",
    ),
    Field(
        f"{SECTION}/trials_spike_times",
        "*",
        "int64",
        "spikes of one trial, with its margins",
        axes="spike",
        unit="sample",
    ),
    Field(
        SECTION,
        "trials_start_end",
        "int64",
        "start and end of each trial",
        axes="trial, bound",
        unit="sample",
    ),
    *attributes(
        SECTION,
        "int",
        {
            "n_trials": ("1", "number of trials"),
            "pre_samples": ("sample", "margin before a trial"),
            "post_samples": ("sample", "margin after a trial"),
            "trial_repeats": ("1", "trials in each presentation of the movie"),
        },
        under="_attrs",
    ),
    *attributes(
        SECTION,
        "list of float",
        {"pad_margin": ("s", "margins before and after a trial")},
        under="_attrs",
    ),
    *attributes(SECTION, "str", {"created_at": "time at which the spikes were cut"}, under="_attrs"),
)
