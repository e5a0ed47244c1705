"""Dialog for the threshold of light-triggered trials."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget

if TYPE_CHECKING:
    from hdmea_gui.views.threshold_picker import ThresholdPicker

from hdmea_gui.views.text_size import window_size
from hdmea_gui.window.dialogs.answers import Answers


class ThresholdDialog(QDialog):
    """The threshold picker, and the button that finds the trials.

    Parameters
    ----------
    picker : ThresholdPicker
        Shows the light onsets on channel 1.
    """

    chosen = Signal(object)
    """The threshold was chosen; carries the parameters of the step by name."""

    def __init__(self, picker: ThresholdPicker, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Light-Triggered Trials")
        self.resize(window_size(960, 600))
        self._picker = picker
        layout = QVBoxLayout(self)
        layout.addWidget(picker)
        buttons = Answers(self)
        buttons.answer("Find trials", "Run the step with this threshold.")
        layout.addWidget(buttons)
        self.accepted.connect(self._on_accepted)
        picker.setFocus()

    def _on_accepted(self) -> None:
        self.chosen.emit(self._picker.values())
