"""Plots of a raster: spikes by trial, the light and the mean rate on one time axis."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor

from hdmea_gui.analysis.trial_histogram import Response
from hdmea_gui.views.plots import PlotArea, share_space
from hdmea_gui.views.signal_curve import LongSignal, SignalCurve
from hdmea_gui.views.spans import Span, Spans
from hdmea_gui.views.time_plots import Curve, Ticks, WholeNumbers, faint, time_plot

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hdmea_gui.views.theme import Theme
    from hdmea_gui.views.trial_groups import TrialGroup
    from hdmea_gui.views.trials import Trials

_LIGHT_MARGIN, _NAMES_MARGIN = 0.1, 0.45  # above the light, without and with names there


@dataclass(frozen=True)
class Spikes:
    """Spikes of one colour.

    Parameters
    ----------
    colour : str or QColor
        The colour.
    seconds : ndarray
        float64 (n_spikes,), s from the start of the trial.
    rows : ndarray
        intp (n_spikes,). Row of each spike, from 0.
    part : tuple of int
        Which part of a row they have, and how many parts there are.
    """

    colour: str | QColor
    seconds: NDArray[np.float64]
    rows: NDArray[np.intp]
    part: tuple[int, int]


@dataclass(frozen=True)
class Rate:
    """Mean rate in one colour."""

    colour: str | QColor
    response: Response


@dataclass(frozen=True)
class Light:
    """Light in one colour; sample `zero` is the start of the trial."""

    colour: str | QColor
    signal: LongSignal
    zero: int


class RasterFigure(PlotArea):
    """Raster, light and mean rate, one below the other."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self._rate = time_plot("Time from trial start (s)", "Rate (Hz)")
        self._raster = time_plot("", "Trial", self._rate.box, WholeNumbers("left"))
        self._light = time_plot("", "Light (counts)", self._rate.box)
        self._raster.box.invertY(True)
        plots = (self._raster, self._light, self._rate)
        for row, plot in enumerate(plots):
            self.addItem(plot, row, 0)
        share_space(self.ci, (5, 3, 4), (1,))
        self._margins = [Spans(plot.box) for plot in plots]
        self._events = [Spans(plot.box) for plot in plots]
        self._borders = Curve(self._raster, connect="pairs")
        self._row_names: list[list[tuple[float, str]]] | None = None
        self._has_names = False
        self._ticks: list[Ticks] = []
        self._curves: list[Curve] = []
        self._lights: list[SignalCurve] = []
        self.apply_theme()

    def apply_theme(self) -> None:
        """Apply the theme's colours."""
        super().apply_theme()
        quiet = faint(self._theme.quiet, 60)
        for margin in self._margins:
            margin.set_colours((quiet, quiet), self._theme.quiet, self._theme.foreground)
        shades = (faint(self._theme.quiet, 20), faint(self._theme.quiet, 45))
        for events in self._events:
            events.set_colours(shades, self._theme.quiet, self._theme.foreground)
        self._borders.set_pen(self._theme.quiet)

    def show_axes(self, trials: Trials, rate_hz: float, groups: Sequence[TrialGroup], label: str) -> None:
        """Set the axes to these trials, name their groups, and shade their margins."""
        before, after = trials.margin_s
        duration = trials.duration_s(rate_hz)
        self._rate.box.set_extent(-before, duration + after)
        n_rows = sum(group.numbers.size for group in groups)
        self._raster.box.set_vertical(0.5, n_rows + 0.5)
        ends = [(group.first_row, group.first_row + group.numbers.size) for group in groups]
        named = [
            ((first + last + 1) / 2, group.name) for group, (first, last) in zip(groups, ends, strict=True)
        ]
        self._name_rows([named] if len(groups) > 1 else None)
        self._raster.set_labels("", label)
        edges = np.repeat([first + 0.5 for first, _ in ends[1:]], 2)
        sides = np.tile([-before, duration + after], edges.size // 2)
        self._borders.setData(sides, edges)
        spans = (Span(-before, 0.0), Span(duration, duration + after))
        for margin in self._margins:
            margin.show_spans(tuple(span for span in spans if span.stop > span.start))

    def _name_rows(self, ticks: list[list[tuple[float, str]]] | None) -> None:
        """Show the names of groups at the axis of trials, or numbers."""
        if ticks != self._row_names:
            self._row_names = ticks
            self._raster.getAxis("left").setTicks(ticks)

    def show_events(self, spans: Sequence[Span]) -> None:
        """Shade what differs within a trial, with names at the light."""
        self._has_names = bool(spans)
        nameless = tuple(Span(span.start, span.stop, "", span.shade) for span in spans)
        for events in self._events:
            events.show_spans(tuple(spans) if events is self._events[1] else nameless)

    def show_spikes(self, shown: Sequence[Spikes]) -> None:
        """Show spikes."""
        while len(self._ticks) < len(shown):
            self._ticks.append(Ticks(self._raster))
        for ticks, spikes in zip(self._ticks, shown, strict=False):
            ticks.set_pen(spikes.colour, 1.0)
            ticks.show_in_rows(spikes.seconds, spikes.rows, spikes.part)
        for ticks in self._ticks[len(shown) :]:
            ticks.show_nothing()

    def show_rates(self, shown: Sequence[Rate], highest_hz: float) -> None:
        """Show mean rates."""
        self._rate.box.set_vertical(0.0, highest_hz)
        while len(self._curves) < len(shown):
            self._curves.append(Curve(self._rate, skipFiniteCheck=False, connect="finite"))
        for curve, rate in zip(self._curves, shown, strict=False):
            curve.set_pen(rate.colour, 1.5)
            curve.setData(rate.response.edges_s, rate.response.rate_hz, stepMode="center")
        for curve in self._curves[len(shown) :]:
            curve.show_nothing()

    def show_lights(self, shown: Sequence[Light], rate_hz: float) -> None:
        """Show light signals."""
        while len(self._lights) < len(shown):
            self._lights.append(SignalCurve(self._light.box))
        for curve, light in zip(self._lights, shown, strict=False):
            curve.set_colour(light.colour)
            curve.show_signal(light.signal, rate_hz, light.zero)
        for curve in self._lights[len(shown) :]:
            curve.show_signal(None)
        limits = self._lights[0].limits if shown else None
        if limits is not None:
            height = max(limits[1] - limits[0], 1.0)
            above = _NAMES_MARGIN if self._has_names else _LIGHT_MARGIN
            self._light.box.set_vertical(limits[0] - _LIGHT_MARGIN * height, limits[1] + above * height)


def spikes_in_rows(
    trials: Trials,
    rows: NDArray[np.intp],
    rate_hz: float,
    coloured: Sequence[tuple[str | QColor, TrialGroup]],
    part: tuple[int, int] = (0, 1),
) -> list[Spikes]:
    """Return the spikes of a unit.

    Parameters
    ----------
    trials : Trials
        Its trials.
    rows : ndarray
        intp (n_trials,). Row of each trial, from 0.
    rate_hz : float
        Acquisition rate.
    coloured : sequence
        Groups of trials, each with its colour.
    part : tuple of int
        Which part of a row the unit has, and how many parts there are.
    """
    seconds, trial = trials.ticks(rate_hz)
    by_colour: dict[str, tuple[str | QColor, list[NDArray[np.intp]]]] = {}
    for colour, group in coloured:
        name = colour if isinstance(colour, str) else colour.name()
        by_colour.setdefault(name, (colour, []))[1].append(group.numbers)
    found = []
    for colour, members in by_colour.values():
        is_own = np.isin(np.arange(rows.size), np.concatenate(members))[trial]
        found.append(Spikes(colour, seconds[is_own], rows[trial[is_own]], part))
    return found
