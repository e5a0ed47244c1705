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
        """Show values; with a `turn`, such as 360 degrees, intervals that leave the plot come in again opposite."""
        self._line.setData(marks.x, marks.y)
        known = np.isfinite(marks.y)
        brushes = [self._colour if filled else self._background for filled in marks.is_filled[known].tolist()]
        self._points.setData(marks.x[known], marks.y[known], brush=brushes)
        if marks.interval is None:
            self._bars.show_nothing()
            return
        drawn = known & np.isfinite(marks.interval).all(axis=1)
        low, high = marks.interval[drawn].T
        turns = (-turn, 0.0, turn) if turn else (0.0,)
        x = np.tile(marks.x[drawn], len(turns))
        self._bars.show_ticks(
            x, np.concatenate([low + by for by in turns]), np.concatenate([high + by for by in turns])
        )

    def show_nothing(self) -> None:
        """Draw nothing."""
        self._line.show_nothing()
        self._bars.show_nothing()
        self._points.setData([], [])
