"""Many small maps as one large image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_LARGEST = 64
"""Rows and columns of a tile at most; larger maps are thinned."""


@dataclass(frozen=True)
class Grid:
    """Where tiles stand in an image; lengths in pixels of the image.

    Parameters
    ----------
    count : int
        Number of tiles.
    columns : int
        Tiles in a row.
    height, width : int
        Size of a tile, without the gap to the next.
    """

    count: int
    columns: int
    height: int
    width: int

    @property
    def rows(self) -> int:
        """Number of rows of tiles."""
        return -(-self.count // self.columns)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the image; the gap is one pixel."""
        return self.rows * (self.height + 1) - 1, self.columns * (self.width + 1) - 1

    def corner(self, index: int) -> tuple[int, int]:
        """Row and column of a tile's first pixel."""
        return index // self.columns * (self.height + 1), index % self.columns * (self.width + 1)

    def index_at(self, row: float, col: float) -> int | None:
        """Index of the tile at a place, where pixels have their middles at whole numbers; None beyond all tiles."""
        across, down = int((col + 0.5) // (self.width + 1)), int((row + 0.5) // (self.height + 1))
        index = down * self.columns + across
        inside = 0 <= across < self.columns and 0 <= down < self.rows and index < self.count
        return index if inside else None

    def frame(self, index: int) -> NDArray[np.float64]:
        """The path around a tile, float64 (6, 2) of x and y; a last NaN parts it from the next."""
        row, col = self.corner(index)
        left, top = col - 0.75, row - 0.75
        right, bottom = col + self.width - 0.25, row + self.height - 0.25
        points = [(left, top), (right, top), (right, bottom), (left, bottom), (left, top), (np.nan, np.nan)]
        return np.array(points)


def grid_of(shapes: Sequence[tuple[int, int]], aspect: float) -> Grid:
    """The grid that fills an area best.

    Parameters
    ----------
    shapes : sequence of tuple
        Rows and columns of each map; at least one.
    aspect : float
        Width of the area over its height.
    """
    height = min(max(shape[0] for shape in shapes), _LARGEST)
    width = min(max(shape[1] for shape in shapes), _LARGEST)
    count = len(shapes)
    sizes = []
    for columns in range(1, count + 1):
        rows = -(-count // columns)
        sizes.append(min(aspect / (columns * (width + 1)), 1 / (rows * (height + 1))))
    return Grid(count, int(np.argmax(sizes)) + 1, height, width)


def sheet_of(maps: Sequence[NDArray[Any]], grid: Grid) -> NDArray[np.float32]:
    """All maps side by side, float32; gaps are not a number.

    Parameters
    ----------
    maps : sequence of ndarray
        (rows, columns) each, in the order of the tiles.
    grid : Grid
        Where the tiles stand.
    """
    sheet = np.full(grid.shape, np.nan, np.float32)
    for index, values in enumerate(maps):
        thin = values[:: _step(values.shape[0]), :: _step(values.shape[1])]
        row, col = grid.corner(index)
        sheet[row : row + thin.shape[0], col : col + thin.shape[1]] = thin
    return sheet


def _step(length: int) -> int:
    return -(-length // _LARGEST)
