"""Unit table panel, in the centre of the window: the table with filter, search and column chooser."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from hdmea_gui.models.filter_words import FilterError, as_typed
from hdmea_gui.models.row_order import Sorting
from hdmea_gui.models.unit_table import UNLABELLED, UnitTableModel
from hdmea_gui.views.column_chooser import ColumnChooser
from hdmea_gui.views.explain import explain, name_for_readers
from hdmea_gui.views.find_line import FilterLine, FindLine
from hdmea_gui.views.named_filters import NamedFilters
from hdmea_gui.views.unit_keys import LABEL_KEYS
from hdmea_gui.views.unit_view import UnitView

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hdmea_gui.exports import UnitExcerpt
    from hdmea_gui.views.view import ViewContext

_DEBOUNCE_MS = 150  # pause in typing after which the filter is applied
_RED_ON_LIGHT, _RED_ON_DARK = "#b3261e", "#ff8a80"
_EXAMPLE = 'Filter, for example snr > 4 and label == "good"'
_NO_UNITS = "No units yet."
_HELP = (
    'Show only the units that meet a condition: snr > 4 and dsi > 0.3 and label == "good"\n'
    "Compare with < <= > >= == !=, calculate with + - * /, combine with and, or, not.\n"
    'label in ("good", "MUA"), note contains "axon", id startswith "unit_01", dsi is missing\n'
    "Use the names of columns. Put a name that contains spaces or symbols in back quotes: `my column`"
)


class UnitTable(QWidget):
    """Table of units, filtered as the user types, with labels and notes to edit."""

    step_requested = Signal(str)
    """Key of the step that the user wants to run."""

    open_requested = Signal()
    """The user wants to open a recording."""

    sample_requested = Signal()
    """The user wants a sample recording."""

    other_label_requested = Signal()
    """The user wants to type a label for the selected units."""

    undo_requested = Signal()
    """The user wants to undo the last change."""

    refused = Signal(str)
    """A label or note could not be stored; carries why."""

    def __init__(self, context: ViewContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self.table = UnitTableModel(context.model, context.columns, self)
        self.view = UnitView(self.table, context.selection)
        self._count = QLabel(textFormat=Qt.TextFormat.RichText)
        self._message = QLabel(textFormat=Qt.TextFormat.PlainText)
        self._undo = QPushButton("Undo", flat=True)
        self._find = FindLine(placeholderText="Find unit", clearButtonEnabled=True)
        self._columns_button = QPushButton("Columns")
        self._filter = FilterLine(placeholderText=_EXAMPLE, clearButtonEnabled=True)
        self._named_filters = NamedFilters(self._filter)
        self._typing = QTimer(self, interval=_DEBOUNCE_MS, singleShot=True)
        self._chooser = ColumnChooser(self.table, self)
        self._empty_text = QLabel(alignment=Qt.AlignmentFlag.AlignCenter, wordWrap=True)
        self._empty_button = QPushButton("Load recording")
        self._sample_button = QPushButton("Try a sample recording")
        self._disabled_reason = ""
        self._pages = QStackedWidget()
        self._lay_out()
        self._explain()
        self._connect()
        self._refresh()

    # Making

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 0)
        layout.setSpacing(4)
        top = QHBoxLayout()
        top.setSpacing(8)
        self._find.setFixedWidth(self.fontMetrics().horizontalAdvance("unit_10000") + 48)
        top.addWidget(self._count, 1)
        top.addWidget(self._find)
        top.addWidget(self._columns_button)
        layout.addLayout(top)
        filters = QHBoxLayout()
        filters.setSpacing(8)
        filters.addWidget(self._filter, 1)
        filters.addWidget(self._named_filters)
        layout.addLayout(filters)
        # The line keeps its height when it is empty, so that the table does not move while the user types.
        line = QWidget()
        line.setFixedHeight(self.fontMetrics().height() + 4)
        below = QHBoxLayout(line)
        below.setContentsMargins(0, 0, 0, 0)
        self._message.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._undo.setFixedHeight(line.height())
        self._undo.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the keyboard to the table
        self._undo.hide()
        below.addWidget(self._message, 1)
        below.addWidget(self._undo)
        layout.addWidget(line)
        self._pages.addWidget(self.view)
        self._pages.addWidget(self._make_empty_page())
        layout.addWidget(self._pages, 1)

    def _make_empty_page(self) -> QWidget:
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setSpacing(8)
        layout.addStretch()
        layout.addWidget(self._empty_text)
        layout.addWidget(self._empty_button, alignment=Qt.AlignmentFlag.AlignCenter)
        layout.addWidget(self._sample_button, alignment=Qt.AlignmentFlag.AlignCenter)
        layout.addStretch()
        return page

    def _explain(self) -> None:
        explain(self._filter, _HELP)
        name_for_readers(self._filter, "Filter units")
        explain(self._find, "Go to a unit by its id or number; Return goes to the next match. Shortcut: /")
        name_for_readers(self._find, "Find unit")
        explain(self._columns_button, "Choose the columns and their order.")
        explain(self._undo, "Undo this label. Shortcut: Ctrl+Z")
        self._undo.setAccessibleName("Undo the last label")
        self._empty_button.setWhatsThis("Take the step that the message above names.")
        explain(
            self._sample_button, "Create a small recording with known ground truth and run every step on it."
        )
        self.view.setAccessibleName("Units")
        self.view.setWhatsThis(
            "All units that pass the filter. Click the title of a column to sort by it, or drag it to move the column. "
            "Double-click a label or a note to change it; G, M, N and U label the selected units good, MUA, "
            "noise and unlabelled."
        )

    def _connect(self) -> None:
        self._filter.textChanged.connect(self._typing.start)
        self._filter.returnPressed.connect(self._on_filter_entered)
        self._filter.cleared.connect(self._apply_filter)
        self._named_filters.chosen.connect(self._apply_filter)
        self._filter.left.connect(self.view.setFocus)
        self._typing.timeout.connect(self._apply_filter)
        self._find.textEdited.connect(self._on_find_edited)
        self._find.next_requested.connect(self._on_find_next)
        self._find.left.connect(self.view.setFocus)
        self._columns_button.clicked.connect(self._on_columns_button)
        self._chooser.chosen.connect(self.table.show_columns)
        self._empty_button.clicked.connect(self._on_empty_button)
        self._sample_button.clicked.connect(self.sample_requested)
        self.table.order_changed.connect(self._refresh)
        self.table.filter_changed.connect(self._refresh)
        self.table.edited.connect(self._on_edited)
        self.table.refused.connect(self.refused)
        self._undo.clicked.connect(self.undo_requested)
        self._context.model.changed.connect(self._undo.hide)
        self._context.model.commit_requested.connect(self.view.commit)
        self.view.label_requested.connect(self.label_selected)
        self.view.copy_requested.connect(self.copy_selected)
        self.view.find_requested.connect(self.find_unit)
        self.view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.view.customContextMenuRequested.connect(self._on_context_menu)
        self.view.horizontalHeader().customContextMenuRequested.connect(self._on_header_menu)
        self._context.selection.units_changed.connect(self._show_message)
        self._context.theme.changed.connect(self._show_message)

    # Called by the window

    def focus_filter(self) -> None:
        """Put the cursor into the filter line."""
        self._filter.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._filter.selectAll()

    def find_unit(self) -> None:
        """Put the cursor into the line that finds a unit."""
        self._find.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._find.selectAll()

    def label_selected(self, label: str) -> None:
        """Set the label of the selected units; an empty one removes it."""
        self.table.edit(self._context.selection.units, "label", label)

    def copy_selected(self) -> None:
        """Copy the selected units, if any, with the columns shown to the clipboard, as tab-separated text."""
        if not self._context.selection.units:
            return
        excerpt = self.table.excerpt(self._context.selection.units)
        QGuiApplication.clipboard().setText(excerpt.tab_separated())

    def clear_filter(self) -> None:
        """Show all units."""
        self._filter.clear()
        self._apply_filter()

    def excerpt(self) -> UnitExcerpt:
        """Return the units and columns shown, for an export on another thread."""
        return self.table.excerpt()

    def state(self) -> dict[str, Any]:
        """Return the user's choices for the settings: columns and their order, widths, sorting."""
        sorting = self.table.sorting
        return {
            "columns": None if self.table.wanted is None else list(self.table.wanted),
            "widths": self.view.widths(),
            "sorting": None if sorting is None else [sorting.key, sorting.descending],
            "filters": self._named_filters.state(),
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Restore choices returned by `state`; malformed ones are ignored."""
        columns, widths, sorting = state.get("columns"), state.get("widths"), state.get("sorting")
        self._named_filters.restore(state.get("filters"))
        if isinstance(widths, dict):
            fit = {
                str(key): width for key, width in widths.items() if type(width) is int and 0 < width < 4000
            }
            self.view.set_widths(fit)
        if isinstance(columns, list) and columns and all(isinstance(key, str) for key in columns):
            self.table.show_columns(columns)
        if isinstance(sorting, list) and [type(part) for part in sorting] == [str, bool]:
            self.table.sort_by(Sorting(*sorting))

    # Filter

    def _on_filter_entered(self) -> None:
        self._apply_filter()
        if self.table.filter_text == self._filter.text().strip():
            self.view.setFocus()

    def _apply_filter(self) -> None:
        """Apply the filter as typed; if it is not valid, keep the last one and show why."""
        if self.view.is_editing:  # begun before the pause in typing was over; the unit edited might not pass
            self._typing.start()
            return
        self._typing.stop()
        try:
            self.table.set_filter(self._filter.text())
        except FilterError as error:
            self._show_error(error)

    def _on_edited(self, field: str, unit_ids: tuple[str, ...], text: str) -> None:
        """Say which units got a label, and offer to undo it."""
        if field == "label":
            self._set_message(_labelled(unit_ids, text))
            self._undo.setVisible(bool(unit_ids))

    def _show_error(self, error: FilterError) -> None:
        self._set_message(error.message, is_error=not error.is_unfinished)

    # What is shown

    def _refresh(self) -> None:
        self._show_count()
        self._show_message()
        text, button = self._empty_state()
        self._empty_text.setText(text)
        self._sample_button.setVisible(not self.table.has_session)
        self._empty_button.setText(button or self._empty_button.text())
        is_first = (
            not self.table.has_session
        )  # then opening a recording is the next step, and nothing else can be
        if self._empty_button.property("next") != is_first:
            self._empty_button.setProperty("next", is_first)
            self._empty_button.style().unpolish(self._empty_button)
            self._empty_button.style().polish(self._empty_button)
        why_not = self._disabled_reason if self.table.has_session and not self.table.n_units else ""
        self._empty_button.setEnabled(not why_not)
        self._empty_button.setToolTip(why_not)
        self._pages.setCurrentIndex(1 if text else 0)
        for widget in (self._filter, self._named_filters, self._find, self._columns_button):
            widget.setEnabled(self.table.n_units > 0)
            widget.setToolTip(widget.whatsThis() if self.table.n_units else _NO_UNITS)

    def _show_count(self) -> None:
        shown, total = self.table.rowCount(), self.table.n_units
        count = f"{total}" if shown == total else f"{shown} of {total}"
        self._count.setText(f"<b>UNITS</b>&nbsp;&nbsp;{count}" if total else "<b>UNITS</b>")

    def _show_message(self) -> None:
        if self.table.filter_error is not None:
            self._show_error(self.table.filter_error)
        elif self._typing.isActive() or self._filter.text().strip() != self.table.filter_text:
            return
        else:
            n_selected = len(self._context.selection.units)
            self._set_message(f"{n_selected} selected" if n_selected > 1 else "")

    def _set_message(self, text: str, *, is_error: bool = False) -> None:
        red = _RED_ON_DARK if self._context.theme.is_dark else _RED_ON_LIGHT
        style = f"color: {red}" if is_error else ""
        if self._message.styleSheet() != style:
            self._message.setStyleSheet(style)
        self._undo.hide()
        self._message.setText(f"⚠ {text}" if is_error else text)
        self._message.setToolTip(text)

    def _empty_state(self) -> tuple[str, str]:
        """Return why there are no rows, and the text of the button that helps; both empty if there are rows."""
        if not self.table.has_session:
            return "No units yet.\nChoose a recording to start.", "New recording..."
        if not self.table.n_units:
            return "No units yet.\nLoad the recording to see its units.", "Load recording"
        if not self.table.rowCount():
            return f"None of the {self.table.n_units} units passes the filter.", "Clear filter"
        return "", ""

    def _on_empty_button(self) -> None:
        if not self.table.has_session:
            self.open_requested.emit()
        elif not self.table.n_units:
            self.step_requested.emit("load_recording")
        else:
            self.clear_filter()

    def set_disabled_reason(self, why_not: str) -> None:
        """Set why no step can be run now; empty if steps can be run."""
        self._disabled_reason = why_not
        self._refresh()

    # Finding

    def _on_find_edited(self) -> None:
        self._go_to(after=-1)

    def _on_find_next(self) -> None:
        row = self.table.row_of(self._context.selection.current)
        self._go_to(after=-1 if row is None else row)

    def _go_to(self, after: int) -> None:
        text = self._find.text().strip()
        found = self.table.find(text, after)
        if found is not None and self.table.row_of(found) is not None:
            self._context.selection.select((found,), found)
            self._show_message()
        elif found is not None:
            self._set_message(f"{found} does not pass the filter.", is_error=True)
        elif text:
            self._set_message(f"No unit id contains '{text}'.", is_error=True)

    # Menus

    def _on_columns_button(self) -> None:
        self._context.columns.complete()
        self._chooser.refresh()
        self._chooser.resize(self._chooser.sizeHint())
        corner = self._columns_button.mapToGlobal(self._columns_button.rect().bottomRight())
        self._chooser.move(corner - QPoint(self._chooser.width(), 0))
        self._chooser.show()

    def _on_context_menu(self, place: QPoint) -> None:
        self._make_row_menu().popup(self.view.viewport().mapToGlobal(place))

    def _make_row_menu(self) -> QMenu:
        """Make the context menu of the selected units."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.triggered.connect(_run_slot)
        labels = menu.addMenu("Label")
        keys = {label: key for key, label in LABEL_KEYS.items()}
        for label in self.table.labels():
            self._add(labels, label, partial(self.label_selected, label), keys.get(label, ""))
        labels.addSeparator()
        self._add(labels, UNLABELLED, partial(self.label_selected, ""), keys[""])
        self._add(labels, "Other...", self.other_label_requested.emit)
        menu.addSeparator()
        self._add(menu, "Copy", self.copy_selected, "Ctrl+C")
        self._add(menu, "Columns...", self._on_columns_button)
        labels.setEnabled(bool(self._context.selection.units))
        return menu

    def _on_header_menu(self, place: QPoint) -> None:
        header = self.view.horizontalHeader()
        self._make_header_menu(header.logicalIndexAt(place)).popup(header.mapToGlobal(place))

    def _make_header_menu(self, section: int) -> QMenu:
        """Make the context menu of a column title."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.triggered.connect(_run_slot)
        if 0 <= section < len(self.table.shown):
            column = self.table.shown[section]
            self._add(menu, "Sort ascending", partial(self._sort, Sorting(column.key)))
            self._add(menu, "Sort descending", partial(self._sort, Sorting(column.key, descending=True)))
            self._add(menu, "Filter by this column", partial(self._insert, as_typed(column.name)))
            menu.addSeparator()
            self._add(menu, "Hide column", partial(self._hide, column.key))
        self._add(menu, "Columns...", self._on_columns_button)
        return menu

    def _add(self, menu: QMenu, text: str, slot: Callable[[], None], keys: str = "") -> None:
        text = text.replace("&", "&&")  # labels and names of columns mark no mnemonic
        action = QAction(f"{text}\t{keys}" if keys else text, menu)
        action.setData(slot)
        menu.addAction(action)

    def _sort(self, sorting: Sorting) -> None:
        self.table.sort_by(sorting)

    def _insert(self, name: str) -> None:
        """Append a column's name to the filter, for the user to complete the condition."""
        self._filter.setFocus()
        typed = self._filter.text().rstrip()
        self._filter.setText(f"{typed} and {name} " if typed else f"{name} ")

    def _hide(self, key: str) -> None:
        keys = [column.key for column in self.table.shown if column.key != key]
        self.table.show_columns(keys)


def _labelled(unit_ids: tuple[str, ...], label: str) -> str:
    """Return the words for units that got a label."""
    if not unit_ids:
        return f"Already labelled {label}." if label else "Already unlabelled."
    units = unit_ids[0] if len(unit_ids) == 1 else f"{len(unit_ids)} units"
    return f"{units} labelled {label}" if label else f"{units} unlabelled"


def _run_slot(action: QAction) -> None:
    action.data()()
