"""The log: what the program and its steps had to say, warnings first counted, all of it to be read."""

from __future__ import annotations

import logging
from datetime import datetime

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPlainTextEdit, QVBoxLayout, QWidget

logger = logging.getLogger(__name__)

_LINES = 5000


class LogPanel(QWidget):
    """Lines with the time of day; the newest at the end."""

    counted = Signal(int)
    """How many warnings there are."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._warnings = 0
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setMaximumBlockCount(_LINES)
        self.text.setPlaceholderText("What the steps and the program have to say appears here.")
        self.text.setAccessibleName("Log")
        self.text.setWhatsThis(
            "What the steps and the program had to say, the newest at the end. The title counts the warnings."
        )
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.text)

    @property
    def n_warnings(self) -> int:
        """Number of warnings since the session was shown."""
        return self._warnings

    def add(self, sentence: str) -> None:
        """Add a line."""
        logger.info("%s", sentence)
        self.text.appendPlainText(f"{datetime.now().astimezone():%H:%M:%S}  {sentence}")

    def add_warning(self, sentence: str) -> None:
        """Add a line that counts as a warning."""
        self._warnings += 1
        self.add(f"Warning: {sentence}")
        self.counted.emit(self._warnings)

    def begin_anew(self) -> None:
        """Count warnings from none; the lines stay."""
        self._warnings = 0
        self.counted.emit(0)
