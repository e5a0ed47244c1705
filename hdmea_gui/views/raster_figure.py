"""Plots of a raster: spikes by trial, the light and the mean rate on one time axis."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hdmea_gui.views.plots import PlotArea, share_space
from hdmea_gui.views.signal_curve import LongSignal, SignalCurve
from hdmea_gui.views.spans import Span, Spans
from hdmea_gui.views.theme import UNIT_COLOURS, Theme
from hdmea_gui.views.time_plots import Curve, Ticks, WholeNumbers, faint, time_plot

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hdmea_gui.analysis.trial_histogram import Response
    from hdmea_gui.views.trials import Trials

_GAP = 0.12  # fraction of a trial's row that stays free above, and below


class RasterFigure(PlotArea):
    """Raster, light and mean rate, one below the other."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self._rate = time_plot("Time from trial start (s)", "Rate (Hz)")
        self._raster = time_plot("", "Trial", self._rate.box, WholeNumbers("left"))
        self._light = time_plot("", "Light (counts)", self._rate.box)
        self._raster.box.invertY(True)
        for row, plot in enumerate((self._raster, self._light, self._rate)):
            self.addItem(plot, row, 0)
        share_space(self.ci, (5, 3, 4), (1,))
        self._make_items()
        self.apply_theme()

    def _make_items(self) -> None:
        plots = (self._raster, self._light, self._rate)
        self._margins = [Spans(plot.box) for plot in plots]
        self._ticks = [Ticks(self._raster) for _ in UNIT_COLOURS]
        self._curves = [Curve(self._rate, skipFiniteCheck=False, connect="finite") for _ in UNIT_COLOURS]
        self._light_curve = SignalCurve(self._light.box)
        for ticks, curve, colour in zip(self._ticks, self._curves, UNIT_COLOURS, strict=True):
            ticks.set_pen(colour, 1.0)
            curve.set_pen(colour, 1.5)

    def apply_theme(self) -> None:
        """Apply the theme's colours."""
        super().apply_theme()
        quiet = faint(self._theme.quiet, 60)
        for margin in self._margins:
            margin.set_colours((quiet, quiet), self._theme.quiet, self._theme.foreground)
        self._light_curve.set_colour(self._theme.foreground)

    def show_axes(self, trials: Trials, rate_hz: float) -> None:
        """Set the axes to these trials, and shade their margins."""
        before, after = trials.margin_s
        duration = trials.duration_s(rate_hz)
        self._rate.box.set_extent(-before, duration + after)
        self._raster.box.set_vertical(0.5, len(trials.spikes) + 0.5)
        spans = (Span(-before, 0.0), Span(duration, duration + after))
        for margin in self._margins:
            margin.show_spans(tuple(span for span in spans if span.stop > span.start))

    def show_spikes(self, units: Sequence[Trials | None], rate_hz: float) -> None:
        """Show the spikes of some units; each unit has its own part of a trial's row."""
        height = (1 - 2 * _GAP) / max(len(units), 1)
        for number, ticks in enumerate(self._ticks):
            trials = units[number] if number < len(units) else None
            if trials is None:
                ticks.show_nothing()
                continue
            seconds, trial = trials.ticks(rate_hz)
            top = trial + 0.5 + _GAP + number * height  # trial 1 takes the row from 0.5 to 1.5
            ticks.show_ticks(seconds, top, top + height)

    def show_responses(self, responses: Sequence[Response | None], highest_hz: float) -> None:
        """Show the mean rates of some units."""
        self._rate.box.set_vertical(0.0, highest_hz)
        for number, curve in enumerate(self._curves):
            response = responses[number] if number < len(responses) else None
            if response is None or not response.rate_hz.size:
                curve.show_nothing()
            else:
                curve.setData(response.edges_s, response.rate_hz, stepMode="center")

    def show_light(self, light: LongSignal | None, rate_hz: float, zero: int) -> None:
        """Show the light signal; sample `zero` is the start of the trial."""
        self._light_curve.show_signal(light, rate_hz, zero)
        limits = self._light_curve.limits
        if limits is not None:
            margin = 0.1 * max(limits[1] - limits[0], 1.0)
            self._light.box.set_vertical(limits[0] - margin, limits[1] + margin)
