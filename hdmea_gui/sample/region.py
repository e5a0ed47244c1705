"""Regions of the chip whose electrodes are recorded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

Axes = tuple[Literal["col", "row"], Literal["col", "row"]]


@dataclass(frozen=True)
class Region:
    """A rectangle of sensors: first column and row on the chip (1-based), columns and rows."""

    left: int
    top: int
    width: int
    height: int

    def flat_index(self, rows: np.ndarray, columns: np.ndarray, axes: Axes) -> np.ndarray:
        """Return the indices of sensors (0-based within the region) in a flattened frame with these axes."""
        flat = columns * self.height + rows if axes == ("col", "row") else rows * self.width + columns
        return np.asarray(flat)
