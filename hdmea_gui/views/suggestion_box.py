"""A line with a list of suggestions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox

from hdmea_gui.views.wheel import ignore_wheel

if TYPE_CHECKING:
    from collections.abc import Iterable

    from PySide6.QtGui import QKeyEvent
    from PySide6.QtWidgets import QWidget

_STEPS_THROUGH_LIST = {Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown}


class SuggestionBox(QComboBox):
    """Line for a text, with a list of suggestions to choose from; what is typed is never completed.

    Parameters
    ----------
    suggestions : iterable of str
        The suggestions.
    frame : bool
        Whether to draw a frame.
    """

    def __init__(
        self, suggestions: Iterable[str], parent: QWidget | None = None, *, frame: bool = True
    ) -> None:
        super().__init__(parent, editable=True, frame=frame)
        self.addItems(list(suggestions))
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.setCompleter(None)  # type: ignore[arg-type]  # the stubs do not know that None removes it
        line = self.lineEdit()
        if line is not None:
            line.editingFinished.disconnect()  # Qt's own slot chooses the entry that equals the text once more
        ignore_wheel(self)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Open the list on the keys that would replace the text by another entry."""
        if event.key() in _STEPS_THROUGH_LIST:
            self.showPopup()
        else:
            super().keyPressEvent(event)
