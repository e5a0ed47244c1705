"""A contact sheet: many small maps in one large image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_LARGEST = 64
"""Largest number of rows or columns of a tile; larger maps are subsampled."""


@dataclass(frozen=True)
class Grid:
    """Layout of tiles in an image; lengths are in pixels of the image.

    Parameters
    ----------
    count : int
        Number of tiles.
    columns : int
        Tiles per row.
    height, width : int
        Size of a tile, without the gap to the next one.
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
        """Height and width of the image; tiles are one pixel apart."""
        return self.rows * (self.height + 1) - 1, self.columns * (self.width + 1) - 1

    def corner(self, index: int) -> tuple[int, int]:
        """Return the row and column of a tile's first pixel."""
        return index // self.columns * (self.height + 1), index % self.columns * (self.width + 1)

    def index_at(self, row: float, col: float) -> int | None:
        """Return the index of the tile at a place, or None outside all tiles; pixel centres are whole numbers."""
        across, down = int((col + 0.5) // (self.width + 1)), int((row + 0.5) // (self.height + 1))
        index = down * self.columns + across
        inside = 0 <= across < self.columns and 0 <= down < self.rows and index < self.count
        return index if inside else None

    def frame(self, index: int) -> NDArray[np.float64]:
        """Return the path around a tile, float64 (6, 2), x and y; a final NaN separates it from the next path."""
        row, col = self.corner(index)
        # a quarter of a pixel outside the tile, so that the frames of neighbours do not touch
        left, top = col - 0.75, row - 0.75
        right, bottom = col + self.width - 0.25, row + self.height - 0.25
        points = [(left, top), (right, top), (right, bottom), (left, bottom), (left, top), (np.nan, np.nan)]
        return np.array(points)


def grid_of(shapes: Sequence[tuple[int, int]], aspect: float) -> Grid:
    """Return the grid whose tiles are largest in an area of this aspect.

    Parameters
    ----------
    shapes : sequence of tuple
        Height and width of each map; at least one map.
    aspect : float
        Width of the area divided by its height.
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
    """Return all maps side by side, float32 (height, width) of the grid; gaps are NaN.

    Parameters
    ----------
    maps : sequence of ndarray
        Any float (n_rows, n_cols) each, in the order of the tiles.
    grid : Grid
        Layout of the tiles.
    """
    sheet = np.full(grid.shape, np.nan, np.float32)
    for index, values in enumerate(maps):
        thin = values[:: _step(values.shape[0]), :: _step(values.shape[1])]
        row, col = grid.corner(index)
        sheet[row : row + thin.shape[0], col : col + thin.shape[1]] = thin
    return sheet


def _step(length: int) -> int:
    return -(-length // _LARGEST)
