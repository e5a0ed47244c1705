"""Direction and orientation selectivity, from bars moving in several directions."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

import numpy as np

from hdmea_gui.analysis import CannotCompute
from hdmea_gui.analysis.direction_tuning import DirectionTuning, direction_tuning, rates_by_direction
from hdmea_gui.analysis.histogram import window_rates
from hdmea_gui.pipeline.features.family import Family, Recording, Shown, UnitData
from hdmea_gui.pipeline.parameters import parameter


@dataclass(frozen=True)
class Params:
    """Parameters of the direction tuning."""

    n_shuffles: int = parameter(
        1000,
        "Shuffles",
        tip="Number of random shuffles of the trials across directions, for the p-values.",
        minimum=1,
    )
    seed: int = parameter(0, "Seed", tip="The same seed produces the same p-values.", minimum=0)


def compute(unit: UnitData, shown: Shown | None, recording: Recording, params: Params) -> dict[str, Any]:
    """Compute the mean rate in each direction, selectivity indices, preferred angles and p-values."""
    events = [event for event in (shown.events if shown else ()) if event.direction_deg is not None]
    if not events:
        raise CannotCompute("the stimulus does not define its directions")
    windows = np.array([(event.onset, event.offset) for event in events])
    rates = window_rates(unit.trials, unit.bounds, windows, recording.frame_timestamps, recording.rate_hz)
    shown_deg = np.array([event.direction_deg for event in events], float)
    directions, by_direction = rates_by_direction(rates, shown_deg)
    result = direction_tuning(directions, by_direction, n_shuffles=params.n_shuffles, seed=params.seed)
    return {field.name: getattr(result, field.name) for field in dataclasses.fields(result)}


FAMILY = Family(
    kind="moving_bar",
    prefix="moving_h_bar",
    names=("moving_h_bar_s5_d8_3x",),
    compute=compute,
    params=Params,
    outputs=tuple(field.name for field in dataclasses.fields(DirectionTuning)),
    timed=True,
)
