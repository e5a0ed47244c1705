"""Arrangement of the electrodes of a probe or chip."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_TOLERANCE = 0.05  # of the pitch; positions in files are rounded


@dataclass(frozen=True)
class ProbeGeometry:
    """A grid of electrodes with equal pitch in both directions.

    Parameters
    ----------
    n_rows, n_cols
        Size of the grid.
    pitch_um
        Distance of neighbouring electrodes, micrometres; None if the source does not state it.
    """

    n_rows: int
    n_cols: int
    pitch_um: float | None = None

    def electrode_at(self, x_um: float, y_um: float) -> tuple[int, int] | None:
        """Return the 1-based row and column of the electrode at a position; None if there is none."""
        if self.pitch_um is None:
            return None
        column, row = (round(value / self.pitch_um) + 1 for value in (x_um, y_um))
        off = max(
            abs((column - 1) * self.pitch_um - x_um),
            abs((row - 1) * self.pitch_um - y_um),
        )
        is_inside = 1 <= row <= self.n_rows and 1 <= column <= self.n_cols
        return (row, column) if is_inside and off <= _TOLERANCE * self.pitch_um else None

    def position_of(self, row: int, column: int) -> tuple[float, float] | None:
        """Return x and y of an electrode, given its 1-based row and column, micrometres; None if they are unknown."""
        if self.pitch_um is None or not (1 <= row <= self.n_rows and 1 <= column <= self.n_cols):
            return None
        return (column - 1) * self.pitch_um, (row - 1) * self.pitch_um


def grid_of(positions_um: np.ndarray) -> ProbeGeometry | None:
    """Return the grid on which electrodes lie; None if they do not lie on a grid with one pitch.

    Parameters
    ----------
    positions_um
        float (n_electrodes, 2), micrometres. x and y of each electrode, not negative; column 1 is at x = 0 and row 1
        at y = 0.
    """
    if len(positions_um) < 2 or not np.isfinite(positions_um).all() or positions_um.min() < 0:
        return None
    steps = np.concatenate([np.diff(np.unique(values)) for values in positions_um.T])
    steps = steps[steps > _TOLERANCE]
    if not steps.size:
        return None
    pitch = float(steps.min())
    n_cols, n_rows = (round(float(value) / pitch) + 1 for value in positions_um.max(axis=0))
    geometry = ProbeGeometry(n_rows, n_cols, pitch)
    on_grid = (geometry.electrode_at(float(x), float(y)) is not None for x, y in positions_um)
    return geometry if all(on_grid) else None
