"""Log panel: messages of the program and its steps, with a count of the warnings."""

from __future__ import annotations

import logging
from datetime import datetime

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPlainTextEdit, QVBoxLayout, QWidget

logger = logging.getLogger(__name__)

_LINES = 5000  # older ones are dropped


class LogPanel(QWidget):
    """Log of messages with the time of day, newest last."""

    counted = Signal(int)
    """Number of warnings."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._warnings = 0
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setMaximumBlockCount(_LINES)
        self.text.setPlaceholderText("Messages from the steps and the program appear here.")
        self.text.setAccessibleName("Log")
        self.text.setWhatsThis(
            "Messages from the steps and the program, newest last. The title shows the number of warnings."
        )
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.text)

    @property
    def n_warnings(self) -> int:
        """Number of warnings since the session was opened."""
        return self._warnings

    def add(self, message: str) -> None:
        """Add a line."""
        logger.info("%s", message)
        self.text.appendPlainText(f"{datetime.now().astimezone():%H:%M:%S}  {message}")

    def add_warning(self, message: str) -> None:
        """Add a line that counts as a warning."""
        self._warnings += 1
        self.add(f"Warning: {message}")
        self.counted.emit(self._warnings)

    def begin_anew(self) -> None:
        """Reset the count of warnings; the lines stay."""
        self._warnings = 0
        self.counted.emit(0)
