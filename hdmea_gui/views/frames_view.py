"""View of frames around a spike: choosers at the top, then plots, numbers and a frame player."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QPushButton, QWidget

from hdmea_gui.views.caption import Caption, column_of, row_of
from hdmea_gui.views.explain import explain
from hdmea_gui.views.frame_player import FramePlayer
from hdmea_gui.views.plot_view import PlotView

if TYPE_CHECKING:
    from hdmea_gui.views.frames import Lags
    from hdmea_gui.views.frames_figure import FramesFigure


class FramesView(PlotView):
    """View with controls for frames; a subclass makes the choosers and plots, and draws."""

    def make_choosers(self) -> list[QWidget]:
        """Make the controls above the plots."""
        raise NotImplementedError

    def make_plots(self) -> FramesFigure:
        """Make the plots."""
        raise NotImplementedError

    def make_controls(self) -> QWidget:
        """Make the row of choosers."""
        return row_of(*self.make_choosers())

    def make_figure(self) -> QWidget:
        """Make the plots and the line of numbers."""
        self._has_started = False
        self._peak = 0
        self._plots = self.make_plots()
        self._numbers = Caption()
        return column_of(self._plots, self._numbers)

    def make_foot(self) -> tuple[QWidget, ...]:
        """Make the player."""
        self._player = FramePlayer(
            "Select a frame by its time from the spike, or turn the mouse wheel over a map"
        )
        self._player.moved.connect(self._plots.show_frame)
        self._plots.frames_stepped.connect(self._player.step)
        self._plots.lag_dragged.connect(self._player.go_near)
        to_peak = QPushButton("Go to peak")
        explain(to_peak, "Show the frame with the strongest signal.")
        to_peak.clicked.connect(self._on_to_peak)
        return (row_of(self._player, to_peak, stretch=self._player),)

    def use_lags(self, lags: Lags, peak: int) -> int:
        """Set the frames and return the index of the one to show: the peak at first, later the user's choice."""
        self._peak = peak
        self._player.set_lags(lags)
        if not self._has_started:
            self._has_started = True
            self._player.go_to(peak)
        return self._player.index

    def _on_to_peak(self) -> None:
        self._player.go_to(self._peak)
