"""The plots of many receptive fields: a contact sheet of their maps, and a mosaic of their ellipses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Signal
from PySide6.QtGui import QColor, QPainter, QTransform

from hdmea_gui.views.contact_sheet import Grid, grid_of, sheet_of
from hdmea_gui.views.frames import round_limit
from hdmea_gui.views.map_plot import MapPlot, Mark
from hdmea_gui.views.plots import Box, ColourBar, PlotArea, line, share_room
from hdmea_gui.views.sta_picture import UNIT, FieldEllipse

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from hdmea_gui.views.theme import Theme

_NOTHING = np.empty((0, 2))
_READABLE = 4
"""Lines of text that a tile must be high to have a label."""

_SMOOTH = 150
"""Ellipses that are drawn with smooth lines; more of them would take too long."""


@dataclass(frozen=True)
class Field:
    """The receptive field of one unit.

    Parameters
    ----------
    unit_id : str
        The unit.
    map : ndarray
        float32 (rows, columns), by how much the STA deviates at the unit's own peak.
    fit : FieldEllipse or None
        The fitted Gaussian.
    """

    unit_id: str
    map: NDArray[np.float32]
    fit: FieldEllipse | None


class _Labels(pg.GraphicsObject):  # type: ignore[misc]  # pyqtgraph has no types
    """Names in the corners of tiles, where these are large enough on screen."""

    def __init__(self) -> None:
        super().__init__()
        self._grid = Grid(0, 1, 1, 1)
        self._names: Sequence[str] = ()
        self._ink, self._ground = QColor(), QColor()
        self.setZValue(5)

    def dress(self, theme: Theme) -> None:
        """Take the theme's colours."""
        self._ink, self._ground = theme.foreground, theme.background
        self._ground.setAlpha(170)
        self.update()

    def show_names(self, grid: Grid, names: Sequence[str]) -> None:
        """Show other names."""
        self.prepareGeometryChange()
        self._grid, self._names = grid, names
        self.update()

    def boundingRect(self) -> QRectF:  # noqa: N802 - Qt's name
        """The whole sheet."""
        rows, cols = self._grid.shape
        return QRectF(-0.5, -0.5, cols, rows)

    def paint(self, painter: QPainter, *_: Any) -> None:
        """Paint the names of the tiles in sight, upright and in the font's own size."""
        transform, metrics = painter.transform(), painter.fontMetrics()
        size = transform.mapRect(QRectF(0, 0, self._grid.width, self._grid.height)).size()
        widest = max((metrics.horizontalAdvance(name) for name in self._names), default=0)
        if size.height() < _READABLE * metrics.height() or size.width() < widest:
            return
        sight = self.viewRect()
        painter.save()
        painter.setTransform(QTransform())
        painter.setPen(self._ink)
        for index, name in enumerate(self._names):
            row, col = self._grid.corner(index)
            tile = QRectF(col - 0.5, row - 0.5, self._grid.width, self._grid.height)
            if tile.intersects(sight):
                place = QRectF(transform.mapRect(tile).topLeft(), metrics.size(0, name))
                painter.fillRect(place, self._ground)
                painter.drawText(place, name)
        painter.restore()


class _Sheet(MapPlot):
    """Maps of many units side by side, in as many columns as fill the plot best."""

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
        """Show the maps of other units."""
        self._fields, self._maps, self._limit = fields, maps, limit
        self.grid = None
        self._on_resized()

    def show_selection(self, current: str, chosen: Iterable[str]) -> None:
        """Mark the current unit and those that are selected."""
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
        for mark, wanted in ((self._current, {current}), (self._chosen, chosen)):
            mark.show_path(self._frames_of(wanted))

    def _frames_of(self, unit_ids: Iterable[str]) -> NDArray[np.float64]:
        if self.grid is None:
            return _NOTHING
        wanted = set(unit_ids)
        paths = [
            self.grid.frame(index) for index, field in enumerate(self._fields) if field.unit_id in wanted
        ]
        return np.concatenate(paths) if paths else _NOTHING


class _Ellipses(pg.PlotCurveItem):  # type: ignore[misc]  # pyqtgraph has no types
    """Many ellipses as one line, kept as a picture while nothing but other items changes."""

    def __init__(self) -> None:
        super().__init__(connect="finite")
        self.setCacheMode(self.CacheMode.DeviceCoordinateCache)

    def show_paths(self, paths: Sequence[NDArray[np.float64]]) -> None:
        """Draw other ellipses."""
        path = np.concatenate(paths) if paths else _NOTHING
        self.setData(path[:, 0], path[:, 1], antialias=len(paths) <= _SMOOTH)

    def setExportMode(self, export: bool, opts: dict[str, Any] | None = None) -> None:  # noqa: N802 - pyqtgraph's name
        """Be drawn as lines in files."""
        modes = self.CacheMode
        self.setCacheMode(modes.NoCache if export else modes.DeviceCoordinateCache)
        super().setExportMode(export, opts)


