"""Responses of the firing rate to sinusoidal light of several frequencies."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from hdmea_gui.analysis import CannotCompute
from hdmea_gui.analysis.frequency_response import FrequencyResponse, FrequencyStep, frequency_response
from hdmea_gui.pipeline.features.events import display_speed
from hdmea_gui.pipeline.features.family import Family, Recording, Shown, UnitData


@dataclass(frozen=True)
class Params:
    """The family has no parameters."""


def compute(unit: UnitData, shown: Shown | None, recording: Recording, _params: Params) -> dict[str, Any]:
    """Compute amplitude, phase, offset and goodness of fit of a sine at each frequency, as the display showed it."""
    speed = display_speed(recording.frame_timestamps, recording.rate_hz)
    steps = [
        FrequencyStep(event.onset, event.offset, event.frequency_hz * speed)
        for event in (shown.events if shown else ())
        if event.frequency_hz is not None
    ]
    if not steps:
        raise CannotCompute("the stimulus does not define its frequencies")
    result = frequency_response(unit.rates(recording), steps)
    return {field.name: getattr(result, field.name) for field in dataclasses.fields(result)}


FAMILY = Family(
    kind="frequency",
    prefix="freq_step",
    names=("freq_step_5st_3x",),
    compute=compute,
    params=Params,
    outputs=tuple(field.name for field in dataclasses.fields(FrequencyResponse)),
    timed=True,
)
