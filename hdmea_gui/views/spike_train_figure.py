"""Plots of spike trains: intervals, correlograms, firing rate and amplitudes over the recording."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF

from hdmea_gui.views.frames import round_limit
from hdmea_gui.views.plots import Plot, PlotArea, share_space
from hdmea_gui.views.rate_curve import RateCurve
from hdmea_gui.views.spans import Span, Spans
from hdmea_gui.views.text_size import with_text
from hdmea_gui.views.theme import UNIT_COLOURS, Theme
from hdmea_gui.views.time_plots import Curve, LogAxis, Ticks, TimeBox, faint, quieten, time_plot

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from hdmea_gui.analysis.correlogram import Correlogram

REFRACTORY_MS = 2.0
"""Refractory period; shorter intervals do not come from a single cell."""

_MOST_DOTS = 10_000
_DOT = 0.004  # half the height of a dot, as a fraction of the range
_HINT = "Select\ntwo\nor more\nunits"


class SpikeTrainFigure(PlotArea):
    """Three histograms side by side, with rate and amplitude below."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self.intervals = _histogram("Intervals", "Interval (ms)", "Intervals (%)")
        self.own = _histogram("Autocorrelogram", "Lag (ms)", "Rate (Hz)")
        self.crossed = _histogram("Cross-correlogram", "Lag (ms)", "Rate (Hz)")
        self.amplitude = time_plot("Time in recording (s)", "Peak (a.u.)")
        self.rate = time_plot("", "Rate (Hz)", self.amplitude.box)
        for column, plot in enumerate((self.intervals, self.own, self.crossed)):
            self.addItem(plot, 0, column)
        self.addItem(self.rate, 1, 0, 1, 3)
        self.addItem(self.amplitude, 2, 0, 1, 3)
        share_space(self.ci, (4, 3, 3), (1, 1, 1))
        self._make_items()
        self.apply_theme()

    def _make_items(self) -> None:
        self._short = [Spans(plot.box) for plot in (self.intervals, self.own)]
        self._interval_lines = _curves(self.intervals)
        self._own_lines = _curves(self.own)
        self._crossed_lines = _curves(self.crossed)
        self._rate_lines = [RateCurve(self.rate) for _ in UNIT_COLOURS]
        self._dots = [Ticks(self.amplitude) for _ in UNIT_COLOURS]
        self.rate.box.sigXRangeChanged.connect(self._fit_rates)
        self._hint = pg.TextItem(_HINT, anchor=(0.5, 0.5))
        self.crossed.addItem(self._hint, ignoreBounds=True)
        for rate, dots, colour in zip(self._rate_lines, self._dots, UNIT_COLOURS, strict=True):
            rate.set_pen(colour, 1.0)
            dots.set_pen(colour, 2.0)

    def apply_theme(self) -> None:
        """Apply the theme's colours."""
        super().apply_theme()
        quiet = faint(self._theme.quiet, 60)
        for short in self._short:
            short.set_colours((quiet, quiet), self._theme.quiet, self._theme.foreground)
        self._hint.setColor(self._theme.quiet)

    def show_intervals(
        self, edges_ms: NDArray[np.float64], shares: Sequence[NDArray[np.float64] | None], *, log: bool
    ) -> None:
        """Show the percentages of intervals in bins, on a linear or a logarithmic axis."""
        edges = np.log10(edges_ms) if log else edges_ms
        axis = self.intervals.getAxis("bottom")
        if axis.logMode != log:
            axis.setLogMode(x=log)
        self.intervals.box.set_extent(float(edges[0]), float(edges[-1]))
        self._short[0].show_spans((Span(float(edges[0]), np.log10(REFRACTORY_MS) if log else REFRACTORY_MS),))
        _show_steps(
            self.intervals,
            self._interval_lines,
            [None if share is None else (edges, share) for share in shares],
        )

    def show_own(self, correlograms: Sequence[Correlogram | None]) -> None:
        """Show autocorrelograms."""
        self._short[1].show_spans((Span(-REFRACTORY_MS, REFRACTORY_MS),))
        _show_correlograms(self.own, self._own_lines, correlograms)

    def show_crossed(self, correlograms: Sequence[Correlogram | None]) -> None:
        """Show cross-correlograms; the first entry stands for the reference unit and is None."""
        _show_correlograms(self.crossed, self._crossed_lines, correlograms)
        self._hint.setVisible(len(correlograms) < 2)
        (left, right), (low, high) = self.crossed.box.viewRange()
        self._hint.setPos(QPointF((left + right) / 2, (low + high) / 2))

    def show_rates(self, rates: Sequence[NDArray[np.floating] | None], duration_s: float) -> None:
        """Show the firing rates over the recording, Hz in bins of 0.1 s."""
        self.amplitude.box.set_extent(0.0, duration_s)
        for number, line in enumerate(self._rate_lines):
            rate = rates[number] if number < len(rates) else None
            line.show_rate(np.empty(0) if rate is None else rate)
        self._fit_rates()

    def _fit_rates(self) -> None:
        """Fit the axis to the rates, which get higher as zooming in makes the bins shorter."""
        self.rate.box.set_vertical(0.0, round_limit(max(line.highest for line in self._rate_lines)))

    def show_amplitudes(
        self, amplitudes: Sequence[tuple[NDArray[np.float64], NDArray[np.floating]] | None]
    ) -> None:
        """Show the amplitude of each spike over its time (s); very long trains are subsampled."""
        pairs = [pair for pair in amplitudes if pair is not None and pair[0].size]
        low = min((float(np.nanmin(values)) for _, values in pairs), default=0.0)
        high = max((float(np.nanmax(values)) for _, values in pairs), default=0.0)
        bottom, top = (-round_limit(-low) if low < 0 else 0.0), (round_limit(high) if high > 0 else 0.0)
        self.amplitude.box.set_vertical(bottom, max(top, bottom + 1e-6))
        step = -(-sum(seconds.size for seconds, _ in pairs) // _MOST_DOTS) or 1
        size = (top - bottom) * _DOT
        for number, dots in enumerate(self._dots):
            pair = amplitudes[number] if number < len(amplitudes) else None
            if pair is None:
                dots.show_nothing()
            else:
                dots.show_ticks(pair[0][::step], pair[1][::step] - size, pair[1][::step] + size)


def _histogram(title: str, x_label: str, y_label: str) -> Plot:
    plot = Plot(x_label, y_label, TimeBox())
    plot.set_title(title)
    plot.setAxisItems({"bottom": LogAxis("bottom")})
    plot.set_labels(x_label, y_label)
    plot.getAxis("left").setWidth(with_text(48))
    quieten(plot)
    return plot


def _curves(plot: Plot) -> list[Curve]:
    curves = [Curve(plot) for _ in UNIT_COLOURS]
    for curve, colour in zip(curves, UNIT_COLOURS, strict=True):
        curve.set_pen(colour, 1.5)
    return curves


def _show_correlograms(
    plot: Plot, curves: Sequence[Curve], correlograms: Sequence[Correlogram | None]
) -> None:
    shown = [correlogram for correlogram in correlograms if correlogram is not None]
    if shown:
        plot.box.set_extent(1e3 * float(shown[0].edges_s[0]), 1e3 * float(shown[0].edges_s[-1]))
    _show_steps(
        plot,
        curves,
        [None if found is None else (1e3 * found.edges_s, found.rate_hz) for found in correlograms],
    )


def _show_steps(
    plot: Plot,
    curves: Sequence[Curve],
    steps: Sequence[tuple[NDArray[np.float64], NDArray[np.float64]] | None],
) -> None:
    highest = 0.0
    for number, curve in enumerate(curves):
        step = steps[number] if number < len(steps) else None
        if step is None:
            curve.show_nothing()
            continue
        edges, heights = step
        curve.setData(edges, heights, stepMode="center")
        highest = max(highest, float(heights.max(initial=0.0)))
    plot.box.set_vertical(0.0, round_limit(highest))
