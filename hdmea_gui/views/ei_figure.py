"""Plots of one electrical image: a frame, the peak-to-peak map, waveforms and the time course of an electrode."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QRectF

from hdmea_gui.views.chip_scale import ChipMap
from hdmea_gui.views.ei_picture import EIPicture, Soma, waveforms_of
from hdmea_gui.views.frames_figure import FramesFigure, TimeCourse
from hdmea_gui.views.lane_marks import LaneMarks
from hdmea_gui.views.map_plot import MapPlot, Mark, cross
from hdmea_gui.views.plots import ColourBar, Line, line, share_space

if TYPE_CHECKING:
    import pyqtgraph as pg

    from hdmea_gui.views.chip_scale import ChipScale
    from hdmea_gui.views.theme import Theme


class _SomaMap(ChipMap):
    """A map of electrodes with the soma marked on it."""

    def __init__(self, scale: ChipScale) -> None:
        super().__init__(scale)
        self._outline, self._centre, self._lanes = Mark(), Mark(width=1), LaneMarks()
        for item in (self._lanes, self._outline, self._centre):
            self.addItem(item)

    def show_lanes(self, picture: EIPicture) -> None:
        """Hatch the bad lanes."""
        self._lanes.show_lanes(picture.lanes, [picture.region])

    def show_soma(self, soma: Soma | None) -> None:
        """Mark the outline and centre of a soma, or remove the mark."""
        self._outline.show_path(None if soma is None else soma.outline())
        self._centre.show_path(None if soma is None else cross(soma.col, soma.row))


class _WaveformPlot(_SomaMap):
    """Waveforms laid out at their electrodes."""

    def __init__(self, scale: ChipScale) -> None:
        super().__init__(scale)
        self._lines = Line(antialias=True)
        self.addItem(self._lines)

    def apply_theme(self, theme: Theme) -> None:
        """Apply the theme's colours."""
        super().apply_theme(theme)
        self._lines.setPen(line(theme.foreground, 1))

    def show_soma(self, soma: Soma | None) -> None:
        """Mark the outline of a soma only."""
        self._outline.show_path(None if soma is None else soma.outline())

    def show_waveforms(self, picture: EIPicture, reach: int) -> None:
        """Draw the waveforms around the soma."""
        waveforms, unit = waveforms_of(picture, reach), picture.frames.lags.unit
        self._lines.setData(waveforms.path[:, 0], waveforms.path[:, 1], connect=waveforms.connect)
        row, col = picture.electrode
        size = 2 * reach + 2
        home = QRectF(col - size / 2, row - size / 2, size, size)
        self.number_only(home)
        self.box.set_home(home)
        self.set_title(f"Grid: {waveforms.row_height:g} {picture.unit} × {waveforms.span:.2g} {unit}")


class EIFigure(FramesFigure):
    """Plots of an `EIPicture` in chip coordinates, row 0 at the top."""

    def __init__(self, theme: Theme, scale: ChipScale) -> None:
        self._frame, self._peak_to_peak, self._waveforms = (
            _SomaMap(scale),
            _SomaMap(scale),
            _WaveformPlot(scale),
        )
        super().__init__(theme, self._frame, TimeCourse("Signal (µV)"))
        self.watch(self._peak_to_peak)
        self.watch(self._waveforms)
        self._frame_bar = self._add_map(0, self._frame)
        self._peak_to_peak_bar = self._add_map(1, self._peak_to_peak)
        self._peak_to_peak.set_title("Peak-to-peak amplitude")
        self.fit_plots()
        self.apply_theme()

    def arrange(self, *, is_wide: bool) -> None:
        """Put the three maps above the time course, or two maps above the third and the time course."""
        if is_wide:
            self.place((self._waveforms, QRect(2, 0, 1, 1)), (self._time_course, QRect(0, 1, 3, 1)))
            share_space(self.ci, (5, 2), (4, 4, 3))
        else:
            self.place((self._waveforms, QRect(0, 1, 1, 1)), (self._time_course, QRect(1, 1, 1, 1)))
            share_space(self.ci, (1, 1), (1, 1, 0))

    def _add_map(self, column: int, plot: MapPlot) -> ColourBar:
        bar = ColourBar(" ")
        bar.setImageItem(plot.image)
        part = self.addLayout(0, column)
        part.setContentsMargins(0, 0, 0, 0)
        part.addItem(plot)
        part.addItem(bar)
        share_space(part, (1,), (1, 0))
        return bar

    def set_colours(self, signed: pg.ColorMap, positive: pg.ColorMap) -> None:
        """Set the colour maps of frames and of peak-to-peak amplitudes."""
        self._frame_bar.set_colours(signed)
        self._peak_to_peak_bar.set_colours(positive)

    def show_picture(self, picture: EIPicture, reach: int, index: int) -> None:
        """Draw an electrical image and one of its frames."""
        frames, highest = picture.frames, picture.peak_to_peak_limit * picture.frames.contrast
        self._frame_bar.set_label(f"Signal ({picture.unit})")
        self._frame_bar.set_limits(-frames.colour_limit, frames.colour_limit)
        self._peak_to_peak_bar.set_label(f"Amplitude ({picture.unit})")
        self._peak_to_peak_bar.set_limits(0, highest)
        self._peak_to_peak.show_map(picture.peak_to_peak, (0, highest), left=frames.left, top=frames.top)
        self._waveforms.show_waveforms(picture, reach)
        for plot in (self._frame, self._peak_to_peak, self._waveforms):
            plot.show_soma(picture.soma)
            plot.show_lanes(picture)
        self.show_frames(frames, f"Signal ({picture.unit})", ("peak", picture.electrode), index)
