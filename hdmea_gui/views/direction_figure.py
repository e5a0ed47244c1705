"""Figure of direction tuning: a polar plot, and around it the raster of each direction where it points."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hdmea_gui.views.plots import Plot, PlotArea, share_space
from hdmea_gui.views.polar_plot import PolarPlot
from hdmea_gui.views.shown_movie import direction_name
from hdmea_gui.views.text_size import with_text
from hdmea_gui.views.theme import UNIT_COLOURS, Theme
from hdmea_gui.views.time_plots import Ticks, TimeBox, WholeNumbers, quieten

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QResizeEvent

    from hdmea_gui.views.direction_picture import DirectionPicture

Cell = tuple[int, int]
"""Row and column."""

_USUAL = tuple(45.0 * number for number in range(8))
_WIDE = 1.3  # times as wide as high: a ring of rasters would leave the polar plot too little height
_LEFT_WIDTH, _NO_NUMBERS = 44, 6  # pixels of an axis


class DirectionFigure(PlotArea):
    """Polar plot with rasters around it, or on both sides of it if there is more width than height."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self.setAccessibleName("Direction tuning")
        self.ci.setSpacing(with_text(2))
        self._picture: DirectionPicture | None = None
        self._is_wide = False
        self.polar = PolarPlot()
        self._rasters: dict[float, Plot] = {}
        self._ticks: dict[float, Ticks] = {}
        self._make_rasters(_USUAL)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Arrange the plots for the new form of the figure."""
        super().resizeEvent(event)
        is_wide = self.width() > _WIDE * self.height()
        # pyqtgraph resizes the figure while it is being made
        if hasattr(self, "_rasters") and is_wide != self._is_wide:
            self._is_wide = is_wide
            self._arrange()

    def show_rasters(self, shown: bool) -> None:
        """Show or hide the rasters."""
        for plot in self._rasters.values():
            plot.setVisible(shown)

    def show_picture(self, picture: DirectionPicture) -> None:
        """Show the tuning of a unit; directions without trials get no raster."""
        directions = tuple(sweep.direction_deg for sweep in picture.sweeps)
        if directions and directions != tuple(self._rasters):
            self._make_rasters(directions)
        self.polar.show_picture(picture)
        for ticks in self._ticks.values():
            ticks.show_nothing()
        for sweep in picture.sweeps:
            plot = self._rasters[sweep.direction_deg]
            plot.box.set_extent(0.0, picture.duration_s)
            plot.box.set_vertical(0.5, picture.n_rows + 0.5)
            self._ticks[sweep.direction_deg].show_in_rows(sweep.seconds, sweep.rows)

    def _make_rasters(self, directions: Sequence[float]) -> None:
        for plot in self._rasters.values():
            self.ci.removeItem(plot)
        leader: TimeBox | None = None
        self._rasters, self._ticks = {}, {}
        for direction in directions:
            plot = _raster(leader, direction_name(direction))
            leader = leader or plot.box
            ticks = Ticks(plot)
            ticks.set_pen(UNIT_COLOURS[0], 1.0)
            self._rasters[direction], self._ticks[direction] = plot, ticks
        self._arrange()
        self.apply_theme()

    def _arrange(self) -> None:
        """Place the polar plot and the rasters; only rasters at the left and at the bottom have numbers."""
        directions = tuple(self._rasters)
        cells = cells_beside(directions) if self._is_wide else cells_around(directions)
        lowest = {column: row for row, column in sorted(cells.values())}
        for plot in (*self._rasters.values(), self.polar):
            if plot in self.ci.items:
                self.ci.removeItem(plot)
        for direction, (row, column) in cells.items():
            plot = self._rasters[direction]
            _show_axes(plot, has_left=column == 0, has_bottom=row == lowest[column])
            self.addItem(plot, row, column)
        if self._is_wide:
            n_rows = max(lowest.values()) + 1
            self.addItem(self.polar, 0, 1, n_rows, 1)
            share_space(self.ci, [1] * n_rows, (3, 4, 3))
        else:
            inside = _side(len(directions)) - 2
            self.addItem(self.polar, 1, 1, inside, inside)
            share_space(self.ci, [1, *[4] * inside, 1], [2, *[3] * inside, 2])


def _side(n_directions: int) -> int:
    """Return the side of the smallest square grid whose border has a cell for each direction."""
    side = 3
    while 4 * (side - 1) < n_directions:
        side += 2
    return side


def cells_around(directions: Sequence[float]) -> dict[float, Cell]:
    """Return the cell of each direction on the border of the smallest square grid that has enough cells.

    0 degrees is in the middle at the right, 90 degrees in the middle at the bottom.
    """
    border = _border(_side(len(directions)))
    cells: dict[float, Cell] = {}
    for direction in directions:
        number = round(direction / 360 * len(border))
        while border[number % len(border)] in cells.values():
            number += 1
        cells[direction] = border[number % len(border)]
    return cells


def cells_beside(directions: Sequence[float]) -> dict[float, Cell]:
    """Return the cell of each direction in a column at the left or right, those that point up above those down."""
    at_right = sorted(filter(_points_right, directions), key=lambda direction: (direction + 90) % 360)
    at_left = sorted((direction for direction in directions if not _points_right(direction)), reverse=True)
    cells = {direction: (row, 2) for row, direction in enumerate(at_right)}
    cells |= {direction: (row, 0) for row, direction in enumerate(at_left)}
    return {direction: cells[direction] for direction in directions}


def _points_right(direction: float) -> bool:
    """Whether a direction is shown at the right; so is straight down, but not straight up."""
    return not 90 < direction <= 270


def _border(side: int) -> list[Cell]:
    """Cells of the border of a square grid, clockwise from the middle of the right side."""
    last = side - 1
    right = [(row, last) for row in range(last)]
    bottom = [(last, column) for column in range(last, 0, -1)]
    left = [(row, 0) for row in range(last, 0, -1)]
    top = [(0, column) for column in range(last)]
    cells = [*right, *bottom, *left, *top]
    return cells[last // 2 :] + cells[: last // 2]


def _raster(leader: TimeBox | None, title: str) -> Plot:
    plot = Plot("", "", TimeBox(leader))
    plot.setAxisItems({"left": WholeNumbers("left")})
    plot.set_title(title)
    plot.box.invertY(True)
    quieten(plot)
    return plot


def _show_axes(plot: Plot, *, has_left: bool, has_bottom: bool) -> None:
    """Show or hide the numbers of the axes, and their labels."""
    plot.set_labels("Time (s)" if has_bottom else "", "Trial" if has_left else "")
    left, bottom = plot.getAxis("left"), plot.getAxis("bottom")
    left.setStyle(showValues=has_left)
    left.setWidth(with_text(_LEFT_WIDTH) if has_left else _NO_NUMBERS)
    bottom.setStyle(showValues=has_bottom)
    bottom.setHeight(None if has_bottom else _NO_NUMBERS)
