"""Plots of the stimulus: both light channels with sections and trials, and a histogram of frame intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtGui import QColor

from hdmea_gui.views.plots import PlotArea, share_space
from hdmea_gui.views.signal_curve import LongSignal, SignalCurve
from hdmea_gui.views.spans import Span, Spans
from hdmea_gui.views.text_size import with_text
from hdmea_gui.views.time_plots import Curve, LogAxis, StackedPlot, TimeBox, faint, quieten, time_plot

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hdmea_gui.analysis.frame_intervals import FrameIntervals
    from hdmea_gui.views.theme import Theme

LATE_COLOUR = "#cc3311"
_N_BINS = 160
_LONGEST = 4.0  # end of the axis in median intervals; longer ones are counted in the last bin
_FLOOR = -0.3  # bottom of the bars on the log axis: below 0, so that a bar of one frame is visible


class StimulusFigure(PlotArea):
    """Light channels one below the other, then the histogram of frame intervals."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self.sync = time_plot("Time in recording (s)", "Sync (counts)")
        self.light = time_plot("", "Light (counts)", self.sync.box)
        self.intervals = _interval_plot()
        for row, plot in enumerate((self.light, self.sync, self.intervals)):
            self.addItem(plot, row, 0)
        share_space(self.ci, (4, 4, 4), (1,))
        self._make_items()
        self.apply_theme()

    def _make_items(self) -> None:
        self._spans = [Spans(plot.box) for plot in (self.light, self.sync)]
        self._dropped = Spans(self.sync.box)
        self._beyond = Spans(self.intervals.box)
        self._curves = [SignalCurve(plot.box) for plot in (self.light, self.sync)]
        self._bars = [Curve(self.intervals, fillLevel=_FLOOR, pen=None) for _ in range(2)]
        self._dropped.setZValue(10)

    def apply_theme(self) -> None:
        """Apply the theme's colours."""
        super().apply_theme()
        theme = self._theme
        fills = (faint(theme.accent, 60), faint(theme.accent, 32))
        for spans in self._spans:
            spans.set_colours(fills, faint(theme.quiet, 150), theme.foreground)
        late = QColor(LATE_COLOUR)
        self._dropped.set_colours((late, late), late, late)
        self._beyond.set_colours((faint(late, 30), faint(late, 30)), late, theme.foreground)
        for curve, colour in zip(self._curves, (theme.foreground, theme.quiet), strict=True):
            curve.set_colour(colour)
        for bars, colour in zip(self._bars, (theme.accent, late), strict=True):
            bars.set_fill(colour)

    def show_light(self, channels: list[LongSignal | None], rate_hz: float, duration_s: float) -> None:
        """Show the channels over the recording."""
        self.sync.box.set_extent(0.0, duration_s)
        for plot, curve, channel in zip((self.light, self.sync), self._curves, channels, strict=True):
            curve.show_signal(channel, rate_hz)
            if curve.limits is not None:
                low, high = curve.limits
                plot.box.set_vertical(*_with_margins(low, high))

    def look_at(self, start_s: float, stop_s: float) -> None:
        """Zoom to a part of the recording and fit the light axis to it."""
        self.sync.box.look_at(start_s, stop_s)
        limits = self._curves[0].limits_shown
        if limits is not None:
            self.light.box.stretch(*_with_margins(*limits))

    def show_bounds(self, sections: tuple[Span, ...], trials_s: NDArray[np.float64]) -> None:
        """Show the sections, and lines at the bounds of trials (s, ascending)."""
        self._spans[0].show_spans(sections, trials_s)
        self._spans[1].show_spans(
            tuple(Span(span.start, span.stop, "", span.shade) for span in sections), trials_s
        )

    def show_intervals(self, found: FrameIntervals, late_s: NDArray[np.float64]) -> None:
        """Show the histogram of frame intervals, and the times of dropped frames (s)."""
        self._dropped.show_spans((), late_s)
        if not found.intervals_s.size:
            for bars in self._bars:
                bars.show_nothing()
            return
        longest = _LONGEST * found.median_s
        edges = np.linspace(0.0, longest, _N_BINS + 1)
        is_late = found.intervals_s > found.limit_s
        for bars, chosen in zip(self._bars, (~is_late, is_late), strict=True):
            shown = np.minimum(found.intervals_s[chosen], longest * (1 - 1e-9))
            counts = np.histogram(shown, edges)[0]
            heights = np.where(counts > 0, np.log10(np.maximum(counts, 1)), _FLOOR)
            bars.setData(1e3 * edges, heights, stepMode="center")
        self._beyond.show_spans((Span(1e3 * found.limit_s, 1e3 * longest, "Frames dropped"),))
        self.intervals.box.set_extent(0.0, 1e3 * longest)
        self.intervals.box.set_vertical(_FLOOR, float(np.ceil(np.log10(found.intervals_s.size))) + 0.3)


def _with_margins(low: float, high: float) -> tuple[float, float]:
    """Return limits that leave space at the top for the names of sections."""
    height = max(high - low, 1.0)
    return low - 0.08 * height, high + 0.25 * height


def _interval_plot() -> StackedPlot:
    plot = StackedPlot("Interval between display frames (ms)", "Frames", TimeBox())
    plot.setAxisItems({"left": LogAxis("left")})
    plot.set_labels("Interval between display frames (ms)", "Frames")
    plot.getAxis("left").setLogMode(y=True)
    plot.getAxis("left").setWidth(with_text(68))
    plot.setContentsMargins(0, 0, 12, 0)
    quieten(plot)
    return plot
