"""Names offered where one is typed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QStringListModel, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QCompleter, QStyle

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtWidgets import QLineEdit


class OfferedNames(QCompleter):
    """Offers names in a line, those that fit what is typed, or all of them; anything else can still be typed.

    Parameters
    ----------
    line : QLineEdit
        The line.
    """

    def __init__(self, line: QLineEdit) -> None:
        super().__init__(line)
        self._line = line
        self._names = QStringListModel(self)
        self.setModel(self._names)
        self.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.setFilterMode(Qt.MatchFlag.MatchContains)
        line.setCompleter(self)
        self.activated.connect(line.textEdited)
        arrow = line.style().standardIcon(QStyle.StandardPixmap.SP_ArrowDown)
        self.all = QAction(arrow, "Show all names", line)
        self.all.triggered.connect(self.show_all)
        line.addAction(self.all, line.ActionPosition.TrailingPosition)
        self.offer(())

    @property
    def names(self) -> list[str]:
        """The names that are offered."""
        return self._names.stringList()

    def offer(self, names: Sequence[str]) -> None:
        """Offer these names from now on."""
        if self.names != list(names):
            self._names.setStringList(list(names))
        self.all.setVisible(bool(names))

    def show_all(self) -> None:
        """Show every name, whatever is typed."""
        self._line.setFocus(Qt.FocusReason.PopupFocusReason)
        self.setCompletionPrefix("")
        self.complete()
