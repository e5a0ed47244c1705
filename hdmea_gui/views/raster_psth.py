"""Raster and PSTH: spikes in every trial of a movie by condition, the light and the mean rate."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hdmea_gui.analysis.histogram import smooth_rates
from hdmea_gui.session.recording import RecordingReader
from hdmea_gui.session.unit import feature_of, sectioned_movies_of
from hdmea_gui.views.caption import Chooser, column_of, row_of
from hdmea_gui.views.computed import Computed, result_of
from hdmea_gui.views.frames import round_limit
from hdmea_gui.views.per_state import PerState
from hdmea_gui.views.plot_view import PlotView
from hdmea_gui.views.raster_figure import Light, RasterFigure, Rate, Spikes, spikes_in_rows
from hdmea_gui.views.shown_movie import WHERE_DIRECTIONS_POINT, ShownMovie, shown_movie
from hdmea_gui.views.signal_curve import LongSignal
from hdmea_gui.views.theme import UNIT_COLOURS
from hdmea_gui.views.trial_groups import TrialGroup, only, rows_of, trial_groups
from hdmea_gui.views.trials import Trials, movies_of, read_trials_of
from hdmea_gui.views.unit_legend import Entry, UnitLegend, entries_of_units
from hdmea_gui.views.view import NO_RATE, Empty, ViewSpec

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray
    from PySide6.QtGui import QColor
    from PySide6.QtWidgets import QWidget

    from hdmea_gui.views.export import FigurePage

# by the frequency at which they attenuate by 3 dB; the design cutoffs, as the lab states them, are 5, 10 and 20 Hz
_SMOOTHING = {"No smoothing": 0.0, "Smoothed 2.3 Hz": 5.0, "Smoothed 4.8 Hz": 10.0, "Smoothed 12 Hz": 20.0}
_USUAL = "Smoothed 4.8 Hz"  # as the lab's scripts smooth
_ALL = "All conditions"
MOST_UNITS = len(UNIT_COLOURS)


@dataclass(frozen=True)
class _Shown:
    """What is drawn.

    Parameters
    ----------
    recording : RecordingReader
        The recording.
    movie : str
        The movie.
    stimulus : ShownMovie
        What its trials show.
    units : list of Trials or None
        Trials of each unit.
    trials : Trials
        Those of the first unit that has any.
    groups : tuple of TrialGroup
        The trials drawn, in groups that show the same.
    """

    recording: RecordingReader
    movie: str
    stimulus: ShownMovie
    units: list[Trials | None]
    trials: Trials
    groups: tuple[TrialGroup, ...]

    @property
    def is_by_condition(self) -> bool:
        """Whether colours stand for conditions; those of several units stand for the units."""
        return len(self.units) == 1 and self.stimulus.has_conditions

    @property
    def groups_of_rates(self) -> tuple[TrialGroup, ...]:
        """Groups whose mean rates are drawn: of several units one, the reference condition if none is chosen."""
        if len(self.units) == 1 or len(self.groups) == 1:
            return self.groups
        conditions = self.stimulus.conditions
        return only(self.groups, conditions.names[conditions.reference])

    @property
    def label(self) -> str:
        """What the rows of the raster are."""
        if len(self.groups) == 1:
            return "Trial"
        return "Intensity" if self.stimulus.conditions.intensity else "Condition"

    def coloured(self, number: int, groups: Sequence[TrialGroup]) -> list[tuple[str | QColor, TrialGroup]]:
        """Return some groups, each with the colour that it has for a unit."""
        return [(group.colour if self.is_by_condition else UNIT_COLOURS[number], group) for group in groups]


class RasterView(PlotView):
    """Trials of one movie for the selected units."""

    least_height = 280
    asks_anytime = True
    interests = (("units",), ("stimulus",), ("metadata",))
    follows_current = False
    follows_units = True

    def make_controls(self) -> QWidget:
        """Make the choosers of movie, condition and smoothing."""
        self._light: LongSignal | None = None
        self._names_movie = False
        self._filter = Computed(smooth_rates, np.zeros((1, 64)), 60.0)  # run once, to import scipy.signal
        self._movies = PerState(self.context.model, lambda session: movies_of(session, session.units))
        self._movie = Chooser("Movie whose trials are shown")
        self._condition = Chooser("Condition whose trials are shown", [_ALL])
        self._smoothing = Chooser(
            "Smoothing of the mean rate, by its -3 dB frequency (4.8 Hz: the lab's 10 Hz Bessel low-pass, run twice)",
            _SMOOTHING,
        )
        self._smoothing.setCurrentText(_USUAL)
        self._smoothing.setMinimumContentsLength(len(_USUAL))
        for chooser in (self._movie, self._condition, self._smoothing):
            chooser.currentIndexChanged.connect(self.refresh)
        return row_of(self._movie, self._condition, self._smoothing, stretch=self._movie)

    def make_figure(self) -> QWidget:
        """Make the legend and the plots."""
        self._legend = UnitLegend()
        self._plots = RasterFigure(self.context.theme)
        return column_of(self._legend, self._plots)

    def choices(self) -> dict[str, QWidget]:
        """Return the choosers of movie, condition and smoothing."""
        return {"movie": self._movie, "condition": self._condition, "smoothing": self._smoothing}

    def unit_ids(self) -> tuple[str, ...]:
        """Return the ids of the units drawn."""
        session = self.context.model.session
        known = {} if session is None else session.units
        return tuple(unit_id for unit_id in self.context.selection.units if unit_id in known)[:MOST_UNITS]

    def empty(self) -> Empty | None:
        """Return the message for no units, no trials or no acquisition rate."""
        session = self.context.model.session
        if session is None or not self.unit_ids():
            return self.no_unit()
        if any(map(sectioned_movies_of, session.units.values())):
            return None if RecordingReader(session).has_rate else NO_RATE
        return Empty("No trials yet.", "section_spike_times", "Run Section spikes")

    def export(self, path: Path, page: FigurePage | None = None) -> None:
        """Write the figure with the name of the movie, which on screen is shown in the controls only."""
        self._names_movie = True
        try:
            super().export(path, page)
        finally:
            self._names_movie = False
            self.refresh()

    def draw(self) -> None:
        """Draw the chosen movie."""
        session = self.context.model.session
        if session is None:
            return
        self._movie.offer(self._movies.get() or [])
        movie = self._movie.currentText()
        self._movie.setToolTip(movie)
        stimulus = shown_movie(session, movie)
        self._condition.offer([_ALL, *stimulus.conditions.names] if stimulus.has_conditions else [_ALL])
        self._condition.setVisible(stimulus.has_conditions)
        units = [read_trials_of(session.units[unit], movie, self.context.arrays) for unit in self.unit_ids()]
        first = next((trials for trials in units if trials is not None), None)
        if first is None:
            self._show_legend(
                movie, entries_of_units(self.unit_ids()), "no trials of this movie" + self._not_shown()
            )
            return
        every = trial_groups(stimulus.conditions, len(first.spikes), self.context.theme)
        groups = only(every, self._condition.currentText())
        shown = _Shown(RecordingReader(session), movie, stimulus, units, first, groups)
        self._show_raster(shown)
        self._show_rates(shown)
        self._show_light(shown)
        entries = (
            self._entries_of_groups(shown) if shown.is_by_condition else entries_of_units(self.unit_ids())
        )
        self._show_legend(movie, entries, self._note(shown))

    # Legend

    def _show_legend(self, movie: str, entries: list[Entry], note: str) -> None:
        self._legend.show_entries(entries, f"{movie} · {note}" if self._names_movie else note)

    def _entries_of_groups(self, shown: _Shown) -> list[Entry]:
        """Return the conditions, with the quality of the unit's response in each where it is stored."""
        feature = feature_of(self._first_unit(), shown.movie) or {}
        qualities = feature.get("data", {}).get("response_quality_by_condition", ())
        return [
            Entry(group.colour, group.name + _in_brackets(qualities[group.place : group.place + 1]))
            for group in shown.groups
        ]

    def _first_unit(self) -> dict[str, Any]:
        session = self.context.model.session
        return {} if session is None else session.units[self.unit_ids()[0]]

    def _note(self, shown: _Shown) -> str:
        n_trials = sum(group.numbers.size for group in shown.groups)
        parts = ["1 trial" if n_trials == 1 else f"{n_trials} trials"]
        if shown.is_by_condition:
            parts.insert(0, self.unit_ids()[0])
        rates = shown.groups_of_rates
        if len(rates) < len(shown.groups):
            parts.append(f"mean rates: condition {rates[0].name} only")
        if shown.stimulus.has_directions:
            parts.append(WHERE_DIRECTIONS_POINT)
        return " · ".join(parts) + self._not_shown()

    def _not_shown(self) -> str:
        n_selected, n_shown = len(self.context.selection.units), len(self.unit_ids())
        return f" · {n_shown} of {n_selected} selected units" if n_selected > n_shown else ""

    # Plots

    def _show_raster(self, shown: _Shown) -> None:
        recording, rate_hz = shown.recording, shown.recording.rate_hz
        self._plots.show_axes(shown.trials, rate_hz, shown.groups, shown.label)
        frames = self.context.arrays.get(recording.movie_frames)
        self._plots.show_events(
            shown.stimulus.spans(shown.trials.bounds, frames, rate_hz) if frames is not None else ()
        )
        spikes: list[Spikes] = []
        for number, trials in enumerate(shown.units):
            if trials is not None:
                rows = rows_of(shown.groups, len(trials.spikes))
                coloured = shown.coloured(number, shown.groups)
                spikes += spikes_in_rows(trials, rows, rate_hz, coloured, (number, len(shown.units)))
        self._plots.show_spikes(spikes)

    def _show_rates(self, shown: _Shown) -> None:
        frames = self.context.arrays.get(shown.recording.movie_frames)
        if frames is None:
            return
        rates = [
            self._rate(trials.of(group.numbers), frames, shown, colour)
            for number, trials in enumerate(shown.units)
            if trials is not None
            for colour, group in shown.coloured(number, shown.groups_of_rates)
        ]
        drawn = [rate for rate in rates if rate.response.rate_hz.size]
        highest = max((rate.response.highest_hz for rate in drawn), default=0.0)
        self._plots.show_rates(drawn, round_limit(highest))

    def _rate(self, trials: Trials, frames: NDArray[np.uint64], shown: _Shown, colour: str | QColor) -> Rate:
        cutoff_hz = _SMOOTHING[self._smoothing.currentText()] if self._can_smooth() else 0.0
        has_frames = not shown.recording.is_timed_by_light(shown.movie)
        return Rate(
            colour, trials.response(frames, shown.recording.rate_hz, cutoff_hz, has_frames=has_frames)
        )

    def _can_smooth(self) -> bool:
        """Whether scipy.signal is imported; that takes seconds, so another thread does it."""
        return "scipy.signal" in sys.modules or result_of(self._filter, self.context.arrays) is not None

    def _show_light(self, shown: _Shown) -> None:
        recording, movie = shown.recording, shown.movie
        template, sections = recording.light_template(movie), recording.section_bounds.get(movie)
        if template is None or sections is None:
            self._plots.show_lights((), recording.rate_hz)
            return
        if self._light is None or self._light.array is not template:
            self._light = LongSignal(self.context.arrays, template)
        starts = np.asarray(sections).reshape(-1, 2)[:, 0]
        lights = []
        for group in shown.groups:
            # the light template begins with the section, the trial later
            first = int(shown.trials.bounds[group.numbers[0], 0]) if group.numbers.size else int(starts[0])
            presentation = int(np.searchsorted(starts, first, side="right")) - 1
            colour = group.colour if shown.is_by_condition else self.context.theme.foreground
            lights.append(Light(colour, self._light, first - int(starts[max(presentation, 0)])))
        self._plots.show_lights(lights, recording.rate_hz)


def _in_brackets(quality: Sequence[float]) -> str:
    """Return the quality of a condition; nothing if it is unknown."""
    return "".join(f" (quality {value:.2f})" for value in quality if np.isfinite(value))


VIEW = ViewSpec(
    key="raster_psth",
    title="Raster, PSTH",
    tip="Spikes of the selected units in every trial of a movie, ordered by condition, with the light and the mean "
    "rate.",
    area="lower",
    make=RasterView,
)
