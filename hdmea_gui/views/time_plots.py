"""Stacked plots over time that are zoomed together."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor

from hdmea_gui.views.plots import Axis, Box, Line, Plot, line
from hdmea_gui.views.text_size import with_text

if TYPE_CHECKING:
    from collections.abc import Sequence

_LEFT_WIDTH = 68
_PX_PER_DECADE = 30
_ROW_GAP = 0.12  # fraction of a raster's row that stays free above, and below
_RIGHT_MARGIN = 12  # space for the text of the last tick


class TimeBox(Box):
    """View box that pans and zooms along its horizontal axis; the vertical range follows the data.

    The wheel over the vertical axis stretches it. A double click resets both axes.

    Parameters
    ----------
    leader : TimeBox, optional
        View box whose horizontal range this one shares.
    """

    def __init__(self, leader: TimeBox | None = None) -> None:
        super().__init__()
        self._leader = leader or self
        self._followers: list[TimeBox] = []
        self._vertical = (0.0, 1.0)
        self._is_stretched = False
        if leader is not None:
            self.setXLink(leader)
            leader.reset_together(self)

    def reset_together(self, follower: TimeBox) -> None:
        """Reset the vertical axis of a follower whenever this plot is reset."""
        self._followers.append(follower)

    def set_extent(self, start: float, stop: float) -> None:
        """Set the ends of the horizontal axis; the user's zoom is kept until they change."""
        home = QRectF(start, 0.0, max(stop - start, 1e-6), 1.0)
        if home == self._home:
            return
        self._home = home
        margin = 0.02 * home.width()
        # panning stops just outside the data
        self.setLimits(xMin=home.left() - margin, xMax=home.right() + margin)
        self.go_home()

    def set_vertical(self, low: float, high: float) -> None:
        """Set the vertical range, unless the user has stretched it."""
        if (low, high) != self._vertical:
            self._vertical = (low, high)
            if not self._is_stretched:
                self.setYRange(low, high, padding=0)

    @property
    def is_home(self) -> bool:
        """Whether the whole horizontal axis is shown."""
        home = self._leader.home
        return home is None or bool(np.allclose(self.viewRange()[0], (home.left(), home.right())))

    def look_at(self, start: float, stop: float) -> None:
        """Show a part of the horizontal axis."""
        self.setXRange(start, stop, padding=0)

    def stretch(self, low: float, high: float) -> None:
        """Show a part of the vertical axis until the plot is reset."""
        self._is_stretched = True
        self.setYRange(low, high, padding=0)

    def go_home(self) -> None:
        """Reset the horizontal axis, and the vertical axes of all linked plots."""
        if self._leader is not self:
            self._leader.go_home()
            return
        if self._home is not None:
            self.setXRange(self._home.left(), self._home.right(), padding=0)
        for box in (self, *self._followers):
            box.unstretch()

    def unstretch(self) -> None:
        """Reset the vertical axis."""
        self._is_stretched = False
        self.setYRange(*self._vertical, padding=0)

    def wheelEvent(self, event: Any, axis: int | None = None) -> None:  # noqa: N802 - pyqtgraph's name
        """Zoom along the horizontal axis, or along the axis under the mouse."""
        self._is_stretched |= axis == pg.ViewBox.YAxis
        super().wheelEvent(event, axis=pg.ViewBox.XAxis if axis is None else axis)

    def mouseDragEvent(self, event: Any, axis: int | None = None) -> None:  # noqa: N802 - pyqtgraph's name
        """Pan along the horizontal axis, or along the axis under the mouse."""
        self._is_stretched |= axis == pg.ViewBox.YAxis
        super().mouseDragEvent(event, axis=pg.ViewBox.XAxis if axis is None else axis)


class WholeNumbers(Axis):
    """An axis of counts, with ticks at whole numbers only."""

    def tickSpacing(self, low: float, high: float, size: float) -> list[tuple[float, float]]:  # noqa: N802 - pyqtgraph's name
        """Return the tick spacings that are whole numbers."""
        spacings: list[tuple[float, float]] = super().tickSpacing(low, high, size)
        return [spacing for spacing in spacings if spacing[0] >= 1] or [(1.0, 0.0)]

    def tickStrings(self, values: Sequence[float], _scale: float, _spacing: float) -> list[str]:  # noqa: N802 - pyqtgraph's name
        """Return the texts of the ticks, with digits in groups of three."""
        return [f"{value:,.0f}".replace(",", "\N{THIN SPACE}") for value in values]


class LogAxis(Axis):
    """An axis that can be logarithmic, with plain numbers at its ticks rather than powers."""

    def logTickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:  # noqa: ARG002, N802 - pyqtgraph's
        """Return the texts of the ticks of a logarithmic axis."""
        return [f"{10.0**value:g}" for value in values]

    def logTickValues(  # noqa: N802 - pyqtgraph's name
        self, low: float, high: float, size: float, _usual: object
    ) -> list[tuple[float, list[float]]]:
        """Return whole decades, as many as there is space for."""
        step = max(round((high - low) * with_text(_PX_PER_DECADE) / max(size, 1.0)), 1)
        first = int(np.ceil(low / step)) * step
        return [(float(step), np.arange(first, high + 1e-9, step, dtype=float).tolist())]


