"""Contact sheet: the maps of many receptive fields side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QTransform

from hdmea_gui.views.contact_sheet import Grid, grid_of, sheet_of
from hdmea_gui.views.map_plot import MapPlot, Mark
from hdmea_gui.views.plots import Box

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from hdmea_gui.views.sta_picture import Field
    from hdmea_gui.views.theme import Theme

_READABLE = 4
"""Height of a tile, in lines of text, from which it has a label."""


class _Labels(pg.GraphicsObject):  # type: ignore[misc]  # pyqtgraph has no types
    """Names in the corners of tiles, if these are large enough on screen."""

    def __init__(self) -> None:
        super().__init__()
        self._grid = Grid(0, 1, 1, 1)
        self._names: Sequence[str] = ()
        self._measured: tuple[QFontMetrics, int] | None = None
        self._text_colour, self._background = QColor(), QColor()
        self.setZValue(5)

    def apply_theme(self, theme: Theme) -> None:
        """Apply the theme's colours."""
        self._text_colour, self._background = theme.foreground, theme.background
        self._background.setAlpha(170)
        self.update()

    def show_names(self, grid: Grid, names: Sequence[str]) -> None:
        """Set the names and the grid of their tiles."""
        self.prepareGeometryChange()
        self._grid, self._names, self._measured = grid, names, None
        self.update()

    def boundingRect(self) -> QRectF:  # noqa: N802 - Qt's name
        """Return the whole sheet."""
        rows, cols = self._grid.shape
        return QRectF(-0.5, -0.5, cols, rows)

    def paint(self, painter: QPainter, *_: Any) -> None:
        """Paint the names of the visible tiles, upright and in the font's own size."""
        transform, metrics = painter.transform(), painter.fontMetrics()
        size = transform.mapRect(QRectF(0, 0, self._grid.width, self._grid.height)).size()
        if size.height() < _READABLE * metrics.height() or size.width() < self._widest(metrics):
            return
        visible = self.viewRect()
        painter.save()
        painter.setTransform(QTransform())
        painter.setPen(self._text_colour)
        for index, name in enumerate(self._names):
            row, col = self._grid.corner(index)
            tile = QRectF(col - 0.5, row - 0.5, self._grid.width, self._grid.height)
            if tile.intersects(visible):
                place = QRectF(transform.mapRect(tile).topLeft(), metrics.size(0, name))
                painter.fillRect(place, self._background)
                painter.drawText(place, name)
        painter.restore()

    def _widest(self, metrics: QFontMetrics) -> int:
        """Return the width of the longest name in a font, measured once."""
        if self._measured is None or self._measured[0] != metrics:
            widest = max((metrics.horizontalAdvance(name) for name in self._names), default=0)
            self._measured = (metrics, widest)
        return self._measured[1]


class SheetPlot(MapPlot):
    """Maps of many units side by side, in the number of columns that fills the plot best."""

    margin = 1.0

    def __init__(self) -> None:
        super().__init__("", "", Box())
        for side in ("bottom", "left"):
            self.hideAxis(side)
        self.setTitle(None)
        self._fields: Sequence[Field] = ()
        self._maps: list[NDArray[np.float32]] = []
        self._limit = 1.0
        self.grid: Grid | None = None
        self._chosen, self._current = Mark(width=1), Mark(width=3)
        self._labels = _Labels()
        self._marked: tuple[str, frozenset[str]] = ("", frozenset())
        for item in (self._labels, self._chosen, self._current):
            self.addItem(item)
        self.box.sigResized.connect(self._on_resized)

    def show_fields(self, fields: Sequence[Field], maps: list[NDArray[np.float32]], limit: float) -> None:
        """Show the maps of some units."""
        self._fields, self._maps, self._limit = fields, maps, limit
        self.grid = None
        self._on_resized()

    def show_selection(self, current: str, chosen: Iterable[str]) -> None:
        """Mark the current unit and the selected ones."""
        self._marked = (current, frozenset(chosen))
        self._mark()

    def _on_resized(self) -> None:
        if not self._maps:
            return
        shapes = [(values.shape[0], values.shape[1]) for values in self._maps]
        grid = grid_of(shapes, self.box.width() / max(self.box.height(), 1.0))
        if grid != self.grid:
            self.grid = grid
            self.show_map(sheet_of(self._maps, grid), (-self._limit, self._limit))
            self._labels.show_names(grid, [field.unit_id for field in self._fields])
            self._mark()

    def _mark(self) -> None:
        current, chosen = self._marked
        for mark, wanted in ((self._current, {current}), (self._chosen, chosen - {current})):
            mark.show_path(self._frames_of(wanted))

    def _frames_of(self, unit_ids: Iterable[str]) -> NDArray[np.float64]:
        if self.grid is None:
            return np.empty((0, 2))
        wanted = set(unit_ids)
        paths = [
            self.grid.frame(index) for index, field in enumerate(self._fields) if field.unit_id in wanted
        ]
        return np.concatenate(paths) if paths else np.empty((0, 2))
