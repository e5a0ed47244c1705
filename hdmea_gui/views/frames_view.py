"""A view that shows frames around a spike: choosers above, plots, numbers and a player below."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

from hdmea_gui.views.caption import Caption, column_of, row_of
from hdmea_gui.views.frame_player import FramePlayer
from hdmea_gui.views.view import View

if TYPE_CHECKING:
    from hdmea_gui.views.frames import Lags
    from hdmea_gui.views.frames_figure import FramesFigure


class FramesView(View):
    """Has the controls of frames; a subclass makes the choosers and the plots, and draws."""

    def make_choosers(self) -> list[QWidget]:
        """Make the controls that stand above the plots."""
        raise NotImplementedError

    def make_plots(self) -> FramesFigure:
        """Make the plots."""
        raise NotImplementedError

    def make_content(self) -> QWidget:
        """Make controls, plots, numbers and player."""
        self._has_started = False
        self._peak = 0
        self._plots = self.make_plots()
        self._numbers = Caption()
        self._figure = column_of(self._plots, self._numbers)
        self._figure.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        content = column_of(row_of(*self.make_choosers()), self._figure, self._make_player_row())
        self._plots.frames_stepped.connect(self._player.step)
        self._plots.lag_dragged.connect(self._player.go_near)
        return content

    def _make_player_row(self) -> QWidget:
        self._player = FramePlayer("Frame by its time from the spike; the wheel over a map does the same")
        self._player.moved.connect(self._plots.show_frame)
        to_peak = QPushButton("Go to peak")
        to_peak.setToolTip("Show the frame with the strongest signal.")
        to_peak.clicked.connect(self._on_to_peak)
        return row_of(self._player, to_peak, stretch=self._player)

    def figure(self) -> QWidget:
        """Plots and numbers, without the controls."""
        return self._figure

    def use_lags(self, lags: Lags, peak: int) -> int:
        """Offer frames; the index of the one to show is the result, at first that at the peak."""
        self._peak = peak
        self._player.set_lags(lags)
        if not self._has_started:
            self._has_started = True
            self._player.go_to(peak)
        return self._player.index

    def _on_to_peak(self) -> None:
        self._player.go_to(self._peak)
