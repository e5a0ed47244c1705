"""Stimulus: light over the whole recording, sections and trials, and dropped display frames."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtWidgets import QPushButton, QWidget

from hdmea_gui.analysis.frame_intervals import FrameIntervals, frame_intervals
from hdmea_gui.session.recording import RecordingReader
from hdmea_gui.views.caption import Caption, Chooser, column_of, row_of
from hdmea_gui.views.explain import explain
from hdmea_gui.views.plot_view import PlotView
from hdmea_gui.views.signal_curve import LongSignal
from hdmea_gui.views.spans import Span
from hdmea_gui.views.stimulus_figure import StimulusFigure
from hdmea_gui.views.view import NO_RATE, Empty, ViewSpec

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hdmea_gui.session.recording import Light

_WHOLE = "Whole recording"
_AROUND_S = 0.25  # time shown on either side of a dropped frame
_MARGIN = 0.05  # fraction of a section shown on either side of it


class StimulusView(PlotView):
    """Light channels, sections and trials, and display frames."""

    least_height = 340
    asks_anytime = True
    interests = (("units",), ("stimulus",), ("metadata",))
    follows_current = False

    def make_controls(self) -> QWidget:
        """Make the controls that select a part of the recording."""
        self._signals: list[LongSignal | None] = [None, None]
        self._sections: tuple[Span, ...] = ()
        self._late_s: NDArray[np.float64] = np.empty(0)
        self._measured: tuple[Any, FrameIntervals] | None = None
        self._place = Chooser("Part of the recording to show", [_WHOLE])
        self._place.setPlaceholderText("Part of the recording")
        self._place.activated.connect(self._on_place_chosen)
        self._next = QPushButton("Next dropped frame")
        explain(self._next, "Go to the next dropped display frame.")
        self._next.clicked.connect(self._on_next_dropped)
        return row_of(self._place, self._next, stretch=self._place)

    def make_figure(self) -> QWidget:
        """Make the line of numbers and the plots."""
        self._numbers = Caption()
        self._plots = StimulusFigure(self.context.theme)
        self._plots.sync.box.sigXRangeChanged.connect(self._on_range_changed)
        return column_of(self._numbers, self._plots)

    def empty(self) -> Empty | None:
        """Return the message for no light channels or no acquisition rate."""
        session = self.context.model.session
        if session is None:
            return Empty("Open a recording or a session.")
        recording = RecordingReader(session)
        if recording.has_light and not recording.has_rate:
            return NO_RATE
        if any(recording.light(number) is not None for number in (1, 2)):
            return None
        if session.units:
            return Empty(
                "This session has no light channels: it was loaded without a raw file, or the raw file has none."
            )
        return Empty("No light channels yet.", "load_recording", "Load recording")

    def draw(self) -> None:
        """Draw channels, sections, trials and frame intervals; data still being read is drawn when it arrives."""
        session = self.context.model.session
        if session is None:
            return
        recording = RecordingReader(session)
        channels = [recording.light(number) for number in (1, 2)]
        self._signals = [self._signal(old, found) for old, found in zip(self._signals, channels, strict=True)]
        rate_hz = next(found.rate_hz for found in channels if found is not None)
        duration_s = max(signal.n_samples for signal in self._signals if signal is not None) / rate_hz
        self._draw_bounds(recording)
        self._plots.show_light(self._signals, rate_hz, duration_s)
        self._draw_intervals(recording)

    def _signal(self, old: LongSignal | None, found: Light | None) -> LongSignal | None:
        if found is None or (old is not None and old.array is found.values):
            return None if found is None else old
        return LongSignal(self.context.arrays, found.values)

    def _draw_bounds(self, recording: RecordingReader) -> None:
        rate_hz = recording.rate_hz
        self._sections = _sections(recording)
        bounds_of_movies = map(self.context.arrays.get, map(recording.trials, recording.sectioned_movies))
        trials = [bounds.reshape(-1) for bounds in bounds_of_movies if bounds is not None]
        moments = np.unique(np.concatenate(trials)) / rate_hz if trials else np.empty(0)
        self._plots.show_bounds(self._sections, moments)
        self._place.offer([_WHOLE, *_names(self._sections)])
        self._on_range_changed()

    def _draw_intervals(self, recording: RecordingReader) -> None:
        frames = self.context.arrays.get(recording.frames)
        if frames is None:
            return
        if self._measured is None or self._measured[0] is not frames:
            rate_hz = recording.rate_hz
            self._measured = (frames, frame_intervals(frames, rate_hz))
            irregular = np.union1d(self._measured[1].late, self._measured[1].early)
            self._late_s = frames[irregular] / rate_hz
            self._plots.show_intervals(self._measured[1], self._late_s)
            self._numbers.setText(_summary(self._measured[1]))
            self._next.setEnabled(bool(self._late_s.size))

    def _on_place_chosen(self, number: int) -> None:
        if number == 0:
            self._plots.sync.box.go_home()
        else:
            self._plots.look_at(*_around(self._sections[number - 1]))

    def _on_range_changed(self, *_args: object) -> None:
        """Select the name of the part shown, if it has one."""
        left, right = self._plots.sync.box.viewRange()[0]
        parts = [_around(span) for span in self._sections]
        found = [number for number, part in enumerate(parts, 1) if np.allclose(part, (left, right))]
        self._place.setCurrentIndex(found[0] if found else 0 if self._plots.sync.box.is_home else -1)

    def _on_next_dropped(self) -> None:
        left, right = self._plots.sync.box.viewRange()[0]
        is_close = right - left < 4 * _AROUND_S
        after = (left + right) / 2 + 1e-6 if is_close else left  # past the one shown now in the middle
        number = int(np.searchsorted(self._late_s, after, side="right")) % self._late_s.size
        moment = float(self._late_s[number])
        self._plots.look_at(moment - _AROUND_S, moment + _AROUND_S)


def _around(span: Span) -> tuple[float, float]:
    """Return the ends of a section with a small margin, seconds."""
    margin = _MARGIN * (span.stop - span.start)
    return span.start - margin, span.stop + margin


def _sections(recording: RecordingReader) -> tuple[Span, ...]:
    """Return every presentation of every movie, in the order shown."""
    rate_hz = recording.rate_hz
    rows = [
        (float(start), float(stop), movie)
        for movie, bounds in recording.section_bounds.items()
        if isinstance(bounds, np.ndarray)
        for start, stop in bounds.reshape(-1, 2).tolist()
    ]
    return tuple(
        Span(start / rate_hz, stop / rate_hz, movie, number % 2)
        for number, (start, stop, movie) in enumerate(sorted(rows))
    )


def _names(sections: tuple[Span, ...]) -> list[str]:
    """Return a name for each presentation; those of a movie shown more than once are numbered."""
    movies = [span.name for span in sections]
    return [
        f"{movie} ({movies[: number + 1].count(movie)})" if movies.count(movie) > 1 else movie
        for number, movie in enumerate(movies)
    ]


def _summary(found: FrameIntervals) -> str:
    if not found.intervals_s.size:
        return "No display frames were found on channel 2."
    frames = (
        f"{found.intervals_s.size + 1} display frames at {1 / found.mean_s:.2f} Hz "
        f"({1e3 * found.mean_s:.2f} ms)"
    )
    early = f"{found.early.size} too early (interval < 0.67 × median)"
    if not found.late.size:
        return f"{frames}, {early}" if found.early.size else f"{frames}, none dropped"
    places = "1 place" if found.late.size == 1 else f"{found.late.size} places"
    late = f"{found.n_dropped} dropped in {places} (interval > 1.5 × median)"
    return f"{frames}, {late}, {early}" if found.early.size else f"{frames}, {late}"


VIEW = ViewSpec(
    key="stimulus",
    title="Stimulus",
    tip="Light over the recording with sections and trials, and the intervals between display frames.",
    area="lower",
    make=StimulusView,
)
