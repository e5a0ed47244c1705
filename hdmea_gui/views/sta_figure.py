"""Plots of one receptive field: a frame of the STA, the map at the peak and time courses of single pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, Qt

from hdmea_gui.views.frames_figure import FramesFigure, TimeCourse
from hdmea_gui.views.map_plot import MapPlot, Mark
from hdmea_gui.views.plots import ColourBar, share_space
from hdmea_gui.views.sta_picture import UNIT, FieldEllipse, StaPicture

if TYPE_CHECKING:
    import pyqtgraph as pg

    from hdmea_gui.views.theme import Theme

_QUANTITY = f"STA ({UNIT})"


class _StaMap(MapPlot):
    """A map of the stimulus with the fitted ellipse at one and two standard deviations."""

    def __init__(self) -> None:
        super().__init__("Column (pixel)", "Row (pixel)")
        self._inner, self._outer = Mark(), Mark(Qt.PenStyle.DashLine, 1.0)
        self.addItem(self._inner)
        self.addItem(self._outer)

    def show_ellipse(self, fit: FieldEllipse | None) -> None:
        """Show a fitted ellipse, or remove it."""
        for mark, times in ((self._inner, 1), (self._outer, 2)):
            mark.show_path(None if fit is None else fit.path(times))


class StaFigure(FramesFigure):
    """Plots of a `StaPicture`, all with the same colour limits."""

    def __init__(self, theme: Theme) -> None:
        self._moving, self._still = _StaMap(), _StaMap()
        super().__init__(theme, self._moving, TimeCourse(_QUANTITY))
        self.watch(self._still)
        self._bar = ColourBar(f"STA ({UNIT})")
        self._bar.setImageItem([self._moving.image, self._still.image])
        for column, plot in enumerate((self._moving, self._still, self._bar)):
            self.addItem(plot, 0, column)
        self.fit_plots()
        self.apply_theme()

    def arrange(self, *, is_wide: bool) -> None:
        """Put the time course beside the maps if the area is wide, below them otherwise."""
        if is_wide:
            self.place((self._time_course, QRect(3, 0, 1, 1)))
            share_space(self.ci, (1, 0), (4, 4, 0, 5))
        else:
            self.place((self._time_course, QRect(0, 1, 3, 1)))
            share_space(self.ci, (5, 3), (1, 1, 0, 0))

    def set_colours(self, colours: pg.ColorMap) -> None:
        """Set the colour map."""
        self._bar.set_colours(colours)

    def show_picture(self, picture: StaPicture, fit: FieldEllipse | None, index: int) -> None:
        """Draw a receptive field and one frame of its STA."""
        frames = picture.frames
        self._bar.set_limits(-frames.limit, frames.limit)
        self._still.show_map(picture.spatial, (-frames.limit, frames.limit))
        self._still.set_title(f"At the peak, {frames.lags.text(picture.peak)}")
        self._moving.show_ellipse(fit)
        self._still.show_ellipse(fit)
        self.show_frames(frames, _QUANTITY, ("centre", picture.centre), index)
