"""Plot of units on the chip: points at electrodes, selected by a click or by a line drawn around them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QPolygonF

from hdmea_gui.views.chip_scale import ChipMap
from hdmea_gui.views.lane_marks import LaneMarks
from hdmea_gui.views.map_plot import Mark
from hdmea_gui.views.plots import Box, ColourBar, Drag, PlotArea, line, share_space

if TYPE_CHECKING:
    from hdmea_gui.session.bad_lanes import ChipLanes
    from hdmea_gui.views.chip_colours import Colouring
    from hdmea_gui.views.chip_scale import ChipScale
    from hdmea_gui.views.theme import Theme

_POINT = 10
"""Diameter of a point, in screen pixels."""

_NEAR = 12
"""Largest distance between a click and the unit that it selects, in screen pixels."""


@dataclass(frozen=True)
class Units:
    """Units on the chip.

    Parameters
    ----------
    ids : sequence of str
        Ids of the units.
    positions : ndarray
        float64 (n_units, 2), electrodes. Column and row of each.
    """

    ids: Sequence[str]
    positions: NDArray[np.float64]


class _Points(pg.ScatterPlotItem):  # type: ignore[misc]  # pyqtgraph has no types
    """Points that pass clicks on to the plot, which takes the nearest unit."""

    def mouseClickEvent(self, event: Any) -> None:  # noqa: N802 - pyqtgraph's name
        """Pass the click on."""
        event.ignore()


class _ChipPlot(ChipMap):
    """Units on the chip, the selected ones ringed."""

    def __init__(self, scale: ChipScale) -> None:
        super().__init__(scale, Box(emits_drags=True))
        self._regions = pg.PlotCurveItem(connect="finite")
        self._lanes = LaneMarks()
        self._others = _Points(size=4, pen=None)
        self._points = _Points(size=_POINT, hoverable=True, hoverSize=_POINT + 3, tip=_tip)
        self._chosen = _Points(size=_POINT + 5, brush=None)
        self._current = _Points(size=_POINT + 8, brush=None)
        self._loop = Mark(Qt.PenStyle.DashLine)
        for item in (
            self._regions,
            self._lanes,
            self._others,
            self._chosen,
            self._current,
            self._points,
            self._loop,
        ):
            self.addItem(item)

    def apply_theme(self, theme: Theme) -> None:
        """Apply the theme's colours."""
        super().apply_theme(theme)
        self._regions.setPen(line(theme.quiet, 1))
        self._others.setBrush(theme.quiet)
        self._points.setPen(line(theme.quiet, 1))
        self._chosen.setPen(line(theme.accent, 2))
        self._current.setPen(line(theme.foreground, 3))

    def show_units(self, units: Units, colouring: Colouring, others: Units) -> None:
        """Draw units in their colours, and the others as small dots."""
        x, y = units.positions.T
        brushes = [pg.mkBrush(colour) for colour in colouring.colours]
        self._points.setData(x=x, y=y, brush=brushes, data=list(units.ids))
        self._others.setData(x=others.positions[:, 0], y=others.positions[:, 1])

    def show_selection(self, chosen: Units, current: Units) -> None:
        """Ring the selected units and the current one."""
        for item, units in ((self._chosen, chosen), (self._current, current)):
            item.setData(x=units.positions[:, 0], y=units.positions[:, 1])

    def show_regions(self, regions: Iterable[QRectF]) -> None:
        """Outline the recorded regions; the centres of pixels are whole numbers."""
        paths = [[*(_corners(region)), (np.nan, np.nan)] for region in regions]
        path = np.array([point for points in paths for point in points]).reshape(-1, 2)
        self._regions.setData(path[:, 0], path[:, 1])

    def show_lanes(self, lanes: ChipLanes | None, regions: Iterable[QRectF]) -> None:
        """Hatch the bad lanes."""
        self._lanes.show_lanes(lanes, regions)

    def show_loop(self, path: NDArray[np.float64] | None) -> None:
        """Show the line that the user is drawing around units, or none."""
        self._loop.show_path(path)