class _Mosaic(MapPlot):
    """Ellipses of many units over the stimulus, at one standard deviation."""

    def __init__(self) -> None:
        super().__init__("Column (pixel)", "Row (pixel)", Box())
        self._on, self._off = _Ellipses(), _Ellipses()
        self._chosen, self._current = Mark(), Mark(width=3)
        for item in (self._on, self._off, self._chosen, self._current):
            self.addItem(item)
        self._paths: dict[str, NDArray[np.float64]] = {}
        self._legend = ""

    def set_ends(self, colours: pg.ColorMap) -> None:
        """Draw ON in the colour of the largest values and OFF in that of the smallest."""
        low, high = colours.map([0.15, 0.85], mode="qcolor")
        self._on.setPen(line(high, 1))
        self._off.setPen(line(low, 1))
        on, off = (
            f"<span style='color:{c.name()}'>{name}</span>" for c, name in ((high, "ON"), (low, "OFF"))
        )
        self._legend = f"{on} and {off}, one standard deviation"
        self._show_legend()

    def show_fields(self, fields: Sequence[Field]) -> None:
        """Draw the ellipses of other units."""
        self._paths = {field.unit_id: _closed(field.fit) for field in fields if field.fit is not None}
        for curve, sign in ((self._on, 1), (self._off, -1)):
            paths = [
                self._paths[f.unit_id] for f in fields if f.fit is not None and f.fit.amplitude * sign > 0
            ]
            path = np.concatenate(paths) if paths else _NOTHING
            curve.setData(path[:, 0], path[:, 1])
        self._show_legend()
        shape = np.max([field.map.shape for field in fields], axis=0) if fields else (1, 1)
        self.box.set_home(QRectF(-1.5, -1.5, shape[1] + 2, shape[0] + 2))

    def show_selection(self, current: str, chosen: Iterable[str]) -> None:
        """Mark the current unit and those that are selected."""
        self._current.show_path(self._paths.get(current))
        paths = [self._paths[unit_id] for unit_id in chosen if unit_id in self._paths]
        self._chosen.show_path(np.concatenate(paths) if paths else None)

    def _show_legend(self) -> None:
        self.set_title(self._legend if self._paths else "No ellipse is fitted to these fields")


def _closed(fit: FieldEllipse) -> NDArray[np.float64]:
    return np.concatenate([fit.path(), [[np.nan, np.nan]]])


class FieldsFigure(PlotArea):
    """Draws the receptive fields of many units; a click on one picks it."""

    picked = Signal(str, object)
    """Unit and the keys that are held."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self._fields: Sequence[Field] = ()
        self._current = ""
        self._sheet, self._mosaic = _Sheet(), _Mosaic()
        self._bar = ColourBar(" ")
        self._bar.setImageItem(self._sheet.image)
        left = self.addLayout(0, 0)
        left.setContentsMargins(0, 0, 0, 0)
        left.addItem(self._sheet)
        left.addItem(self._bar)
        self.addItem(self._mosaic, 0, 1)
        share_room(left, (1,), (1, 0))
        share_room(self.ci, (1,), (1, 1))
        self._sheet.box.clicked.connect(self._on_sheet_clicked)
        self._mosaic.box.clicked.connect(self._on_mosaic_clicked)
        self.dress()

    def set_colours(self, colours: pg.ColorMap, ends: pg.ColorMap) -> None:
        """Use a map of colours for values on both sides of zero, and the ends of another for ellipses."""
        self._bar.set_colours(colours)
        self._mosaic.set_ends(ends)

    def show_fields(self, fields: Sequence[Field], *, shared: bool) -> None:
        """Draw the receptive fields of other units.

        Parameters
        ----------
        fields : sequence of Field
            What is to be drawn.
        shared : bool
            Whether all maps have the same limits; else each has its own.
        """
        self._fields = fields
        largest = [float(np.nanmax(np.abs(field.map), initial=0.0)) for field in fields]
        maps = [field.map for field in fields]
        limit = round_limit(max(largest, default=1.0)) if shared else 1.0
        if not shared:
            maps = [values / (top or 1.0) for values, top in zip(maps, largest, strict=True)]
        self._bar.set_label(
            f"STA minus its mean ({UNIT})" if shared else "STA, part of each unit's largest value"
        )
        self._bar.set_limits(-limit, limit)
        self._sheet.show_fields(fields, maps, limit)
        self._mosaic.show_fields(fields)

    def show_selection(self, current: str, chosen: Iterable[str]) -> None:
        """Mark the current unit and those that are selected."""
        self._current = current
        chosen = tuple(chosen)
        self._sheet.show_selection(current, chosen)
        self._mosaic.show_selection(current, chosen)

    def unit_at(self, x: float, y: float) -> str:
        """The unit whose ellipse lies at a place of the mosaic; where several do, the next one each time."""
        distances = [
            (field.fit.distance(x, y), field.unit_id) for field in self._fields if field.fit is not None
        ]
        near = [unit_id for distance, unit_id in sorted(distances) if distance <= 1.2]
        if not near:
            return ""
        return near[(near.index(self._current) + 1) % len(near)] if self._current in near else near[0]

    def _on_sheet_clicked(self, place: QPointF, modifiers: object) -> None:
        index = None if self._sheet.grid is None else self._sheet.grid.index_at(place.y(), place.x())
        if index is not None:
            self.picked.emit(self._fields[index].unit_id, modifiers)

    def _on_mosaic_clicked(self, place: QPointF, modifiers: object) -> None:
        unit_id = self.unit_at(place.x(), place.y())
        if unit_id:
            self.picked.emit(unit_id, modifiers)
