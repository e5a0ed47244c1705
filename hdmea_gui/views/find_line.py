"""Input lines of the unit table: the filter, and one to find a unit by its id."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit


class _EscapeLine(QLineEdit):
    """Line that gets Esc even while Esc is a shortcut of the window."""

    def event(self, event: QEvent) -> bool:
        """Claim Esc."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and is_escape(event):
            event.accept()
            return True
        return super().event(event)


class FilterLine(_EscapeLine):
    """Line that Esc clears; in an empty one, Esc leaves."""

    cleared = Signal()
    """Esc has cleared the line."""

    left = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Clear or leave on Esc."""
        if not is_escape(event):
            super().keyPressEvent(event)
        elif self.text():
            self.clear()
            self.cleared.emit()
        else:
            self.left.emit()


class FindLine(_EscapeLine):
    """Line where Return goes to the next match and Esc leaves."""

    next_requested = Signal()
    left = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Go to the next match on Return, back to the table on Esc or Down."""
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.next_requested.emit()
        elif event.key() in {Qt.Key.Key_Escape, Qt.Key.Key_Down}:
            self.left.emit()
        else:
            super().keyPressEvent(event)


def is_escape(event: QKeyEvent) -> bool:
    """Whether a key is Esc alone."""
    return event.key() == Qt.Key.Key_Escape and event.modifiers() == Qt.KeyboardModifier.NoModifier