class ChipFigure(PlotArea):
    """Units on the chip; signals report which ones the user picks."""

    picked = Signal(str, object)
    """A unit was clicked: its id and the modifier keys held."""

    encircled = Signal(object, object)
    """A line was drawn around units: their ids and the modifier keys held."""

    clicked = Signal(int, int)
    """An electrode was clicked while clicks do not pick units: its row and column, from 1."""

    def __init__(self, theme: Theme, scale: ChipScale) -> None:
        super().__init__(theme)
        self.draws_rectangles = False
        self.picks_units = True
        self._units = Units((), np.empty((0, 2)))
        self._line: list[QPointF] = []
        self._plot, self._bar = _ChipPlot(scale), ColourBar(" ")
        self.addItem(self._plot)
        self.addItem(self._bar)
        share_space(self.ci, (1,), (1, 0))
        self._plot.box.clicked.connect(self._on_clicked)
        self._plot.box.dragged.connect(self._on_dragged)
        self.apply_theme()

    def show_chip(
        self, units: Units, others: Units, regions: Sequence[QRectF], lanes: ChipLanes | None = None
    ) -> None:
        """Set the units, the recorded regions and the bad lanes.

        Parameters
        ----------
        units, others : Units
            Units that can be picked, and units that are only shown as dots.
        regions : sequence of QRectF
            Recorded regions, in columns and rows.
        lanes : ChipLanes, optional
            Bad lanes.
        """
        self._units, self._others = units, others
        self._plot.show_regions(regions)
        home = QRectF()
        for region in regions:
            home = home.united(region)
        every = np.concatenate([units.positions, others.positions])
        if len(every):
            low, high = np.floor(every.min(axis=0)), np.ceil(every.max(axis=0))
            home = home.united(QRectF(QPointF(*low), QPointF(*high)))
        self._plot.show_lanes(lanes, regions or [home])
        self._plot.number_only(home)
        self._plot.box.set_home(home.adjusted(-1, -1, 1, 1))

    def colour(self, colouring: Colouring, title: str, colours: pg.ColorMap) -> None:
        """Colour the units; the title names the column that the colours show."""
        self._plot.show_units(self._units, colouring, self._others)
        self._plot.set_title(colouring.legend or " ")  # a blank keeps the line of the title
        self._bar.setVisible(colouring.limits is not None)
        if colouring.limits is not None:
            self._bar.set_colours(colours)
            self._bar.set_label(title)
            self._bar.set_limits(*colouring.limits)

    def show_selection(self, current: str, chosen: Iterable[str]) -> None:
        """Mark the current unit and the selected ones."""
        self._plot.show_selection(self._of(chosen), self._of((current,)))

    def _of(self, unit_ids: Iterable[str]) -> Units:
        wanted = set(unit_ids)
        rows = [row for row, unit_id in enumerate(self._units.ids) if unit_id in wanted]
        return Units([self._units.ids[row] for row in rows], self._units.positions[rows])

    def unit_near(self, x: float, y: float) -> str:
        """Return the unit nearest to a place, or an empty text if none is near on screen."""
        if not len(self._units.ids):
            return ""
        pixel = self._plot.box.viewPixelSize()  # distances count on screen, at any zoom
        distances = np.hypot(*((self._units.positions - (x, y)) / pixel).T)
        nearest = int(distances.argmin())
        return self._units.ids[nearest] if distances[nearest] <= _NEAR else ""

    def units_within(self, loop: Sequence[QPointF]) -> list[str]:
        """Return the units within a closed line."""
        polygon = QPolygonF(loop)
        rule = Qt.FillRule.OddEvenFill
        return [
            unit_id
            for unit_id, (x, y) in zip(self._units.ids, self._units.positions.tolist(), strict=True)
            if polygon.containsPoint(QPointF(x, y), rule)
        ]

    def _on_clicked(self, place: QPointF, modifiers: object) -> None:
        if not self.picks_units:
            self.clicked.emit(round(place.y()), round(place.x()))
            return
        unit_id = self.unit_near(place.x(), place.y())
        if unit_id:
            self.picked.emit(unit_id, modifiers)

    def _on_dragged(self, drag: Drag) -> None:
        if drag.is_first:
            self._line = [drag.start]
        self._line.append(drag.place)
        loop = _corners(QRectF(drag.start, drag.place)) if self.draws_rectangles else _points(self._line)
        if drag.is_last:
            self._plot.show_loop(None)
            self.encircled.emit(self.units_within([QPointF(x, y) for x, y in loop]), drag.modifiers)
        else:
            self._plot.show_loop(np.array([*loop, loop[0]]))


def _points(line_drawn: Iterable[QPointF]) -> list[tuple[float, float]]:
    return [(point.x(), point.y()) for point in line_drawn]


def _corners(rect: QRectF) -> list[tuple[float, float]]:
    """Return the closed path around a rectangle."""
    left, top, right, bottom = rect.left(), rect.top(), rect.right(), rect.bottom()
    return [(left, top), (right, top), (right, bottom), (left, bottom), (left, top)]


def _tip(x: float, y: float, data: str) -> str:
    return f"{data}, row {round(y)}, column {round(x)}"
