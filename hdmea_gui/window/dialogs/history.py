"""The list of changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QListWidget, QVBoxLayout, QWidget

if TYPE_CHECKING:
    from hdmea_gui.models.history import History

from hdmea_gui.window.dialogs.answers import Answers


class HistoryDialog(QDialog):
    """All changes, the newest first; a double click goes back to before one."""

    steps_back = Signal(int)
    """How many changes to take back; negative to make them again."""

    def __init__(self, history: History, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Undo List")
        self.resize(400, 360)
        self._n_redo = len(history.redo_names)
        self.list = QListWidget()
        self.list.addItems([f"{name}  (undone)" for name in reversed(history.redo_names)])
        self.list.addItems(["Now", *history.undo_names])
        self.list.setCurrentRow(self._n_redo)
        self.list.setWhatsThis("All changes, the newest first. A double click goes back to before one.")
        buttons = Answers(self, is_question=False)
        go = buttons.deed(
            "Go back to before this", "Take the selected change back, and all that came after it."
        )
        go.clicked.connect(self._on_go)
        self.list.itemDoubleClicked.connect(self._on_go)
        layout = QVBoxLayout(self)
        layout.addWidget(self.list)
        layout.addWidget(buttons)

    def _on_go(self) -> None:
        self.steps_back.emit(self.list.currentRow() - self._n_redo)
        self.accept()
