"""Features of units: one file per family, and the ordered table of the families."""

from __future__ import annotations

from hdmea_gui.pipeline.features import (
    baseline,
    chromatic,
    frequency,
    frif,
    light_triggered,
    moving_bar,
    noise,
    step,
)
from hdmea_gui.pipeline.features.family import Family

FAMILIES: tuple[Family, ...] = (
    baseline.FAMILY,
    frif.FAMILY,
    step.FAMILY,
    chromatic.FAMILY,
    frequency.FAMILY,
    moving_bar.FAMILY,
    noise.FAMILY,
    light_triggered.FAMILY,
)

PLACEHOLDERS = {
    "cell_type_classifier": "it was a placeholder in the lab's scripts and computes nothing",
    "example_feature": "it was an example in the lab's scripts and computes nothing",
}
"""Names that old scripts may request but that never were features."""

__all__ = ["FAMILIES", "PLACEHOLDERS", "Family"]
