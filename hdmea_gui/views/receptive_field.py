"""Receptive field: the mean movie before a unit's spikes, its map at the peak, its course at single pixels."""

from __future__ import annotations

from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from hdmea_gui.views.caption import Caption, Chooser, row_of
from hdmea_gui.views.colours import SIGNED, signed
from hdmea_gui.views.frame_player import FramePlayer
from hdmea_gui.views.sta_figure import StaFigure
from hdmea_gui.views.sta_picture import (
    StaPicture,
    ellipse_of,
    frame_interval_ms,
    geometry_of,
    lags_of,
    movies_of,
    numbers_of,
    picture_of,
    spikes_of,
    sta_of,
)
from hdmea_gui.views.view import Empty, View, ViewSpec


class ReceptiveFieldView(View):
    """Stimulus STA of the current unit."""

    interests = (("units",), ("metadata",))

    def make_content(self) -> QWidget:
        """Make choosers, plots, numbers and player."""
        self._picture: StaPicture | None = None
        self._has_started = False
        content = QWidget()
        layout = QVBoxLayout(content)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._make_controls())
        layout.addWidget(self._make_figure(), stretch=1)
        layout.addWidget(self._make_player())
        return content

    def _make_controls(self) -> QWidget:
        self._movie = Chooser("Noise movie whose STA is shown")
        self._colours = Chooser("Colours of the maps", SIGNED)
        self._movie.currentIndexChanged.connect(self.refresh)
        self._colours.currentIndexChanged.connect(self.refresh)
        return row_of(self._movie, self._colours)

    def _make_figure(self) -> QWidget:
        self._plots = StaFigure(self.context.theme)
        self._plots.frames_stepped.connect(self._on_frames_stepped)
        self._plots.lag_dragged.connect(self._on_lag_dragged)
        self._numbers = Caption()
        self._figure = QWidget()
        layout = QVBoxLayout(self._figure)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._plots, stretch=1)
        layout.addWidget(self._numbers)
        return self._figure

    def _make_player(self) -> QWidget:
        self._player = FramePlayer(
            "Frame of the STA, by its time before the spike; the wheel over a map does the same"
        )
        self._player.moved.connect(self._plots.show_frame)
        to_peak = QPushButton("Go to peak")
        to_peak.setToolTip("Show the frame at which the receptive field is strongest.")
        to_peak.clicked.connect(self._on_to_peak)
        return row_of(self._player, to_peak, stretch=self._player)

    def figure(self) -> QWidget:
        """Plots and numbers, without the controls."""
        return self._figure

    def empty(self) -> Empty | None:
        """Say that the STA is missing, or is not a number."""
        missing = self.no_unit()
        if missing is not None or self.context.model.session is None:
            return missing
        movies = movies_of(self.context.model.session.units)
        if not movies:
            return Empty(
                "The mean movie before the spikes of a unit: its receptive field. It waits for the stimulus STA.",
                "compute_sta",
                "Compute stimulus STA",
            )
        self._movie.offer(movies)
        self._movie.setVisible(len(movies) > 1)
        return self._no_picture(self._movie.currentText())

    def _no_picture(self, movie: str) -> Empty | None:
        """Read the STA of a movie; say why it cannot be drawn."""
        unit_id = self.context.selection.current
        feature = sta_of(self.unit(), movie)
        if feature is None:
            return Empty(f"{unit_id} has no STA of {movie}.")
        data = self.context.arrays.get(feature["data"])
        if data is None:
            return None
        self._picture = picture_of(data, geometry_of(feature))
        if self._picture is None:
            return Empty(f"The STA of {unit_id} is empty: the window of no spike fits into {movie}.")
        return None

    def draw(self) -> None:
        """Draw the STA of the current unit; one that is still read from disk is drawn when it comes."""
        movie = self._movie.currentText()
        feature = sta_of(self.unit(), movie)
        session, picture = self.context.model.session, self._picture
        if (
            session is None
            or feature is None
            or self.context.arrays.get(feature["data"]) is None
            or picture is None
        ):
            return
        lags = lags_of(
            feature, len(picture.deviation), frame_interval_ms(session.metadata, self.context.arrays)
        )
        self._player.set_lags(lags.values, lags.unit)
        if not self._has_started:
            self._has_started = True
            self._player.go_to(picture.peak)
        self._plots.set_colours(signed(self._colours.currentText(), self.context.theme))
        self._plots.show_picture(picture, lags, ellipse_of(geometry_of(feature)), self._player.index)
        self._numbers.show_lines(
            (self.context.selection.current, movie, spikes_of(feature)), numbers_of(feature)
        )

    def _on_frames_stepped(self, notches: int) -> None:
        self._player.step(notches)

    def _on_lag_dragged(self, lag: float) -> None:
        self._player.go_near(lag)

    def _on_to_peak(self) -> None:
        if self._picture is not None:
            self._player.go_to(self._picture.peak)


VIEW = ViewSpec(
    key="receptive_field",
    title="Receptive field",
    tip="The mean movie before a unit's spikes, frame by frame, with its map at the peak and its course.",
    area="upper",
    make=ReceptiveFieldView,
)
