"""Spontaneous firing, during the grey-screen movie or else over the whole recording."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

import numpy as np

from hdmea_gui.analysis.baseline import baseline
from hdmea_gui.pipeline.features.family import Family, Recording, Shown, UnitData


@dataclass(frozen=True)
class Params:
    """The family has no parameters."""


def compute(unit: UnitData, shown: Shown | None, recording: Recording, _params: Params) -> dict[str, Any]:
    """Compute the mean rate, its standard deviation, and the statistics of the interspike intervals."""
    if shown is not None and (unit.bounds[:, 1] > unit.bounds[:, 0]).any():
        stretches, source = unit.bounds, shown.movie
    else:  # sections after the end of the recording are empty: that movie was not recorded
        stretches, source = np.array([[0, recording.n_samples]], np.int64), "whole recording"
    return dataclasses.asdict(baseline(unit.spikes, stretches, recording.rate_hz)) | {"source": source}


FAMILY = Family(
    kind="baseline",
    prefix="baseline",
    names=("baseline_127",),
    compute=compute,
    params=Params,
    outputs=(
        "mean_firing_rate",
        "std_firing_rate",
        "median_isi_ms",
        "cv_isi",
        "lv",
        "spike_count",
        "source",
    ),
    anywhere=True,
)
