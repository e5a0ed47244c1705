"""Delegates of the unit table: editors for labels and notes, and the bold id of the current unit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractItemModel, QEvent, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import (
    QComboBox,
    QLineEdit,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)
from shiboken6 import isValid

from hdmea_gui.models.unit_table import UNLABELLED
from hdmea_gui.views.suggestion_box import SuggestionBox

if TYPE_CHECKING:
    from hdmea_gui.models.selection import Selection
    from hdmea_gui.models.unit_table import UnitTableModel

Index = QModelIndex | QPersistentModelIndex

_AWAY = {
    Qt.FocusReason.ActiveWindowFocusReason,
    Qt.FocusReason.PopupFocusReason,
    Qt.FocusReason.MenuBarFocusReason,
}
"""Why an editor loses the focus that it gets back afterwards."""

_STORED = "stored"
"""Property of an editor: its text when it was last read from or written to the session."""


class CurrentDelegate(QStyledItemDelegate):
    """Draws the id of the current unit in bold, to distinguish it from other selected units."""

    def __init__(self, model: UnitTableModel, selection: Selection, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._selection = selection

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:  # noqa: N802 - Qt's name
        """Set the font."""
        super().initStyleOption(option, index)
        if self._model.unit_id(index.row()) == self._selection.current:
            option.font.setBold(True)


class LabelDelegate(QStyledItemDelegate):
    """Makes the editors of labels and notes; what is typed is stored, and only that.

    While an editor is open, the model keeps its rows and columns in place, and its changes do not reach the editor.
    """

    def __init__(self, model: UnitTableModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._editor: QWidget | None = None

    @property
    def editor(self) -> QWidget | None:
        """The open editor, if there is one."""
        return self._editor if self._editor is not None and isValid(self._editor) else None

    def commit(self) -> None:
        """Store what has been typed so far; the editor stays open."""
        if self.editor is not None:
            self.commitData.emit(self.editor)

    def createEditor(  # noqa: N802 - Qt's name
        self, parent: QWidget, option: QStyleOptionViewItem, index: Index
    ) -> QWidget:
        """Make a line with a list for a label, a line for a note."""
        key = self._model.shown[index.column()].key
        if key == "label":
            editor: QWidget = SuggestionBox([*self._model.labels(), UNLABELLED], parent, frame=False)
            editor.activated.connect(self._on_activated)  # type: ignore[attr-defined]  # a SuggestionBox
        else:
            editor = super().createEditor(parent, option, index)
        editor.setAccessibleName(f"{key.capitalize()} of {self._model.unit_id(index.row())}")
        self._model.hold()
        editor.destroyed.connect(self._model.release)
        self._editor = editor
        return editor

    def updateEditorGeometry(  # noqa: N802 - Qt's name
        self, editor: QWidget, option: QStyleOptionViewItem, index: Index
    ) -> None:
        """Make the list of labels as wide as its entries."""
        super().updateEditorGeometry(editor, option, index)
        if isinstance(editor, QComboBox):
            editor.resize(max(editor.width(), editor.sizeHint().width()), editor.height())

    def setEditorData(self, editor: QWidget, index: Index) -> None:  # noqa: N802 - Qt's name
        """Show the stored text as the editor opens, selected so that typing replaces it; later, keep what is typed."""
        line = _line_of(editor)
        if line is None or editor.property(_STORED) is not None:
            return
        line.setText(str(index.data(Qt.ItemDataRole.EditRole)))
        line.selectAll()
        editor.setProperty(_STORED, line.text())

    def setModelData(  # noqa: N802 - Qt's name
        self, editor: QWidget, model: QAbstractItemModel, index: Index
    ) -> None:
        """Store the text if the user has changed it."""
        line = _line_of(editor)
        if line is None or line.text() == editor.property(_STORED):
            return
        editor.setProperty(_STORED, line.text())
        model.setData(index, line.text())

    def eventFilter(self, editor: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Store and close on Return, and store when the focus leaves for a while, as for another program."""
        if not isinstance(editor, QWidget):
            return super().eventFilter(editor, event)
        if isinstance(event, QKeyEvent) and _is_shortcut_to_other_unit(event):
            event.accept()  # else what is typed next would label that unit
            return True
        if isinstance(event, QKeyEvent) and _is_return(event):
            # at once: Qt would wait for the event loop, and keys typed before that would still reach the editor
            self._close(editor)
            return True
        if isinstance(event, QFocusEvent) and event.lostFocus() and event.reason() in _AWAY:
            self.commitData.emit(editor)
            return False
        return super().eventFilter(editor, event)

    def _close(self, editor: QWidget) -> None:
        self.commitData.emit(editor)
        self.closeEditor.emit(editor)

    def _on_activated(self) -> None:
        """Commit as soon as a label is chosen from the list."""
        if self.editor is not None:
            self._close(self.editor)


def _line_of(editor: QWidget) -> QLineEdit | None:
    """Return the line into which the text of an editor is typed."""
    if isinstance(editor, QComboBox):
        return editor.lineEdit()
    return editor if isinstance(editor, QLineEdit) else None


def _is_return(event: QKeyEvent) -> bool:
    return event.type() == QEvent.Type.KeyPress and event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}


def _is_shortcut_to_other_unit(event: QKeyEvent) -> bool:
    return event.type() == QEvent.Type.ShortcutOverride and event.key() in {Qt.Key.Key_Up, Qt.Key.Key_Down}
