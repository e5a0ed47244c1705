"""Tuning: how the response of a unit depends on direction, frequency, or another property of the stimulus."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QStackedWidget, QWidget

from hdmea_gui.pipeline.recency import is_current
from hdmea_gui.session.recording import RecordingReader
from hdmea_gui.session.unit import ABSENT_REASON, feature_of, features_of, trials_of
from hdmea_gui.views.caption import Caption, Chooser, column_of, row_of
from hdmea_gui.views.condition_figure import (
    LATENCIES,
    QUALITIES,
    RESPONSES,
    ConditionFigure,
    condition_picture,
    condition_words,
)
from hdmea_gui.views.direction_figure import DirectionFigure
from hdmea_gui.views.direction_picture import direction_picture, direction_words
from hdmea_gui.views.frequency_figure import FrequencyFigure, frequency_picture, frequency_words
from hdmea_gui.views.per_state import PerState
from hdmea_gui.views.plot_view import PlotView
from hdmea_gui.views.shown_movie import shown_movie
from hdmea_gui.views.theme import UNIT_COLOURS
from hdmea_gui.views.trials import read_trials_of
from hdmea_gui.views.unit_legend import Entry, UnitLegend
from hdmea_gui.views.view import Empty, ViewSpec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hdmea_gui.session import PipelineSession

_DIRECTION, _FREQUENCY, _CONDITION = "direction_deg", "frequency_hz", "condition"
_KINDS = {"moving_bar": _DIRECTION, "frequency": _FREQUENCY}
_MARKS = {"o": "●", "s": "■", "t": "▼", "d": "◆", "": "- -"}
_FILLED = "filled: significant · bars: 95 % confidence intervals"
_EXTRACT = ("extract_features", "Extract features")


class TuningView(PlotView):
    """Tuning of the current unit in one movie."""

    least_height = 400
    interests = (("units",), ("stimulus",), ("metadata",))

    def make_controls(self) -> QWidget:
        """Make the chooser of the movie."""
        self._movies = PerState(self.context.model, tuned_movies)
        self._movie = Chooser("Movie whose tuning is shown")
        self._movie.currentIndexChanged.connect(self.refresh)
        return row_of(self._movie, stretch=self._movie)

    def make_figure(self) -> QWidget:
        """Make the legend, one figure for each kind of tuning, and the line of numbers."""
        theme = self.context.theme
        self._legend = UnitLegend()
        self._numbers = Caption()
        self._directions = DirectionFigure(theme)
        self._frequencies = FrequencyFigure(theme)
        self._conditions = ConditionFigure(theme)
        self._figures = QStackedWidget()
        for figure in (self._directions, self._frequencies, self._conditions):
            self._figures.addWidget(figure)
        return column_of(self._legend, self._figures, self._numbers)

    def choices(self) -> dict[str, QWidget]:
        """Return the chooser of the movie."""
        return {"movie": self._movie}

    def empty(self) -> Empty | None:
        """Return the message for a missing, absent or outdated feature."""
        session, missing = self.context.model.session, self.no_unit()
        if missing is not None or session is None:
            return missing
        movies = self._movies.get()
        if not movies:
            return _why_no_movie(session)
        self._movie.offer(list(movies))
        movie = self._movie.currentText()
        self._movie.setToolTip(movie)
        return self._why_absent(session, movie, movies[movie])

    def _why_absent(self, session: PipelineSession, movie: str, axis: str) -> Empty | None:
        unit_id, feature = self.context.selection.current, feature_of(self.unit(), movie)
        reason = None if feature is None else feature.get("metadata", {}).get(ABSENT_REASON)
        if reason:
            return Empty(f"{unit_id} has no tuning in {movie}: {reason}.")
        if is_current(feature) and axis in feature["data"]:
            return None
        if movie not in _computed(session):
            return Empty(
                f"{unit_id} has no tuning in {movie}, and none can be computed: "
                "the movie has no trials, or is not of a kind with tuning."
            )
        if feature is None:
            return Empty(f"The features of {movie} have not been extracted yet.", *_EXTRACT)
        return Empty(f"The features of {movie} are out of date.", *_EXTRACT)

    def draw(self) -> None:
        """Draw the chosen movie."""
        movies, feature = self._movies.get() or {}, feature_of(self.unit(), self._movie.currentText())
        session, movie = self.context.model.session, self._movie.currentText()
        if session is None or feature is None:
            return
        data = feature["data"]
        heading = [self.context.selection.current, movie]
        if movies[movie] == _DIRECTION:
            self._draw_directions(session, movie, data, heading)
        elif movies[movie] == _FREQUENCY:
            self._figures.setCurrentWidget(self._frequencies)
            self._frequencies.show_picture(frequency_picture(data))
            self._legend.show_entries([Entry(UNIT_COLOURS[0], "firing rate", "●")], _FILLED)
            self._numbers.show_lines(heading, frequency_words(data))
        else:
            self._figures.setCurrentWidget(self._conditions)
            picture = condition_picture(data)
            self._conditions.show_picture(picture)
            entries = {
                shape.name: Entry(shape.colour, shape.name, _MARKS[shape.symbol])
                for shape in (*RESPONSES, *LATENCIES, *QUALITIES)
                if shape.output in picture.marks
            }
            self._legend.show_entries(entries.values(), _FILLED)
            self._numbers.show_lines(heading, condition_words(data))

    def _draw_directions(
        self, session: PipelineSession, movie: str, data: Mapping[str, Any], heading: list[str]
    ) -> None:
        recording, arrays = RecordingReader(session), self.context.arrays
        trials = read_trials_of(self.unit(), movie, arrays)
        frames = arrays.get(recording.movie_frames)
        rate_hz = recording.rate_hz if recording.has_rate else 0.0
        shown, stored = shown_movie(session, movie), trials_of(self.unit(), movie)
        is_timed = shown.has_directions and rate_hz > 0
        n_trials = len(stored.spikes) if stored is not None and is_timed else 0
        picture = direction_picture(data, trials, shown.events if is_timed else (), frames, rate_hz)
        self._figures.setCurrentWidget(self._directions)
        self._directions.show_rasters(n_trials > 0)
        self._directions.show_picture(picture)
        self._legend.show_entries(
            [
                Entry(UNIT_COLOURS[0], "mean rate", "—"),
                Entry(UNIT_COLOURS[0], "single trials", "●"),
                Entry(UNIT_COLOURS[1], "vector sum", "→"),
            ],
            "vector sum: outer ring is DSI = 1",
        )
        first, second = direction_words(data, n_trials)
        self._numbers.show_lines([*heading, first], second)


def tuned_movies(session: PipelineSession) -> dict[str, str]:
    """Return the movies with several directions, frequencies or conditions, and the output that lists these."""
    found = _computed(session)
    for unit in session.units.values():
        for name, feature in features_of(unit).items():
            data = feature.get("data")
            held = [
                axis
                for axis in (_DIRECTION, _FREQUENCY, _CONDITION)
                if isinstance(data, dict) and axis in data
            ]
            if held:
                found.setdefault(name, held[0])
    return found


def _computed(session: PipelineSession) -> dict[str, str]:
    """Return the movies of which a tuning can be computed, and the output that lists what it depends on."""
    shown = {movie: shown_movie(session, movie) for movie in RecordingReader(session).sectioned_movies}
    axes = {
        movie: _KINDS.get(one.kind, _CONDITION if one.has_conditions else "") for movie, one in shown.items()
    }
    return {movie: axis for movie, axis in axes.items() if axis}


def _why_no_movie(session: PipelineSession) -> Empty:
    """Return the message for a session without a movie with tuning; with a step unless all movies have trials."""
    recording = RecordingReader(session)
    sectioned = recording.sectioned_movies
    if sectioned and set(recording.section_bounds) <= set(sectioned):
        return Empty("No movie of this recording has several directions, frequencies or conditions.")
    return Empty(
        "No movie with several directions, frequencies or conditions has trials yet.",
        "section_spike_times",
        "Run Section spikes",
    )


VIEW = ViewSpec(
    key="tuning",
    title="Tuning",
    tip="Response of the current unit against direction, frequency or light intensity: polar plot, rasters, phase, "
    "confidence intervals.",
    area="lower",
    make=TuningView,
)
