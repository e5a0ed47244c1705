"""Responses to a light step of a few seconds."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import partial
from typing import Any

from hdmea_gui.analysis import CannotCompute
from hdmea_gui.analysis.step_response import StepResponse, step_response
from hdmea_gui.pipeline.features.conditions import by_condition
from hdmea_gui.pipeline.features.family import Family, Recording, Shown, UnitData
from hdmea_gui.pipeline.parameters import parameter


@dataclass(frozen=True)
class Params:
    """Parameters of the step responses."""

    cutoff_hz: float = parameter(
        10.0,
        "Smoothing",
        unit="Hz",
        tip="Design cutoff of the low-pass (10: -3 dB at 4.8 Hz) for the PSTH, peak rates and quality, not for "
        "whether and when a unit responds; 0 disables it.",
        minimum=0,
    )
    filter_order: int = parameter(5, "Low-pass order", minimum=1, maximum=10)


def compute(unit: UnitData, shown: Shown | None, recording: Recording, params: Params) -> dict[str, Any]:
    """Compute ON and OFF responses with their evidence, latencies, ON-OFF index, response quality and PSTH."""
    if shown is None or len(shown.events) != 1:
        raise CannotCompute("the stimulus does not define exactly one interval of light per trial")
    light = shown.events[0]
    measure = partial(
        step_response,
        on_bin=light.onset,
        off_bin=light.offset,
        cutoff_hz=params.cutoff_hz,
        filter_order=params.filter_order,
    )
    return by_condition(unit.rates(recording), shown.conditions, measure)


FAMILY = Family(
    kind="step",
    prefix="step_up",
    names=("step_up_5s_5i_3x", "step_up_5s_5i_b0_3x", "step_up_5s_5i_b0_30x"),
    compute=compute,
    params=Params,
    outputs=tuple(field.name for field in dataclasses.fields(StepResponse)),
    timed=True,
    by_condition=True,
)
