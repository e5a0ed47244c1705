"""The undo list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QListWidget, QVBoxLayout, QWidget

from hdmea_gui.views.text_size import window_size
from hdmea_gui.window.dialogs.answers import Answers, allow

if TYPE_CHECKING:
    from collections.abc import Callable

    from hdmea_gui.models.session_model import SessionModel

_BACK, _AGAIN = "Undo up to this", "Redo up to this"
_HERE = "This is the current state. Select a change."


class HistoryDialog(QDialog):
    """All changes, newest first; a double click undoes or redoes up to and including one.

    The list follows the session: a step may end while the dialog is open.

    Parameters
    ----------
    model : SessionModel
        The session and its changes.
    disabled_reason : callable
        Returns why nothing can be undone now; an empty text if something can.
    """

    steps_back = Signal(int)
    """Number of changes to undo; negative to redo."""

    def __init__(
        self, model: SessionModel, disabled_reason: Callable[[], str], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._model, self._disabled_reason = model, disabled_reason
        self._texts: list[str] = []
        self._n_redo = 0
        self.setWindowTitle("Undo List")
        self.resize(window_size(400, 360))
        self.list = QListWidget()
        self.list.setAccessibleName("Changes")
        self.list.setWhatsThis("All changes, newest first. Double-click one to undo or redo up to it.")
        layout = QVBoxLayout(self)
        layout.addWidget(self.list)
        buttons = Answers(self, is_question=False)
        layout.addWidget(buttons)
        self.go = buttons.command(_BACK, "Undo or redo every change up to and including the selected one.")
        self.go.clicked.connect(self._on_go)
        self.list.itemDoubleClicked.connect(self._on_go)
        self.list.currentRowChanged.connect(self._show_possible)
        self.list.setFocus()
        model.safety_changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Update the list if the changes are different, and the button."""
        history = self._model.history
        texts = [f"{name}  (undone)" for name in reversed(history.redo_names)] + ["Now", *history.undo_names]
        self._n_redo = len(history.redo_names)
        if texts != self._texts:
            self._texts = texts
            self.list.clear()
            self.list.addItems(texts)
            self.list.setCurrentRow(self._n_redo)
        self._show_possible()

    @property
    def _n_steps(self) -> int:
        """Number of changes from now to the selected one, itself included; negative for undone ones."""
        return self.list.currentRow() - self._n_redo if self.list.currentRow() >= 0 else 0

    def _show_possible(self) -> None:
        self.go.setText(_AGAIN if self._n_steps < 0 else _BACK)
        allow(self.go, self._disabled_reason() or ("" if self._n_steps else _HERE))

    def _on_go(self) -> None:
        if self._n_steps and not self._disabled_reason():
            self.steps_back.emit(self._n_steps)
            self.accept()
