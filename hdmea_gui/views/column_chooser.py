"""Panel to choose and reorder the columns of the unit table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from hdmea_gui.views.explain import explain, name_for_readers

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent, QShowEvent

    from hdmea_gui.models.unit_table import UnitTableModel
    from hdmea_gui.session.columns import Column

_KEY = Qt.ItemDataRole.UserRole
_SEARCHED = _KEY + 1


class ColumnChooser(QWidget):
    """List of all columns: those shown come first, in their order, then the others, grouped by source.

    Changes apply at once. The panel closes on Esc or a click elsewhere.
    """

    chosen = Signal(object)
    """Keys of the columns to show, in their order; None for the default columns."""

    def __init__(self, model: UnitTableModel, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self._model = model
        self._search = QLineEdit(placeholderText="Search columns", clearButtonEnabled=True)
        explain(self._search, "List only the columns whose name or source contains what you type.")
        name_for_readers(self._search, "Search columns")
        self._search.textChanged.connect(self._on_search)
        self._list = QListWidget()
        self._list.setWhatsThis(
            "All columns. Tick a column to show it in the table; drag it to change its position."
        )
        self._list.setAccessibleName("Columns")
        self._list.setUniformItemSizes(True)
        self._list.setSpacing(2)
        self._list.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self._list.setDefaultDropAction(Qt.DropAction.MoveAction)
        self._list.itemChanged.connect(self._emit_chosen)
        self._list.model().rowsMoved.connect(self._emit_chosen)
        self._reset = QPushButton("Default columns")
        explain(self._reset, "Go back to the default columns in their default order.")
        self._reset.clicked.connect(self._on_reset)
        self._lay_out()

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.setSpacing(8)
        layout.addWidget(self._search)
        layout.addWidget(self._list, 1)
        row = QHBoxLayout()
        row.addWidget(QLabel("Drag to reorder."), 1)
        row.addWidget(self._reset)
        layout.addLayout(row)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Return a size for long names and about twenty columns."""
        return QSize(360, 480)

    def refresh(self) -> None:
        """List the columns that exist now."""
        self._list.blockSignals(True)  # setting a check state counts as a change by the user
        self._list.clear()
        shown = self._model.shown
        for column in shown:
            self._add(column, is_shown=True)
        keys = {column.key for column in shown}
        for column in self._model.columns:
            if column.key not in keys:
                self._add(column, is_shown=False)
        self._list.blockSignals(False)
        self._on_search(self._search.text())

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        """Clear the search line and focus it."""
        self._search.clear()
        self._search.setFocus()
        super().showEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Close on Esc; move from the search line to the list on Down."""
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        elif event.key() == Qt.Key.Key_Down and self._search.hasFocus():
            self._list.setFocus()
        else:
            super().keyPressEvent(event)

    def _add(self, column: Column, *, is_shown: bool) -> None:
        item = QListWidgetItem(column.title, self._list)
        item.setData(_KEY, column.key)
        lines = (column.key, column.description, *column.details, f"Group: {column.source}")
        item.setToolTip("\n".join(filter(None, lines)))
        # not the details: nearly all of them name a step
        searched = (column.title, column.key, column.description, column.source)
        item.setData(_SEARCHED, " ".join(searched).casefold())
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsUserCheckable
        item.setFlags(flags | Qt.ItemFlag.ItemIsDragEnabled)
        item.setCheckState(Qt.CheckState.Checked if is_shown else Qt.CheckState.Unchecked)

    def _items(self) -> list[QListWidgetItem]:
        return [self._list.item(row) for row in range(self._list.count())]

    def _on_search(self, text: str) -> None:
        """Hide the columns whose name and source do not contain every word."""
        words = text.casefold().split()
        for item in self._items():
            item.setHidden(not all(word in item.data(_SEARCHED) for word in words))

    def _emit_chosen(self) -> None:
        checked = [item.data(_KEY) for item in self._items() if item.checkState() == Qt.CheckState.Checked]
        self.chosen.emit(tuple(checked) or ("id",))  # the table always keeps one column

    def _on_reset(self) -> None:
        self.chosen.emit(None)
        self.refresh()
