"""Steps of the pipeline in order, one file each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hdmea_gui.pipeline.steps import (
    add_section_time,
    add_section_time_analog,
    compute_eimage_sta,
    compute_sta,
    extract_features,
    load_recording,
    rf_geometry,
    section_spike_times,
    soma_geometry,
)

if TYPE_CHECKING:
    from hdmea_gui.pipeline.step import Step

STEPS: tuple[Step, ...] = (
    load_recording.STEP,
    compute_eimage_sta.STEP,
    add_section_time.STEP,
    add_section_time_analog.STEP,
    section_spike_times.STEP,
    compute_sta.STEP,
    rf_geometry.STEP,
    soma_geometry.STEP,
    extract_features.STEP,
)

STEPS_BY_KEY: dict[str, Step] = {step.key: step for step in STEPS}

__all__ = ["STEPS", "STEPS_BY_KEY"]
