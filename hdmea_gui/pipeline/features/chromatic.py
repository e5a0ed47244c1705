"""Responses to green and blue light."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import partial
from typing import Any

from hdmea_gui.analysis import CannotCompute
from hdmea_gui.analysis.chromatic_response import ChromaticResponse, chromatic_response
from hdmea_gui.pipeline.features.conditions import by_condition
from hdmea_gui.pipeline.features.family import Family, Recording, Shown, UnitData
from hdmea_gui.pipeline.parameters import parameter


@dataclass(frozen=True)
class Params:
    """Parameters of the chromatic responses."""

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
    """Compute ON and OFF responses to each colour, latencies, opponency index and preferred colour."""
    coloured = {event.colour: (event.onset, event.offset) for event in (shown.events if shown else ())}
    if shown is None or not {"green", "blue"} <= set(coloured):
        raise CannotCompute("the stimulus does not define when green and blue are on")
    measure = partial(
        chromatic_response,
        green=coloured["green"],
        blue=coloured["blue"],
        cutoff_hz=params.cutoff_hz,
        filter_order=params.filter_order,
    )
    return by_condition(unit.rates(recording), shown.conditions, measure)


FAMILY = Family(
    kind="chromatic",
    prefix="green_blue",
    names=("green_blue_3s_3i_3x", "green_blue_3s_3i_3x_64_128_255"),
    compute=compute,
    params=Params,
    outputs=tuple(field.name for field in dataclasses.fields(ChromaticResponse)),
    timed=True,
    by_condition=True,
)
