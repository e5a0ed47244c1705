"""Values with intervals over a stimulus property: filled marks for significant ones, open marks for the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import Qt

from hdmea_gui.views.plots import line
from hdmea_gui.views.time_plots import ShortCurve, Ticks

if TYPE_CHECKING:
    from PySide6.QtGui import QColor

    from hdmea_gui.views.plots import Plot

_SIZE = 8
_MOST_TURNS = 3  # by which a line or an interval may leave the plot

Symbol = Literal["o", "s", "t", "d", ""]


@dataclass(frozen=True)
class Marks:
    """Values to draw.

    Parameters
    ----------
    x, y : ndarray
        float64 (n,). Values that are NaN are not drawn.
    is_filled : ndarray
        bool (n,). Whether a value is significant.
    interval : ndarray or None
        float64 (n, 2). Lower and upper end of the interval of each value.
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    is_filled: NDArray[np.bool_]
    interval: NDArray[np.float64] | None = None

    @property
    def limits(self) -> tuple[float, float]:
        """Smallest and largest value, intervals included; zeros if there is none."""
        ends = np.append(self.y, np.empty(0) if self.interval is None else self.interval[np.isfinite(self.y)])
        known = ends[np.isfinite(ends)]
        return (float(known.min()), float(known.max())) if known.size else (0.0, 0.0)


class MarkedCurve:
    """A line through marks, with their intervals.

    Parameters
    ----------
    plot : Plot
        The plot it belongs to.
    symbol : str
        Form of the marks: circle, square, triangle or diamond; empty for a line without marks.
    is_dashed : bool
        Whether the line is dashed.
    """

    def __init__(self, plot: Plot, symbol: Symbol = "o", *, is_dashed: bool = False) -> None:
        self._line = ShortCurve(plot)
        self._style = Qt.PenStyle.DashLine if is_dashed else Qt.PenStyle.SolidLine
        self._bars = Ticks(plot)
        self._points = pg.ScatterPlotItem(size=_SIZE, symbol=symbol or "o")
        self._points.setVisible(bool(symbol))
        plot.addItem(self._points, ignoreBounds=True)

    def set_colours(self, colour: QColor | str, background: QColor) -> None:
        """Set the colours of line and marks, and of the inside of open marks."""
        self._line.set_pen(colour, 1.5, self._style)
        self._bars.set_pen(colour, 2.0)
        self._colour, self._background = pg.mkBrush(colour), pg.mkBrush(background)
        self._points.setPen(line(colour, 1.5))

    def show_marks(self, marks: Marks, turn: float = 0.0) -> None:
        """Show values; with a `turn`, such as 360 degrees, what leaves the plot comes in again opposite.

        The line then takes the shorter way from one value to the next.
        """
        turns = turn * np.arange(-_MOST_TURNS, _MOST_TURNS + 1.0) if turn else np.zeros(1)
        known = np.isfinite(marks.y)
        if turn:
            y = np.append(marks.y, np.nan)  # NaN: no line from the end of one copy to the next
            y[:-1][known] = np.unwrap(marks.y[known], period=turn)
            self._line.setData(
                np.tile(np.append(marks.x, np.nan), turns.size), np.add.outer(turns, y).ravel()
            )
        else:
            self._line.setData(marks.x, marks.y)
        brushes = [self._colour if filled else self._background for filled in marks.is_filled[known].tolist()]
        self._points.setData(marks.x[known], marks.y[known], brush=brushes)
        self._show_intervals(marks, turns)

    def _show_intervals(self, marks: Marks, turns: NDArray[np.floating]) -> None:
        if marks.interval is None:
            self._bars.show_nothing()
            return
        drawn = np.isfinite(marks.y) & np.isfinite(marks.interval).all(axis=1)
        low, high = marks.interval[drawn].T
        x = np.tile(marks.x[drawn], turns.size)
        self._bars.show_ticks(x, np.add.outer(turns, low).ravel(), np.add.outer(turns, high).ravel())

    def show_nothing(self) -> None:
        """Draw nothing."""
        self._line.show_nothing()
        self._bars.show_nothing()
        self._points.setData([], [])
