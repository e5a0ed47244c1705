"""Editors of the unit table's cells: labels are chosen or typed, notes are typed."""

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
    """Writes the id of the current unit bold, to tell it from others that are selected."""

    def __init__(self, model: UnitTableModel, selection: Selection, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._selection = selection

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:  # noqa: N802 - Qt's name
        """Choose the font."""
        super().initStyleOption(option, index)
        if self._model.unit_id(index.row()) == self._selection.current:
            option.font.setBold(True)


class LabelDelegate(QStyledItemDelegate):
    """Offers the usual labels and those that other units have; any other text may be typed."""

    def __init__(self, model: UnitTableModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._box: QComboBox | None = None

    def createEditor(  # noqa: N802 - Qt's name
        self, parent: QWidget, option: QStyleOptionViewItem, index: Index
    ) -> QWidget:
        """Make a list that can be typed into for a label, a line for anything else."""
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
        """Give the list of labels the room that it needs."""
        super().updateEditorGeometry(editor, option, index)
        if isinstance(editor, QComboBox):
            editor.resize(max(editor.width(), editor.sizeHint().width()), editor.height())

    def setEditorData(self, editor: QWidget, index: Index) -> None:  # noqa: N802 - Qt's name
        """Begin with the unit's label, ready to be replaced."""
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
        """Take the label; ``unlabelled`` means none."""
        if not isinstance(editor, QComboBox):
            super().setModelData(editor, model, index)
            return
        text = editor.currentText().strip()
        model.setData(index, "" if text == UNLABELLED else text)

    def _on_activated(self) -> None:
        """Finish as soon as a label is chosen from the list."""
        if self._box is not None:
            self.commitData.emit(self._box)
            self.closeEditor.emit(self._box)
