"""Plots of the threshold picker: the light with its trials, and its sample-to-sample changes with the threshold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyqtgraph as pg
from PySide6.QtCore import Qt, Signal

from hdmea_gui.views.plots import PlotArea, line, share_space
from hdmea_gui.views.signal_curve import LongSignal, SignalCurve
from hdmea_gui.views.spans import Span, Spans
from hdmea_gui.views.stimulus_figure import LATE_COLOUR
from hdmea_gui.views.time_plots import Ticks, faint, time_plot

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from hdmea_gui.views.theme import Theme

_BELOW = 0.25  # negative part of the axis, as a fraction of the largest rise
_MOST_TRIALS = 200  # with more onsets, single trials could not be distinguished
_MARK = 0.02  # half the height of the mark at an onset, as a fraction of the range


class ThresholdFigure(PlotArea):
    """Channel 1 above its sample-to-sample changes, with a draggable line as the threshold."""

    threshold_dragged = Signal(float)
    """New threshold, raw counts."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self.changes = time_plot("Time in recording (s)", "Change (counts/sample)")
        self.light = time_plot("", "Light (counts)", self.changes.box)
        self.addItem(self.light, 0, 0)
        self.addItem(self.changes, 1, 0)
        share_space(self.ci, (2, 3), (1,))
        self._height = 1.0
        self._make_items()
        self.apply_theme()

    def _make_items(self) -> None:
        self._trials = Spans(self.light.box)
        self._apart = Spans(self.changes.box)
        self._curves = [SignalCurve(plot.box) for plot in (self.light, self.changes)]
        self._onsets = Ticks(self.changes)
        self._onsets.setZValue(5)
        label = {"position": 0.98, "anchors": [(1, 1), (1, 1)]}  # above the line, at its right end
        self._line = pg.InfiniteLine(angle=0, movable=True, label="{value:.0f} counts", labelOpts=label)
        self._line.setBounds((0, None))
        self._line.setCursor(Qt.CursorShape.SizeVerCursor)
        self._line.setZValue(10)
        self._line.sigDragged.connect(self._on_dragged)
        self.changes.addItem(self._line, ignoreBounds=True)

    def apply_theme(self) -> None:
        """Apply the theme's colours."""
        super().apply_theme()
        theme = self._theme
        shades = (faint(theme.accent, 80), faint(theme.accent, 50))
        self._trials.set_colours(shades, theme.quiet, theme.foreground)
        grey = faint(theme.quiet, 80)
        self._apart.set_colours((grey, grey), theme.quiet, theme.foreground)
        self._curves[0].set_colour(theme.foreground)
        self._curves[1].set_colour(theme.quiet)
        self._onsets.set_pen(LATE_COLOUR, 3.0)
        self._line.setPen(line(theme.accent, 2))
        self._line.setHoverPen(line(theme.accent, 4))
        self._line.label.setColor(theme.foreground)

    def show_signals(self, light: LongSignal, changes: LongSignal, rate_hz: float) -> None:
        """Show channel 1 and its sample-to-sample changes."""
        self.changes.box.set_extent(0.0, light.n_samples / rate_hz)
        pairs = zip((self.light, self.changes), self._curves, (light, changes), strict=True)
        for plot, curve, signal in pairs:
            curve.show_signal(signal, rate_hz)
            if curve.limits is not None:
                low, high = curve.limits
                if curve is self._curves[1]:
                    low = max(low, -_BELOW * high)  # light onsets are rises
                margin = 0.08 * max(high - low, 1.0)
                plot.box.set_vertical(low - margin, high + margin)
                self._height = max(high - low, 1.0)

    def show_threshold(self, threshold: float) -> None:
        """Move the line; no signal is emitted."""
        self._line.setValue(threshold)

    def show_onsets(
        self, onsets_s: NDArray[np.float64], sizes: NDArray[np.float64], trial_s: float, apart_s: float
    ) -> None:
        """Mark onsets (s) at their rises (counts), each followed by its trial and its minimum distance."""
        size = _MARK * self._height
        self._onsets.show_ticks(onsets_s, sizes - size, sizes + size)
        starts = onsets_s.tolist() if onsets_s.size <= _MOST_TRIALS else []
        self._trials.show_spans(
            tuple(Span(at, at + trial_s, str(number), number) for number, at in enumerate(starts, 1))
        )
        self._apart.show_spans(tuple(Span(at, at + apart_s) for at in starts) if apart_s > 0 else ())

    def _on_dragged(self) -> None:
        self.threshold_dragged.emit(float(self._line.value()))
