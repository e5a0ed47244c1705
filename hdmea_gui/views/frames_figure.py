"""Plots of frames around a spike: one frame as a map, and the time courses of single pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt, Signal

from hdmea_gui.views.plots import Drag, Line, Plot, PlotArea, line

if TYPE_CHECKING:
    from PySide6.QtCore import QRect
    from PySide6.QtGui import QResizeEvent

    from hdmea_gui.views.frames import Frames, Pixel
    from hdmea_gui.views.map_plot import MapPlot
    from hdmea_gui.views.theme import Theme


_WIDE = 2.0
"""Ratio of width to height above which plots are larger side by side than one below the other."""


class TimeCourse(Plot):
    """Time courses of two pixels: the one at the centre and the one under the cursor."""

    lag_dragged = Signal(float)
    """Lag to which the user dragged the line at the shown frame."""

    def __init__(self, quantity: str) -> None:
        super().__init__("Time from spike (ms)", quantity)
        self._zero = pg.InfiniteLine(0, angle=0)
        self._lag = pg.InfiniteLine(0, angle=90, movable=True)
        self._centre, self._cursor = Line(antialias=True), Line(antialias=True)
        for item in (self._zero, self._lag, self._centre, self._cursor):
            self.addItem(item)
        self._names: tuple[str, str] = ("", "")
        self._colours = ("#000000", "#000000")
        self._lag.sigDragged.connect(self._on_dragged)

    def apply_theme(self, theme: Theme) -> None:
        """Apply the theme's colours."""
        super().apply_theme(theme)
        self._colours = (theme.foreground.name(), theme.accent.name())
        self._zero.setPen(line(theme.quiet, 1))
        self._lag.setPen(line(theme.quiet, 1, Qt.PenStyle.DashLine))
        self._lag.setHoverPen(line(theme.accent, 2))
        self._centre.setPen(line(theme.foreground))
        self._cursor.setPen(line(theme.accent))
        self._show_names()

    def show_time_courses(
        self, frames: Frames, quantity: str, centre: tuple[str, Pixel], cursor: Pixel | None
    ) -> None:
        """Draw the time courses of the named centre pixel and of the pixel under the cursor."""
        lags = frames.lags.values
        self.set_labels(f"Time from spike ({frames.lags.unit})", quantity)
        first, last = min(float(lags[0]), 0.0), max(float(lags[-1]), 0.0)
        self.box.set_home(QRectF(first, -frames.limit, last - first or 1.0, 2 * frames.limit))
        for curve, pixel in ((self._centre, centre[1]), (self._cursor, cursor)):
            values = None if pixel is None else frames.time_course(pixel)
            curve.setData([], []) if values is None else curve.setData(lags, values)
        self._names = (centre[0], "" if cursor is None else f"cursor (row {cursor[0]}, column {cursor[1]})")
        self._show_names()

    def show_lag(self, lag: float) -> None:
        """Mark the lag of the shown frame."""
        self._lag.setValue(lag)

    def _show_names(self) -> None:
        named = [(colour, name) for colour, name in zip(self._colours, self._names, strict=True) if name]
        self.set_title(
            " &nbsp; ".join(f"<span style='color:{colour}'>— {name}</span>" for colour, name in named)
        )

    def _on_dragged(self) -> None:
        self.lag_dragged.emit(float(self._lag.value()))


class FramesFigure(PlotArea):
    """A map of one frame and the time courses of single pixels; subclasses may add other maps of the same pixels.

    A click or drag on any of the maps selects a pixel; the mouse wheel over a map selects a frame.
    """

    frames_stepped = Signal(int)
    """Frames by which the wheel was turned over a map; positive is later."""

    lag_dragged = Signal(float)
    """Lag to which the user dragged the line at the shown frame."""

    def __init__(self, theme: Theme, frame_map: MapPlot, time_course: TimeCourse) -> None:
        self._is_wide: bool | None = None
        super().__init__(theme)
        self._frames: Frames | None = None
        self._quantity = ""
        self._centre: tuple[str, Pixel] = ("", (0, 0))
        self._pixel: Pixel | None = None
        self._maps: list[MapPlot] = []
        self._frame_map, self._time_course = frame_map, time_course
        self._time_course.lag_dragged.connect(self.lag_dragged)
        self.watch(frame_map)

    def arrange(self, *, is_wide: bool) -> None:
        """Place the plots whose position depends on whether the area is wide or tall."""
        raise NotImplementedError

    def fit_plots(self) -> None:
        """Arrange the plots so that the maps are as large as possible; call it once all plots exist."""
        is_wide = self.width() > _WIDE * self.height()
        if is_wide != self._is_wide:
            self._is_wide = is_wide
            self.arrange(is_wide=is_wide)
            self.ci.layout.activate()

    def place(self, *places: tuple[Plot, QRect]) -> None:
        """Put plots into cells of the layout, moving those that are elsewhere."""
        for plot, _ in places:
            if plot in self.ci.items:
                self.removeItem(plot)
        for plot, cells in places:
            self.addItem(plot, cells.y(), cells.x(), cells.height(), cells.width())

    def resizeEvent(self, event: QResizeEvent | None) -> None:  # noqa: N802 - Qt's name
        """Arrange the plots for the new size."""
        super().resizeEvent(event)
        if self._is_wide is not None:  # pyqtgraph sends events while the plots are being made
            self.fit_plots()

    def watch(self, plot: MapPlot) -> None:
        """Follow the mouse over a map of the same pixels."""
        self._maps.append(plot)
        plot.box.clicked.connect(self._on_clicked)
        plot.box.dragged.connect(self._on_dragged)
        plot.box.wheeled.connect(self.frames_stepped)

    def show_frames(self, frames: Frames, quantity: str, centre: tuple[str, Pixel], index: int) -> None:
        """Draw frames.

        Parameters
        ----------
        frames : Frames
            The frames.
        quantity : str
            Quantity of the values, with its unit.
        centre : tuple
            Name and position of the pixel whose time course is always drawn.
        index : int
            Index of the frame shown as a map.
        """
        self._frames, self._quantity, self._centre = frames, quantity, centre
        self._show_pixel()
        self.show_frame(index)

    def show_frame(self, index: int) -> None:
        """Show another frame as the map."""
        frames = self._frames
        if frames is None:
            return
        limits = (-frames.colour_limit, frames.colour_limit)
        self._frame_map.show_map(frames.values[index], limits, left=frames.left, top=frames.top)
        self._frame_map.set_title(frames.lags.text(index))
        self._time_course.show_lag(float(frames.lags.values[index]))

    def choose_pixel(self, row: int, col: int) -> None:
        """Select a pixel and draw its time course; outside the map, select none."""
        self._pixel = (row, col)
        self._show_pixel()

    @property
    def pixel(self) -> Pixel | None:
        """Selected pixel, or None."""
        if self._frames is None or self._pixel is None or self._frames.time_course(self._pixel) is None:
            return None
        return self._pixel

    def _show_pixel(self) -> None:
        if self._frames is None:
            return
        self._time_course.show_time_courses(self._frames, self._quantity, self._centre, self.pixel)
        for plot in self._maps:
            plot.show_cursor(self.pixel)

    def _on_clicked(self, place: QPointF, _modifiers: object) -> None:
        self.choose_pixel(round(place.y()), round(place.x()))

    def _on_dragged(self, drag: Drag) -> None:
        self.choose_pixel(round(drag.place.y()), round(drag.place.x()))
