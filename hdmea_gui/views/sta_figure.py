"""The plots of one receptive field: a frame of the movie, the map at the peak, the course at single pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt, Signal

from hdmea_gui.views.frame_player import lag_text
from hdmea_gui.views.map_plot import MapPlot, Mark, square
from hdmea_gui.views.plots import ColourBar, Drag, Plot, PlotArea, line, share_room
from hdmea_gui.views.sta_picture import UNIT, FieldEllipse, Lags, StaPicture

if TYPE_CHECKING:
    from hdmea_gui.views.theme import Theme

Pixel = tuple[int, int]
"""Row and column."""


class _StaMap(MapPlot):
    """A map of the stimulus with the fitted ellipse, at one and two standard deviations, and a pixel marked."""

    def __init__(self) -> None:
        super().__init__("Column (pixel)", "Row (pixel)")
        self.setTitle(" ")
        self._inner, self._outer, self._cursor = Mark(), Mark(Qt.PenStyle.DashLine, 1.0), Mark()
        for mark in (self._inner, self._outer, self._cursor):
            self.addItem(mark)

    def show_ellipse(self, fit: FieldEllipse | None) -> None:
        """Show a fit, or none."""
        for mark, times in ((self._inner, 1), (self._outer, 2)):
            mark.show_path(None if fit is None else fit.path(times))

    def show_cursor(self, pixel: Pixel | None) -> None:
        """Mark a pixel, or none."""
        self._cursor.show_path(None if pixel is None else square(*pixel))


class _Course(Plot):
    """How the STA goes over the lags, at the centre and at the cursor."""

    lag_dragged = Signal(float)

    def __init__(self) -> None:
        super().__init__("Time before the spike (ms)", f"STA ({UNIT})")
        self.setTitle(" ")
        self._zero = pg.InfiniteLine(0, angle=0)
        self._lag = pg.InfiniteLine(0, angle=90, movable=True)
        self._centre, self._cursor = pg.PlotCurveItem(antialias=True), pg.PlotCurveItem(antialias=True)
        for item in (self._zero, self._lag, self._centre, self._cursor):
            self.addItem(item)
        self._colours = ("#000000", "#000000")
        self._lag.sigDragged.connect(self._on_dragged)

    def dress(self, theme: Theme) -> None:
        """Take the theme's colours."""
        super().dress(theme)
        self._colours = (theme.foreground.name(), theme.accent.name())
        self._zero.setPen(line(theme.quiet, 1))
        self._lag.setPen(line(theme.quiet, 1, Qt.PenStyle.DashLine))
        self._lag.setHoverPen(line(theme.accent, 2))
        self._centre.setPen(line(theme.foreground))
        self._cursor.setPen(line(theme.accent))

    def show_lags(self, lags: Lags, limit: float) -> None:
        """Set the axes."""
        self.set_labels(f"Time before the spike ({lags.unit})", f"STA ({UNIT})")
        first, last = float(lags.values[0]), max(float(lags.values[-1]), 0.0)
        margin = 0.01 * (last - first) or 0.5
        self.box.set_home(QRectF(first - margin, -limit, last - first + 2 * margin, 2 * limit))

    def show_curves(self, picture: StaPicture, lags: Lags, cursor: Pixel | None) -> None:
        """Draw the course at the centre, and at the cursor if there is one."""
        row, col = picture.centre
        self._centre.setData(lags.values, picture.deviation[:, row, col])
        parts = [(self._colours[0], f"centre (column {col}, row {row})")]
        if cursor is None:
            self._cursor.setData([], [])
        else:
            self._cursor.setData(lags.values, picture.deviation[:, cursor[0], cursor[1]])
            parts.append((self._colours[1], f"cursor (column {cursor[1]}, row {cursor[0]})"))
        self.set_title(
            " &nbsp; ".join(f"<span style='color:{colour}'>— {text}</span>" for colour, text in parts)
        )

    def show_lag(self, lag: float) -> None:
        """Mark the lag that the map shows."""
        self._lag.setValue(lag)

    def _on_dragged(self) -> None:
        self.lag_dragged.emit(float(self._lag.value()))


class StaFigure(PlotArea):
    """Draws a `StaPicture`; a pixel is chosen by clicking, or drawing, over either map."""

    frames_stepped = Signal(int)
    """The wheel turned over a map; positive is later."""

    lag_dragged = Signal(float)
    """The line at the shown lag was drawn to another."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self._picture: StaPicture | None = None
        self._lags = Lags(np.zeros(1), "ms")
        self._pixel: Pixel | None = None
        self._index = 0
        self._maps = self.addLayout(0, 0)
        self._maps.setContentsMargins(0, 0, 0, 0)
        self._frame, self._peak = self._add_map(), self._add_map()
        self._bar = ColourBar(f"STA minus its mean ({UNIT})")
        self._bar.setImageItem([self._frame.image, self._peak.image])
        self._maps.addItem(self._bar)
        self._course = _Course()
        self._course.lag_dragged.connect(self.lag_dragged)
        self.addItem(self._course, 1, 0)
        share_room(self._maps, (1,), (1, 1, 0))
        share_room(self.ci, (3, 2), (1,))
        self.dress()

    def _add_map(self) -> _StaMap:
        plot = _StaMap()
        plot.box.clicked.connect(self._on_clicked)
        plot.box.dragged.connect(self._on_dragged)
        plot.box.wheeled.connect(self.frames_stepped)
        self._maps.addItem(plot)
        return plot

    def set_colours(self, colours: pg.ColorMap) -> None:
        """Use a map of colours for values on both sides of zero."""
        self._bar.set_colours(colours)

    def show_picture(self, picture: StaPicture, lags: Lags, fit: FieldEllipse | None, index: int) -> None:
        """Draw a receptive field, and a frame of its movie."""
        self._picture, self._lags = picture, lags
        self._bar.set_limits(-picture.limit, picture.limit)
        self._peak.show_map(picture.spatial, (-picture.limit, picture.limit))
        self._peak.set_title(f"At the peak, {lag_text(float(lags.values[picture.peak]), lags.unit)}")
        for plot in (self._frame, self._peak):
            plot.show_ellipse(fit)
        self._course.show_lags(lags, picture.limit)
        self._show_pixel()
        self.show_frame(index)

    def show_frame(self, index: int) -> None:
        """Draw another frame of the movie."""
        if self._picture is None:
            return
        lag = float(self._lags.values[index])
        self._frame.show_map(self._picture.deviation[index], (-self._picture.limit, self._picture.limit))
        self._frame.set_title(lag_text(lag, self._lags.unit))
        self._course.show_lag(lag)

    def choose_pixel(self, row: int, col: int) -> None:
        """Draw the course at a pixel too; beyond the map, at none."""
        self._pixel = (row, col)
        self._show_pixel()

    @property
    def pixel(self) -> Pixel | None:
        """Row and column of the pixel under the cursor."""
        if self._picture is None or self._pixel is None:
            return None
        rows, cols = self._picture.spatial.shape
        return self._pixel if 0 <= self._pixel[0] < rows and 0 <= self._pixel[1] < cols else None

    def _show_pixel(self) -> None:
        if self._picture is not None:
            self._course.show_curves(self._picture, self._lags, self.pixel)
            for plot in (self._frame, self._peak):
                plot.show_cursor(self.pixel)

    def _on_clicked(self, place: QPointF, _modifiers: object) -> None:
        self.choose_pixel(round(place.y()), round(place.x()))

    def _on_dragged(self, drag: Drag) -> None:
        self.choose_pixel(round(drag.place.y()), round(drag.place.x()))
