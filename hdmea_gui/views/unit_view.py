"""Grid of the unit table: selection shared with the other views, keys for labels, widths by column."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QItemSelection, QItemSelectionModel, Qt, Signal
from PySide6.QtGui import QFontMetrics, QInputMethodEvent, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from hdmea_gui.models.cell_text import ARROWS, header_text
from hdmea_gui.models.row_order import Reason, Sorting, runs
from hdmea_gui.session.unit import USERS_FIELDS
from hdmea_gui.views.label_delegate import CurrentDelegate, LabelDelegate
from hdmea_gui.views.unit_keys import label_of, label_of_input, step_of

if TYPE_CHECKING:
    from hdmea_gui.models.selection import Selection
    from hdmea_gui.models.unit_table import UnitTableModel
    from hdmea_gui.session.columns import Column

_NARROWEST, _WIDEST, _WIDEST_TITLE, _NOTE_WIDTH = 36, 160, 240, 160
_PADDING = 12
_CELL_PADDING = 20
"""Padding of a value."""
_CHANGE = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows


class UnitView(QTableView):
    """Rows of units. Their selection is the same as in all other views."""

    label_requested = Signal(str)
    """Label for the selected units; empty to remove it."""

    copy_requested = Signal()
    find_requested = Signal()

    def __init__(self, model: UnitTableModel, selection: Selection, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._table = model
        self._shared = selection
        self._is_following = False  # whether selection signals come from changes made here
        self._column = 0
        self._marked: int | None = None
        self._widths: dict[str, int] = {}
        self._laid_out: tuple[str, ...] = ()
        self._apply_theme()
        self.setModel(model)
        # Titles do not show whether a column is selected; finding out takes a second with all of 10000 rows selected.
        self.horizontalHeader().setSelectionModel(QItemSelectionModel(model, self))
        self._editors = LabelDelegate(model, self)
        self.setItemDelegate(self._editors)
        self._id_delegate = CurrentDelegate(model, selection, self)
        self._connect()
        self._on_order_changed(Reason.OTHER_SESSION)

    def _apply_theme(self) -> None:
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        triggers = QAbstractItemView.EditTrigger
        self.setEditTriggers(triggers.DoubleClicked | triggers.EditKeyPressed)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setShowGrid(False)
        self.setAlternatingRowColors(True)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)  # Tab leaves the table instead of moving from cell to cell
        self.setFrameShape(QTableView.Shape.NoFrame)
        rows = self.verticalHeader()
        rows.hide()
        rows.setHighlightSections(False)
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setDefaultSectionSize(self.fontMetrics().height() + 8)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionsMovable(True)
        header.setSectionsClickable(True)
        header.setMinimumSectionSize(_NARROWEST)
        header.setTextElideMode(Qt.TextElideMode.ElideNone)  # eliding would join the two lines of a title
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)

    def _connect(self) -> None:
        self._table.order_about_to_change.connect(self._on_order_about_to_change)
        self._table.order_changed.connect(self._on_order_changed)
        self._table.columns_about_to_change.connect(self.finish_editing)
        self._table.modelReset.connect(self._on_columns_changed)
        self._table.looks_changed.connect(self.viewport().update)
        header = self.horizontalHeader()
        header.sectionClicked.connect(self._on_header_clicked)
        header.sectionMoved.connect(self._on_section_moved)
        header.sectionResized.connect(self._on_section_resized)
        rows = self.selectionModel()
        rows.selectionChanged.connect(self._on_rows_selected)
        rows.currentRowChanged.connect(self._on_rows_selected)
        self._shared.units_changed.connect(self._on_shared_changed)
        self._shared.current_changed.connect(self._on_shared_changed)
        self._on_columns_changed()

    # Selection

    def selected_ids(self) -> tuple[str, ...]:
        """Return the ids of the selected units, in the order of the table."""
        rows: set[int] = set()
        chosen_ranges = self.selectionModel().selection()
        for place in range(chosen_ranges.size()):
            chosen = chosen_ranges.at(place)
            rows.update(range(chosen.top(), chosen.bottom() + 1))
        return tuple(self._table.unit_id(row) for row in sorted(rows))

    def _on_rows_selected(self) -> None:
        if self._is_following:
            return
        units, index = self.selected_ids(), self.currentIndex()
        current = self._table.unit_id(index.row()) if index.isValid() else ""
        self._is_following = True
        self._shared.select(units, current if current in units else None)
        self._mark(self._table.row_of(self._shared.current))
        self._is_following = False

    def _on_shared_changed(self) -> None:
        if not self._is_following:
            self._show_shared()

    def _show_shared(self) -> None:
        """Select the rows of the units selected in another view."""
        self._is_following = True
        rows = sorted(row for row in map(self._table.row_of, self._shared.units) if row is not None)
        chosen, last = QItemSelection(), self._table.columnCount() - 1
        for first_row, last_row in runs(rows):
            chosen.select(self._table.index(first_row, 0), self._table.index(last_row, last))
        self.selectionModel().select(chosen, _CHANGE)
        self._show_current()
        self._is_following = False

    def _show_current(self) -> None:
        row = self._table.row_of(self._shared.current)
        self._mark(row)
        if row is None:
            return
        held = self.currentIndex()
        column = held.column() if held.isValid() else min(self._column, self._table.columnCount() - 1)
        index = self._table.index(row, column)
        self.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.NoUpdate)
        sideways = self.horizontalScrollBar().value()  # scrollTo would move the columns as well
        self.scrollTo(index)
        self.horizontalScrollBar().setValue(sideways)

    def _mark(self, row: int | None) -> None:
        """Redraw the ids of the previous and of the new current unit."""
        if row != self._marked:
            keys = [column.key for column in self._table.shown]
            for marked in (self._marked, row):
                if marked is not None and "id" in keys:
                    self.update(self._table.index(marked, keys.index("id")))
        self._marked = row

    def _on_order_about_to_change(self) -> None:
        """Drop the row selection, which would be costly to move; the selection itself is kept as ids."""
        if self.currentIndex().isValid():
            self._column = self.currentIndex().column()
        self._is_following = True
        self.selectionModel().reset()

    def _on_order_changed(self, reason: Reason) -> None:
        """Select again what is selected now."""
        self._is_following = True
        visible = self._table.unit_ids
        if reason is Reason.OTHER_SESSION:
            self._shared.restart(visible)
        elif reason is Reason.REQUESTED:
            self._shared.filter(visible)
        else:
            self._shared.update(visible)
        self._show_shared()

    # Editors

    @property
    def is_editing(self) -> bool:
        """Whether the user is editing a label or a note."""
        return self.state() == QAbstractItemView.State.EditingState

    def commit(self) -> None:
        """Store what has been typed into an open editor, which stays open."""
        if self.is_editing:
            self._editors.commit()

    def finish_editing(self) -> None:
        """Store what has been typed into an open editor, and close it."""
        if self.is_editing:
            self.setFocus()  # an editor commits its text when it loses the focus

    # Columns

    def _on_columns_changed(self) -> None:
        header = self.horizontalHeader()
        shown = self._table.shown
        header.setStretchLastSection(bool(shown) and shown[-1].kind == "text")
        header.blockSignals(True)  # these widths are not the user's
        for section, column in enumerate(shown):
            self.setColumnWidth(section, self._widths.get(column.key) or self._fitting_width(column))
        header.blockSignals(False)
        for section, column in enumerate(shown):
            delegate = self._id_delegate if column.key == "id" else self.itemDelegate()
            self.setItemDelegateForColumn(section, delegate)
        self._laid_out = tuple(column.key for column in shown)

    def _fitting_width(self, column: Column) -> int:
        """Return the width for the longest value and the title, within bounds."""
        if column.key == "note":
            return _NOTE_WIDTH
        metrics = self.fontMetrics()
        if column.key == "id":  # bold for the current unit
            font = self.font()
            font.setBold(True)
            metrics = QFontMetrics(font)
        titles = header_text(column).split("\n")
        titles[-1] += ARROWS[False]  # space for the arrow that sorting adds
        title = max(metrics.horizontalAdvance(line) for line in titles) + _PADDING
        value = metrics.horizontalAdvance(self._table.texts.longest(column)) + _CELL_PADDING
        return max(min(value, _WIDEST), min(title, _WIDEST_TITLE), _NARROWEST)

    def widths(self) -> dict[str, int]:
        """Return the column widths that the user has set, in pixels by key."""
        return dict(self._widths)

    def set_widths(self, widths: dict[str, int]) -> None:
        """Restore column widths that the user has set earlier."""
        self._widths = dict(widths)
        self._on_columns_changed()

    def _on_header_clicked(self, section: int) -> None:
        """Sort ascending, then descending, then not at all."""
        self.finish_editing()
        key, sorting = self._table.shown[section].key, self._table.sorting
        if sorting is None or sorting.key != key:
            self._table.sort_by(Sorting(key))
        else:
            self._table.sort_by(None if sorting.descending else Sorting(key, descending=True))

    def _on_section_moved(self) -> None:
        """Pass the new order of columns to the model, and reset the header's own order."""
        header = self.horizontalHeader()
        order = [header.logicalIndex(place) for place in range(header.count())]
        keys = [self._table.shown[section].key for section in order]
        header.blockSignals(True)
        for place in range(header.count()):
            header.moveSection(header.visualIndex(place), place)
        header.blockSignals(False)
        self._table.show_columns(keys)

    def _on_section_resized(self, section: int, _old: int, width: int) -> None:
        """Remember a width set by the user, but not those from stretching the last column or from a model reset."""
        is_stretched = self.horizontalHeader().stretchLastSection() and section == len(self._laid_out) - 1
        keys = tuple(column.key for column in self._table.shown)
        if keys == self._laid_out and not is_stretched:
            self._widths[keys[section]] = width

    # Keys

    def event(self, event: QEvent) -> bool:
        """Claim the keys of labels, so that they do not act as shortcuts of the window."""
        is_override = event.type() == QEvent.Type.ShortcutOverride
        if is_override and isinstance(event, QKeyEvent) and self._is_own(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Handle keys for labels, steps, copy and find, and Return to edit; leave all others to the table."""
        step = step_of(event)
        if self.is_editing:
            event.accept()  # keys that the editor has no use for must not move or label units
        elif event.matches(QKeySequence.StandardKey.Copy):
            self.copy_requested.emit()
        elif self._is_own(event) and event.text() == "/":
            self.find_requested.emit()
        elif self._is_own(event):
            self.label_requested.emit(label_of(event) or "")
        elif step is not None:
            self._shared.step(step)
        elif event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and self._is_on_editable():
            self.edit(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def inputMethodQuery(self, query: Qt.InputMethodQuery) -> Any:  # noqa: N802 - Qt's name
        """Refuse input methods, which would keep the letters of labels to themselves."""
        return False if query == Qt.InputMethodQuery.ImEnabled else super().inputMethodQuery(query)

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:  # noqa: N802 - Qt's name
        """Label by a letter that an input method passes on nevertheless."""
        label = label_of_input(event)
        if label is not None and not self.is_editing:
            self.label_requested.emit(label)
        event.accept()

    def keyboardSearch(self, search: str) -> None:  # noqa: N802 - Qt's name
        """Do nothing: letters set labels, and `/` finds units."""

    def _is_own(self, event: QKeyEvent) -> bool:
        is_slash = event.text() == "/"  # by its text: on many keyboards it is typed with Shift
        return (is_slash or label_of(event) is not None) and not self.is_editing

    def _is_on_editable(self) -> bool:
        index = self.currentIndex()
        return index.isValid() and self._table.shown[index.column()].key in USERS_FIELDS
