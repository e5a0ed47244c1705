"""Which of the sensor data's two space axes is the column: evidence from the electrical images.

The order is not settled in public sources, so it is decided from where the units lie: the
sorter's row and column of a unit must fall on the peak of its image.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class AxisEvidence:
    """What the units say about the axes.

    Attributes
    ----------
    axes
        ("col", "row"), ("row", "col"), or None when the units do not tell.
    votes_col_row, votes_row_col
        Units whose peak fits this order and not the other as well.
    n_units
        Units that were asked.
    """

    axes: tuple[str, str] | None
    votes_col_row: int
    votes_row_col: int
    n_units: int


def axis_evidence(
    peaks: NDArray[np.integer[Any]],
    unit_rows: NDArray[np.integer[Any]],
    unit_columns: NDArray[np.integer[Any]],
    *,
    region_left: int,
    region_top: int,
    tolerance: int = 2,
) -> AxisEvidence:
    """Let every unit vote for the order in which its image peaks where the sorter puts it.

    A unit votes if its peak lies within the tolerance in one order, and at least two electrodes
    further off in the other: those near the diagonal, and those that fit neither, do not vote. One
    order wins with more than twice the votes of the other.

    Parameters
    ----------
    peaks
        [n_units, 2], 0-based index along the data's first and second space axis of the electrode
        with the largest peak-to-peak amplitude.
    unit_rows, unit_columns
        [n_units], the sorter's 1-based chip positions.
    region_left, region_top
        1-based column and row of the region's first electrode.
    tolerance
        Electrodes by which a peak may miss, along each axis.
    """
    found = np.asarray(peaks).astype(np.int64).reshape(-1, 2)
    column = np.asarray(unit_columns).astype(np.int64) - int(region_left)
    row = np.asarray(unit_rows).astype(np.int64) - int(region_top)
    col_row = _misses(found, np.stack([column, row], axis=1))
    row_col = _misses(found, np.stack([row, column], axis=1))
    first = int(np.count_nonzero((col_row <= tolerance) & (row_col - col_row >= 2)))
    second = int(np.count_nonzero((row_col <= tolerance) & (col_row - row_col >= 2)))
    return AxisEvidence(_winner(first, second), first, second, int(found.shape[0]))


def _misses(found: NDArray[np.int64], expected: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give by how many electrodes each peak misses its place, along the worse axis."""
    return np.asarray(np.abs(found - expected).max(axis=1, initial=0))


def _winner(votes_col_row: int, votes_row_col: int) -> tuple[str, str] | None:
    if votes_col_row > 2 * votes_row_col:
        return ("col", "row")
    if votes_row_col > 2 * votes_col_row:
        return ("row", "col")
    return None
