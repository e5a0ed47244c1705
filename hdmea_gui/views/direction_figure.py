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

    from hdmea_gui.views.direction_picture import DirectionPicture

_USUAL = tuple(45.0 * number for number in range(8))
_GAP = 0.12  # fraction of a row that stays free above, and below


class DirectionFigure(PlotArea):
    """Polar plot with rasters around it."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self.setAccessibleName("Direction tuning")
        self.ci.setSpacing(with_text(2))
        self.polar = PolarPlot()
        self._rasters: dict[float, Plot] = {}
        self._ticks: dict[float, Ticks] = {}
        self._arrange(_USUAL)

    def show_picture(self, picture: DirectionPicture) -> None:
        """Show the tuning of a unit; directions without trials get no raster."""
        directions = tuple(sweep.direction_deg for sweep in picture.sweeps)
        if directions and directions != tuple(self._rasters):
            self._arrange(directions)
        self.polar.show_picture(picture)
        for ticks in self._ticks.values():
            ticks.show_nothing()
        for sweep in picture.sweeps:
            plot = self._rasters[sweep.direction_deg]
            plot.box.set_extent(0.0, picture.duration_s)
            plot.box.set_vertical(0.5, picture.n_rows + 0.5)
            top = sweep.rows + 0.5 + _GAP
            self._ticks[sweep.direction_deg].show_ticks(sweep.seconds, top, top + 1 - 2 * _GAP)

    def _arrange(self, directions: Sequence[float]) -> None:
        """Place the rasters in a ring around the polar plot."""
        self.ci.clear()
        cells = cells_of(directions)
        side = 1 + max(max(cell) for cell in cells.values())
        leader: TimeBox | None = None
        self._rasters, self._ticks = {}, {}
        for direction, (row, column) in cells.items():
            plot = _raster(leader, has_left=column == 0, has_bottom=row == side - 1)
            leader = leader or plot.box
            plot.set_title(direction_name(direction))
            ticks = Ticks(plot)
            ticks.set_pen(UNIT_COLOURS[0], 1.0)
            self._rasters[direction], self._ticks[direction] = plot, ticks
            self.addItem(plot, row, column)
        self.addItem(self.polar, 1, 1, side - 2, side - 2)
        share_space(self.ci, _shares(side, 4, 1), _shares(side, 3, 2))
        self.apply_theme()


def _shares(side: int, inner: int, outer: int) -> list[int]:
    """Shares of the space: the polar plot gets more than a raster."""
    return [outer, *[inner] * (side - 2), outer]


def cells_of(directions: Sequence[float]) -> dict[float, tuple[int, int]]:
    """Return row and column of each direction on the border of the smallest square grid that has enough cells.

    0 degrees is in the middle at the right, 90 degrees in the middle at the bottom.
    """
    side = 3
    while 4 * (side - 1) < len(directions):
        side += 2
    border = _border(side)
    cells: dict[float, tuple[int, int]] = {}
    for direction in directions:
        number = round(direction / 360 * len(border))
        while border[number % len(border)] in cells.values():
            number += 1
        cells[direction] = border[number % len(border)]
    return cells


def _border(side: int) -> list[tuple[int, int]]:
    """Cells of the border of a square grid, clockwise from the middle of the right side."""
    last = side - 1
    right = [(row, last) for row in range(last)]
    bottom = [(last, column) for column in range(last, 0, -1)]
    left = [(row, 0) for row in range(last, 0, -1)]
    top = [(0, column) for column in range(last)]
    cells = [*right, *bottom, *left, *top]
    return cells[last // 2 :] + cells[: last // 2]


def _raster(leader: TimeBox | None, *, has_left: bool, has_bottom: bool) -> Plot:
    """Make a raster; only those at the left and at the bottom have numbers at their axes."""
    x_label, y_label = "Time (s)" if has_bottom else "", "Trial" if has_left else ""
    plot = Plot(x_label, y_label, TimeBox(leader))
    plot.setAxisItems({"left": WholeNumbers("left")})
    plot.set_labels(x_label, y_label)
    plot.box.invertY(True)
    quieten(plot)
    if has_left:
        plot.getAxis("left").setWidth(with_text(44))
    else:
        plot.getAxis("left").setStyle(showValues=False)
        plot.getAxis("left").setWidth(6)
    if not has_bottom:
        plot.getAxis("bottom").setStyle(showValues=False)
        plot.getAxis("bottom").setHeight(6)
    return plot
