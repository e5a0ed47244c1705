"""Fields of a unit: spikes, waveform, the sorter's values, trials."""

from __future__ import annotations

from typing import Any

import numpy as np

from hdmea_gui.io.store.fields import Field, attributes, labelled, with_units

UNIT = "units/*"
SORTER = "units/*/unit_meta"
QUALITY = "units/*/quality"
SECTION = "units/*/spike_times_sectioned/*"

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
            "row": "sorter's sensor row on the chip, from 1",
            "col": "sorter's sensor column on the chip, from 1",
            "global_id": "sorter's number of that sensor, from 1",
            "unit_num": "number of the unit in the sorted file",
        },
    ),
    *attributes(
        UNIT,
        "str",
        {
            "original_name": "name of the unit in the sorted file",
            "label": "label given by the user",
            "note": "note by the user",
            "position": "present if row, col and global_id are unreliable and have to be recomputed",
        },
    ),
    *attributes(
        UNIT,
        "float",
        {
            "x_um": (
                "um",
                "position of the unit's main electrode across the columns, if the sorter states it",
            ),
            "y_um": ("um", "position of the unit's main electrode across the rows, if the sorter states it"),
        },
    ),
    Field(UNIT, "spike_count", "int", "number of spikes", "attribute", unit="1", derive=_spike_count),
    Field(UNIT, "spike_times", "uint64", "every spike of the recording", axes="spike", unit="sample"),
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
            UNIT, "waveform", "float32", "mean of the sorter's cutouts", axes="sample", unit=_NO_STATED_UNIT
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
        )
    ),
    Field(SORTER, "*", "any", "value from the sorter's table of units, or attribute of the unit"),
    *with_units(
        Field(
            SORTER,
            "peak_amplitudes",
            "float32",
            "sorter's amplitude of each spike",
            axes="spike",
            unit=_NO_STATED_UNIT,
        )
    ),
    Field(SORTER, "roi_stas", "float32", "sorter's mean signal of the sensors around", axes="sensor, sample"),
    Field(SORTER, "unmixing_matrix", "float32", "sorter's unmixing matrix", axes="sensor, component"),
    Field(SORTER, "peaks_data", "any", "sorter's peaks with their cutouts, if asked for", "tree"),
    *attributes(
        QUALITY,
        "float",
        {
            "isi_violation_1ms": ("1", "share of the interspike intervals below 1 ms"),
            "isi_violation_2ms": ("1", "share of the interspike intervals below 2 ms"),
            "contamination": (
                "1",
                "estimated share of other cells' spikes, from pairs closer than 2 ms (Llobet et al. 2022), 0 to 1",
            ),
            "presence_ratio": (
                "1",
                "share of a hundred equal parts of the recording in which the unit fires",
            ),
            "amplitude_drift": (
                "1",
                "median amplitude of the last tenth of the spikes minus that of the first, over the median of all",
            ),
            "amplitude_cutoff": (
                "1",
                "estimated share of spikes missed because they are too small (Hill et al. 2011), 0 to 0.5",
            ),
        },
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
