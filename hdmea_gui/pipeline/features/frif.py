"""Firing rate in each inter-frame interval."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hdmea_gui.analysis.inter_frame_rate import inter_frame_rate
from hdmea_gui.pipeline.features.family import Family, Recording, Shown, UnitData


@dataclass(frozen=True)
class Params:
    """The family has no parameters."""


def compute(unit: UnitData, _shown: Shown | None, recording: Recording, _params: Params) -> dict[str, Any]:
    """Compute the rate (Hz) in each interval between display frames, and its start (s)."""
    result = inter_frame_rate(unit.spikes, recording.frame_timestamps, recording.rate_hz)
    return {"FRIF": result.rate_hz, "FRIF_x_axis": result.start_s}


FAMILY = Family(
    kind="frif",
    prefix="",
    names=("frif",),
    compute=compute,
    params=Params,
    outputs=("FRIF", "FRIF_x_axis"),
    anywhere=True,
)
