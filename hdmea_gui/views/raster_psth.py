"""Raster and PSTH: spikes in every trial of a movie, the light and the mean rate."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import numpy as np

from hdmea_gui.analysis.histogram import smooth_rates
from hdmea_gui.session.recording import RecordingReader
from hdmea_gui.session.unit import sectioned_movies_of
from hdmea_gui.views.caption import Chooser, column_of, row_of
from hdmea_gui.views.computed import Computed, result_of
from hdmea_gui.views.frames import round_limit
from hdmea_gui.views.per_state import PerState
from hdmea_gui.views.plot_view import PlotView
from hdmea_gui.views.raster_figure import RasterFigure
from hdmea_gui.views.signal_curve import LongSignal
from hdmea_gui.views.theme import UNIT_COLOURS
from hdmea_gui.views.trials import Trials, movies_of, read_trials_of
from hdmea_gui.views.unit_legend import UnitLegend
from hdmea_gui.views.view import NO_RATE, Empty, ViewSpec

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray
    from PySide6.QtWidgets import QWidget

    from hdmea_gui.analysis.trial_histogram import Response
    from hdmea_gui.views.export import FigurePage

# by the frequency at which they attenuate by 3 dB; the design cutoffs, as the lab states them, are 5, 10 and 20 Hz
_SMOOTHING = {"No smoothing": 0.0, "Smoothed 2.3 Hz": 5.0, "Smoothed 4.8 Hz": 10.0, "Smoothed 12 Hz": 20.0}
_USUAL = "Smoothed 4.8 Hz"  # as the lab's scripts smooth
MOST_UNITS = len(UNIT_COLOURS)


class RasterView(PlotView):
    """Trials of one movie for the selected units."""

    least_height = 280
    asks_anytime = True
    interests = (("units",), ("stimulus",), ("metadata",))
    follows_current = False
    follows_units = True

    def make_controls(self) -> QWidget:
        """Make the choosers of movie and smoothing."""
        self._light: LongSignal | None = None
        self._names_movie = False
        self._filter = Computed(smooth_rates, np.zeros((1, 64)), 60.0)  # run once, to import scipy.signal
        self._movies = PerState(self.context.model, lambda session: movies_of(session, session.units))
        self._movie = Chooser("Movie whose trials are shown")
        self._smoothing = Chooser(
            "Smoothing of the mean rate, by its -3 dB frequency (4.8 Hz: the lab's 10 Hz Bessel low-pass, run twice)",
            _SMOOTHING,
        )
        self._smoothing.setCurrentText(_USUAL)
        self._smoothing.setMinimumContentsLength(len(_USUAL))
        self._movie.currentIndexChanged.connect(self.refresh)
        self._smoothing.currentIndexChanged.connect(self.refresh)
        return row_of(self._movie, self._smoothing, stretch=self._movie)

    def make_figure(self) -> QWidget:
        """Make the legend and the plots."""
        self._legend = UnitLegend()
        self._plots = RasterFigure(self.context.theme)
        return column_of(self._legend, self._plots)

    def choices(self) -> dict[str, QWidget]:
        """Return the choosers of movie and smoothing."""
        return {"movie": self._movie, "smoothing": self._smoothing}

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
        recording = RecordingReader(session)
        rate_hz = recording.rate_hz
        found = [read_trials_of(session.units[unit], movie, self.context.arrays) for unit in self.unit_ids()]
        shown = next((trials for trials in found if trials is not None), None)
        note = self._note(shown, found)
        self._legend.show_units(self.unit_ids(), f"{movie} · {note}" if self._names_movie else note)
        if shown is None:
            return
        self._plots.show_axes(shown, rate_hz)
        self._plots.show_spikes(found, rate_hz)
        self._show_responses(recording, movie, found)
        self._show_light(recording, movie, shown)

    def _note(self, shown: Trials | None, found: list[Trials | None]) -> str:
        n_selected = len(self.context.selection.units)
        more = f" · {len(found)} of {n_selected} selected units" if n_selected > len(found) else ""
        if shown is None:
            return f"no trials of this movie{more}"
        n_trials = len(shown.spikes)
        return ("1 trial" if n_trials == 1 else f"{n_trials} trials") + more

    def _show_responses(self, recording: RecordingReader, movie: str, found: list[Trials | None]) -> None:
        frames, rate_hz = self.context.arrays.get(recording.movie_frames), recording.rate_hz
        if frames is None:
            return
        has_frames = not recording.is_timed_by_light(movie)
        responses = [
            None if trials is None else self._response(trials, frames, rate_hz, has_frames=has_frames)
            for trials in found
        ]
        highest = max((response.highest_hz for response in responses if response is not None), default=0.0)
        self._plots.show_responses(responses, round_limit(highest))

    def _response(
        self, trials: Trials, frames: NDArray[np.uint64], rate_hz: float, *, has_frames: bool
    ) -> Response:
        cutoff_hz = _SMOOTHING[self._smoothing.currentText()] if self._can_smooth() else 0.0
        return trials.response(frames, rate_hz, cutoff_hz, has_frames=has_frames)

    def _can_smooth(self) -> bool:
        """Whether scipy.signal is imported; that takes seconds, so another thread does it."""
        return "scipy.signal" in sys.modules or result_of(self._filter, self.context.arrays) is not None

    def _show_light(self, recording: RecordingReader, movie: str, trials: Trials) -> None:
        template, sections = recording.light_template(movie), recording.section_bounds.get(movie)
        rate_hz = recording.rate_hz
        if template is None or sections is None:
            self._plots.show_light(None, rate_hz, 0)
            return
        if self._light is None or self._light.array is not template:
            self._light = LongSignal(self.context.arrays, template)
        starts = np.asarray(sections).reshape(-1, 2)[:, 0]
        first = int(trials.bounds[0, 0])
        # the light template begins with the section, the trial later
        presentation = int(np.searchsorted(starts, first, side="right")) - 1
        self._plots.show_light(self._light, rate_hz, first - int(starts[max(presentation, 0)]))


VIEW = ViewSpec(
    key="raster_psth",
    title="Raster, PSTH",
    tip="Spikes of the selected units in every trial of a movie, the light and the mean rate.",
    area="lower",
    make=RasterView,
)
