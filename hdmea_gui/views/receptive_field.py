"""Receptive field: the mean movie before a unit's spikes, its map at the peak and time courses of single pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hdmea_gui.session.recording import RecordingReader
from hdmea_gui.session.unit import receptive_field_of, sta_of
from hdmea_gui.views.caption import Chooser
from hdmea_gui.views.colours import SIGNED, signed
from hdmea_gui.views.frames_view import FramesView
from hdmea_gui.views.per_state import PerState
from hdmea_gui.views.sta_figure import StaFigure
from hdmea_gui.views.sta_picture import (
    NO_STA,
    StaPicture,
    ellipse_of,
    frame_interval_ms,
    numbers_of,
    picture_of,
    spikes_of,
)
from hdmea_gui.views.view import Empty, ViewSpec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray
    from PySide6.QtWidgets import QWidget

    from hdmea_gui.session import PipelineSession


class ReceptiveFieldView(FramesView):
    """Stimulus STA of the current unit."""

    least_height = 280
    interests = (("units",), ("metadata",))

    def make_choosers(self) -> list[QWidget]:
        """Make the choosers of movie and colour map."""
        self._picture: StaPicture | None = None
        self._frame_ms = PerState(self.context.model, self._frame_ms_of)
        self._movies = PerState(self.context.model, lambda session: RecordingReader(session).sta_movies)
        self._movie = Chooser("Noise movie whose STA is shown")
        self._colours = Chooser("Colour map", SIGNED)
        self._movie.currentIndexChanged.connect(self.refresh)
        self._colours.currentIndexChanged.connect(self.refresh)
        return [self._movie, self._colours]

    def make_plots(self) -> StaFigure:
        """Make the maps and the time course."""
        self._sta_plots = StaFigure(self.context.theme)
        return self._sta_plots

    def choices(self) -> dict[str, QWidget]:
        """Return the choosers of movie and colour map."""
        return {"movie": self._movie, "colours": self._colours}

    def empty(self) -> Empty | None:
        """Return the message for a missing or empty STA."""
        missing = self.no_unit()
        if missing is not None:
            return missing
        movies = self._movies.get()
        if not movies:
            return NO_STA
        self._movie.offer(movies)
        self._movie.setVisible(len(movies) > 1)
        unit_id, movie = self.context.selection.current, self._movie.currentText()
        feature = sta_of(self.unit(), movie)
        if feature is None:
            return Empty(f"{unit_id} has no STA for {movie}.")
        data = self.context.arrays.get(feature["data"])
        self._picture = None if data is None else self._picture_of(data, feature)
        if data is not None and self._picture is None:
            return Empty(f"The STA of {unit_id} is empty: no spike window fits into {movie}.")
        return None

    def draw(self) -> None:
        """Draw the STA of the current unit, or wait until it has been read from disk."""
        movie, picture = self._movie.currentText(), self._picture
        feature = sta_of(self.unit(), movie)
        if feature is None or picture is None:
            return
        index = self.use_lags(picture.frames.lags, picture.peak)
        self._sta_plots.set_colours(signed(self._colours.currentText(), self.context.theme))
        self._sta_plots.show_picture(picture, ellipse_of(receptive_field_of(feature)), index)
        heading = (self.context.selection.current, movie, spikes_of(feature))
        self._numbers.show_lines(heading, numbers_of(feature))

    def _picture_of(self, data: NDArray[Any], feature: Mapping[str, Any]) -> StaPicture | None:
        return picture_of(data, feature, self._frame_ms.get())

    def _frame_ms_of(self, session: PipelineSession) -> float | None:
        return frame_interval_ms(RecordingReader(session), self.context.arrays)


VIEW = ViewSpec(
    key="receptive_field",
    title="Receptive field",
    tip="Mean movie before a unit's spikes (STA), frame by frame, with the map at the peak and the time course.",
    area="upper",
    make=ReceptiveFieldView,
)
