from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from hdmea_gui.analysis.axis_order import axis_evidence

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEFT, TOP = 20, 31


def units(n: int, seed: int = 0) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    rng = np.random.default_rng(seed)
    return rng.integers(TOP, TOP + 15, n), rng.integers(LEFT, LEFT + 17, n)


@pytest.mark.parametrize("axes", [("col", "row"), ("row", "col")])
def test_the_order_is_found_from_units_that_lie_off_the_diagonal(axes: tuple[str, str]) -> None:
    row, col = units(20)
    place = {"row": row - TOP, "col": col - LEFT}
    jitter = np.random.default_rng(1).integers(-1, 2, (20, 2))
    peaks = np.stack([place[axes[0]], place[axes[1]]], axis=1) + jitter
    evidence = axis_evidence(
        peaks, row.astype(np.uint16), col.astype(np.uint16), region_left=LEFT, region_top=TOP
    )
    assert evidence.axes == axes
    assert evidence.n_units == 20
    right, wrong = evidence.votes_col_row, evidence.votes_row_col
    if axes == ("row", "col"):
        right, wrong = wrong, right
    off_diagonal = np.abs((row - TOP) - (col - LEFT)) > 3  # further than the jitter, twice, and the margin
    assert wrong == 0
    assert right >= np.count_nonzero(off_diagonal) > 0


def test_nothing_tells_without_units_on_the_diagonal_or_when_votes_are_split() -> None:
    none = axis_evidence(
        np.empty((0, 2), int), np.empty(0, int), np.empty(0, int), region_left=1, region_top=1
    )
    assert none.axes is None
    same = np.arange(5)
    diagonal = axis_evidence(np.stack([same, same], 1), same + 1, same + 1, region_left=1, region_top=1)
    assert (diagonal.axes, diagonal.votes_col_row, diagonal.votes_row_col) == (None, 0, 0)
    split = axis_evidence(
        np.array([[2, 12], [12, 2], [2, 12]]),
        np.array([13, 13, 13]),
        np.array([3, 3, 3]),
        region_left=1,
        region_top=1,
    )
    assert (split.axes, split.votes_col_row, split.votes_row_col) == (None, 2, 1)


@pytest.mark.parametrize(
    ("peak", "votes", "axes"),
    [
        ((5, 7), (1, 0), ("col", "row")),
        ((7, 5), (0, 1), ("row", "col")),
        ((5, 6), (0, 0), None),
        ((6, 5), (0, 0), None),
    ],
)
def test_a_unit_votes_from_two_electrodes_off_the_other_order(
    peak: tuple[int, int], votes: tuple[int, int], axes: tuple[str, str] | None
) -> None:
    row, col = np.array([8 if 7 in peak else 7]), np.array([6])
    evidence = axis_evidence(np.array([peak]), row, col, region_left=1, region_top=1)
    assert (evidence.votes_col_row, evidence.votes_row_col) == votes
    assert evidence.axes == axes
