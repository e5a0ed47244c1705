"""Completion of names in an input line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPointF, QStringListModel, Qt
from PySide6.QtGui import QAction, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtWidgets import QCompleter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtWidgets import QLineEdit


_SIDE = 16
"""Width and height of the arrow, in pixels."""


class OfferedNames(QCompleter):
    """Offers the names that match what is typed in a line, or all of them; any other text can still be typed.

    Parameters
    ----------
    line : QLineEdit
        The input line.
    """

    def __init__(self, line: QLineEdit) -> None:
        super().__init__(line)
        self._line = line
        self._names = QStringListModel(self)
        self.setModel(self._names)
        self.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.setFilterMode(Qt.MatchFlag.MatchContains)
        line.setCompleter(self)
        self.activated.connect(line.textEdited)  # choosing a name counts as typing it
        self.all = QAction(_arrow(line), "Show all names", line)
        self.all.triggered.connect(self.show_all)
        line.addAction(self.all, line.ActionPosition.TrailingPosition)
        line.installEventFilter(self)
        self.offer(())

    @property
    def names(self) -> list[str]:
        """Names offered."""
        return self._names.stringList()

    def offer(self, names: Sequence[str]) -> None:
        """Set the names to offer."""
        if self.names != list(names):
            self._names.setStringList(list(names))
        self.all.setVisible(bool(names))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Redraw the arrow when the theme changes between light and dark."""
        if watched is self._line and event.type() == QEvent.Type.PaletteChange:
            self.all.setIcon(_arrow(self._line))
        return super().eventFilter(watched, event)

    def show_all(self) -> None:
        """Show every name, regardless of what is typed."""
        self._line.setFocus(Qt.FocusReason.PopupFocusReason)
        self.setCompletionPrefix("")
        self.complete()


def _arrow(line: QLineEdit) -> QIcon:
    """Draw a down arrow in the line's text colour; the style's own arrow is black even in a dark theme."""
    scale = line.devicePixelRatioF()
    pixmap = QPixmap(round(_SIDE * scale), round(_SIDE * scale))
    pixmap.setDevicePixelRatio(scale)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(line.palette().color(QPalette.ColorRole.Text))
    painter.drawPolygon([QPointF(4, 6), QPointF(12, 6), QPointF(8, 11)])
    painter.end()
    return QIcon(pixmap)
