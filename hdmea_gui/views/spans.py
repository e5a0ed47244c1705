"""Shaded spans and vertical lines behind a plot, from its lower to its upper edge."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter

from hdmea_gui.views.plots import line

if TYPE_CHECKING:
    from numpy.typing import NDArray

_NEAREST_PX = 5  # lines closer together than this would merge into a grey area
_NARROWEST_PX = 24  # a name cut to less than this cannot be read


@dataclass(frozen=True)
class Span:
    """A range of the horizontal axis.

    Parameters
    ----------
    start, stop : float
        Ends, in the unit of the axis.
    name : str
        Name, written at the top if there is space.
    shade : int
        Even and odd shades have different colours, so that neighbours can be distinguished.
    """

    start: float
    stop: float
    name: str = ""
    shade: int = 0


class Spans(pg.GraphicsObject):  # type: ignore[misc]  # pyqtgraph has no types
    """Shaded spans with their names, and thin lines at moments, all in one graphics item."""

    def __init__(self, box: pg.ViewBox) -> None:
        super().__init__()
        self._spans: tuple[Span, ...] = ()
        self._moments: NDArray[np.float64] = np.empty(0)
        self._fills = (QColor(), QColor())
        self._text_colour = QColor()
        self._line_colour = QColor()
        self.setZValue(-10)
        box.addItem(self, ignoreBounds=True)

    @property
    def spans(self) -> tuple[Span, ...]:
        """The spans shown."""
        return self._spans

    @property
    def moments(self) -> NDArray[np.float64]:
        """Moments at which lines are drawn, float64 (n_moments,), in the unit of the axis."""
        return self._moments

    def show_spans(self, spans: tuple[Span, ...], moments: NDArray[np.float64] | None = None) -> None:
        """Show spans, and lines at moments (ascending)."""
        self._spans = spans
        self._moments = np.empty(0) if moments is None else moments
        self.update()

    def set_colours(self, fills: tuple[QColor, QColor], lines: QColor, text: QColor) -> None:
        """Set the colours of the spans by their shade, of the lines and of the names."""
        self._fills, self._line_colour, self._text_colour = fills, lines, text
        self.update()

    def boundingRect(self) -> QRectF:  # noqa: N802 - Qt's name
        """Return the whole range that the plot shows."""
        return QRectF(self.viewRect())

    def viewTransformChanged(self) -> None:  # noqa: N802 - pyqtgraph's name
        """Follow the range of the plot."""
        super().viewTransformChanged()
        self.prepareGeometryChange()
        self.update()

    def paint(self, painter: QPainter, *_args: Any) -> None:
        """Draw everything within the range of the plot."""
        view = self.viewRect()
        per_px = self.pixelWidth()
        if not view.width() or not per_px:
            return
        shown = [span for span in self._spans if span.stop >= view.left() and span.start <= view.right()]
        for span in shown:
            left, right = max(span.start, view.left()), min(span.stop, view.right())
            # at least one pixel wide, so that a short span is visible
            area = QRectF(left, view.top(), max(right - left, per_px), view.height())
            painter.fillRect(area, self._fills[span.shade % 2])
        self._paint_moments(painter, view, per_px)
        painter.setPen(self._text_colour)
        for span in shown:
            self._paint_name(painter, span, view)

    def _paint_moments(self, painter: QPainter, view: QRectF, per_px: float) -> None:
        first, last = np.searchsorted(self._moments, [view.left(), view.right()]).tolist()
        if (last - first) * _NEAREST_PX * per_px > view.width():
            return
        painter.setPen(line(self._line_colour, 1))
        for moment in self._moments[first:last].tolist():
            painter.drawLine(QPointF(moment, view.top()), QPointF(moment, view.bottom()))

    def _paint_name(self, painter: QPainter, span: Span, view: QRectF) -> None:
        left, right = max(span.start, view.left()), min(span.stop, view.right())
        box = painter.transform().mapRect(QRectF(left, view.top(), right - left, view.height()))
        if not span.name or box.width() < _NARROWEST_PX:
            return
        painter.save()
        painter.resetTransform()
        metrics = QFontMetricsF(painter.font())
        text = metrics.elidedText(span.name, Qt.TextElideMode.ElideRight, box.width() - 8)
        painter.drawText(QRectF(box.left() + 4, box.top() + 2, box.width() - 8, metrics.height()), 0, text)
        painter.restore()
