"""Delegates of the unit table: editors for labels and notes, and the bold id of the current unit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtWidgets import QComboBox, QStyledItemDelegate, QStyleOptionViewItem, QWidget

if TYPE_CHECKING:
    from hdmea_gui.models.selection import Selection
    from hdmea_gui.models.unit_table import UnitTableModel

UNLABELLED = "unlabelled"

Index = QModelIndex | QPersistentModelIndex


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
    """Offers the standard labels and those already in use; any other text can be typed."""

    def __init__(self, model: UnitTableModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._box: QComboBox | None = None

    def createEditor(  # noqa: N802 - Qt's name
        self, parent: QWidget, option: QStyleOptionViewItem, index: Index
    ) -> QWidget:
        """Make an editable list for a label, a line editor for anything else."""
        if self._model.shown[index.column()].key != "label":
            return super().createEditor(parent, option, index)
        box = QComboBox(parent, editable=True, frame=False)
        box.addItems([*self._model.labels(), UNLABELLED])
        box.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        box.activated.connect(self._on_activated)
        self._box = box
        return box

    def updateEditorGeometry(  # noqa: N802 - Qt's name
        self, editor: QWidget, option: QStyleOptionViewItem, index: Index
    ) -> None:
        """Make the list of labels as wide as its entries."""
        super().updateEditorGeometry(editor, option, index)
        if isinstance(editor, QComboBox):
            editor.resize(max(editor.width(), editor.sizeHint().width()), editor.height())

    def setEditorData(self, editor: QWidget, index: Index) -> None:  # noqa: N802 - Qt's name
        """Show the unit's label, selected so that typing replaces it."""
        if not isinstance(editor, QComboBox):
            super().setEditorData(editor, index)
            return
        editor.setEditText(str(index.data(Qt.ItemDataRole.EditRole)))
        line = editor.lineEdit()
        if line is not None:
            line.selectAll()

    def setModelData(  # noqa: N802 - Qt's name
        self, editor: QWidget, model: QAbstractItemModel, index: Index
    ) -> None:
        """Store the label; ``unlabelled`` means none."""
        if not isinstance(editor, QComboBox):
            super().setModelData(editor, model, index)
            return
        text = editor.currentText().strip()
        model.setData(index, "" if text == UNLABELLED else text)

    def _on_activated(self) -> None:
        """Commit as soon as a label is chosen from the list."""
        if self._box is not None:
            self.commitData.emit(self._box)
            self.closeEditor.emit(self._box)
