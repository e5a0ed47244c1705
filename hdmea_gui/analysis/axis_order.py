"""Order of the two spatial axes of the sensor data, inferred from the electrical images.

Public sources disagree about the order, so it is inferred from the units' positions: the row and
column that the sorter reports for a unit must coincide with the peak of its image.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class AxisEvidence:
    """Evidence of the units for either order of the axes.

    Attributes
    ----------
    axes
        ("col", "row"), ("row", "col"), or None if the units do not decide.
    votes_col_row, votes_row_col
        Number of units whose peak fits this order and clearly not the other.
    n_units
        Number of units examined.
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
    """Decide the order of the axes by a vote of the units.

    A unit votes for an order if its image peaks within the tolerance of the sorter's position in
    that order, and at least two electrodes farther away in the other one. Units near the diagonal
    and units that fit neither order do not vote. An order wins with more than twice the votes of
    the other.

    Parameters
    ----------
    peaks
        Any integer (n_units, 2), electrodes. 0-based index, along the first and second spatial axis
        of the data, of the electrode with the largest peak-to-peak amplitude.
    unit_rows, unit_columns
        Any integer (n_units,), electrodes. The sorter's 1-based chip positions.
    region_left, region_top
        1-based column and row of the region's first electrode.
    tolerance
        Largest accepted distance between peak and position along each axis, electrodes.

    Returns
    -------
    evidence
        The winning order and the votes.
    """
    found = np.asarray(peaks).astype(np.int64).reshape(-1, 2)
    # Chip positions are 1-based, as in the vendor's software; indices are relative to the region.
    column = np.asarray(unit_columns).astype(np.int64) - int(region_left)
    row = np.asarray(unit_rows).astype(np.int64) - int(region_top)
    col_row = _misses(found, np.stack([column, row], axis=1))
    row_col = _misses(found, np.stack([row, column], axis=1))
    # Near the diagonal both orders fit; a unit there votes only if one of them fits clearly better.
    first = int(np.count_nonzero((col_row <= tolerance) & (row_col - col_row >= 2)))
    second = int(np.count_nonzero((row_col <= tolerance) & (col_row - row_col >= 2)))
    return AxisEvidence(_winner(first, second), first, second, int(found.shape[0]))


def _misses(found: NDArray[np.int64], expected: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the distance of each peak from its expected position along the worse axis, electrodes."""
    return np.asarray(np.abs(found - expected).max(axis=1, initial=0))


def _winner(votes_col_row: int, votes_row_col: int) -> tuple[str, str] | None:
    if votes_col_row > 2 * votes_row_col:
        return ("col", "row")
    if votes_row_col > 2 * votes_col_row:
        return ("row", "col")
    return None
