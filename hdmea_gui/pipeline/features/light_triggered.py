"""Responses to lights that trigger their own trials (``iprgc_test`` and others)."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

import numpy as np

from hdmea_gui.analysis import CannotCompute
from hdmea_gui.analysis.triggered_response import TriggeredResponse, triggered_response
from hdmea_gui.pipeline.features.family import Family, Recording, Shown, UnitData
from hdmea_gui.pipeline.parameters import parameter


@dataclass(frozen=True)
class Params:
    """Parameters of the responses in light-triggered trials."""

    baseline_s: float = parameter(
        2.0,
        "Baseline",
        unit="s",
        tip="Dark before light onset with which responses are compared.",
        minimum=0.5,
    )


def compute(unit: UnitData, shown: Shown | None, recording: Recording, params: Params) -> dict[str, Any]:
    """Compute the response, its latency and duration, the after-response and the reliability of the trials."""
    if shown is None or not len(unit.bounds):
        raise CannotCompute("there are no light-triggered trials")
    bounds, rate_hz = unit.bounds.astype(np.int64), recording.rate_hz
    lengths = np.diff(bounds, axis=1)[:, 0]
    longest, margin = int(lengths.max()), round(params.baseline_s * rate_hz)
    whole = bounds[
        (lengths >= longest - 1) & (bounds[:, 0] >= margin)
    ]  # not those cut short by the recording
    spikes = np.sort(unit.spikes.astype(np.int64))
    trials = [
        (spikes[slice(*np.searchsorted(spikes, [start - margin, start + longest]))] - start) / rate_hz
        for start in whole[:, 0].tolist()
    ]
    result = triggered_response(trials, params.baseline_s, longest / rate_hz, shown.light_s)
    return {field.name: getattr(result, field.name) for field in dataclasses.fields(result)}


FAMILY = Family(
    kind="light_triggered",
    prefix="",
    names=(),
    compute=compute,
    params=Params,
    outputs=tuple(field.name for field in dataclasses.fields(TriggeredResponse)),
)
