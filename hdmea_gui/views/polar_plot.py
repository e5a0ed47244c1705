"""Polar plot of rates over the direction of motion, on a drawing of the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter

from hdmea_gui.views.frames import round_limit
from hdmea_gui.views.plots import Box, line
from hdmea_gui.views.shown_movie import direction_name
from hdmea_gui.views.text_size import with_text
from hdmea_gui.views.theme import UNIT_COLOURS, Theme
from hdmea_gui.views.time_plots import ShortCurve, StackedPlot, faint

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hdmea_gui.views.direction_picture import DirectionPicture

_RATE_COLOUR, _VECTOR_COLOUR = UNIT_COLOURS[0], UNIT_COLOURS[1]
_SCREEN = 1.42  # half the side of the screen, in radii of the outer ring
_HOME = QRectF(-1.45, -1.45, 2.9, 2.9)
_LEAST_PX = 220  # width of the screen with space for a text at the inner ring
_INSIDE = 1.21  # half-way between the outer ring and the edge of the screen
_MARGIN = 4.0  # pixels around a text
_RING_LABEL = QPointF(0.92, -0.38)  # on the unit circle, half-way between two spokes
_HEAD_DEG, _HEAD = 150.0, 0.12  # of the arrow's head: angle from its shaft, and length


class Dial(pg.GraphicsObject):  # type: ignore[misc]  # pyqtgraph has no types
    """The screen, rings with their rates, and where 0 and 90 degrees point."""

    def __init__(self) -> None:
        super().__init__()
        self._limit_hz = 1.0
        self._colours = (QColor(), QColor(), QColor())
        self.setZValue(-10)

    def apply_theme(self, theme: Theme) -> None:
        """Apply the theme's colours."""
        self._colours = (theme.quiet, faint(theme.quiet, 120), theme.foreground)
        self.update()

    @property
    def limit_hz(self) -> float:
        """Rate of the outer ring, Hz."""
        return self._limit_hz

    def set_limit(self, limit_hz: float) -> None:
        """Set the rate of the outer ring, Hz."""
        if limit_hz != self._limit_hz:
            self._limit_hz = limit_hz
            self.update()

    def boundingRect(self) -> QRectF:  # noqa: N802 - Qt's name
        """Return the area of the screen."""
        return _HOME

    def paint(self, painter: QPainter, *_args: Any) -> None:
        """Draw screen, rings, spokes and texts."""
        outline, rings, text = self._colours
        painter.setPen(line(outline, 1.5))
        painter.drawRect(QRectF(-_SCREEN, -_SCREEN, 2 * _SCREEN, 2 * _SCREEN))
        painter.setPen(line(rings, 1))
        for radius in (0.5, 1.0):
            painter.drawEllipse(QPointF(0, 0), radius, radius)
        for angle in np.deg2rad(np.arange(0, 180, 45)):
            tip = QPointF(np.cos(angle), np.sin(angle))
            painter.drawLine(-tip, tip)
        self._paint_texts(painter, text)

    def _paint_texts(self, painter: QPainter, colour: QColor) -> None:
        transform = painter.transform()
        screen = transform.mapRect(QRectF(-_SCREEN, -_SCREEN, 2 * _SCREEN, 2 * _SCREEN))
        texts = [
            (QPointF(_INSIDE, 0), direction_name(0)),
            (QPointF(0, _INSIDE), direction_name(90)),
            (QPointF(-_SCREEN, -_SCREEN), "Screen"),
            (_RING_LABEL, f"{self._limit_hz:g} Hz"),
        ]
        if screen.width() > with_text(_LEAST_PX):
            texts.append((_RING_LABEL / 2, f"{self._limit_hz / 2:g} Hz"))
        painter.save()
        painter.resetTransform()
        painter.setPen(colour)
        for place, text in texts:
            _write(painter, transform.map(place), text, screen)
        painter.restore()


def _write(painter: QPainter, place: QPointF, text: str, screen: QRectF) -> None:
    """Write a text around a place, but within the screen."""
    metrics = QFontMetricsF(painter.font())
    area = QRectF(0, 0, metrics.horizontalAdvance(text) + _MARGIN, metrics.height())
    area.moveCenter(place)
    area.moveRight(min(area.right(), screen.right() - _MARGIN))
    area.moveLeft(max(area.left(), screen.left() + _MARGIN))
    area.moveBottom(min(area.bottom(), screen.bottom() - _MARGIN))
    area.moveTop(max(area.top(), screen.top() + _MARGIN))
    painter.drawText(area, Qt.AlignmentFlag.AlignCenter, text)


class PolarPlot(StackedPlot):
    """Mean rates, single trials and the vector sum."""

    def __init__(self) -> None:
        super().__init__("", "", Box())
        self.box.setAspectLocked(True)
        self.box.invertY(True)  # 90 degrees is down, as on the screen
        for side in ("left", "bottom"):
            self.hideAxis(side)
        self.dial = Dial()
        self.box.addItem(self.dial, ignoreBounds=True)
        self._mean = ShortCurve(self)
        self._mean.set_pen(_RATE_COLOUR, 2.0)
        self._trials = pg.ScatterPlotItem(size=5, pen=None, brush=faint(_RATE_COLOUR, 130))
        self.box.addItem(self._trials, ignoreBounds=True)
        self._arrow = ShortCurve(self)
        self.box.set_home(_HOME)

    def apply_theme(self, theme: Theme) -> None:
        """Apply the theme's colours."""
        super().apply_theme(theme)
        self._quiet = theme.quiet

    def show_picture(self, picture: DirectionPicture) -> None:
        """Show the tuning of a unit; the outer ring is a round rate above all others."""
        limit = round_limit(picture.highest_hz)
        self.dial.set_limit(limit)
        x, y = _places(picture.direction_deg, picture.rate_hz / limit)
        self._mean.setData(np.append(x, x[:1]), np.append(y, y[:1]))
        degrees = [np.full(sweep.rates_hz.size, sweep.direction_deg) for sweep in picture.sweeps]
        rates = [sweep.rates_hz for sweep in picture.sweeps]
        x, y = _places(np.concatenate([np.empty(0), *degrees]), np.concatenate([np.empty(0), *rates]) / limit)
        self._trials.setData(x, y)
        self._show_vector(*picture.vector, is_selective=picture.is_selective)

    def _show_vector(self, length: float, degrees: float, *, is_selective: bool) -> None:
        if not np.isfinite([length, degrees]).all():
            self._arrow.show_nothing()
            return
        self._arrow.set_pen(_VECTOR_COLOUR if is_selective else self._quiet, 2.5)
        tip = np.array(_places(degrees, length))
        sides = [
            tip + min(_HEAD, length) * np.array(_places(degrees + turn, 1.0))
            for turn in (-_HEAD_DEG, _HEAD_DEG)
        ]
        gap = np.full(2, np.nan)
        self._arrow.setData(*np.array([np.zeros(2), tip, gap, sides[0], tip, sides[1]]).T)


def _places(degrees: Any, radius: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    angle = np.deg2rad(degrees)
    return radius * np.cos(angle), radius * np.sin(angle)
