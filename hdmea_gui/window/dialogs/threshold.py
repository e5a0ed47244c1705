"""Light-triggered trials."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QVBoxLayout, QWidget

if TYPE_CHECKING:
    from hdmea_gui.views.threshold_picker import ThresholdPicker


class ThresholdDialog(QDialog):
    """The picker of light-triggered trials, and the button that makes them.

    Parameters
    ----------
    picker : ThresholdPicker
        Shows the jumps of channel 1.
    """

    chosen = Signal(object)
    """Parameters of the step, by name."""

    def __init__(self, picker: ThresholdPicker, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Light-Triggered Trials")
        self.resize(960, 600)
        self._picker = picker
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        buttons.addButton("Make trials", QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.accepted.connect(self._on_accepted)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(picker)
        layout.addWidget(buttons)

    def _on_accepted(self) -> None:
        self.chosen.emit(self._picker.values())
        self.accept()