class StackedPlot(Plot):
    """A plot in a stack, without space for a title."""

    def _show_title(self) -> None:
        self.setTitle(None)


def time_plot(
    x_label: str, y_label: str, leader: TimeBox | None = None, left_axis: Axis | None = None
) -> Plot:
    """Make a plot over time; the left axes of all such plots are equally wide, so that stacked plots align.

    Parameters
    ----------
    x_label, y_label : str
        Quantity and unit; the x label is empty for all but the lowest plot of a stack.
    leader : TimeBox, optional
        View box of the plot whose horizontal range this one shares.
    left_axis : Axis, optional
        Left axis of another kind.
    """
    plot = StackedPlot(x_label, y_label, TimeBox(leader))
    if left_axis is not None:
        plot.setAxisItems({"left": left_axis})
        plot.getAxis("left").setLabel(y_label)
    plot.getAxis("left").setWidth(with_text(_LEFT_WIDTH))
    margin = with_text(_RIGHT_MARGIN)
    plot.getAxis("bottom").setStyle(hideOverlappingLabels=margin)
    plot.setContentsMargins(0, 0, margin, 0)
    quieten(plot)
    if not x_label:
        plot.getAxis("bottom").setStyle(showValues=False)
        plot.getAxis("bottom").setHeight(6)
    return plot


def quieten(plot: Plot) -> None:
    """Remove ticks without numbers from the vertical axis, where there is little space."""
    plot.getAxis("left").setStyle(maxTickLevel=0)


class Curve(Line):
    """A reusable line, updated with new data rather than replaced.

    Parameters
    ----------
    plot : Plot
        The plot it belongs to.
    **options
        Options of pyqtgraph's curves.
    """

    widest_on_screen = 1.0
    """Pixels; Qt takes many times as long for wider lines, which also look ragged without antialiasing."""

    def __init__(self, plot: Plot, **options: Any) -> None:
        super().__init__(**options)
        self._width, self._style = 1.0, Qt.PenStyle.SolidLine
        plot.addItem(self, ignoreBounds=True)

    def set_pen(
        self, colour: QColor | str, width: float = 1.0, style: Qt.PenStyle = Qt.PenStyle.SolidLine
    ) -> None:
        """Set colour, width and style; on screen, the width is limited to what Qt draws fast."""
        self._width, self._style = width, style
        self.setPen(line(colour, min(width, self.widest_on_screen), style))

    def setExportMode(self, export: bool, opts: dict[str, Any] | None = None) -> None:  # noqa: N802 - pyqtgraph's name
        """Switch between the width for exported figures and the one for the screen."""
        super().setExportMode(export, opts)
        pen = self.opts["pen"]
        if pen is not None:
            width = self._width if export else min(self._width, self.widest_on_screen)
            self.setPen(line(pen.color(), width, self._style))

    def set_fill(self, colour: QColor) -> None:
        """Set the fill colour, if it is a different one."""
        brush = pg.mkBrush(colour)
        if brush != self.opts["brush"]:
            self.setBrush(brush)

    def setData(self, *args: Any, **options: Any) -> None:  # noqa: N802 - pyqtgraph's name
        """Draw new data."""
        self.setVisible(True)
        super().setData(*args, **options)

    def show_nothing(self) -> None:
        """Draw nothing, and hide: a hidden item costs no time when its neighbours are painted."""
        if self.xData is not None and self.xData.size:
            self.setData(np.empty(0), np.empty(0), stepMode=None)
        self.setVisible(False)


class ShortCurve(Curve):
    """A line of few points, smooth and of any width."""

    widest_on_screen = math.inf

    def __init__(self, plot: Plot) -> None:
        super().__init__(plot, connect="finite", skipFiniteCheck=False, antialias=True)


class Ticks(Curve):
    """Many short vertical lines, or dots, drawn fast."""

    widest_on_screen = math.inf

    def __init__(self, plot: Plot) -> None:
        super().__init__(plot, connect="pairs", skipFiniteCheck=True)
        self.setSegmentedLineMode("on")

    def show_ticks(self, x: np.ndarray[Any, Any], top: Any, bottom: Any) -> None:
        """Draw a vertical line from top to bottom at each x."""
        ends = np.empty(2 * x.size)
        ends[::2], ends[1::2] = top, bottom
        self.setData(np.repeat(x, 2), ends)

    def show_in_rows(
        self, x: np.ndarray[Any, Any], rows: np.ndarray[Any, Any], part: tuple[int, int] = (0, 1)
    ) -> None:
        """Draw a tick at each x in its row, from 0, or in a part of it: which one, of how many."""
        number, n_parts = part
        height = (1 - 2 * _ROW_GAP) / n_parts
        top = rows + 0.5 + _ROW_GAP + number * height  # trial 1 takes the row from 0.5 to 1.5
        self.show_ticks(x, top, top + height)


def faint(colour: QColor | str, alpha: int) -> QColor:
    """Return a colour with transparency."""
    through = QColor(colour)
    through.setAlpha(alpha)
    return through
