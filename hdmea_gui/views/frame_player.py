"""Slider and play button for the frames around a spike."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSlider, QWidget

from hdmea_gui.views.explain import explain
from hdmea_gui.views.frames import Lags

if TYPE_CHECKING:
    from PySide6.QtGui import QHideEvent

_PAUSE_MS = 50


class FramePlayer(QWidget):
    """Control that selects one frame of a series, or plays them all.

    Parameters
    ----------
    tip : str
        Tooltip of the slider.
    parent : QWidget or None
        Its parent.
    """

    moved = Signal(int)
    """Index of the frame now selected."""

    def __init__(self, tip: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lags = Lags(np.zeros(1), "ms")
        self._slider = self._make_slider(tip)
        self._play = self._make_button()
        self._text = QLabel(alignment=Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._timer = QTimer(self, interval=_PAUSE_MS)
        self._timer.timeout.connect(self._on_timeout)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._play)
        layout.addWidget(self._slider, stretch=1)
        layout.addWidget(self._text)

    def _make_slider(self, tip: str) -> QSlider:
        slider = QSlider(Qt.Orientation.Horizontal)
        explain(slider, tip)
        slider.setAccessibleName(tip)
        slider.setRange(0, 0)
        slider.valueChanged.connect(self._on_moved)
        return slider

    def _make_button(self) -> QPushButton:
        button = QPushButton("Play")
        button.setCheckable(True)
        explain(button, "Play the frames in a loop.")
        button.toggled.connect(self._on_toggled)
        return button

    @property
    def index(self) -> int:
        """Index of the selected frame."""
        return self._slider.value()

    @property
    def lag_text(self) -> str:
        """Lag of the selected frame, as text."""
        return self._lags.text(self.index)

    def set_lags(self, lags: Lags) -> None:
        """Set the lags of the frames; the selected index is kept if it still exists."""
        if lags.unit == self._lags.unit and np.array_equal(lags.values, self._lags.values):
            return
        self._lags = lags
        self._slider.blockSignals(True)
        self._slider.setRange(0, len(lags.values) - 1)
        self._slider.blockSignals(False)
        # the text keeps the width of the longest lag, so that the slider does not move while it plays
        widest = max((lags.text(index) for index in range(len(lags.values))), key=len)
        self._text.setMinimumWidth(self._text.fontMetrics().horizontalAdvance(widest + " "))
        self._text.setText(self.lag_text)

    def go_to(self, index: int) -> None:
        """Select a frame, or the nearest existing one."""
        self._slider.setValue(index)

    def step(self, by: int) -> None:
        """Move by some frames, backwards if negative."""
        self.go_to(self.index + by)

    def go_near(self, lag: float) -> None:
        """Select the frame nearest to a lag."""
        self.go_to(self._lags.nearest(lag))

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802 - Qt's name
        """Stop playing when hidden."""
        self._play.setChecked(False)
        super().hideEvent(event)

    def _on_moved(self, index: int) -> None:
        self._text.setText(self.lag_text)
        self.moved.emit(index)

    def _on_toggled(self, playing: bool) -> None:
        self._play.setText("Pause" if playing else "Play")
        if playing:
            self._timer.start()
        else:
            self._timer.stop()

    def _on_timeout(self) -> None:
        self.go_to((self.index + 1) % len(self._lags.values))
