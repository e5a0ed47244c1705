"""Model of the unit table: a session's units as rows, with chosen columns, filtered and sorted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)

from hdmea_gui.exports import UnitExcerpt
from hdmea_gui.models.cell_text import ARROWS, MISSING, CellTexts, header_text
from hdmea_gui.models.filter_expression import Filter, parse_filter
from hdmea_gui.models.filter_words import FilterError
from hdmea_gui.models.row_order import Reason, RowOrder, Sorting, find_unit, runs
from hdmea_gui.models.stale_columns import LOOKS, PLACES, StaleColumns
from hdmea_gui.session.unit import FEATURES, USERS_FIELDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    from hdmea_gui.models.changed import Changed
    from hdmea_gui.models.session_model import SessionModel
    from hdmea_gui.models.unit_columns import UnitColumns
    from hdmea_gui.session.columns import Column, Columns

Index = QModelIndex | QPersistentModelIndex

LABELS = ("good", "MUA", "noise")
"""Labels with a key of their own; a unit without any label is unlabelled."""

UNLABELLED = "unlabelled"
"""Label that a user types or chooses to remove one."""

USUAL_COLUMNS = ("id", "label", "spikes", "rate", "row", "col", "snr", "rf.snr", "dsi", "note")
# Qt asks for these a hundred thousand times, and combining or comparing its enumerations is slow.
_FLAGS = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemNeverHasChildren
_EDITABLE_FLAGS = _FLAGS | Qt.ItemFlag.ItemIsEditable
_DISPLAY, _EDIT = int(Qt.ItemDataRole.DisplayRole), int(Qt.ItemDataRole.EditRole)
_TIP, _ALIGNMENT = int(Qt.ItemDataRole.ToolTipRole), int(Qt.ItemDataRole.TextAlignmentRole)
_ANSWERED = LOOKS | {_DISPLAY, _EDIT, _TIP, _ALIGNMENT}
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_MANY_RUNS = 50  # from here on, one signal for the whole range replaces one per run


class UnitTableModel(QAbstractTableModel):
    """Table model whose rows are the units that pass the filter.

    Sorting and filtering use vectors of row numbers here, rather than a proxy model. While a cell is being edited, rows
    and columns stay where they are; what has changed meanwhile is taken in once the editor is gone.

    Parameters
    ----------
    model : SessionModel
        The model of the session.
    columns : UnitColumns
        The columns of its units.
    """

    order_about_to_change = Signal()
    """Rows are about to change or move; a selection must be kept as ids."""

    order_changed = Signal(object)
    """Rows have changed or moved; carries the `Reason`."""

    columns_about_to_change = Signal()
    """The user's choice of columns is about to be applied; a cell being edited must be committed now."""

    filter_changed = Signal()
    """The filter has changed, or can no longer be applied."""

    edited = Signal(str, object, str)
    """Labels or notes were set; carries the field, the ids of the units that had another value, and the new value."""

    refused = Signal(str)
    """A label or note could not be stored; carries why."""

    looks_changed = Signal()
    """Columns may have become stale or valid; only their look changes, so a cell being edited is not closed."""

    def __init__(self, model: SessionModel, columns: UnitColumns, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._owner = columns
        self.texts = CellTexts()
        self._order = RowOrder()
        self._wanted: tuple[str, ...] | None = None
        self._filter_text = ""
        self._filter: Filter | None = None
        self._filter_error: FilterError | None = None
        self._sorting: Sorting | None = None
        self._stale = StaleColumns(model)
        self._shown: list[Column] = []
        self._rows: NDArray[np.intp] = np.arange(0)
        self._places: NDArray[np.intp] = np.arange(0)
        self._session: object = None
        self._n_editors = 0
        self._postponed: dict[Callable[[], None], None] = {}
        columns.replaced.connect(self._on_replaced)
        columns.restructured.connect(self._on_restructured)
        columns.extended.connect(self._on_extended)
        columns.values_changed.connect(self._on_values_changed)
        model.changed.connect(self._on_changed)
        self._read_columns()

    # What is shown

    @property
    def columns(self) -> Columns:
        """All columns of the units."""
        return self._columns

    @property
    def shown(self) -> tuple[Column, ...]:
        """Columns shown, in their order."""
        return tuple(self._shown)

    @property
    def wanted(self) -> tuple[str, ...] | None:
        """Keys of the columns that the user has chosen, existing or not; None for the default columns."""
        return self._wanted

    def show_columns(self, keys: Sequence[str] | None) -> None:
        """Show those of these columns that exist, in this order; None shows the default columns."""
        self._wanted = None if keys is None else tuple(dict.fromkeys(keys))
        if self._chosen() != self._shown:
            self.columns_about_to_change.emit()
        self._choose_columns()

    @property
    def n_units(self) -> int:
        """Number of units of the session, shown or not."""
        return len(self._columns.ids)

    @property
    def has_session(self) -> bool:
        """Whether there is a session."""
        return self._model.session is not None

    @property
    def unit_ids(self) -> tuple[str, ...]:
        """Ids of the units that pass the filter, in the order of the table."""
        ids = self._columns.ids
        return tuple(ids[row] for row in self._rows)

    def unit_id(self, row: int) -> str:
        """Return the id of the unit in a row."""
        return self._columns.ids[int(self._rows[row])]

    def row_of(self, unit_id: str) -> int | None:
        """Return the row of a unit; None if it does not pass the filter or does not exist."""
        if not self._columns.has_unit(unit_id):
            return None
        place = int(self._places[self._columns.row_of(unit_id)])
        return place if place >= 0 else None

    def find(self, text: str, after: int = -1) -> str | None:
        """Return the id of the next unit whose id contains a text or whose number it is; visible rows come first.

        Parameters
        ----------
        text : str
            What the user typed, for example ``7``, ``007`` or ``unit_007``.
        after : int
            Row after which to begin; the search continues from the top.
        """
        ids = self.unit_ids
        hidden = (unit_id for unit_id in self._columns.ids if self.row_of(unit_id) is None)
        return find_unit(text, [*ids[after + 1 :], *ids[: after + 1], *hidden])

    # Filter and order

    @property
    def filter_text(self) -> str:
        """The active filter, as typed; empty for none."""
        return self._filter_text

    @property
    def filter_error(self) -> FilterError | None:
        """Why the filter can no longer be applied after columns have disappeared; all units are shown then."""
        return self._filter_error

    def set_filter(self, text: str) -> None:
        """Show only the units that meet a condition; all units if the text is blank.

        Raises
        ------
        FilterError
            The condition is not valid; the table is unchanged.
        """
        condition = self._parsed(text)
        self._filter_text, self._filter, self._filter_error = text.strip(), condition, None
        self._reorder(Reason.REQUESTED)
        self.filter_changed.emit()

    @property
    def sorting(self) -> Sorting | None:
        """Column by which the rows are sorted; None for the session's order."""
        return self._sorting

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by a column; a negative number restores the session's order."""
        descending = order == Qt.SortOrder.DescendingOrder
        is_column = 0 <= column < len(self._shown)
        self.sort_by(Sorting(self._shown[column].key, descending) if is_column else None)

    def sort_by(self, sorting: Sorting | None) -> None:
        """Sort by a column, shown or not; None restores the session's order."""
        self._sorting = sorting
        self._reorder(Reason.REQUESTED)
        if self._shown:
            self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(self._shown) - 1)

    def _parsed(self, text: str) -> Filter | None:
        if not text.strip():
            return None
        try:
            return parse_filter(text, self._columns)
        except FilterError:
            if self._columns.is_complete:
                raise
        self._owner.complete()
        return parse_filter(text, self._columns)

    def _reorder(self, reason: Reason = Reason.OTHER_VALUES) -> None:
        """Sort and filter again, and report to the views where rows have moved."""
        rows = self._order.rows(self._columns, self._filter, self._sorting)
        if np.array_equal(rows, self._rows):
            return
        self.order_about_to_change.emit()
        self.layoutAboutToBeChanged.emit()
        held = self.persistentIndexList()
        units = [self._rows[index.row()] for index in held]
        self._set_rows(rows)
        places = [self._places[unit] for unit in units]
        moved = [
            self.index(int(place), index.column()) if place >= 0 else QModelIndex()
            for index, place in zip(held, places, strict=True)
        ]
        self.changePersistentIndexList(held, moved)
        self.layoutChanged.emit()
        self.order_changed.emit(reason)

    def _set_rows(self, rows: NDArray[np.intp]) -> None:
        self._rows = rows
        self._places = np.full(len(self._columns.ids), -1)
        self._places[rows] = np.arange(len(rows))

    # Following the session

    def hold(self) -> None:
        """Keep rows and columns where they are, because a cell is being edited; `release` ends this."""
        self._n_editors += 1

    def release(self) -> None:
        """Take in what has changed, once as many editors are gone as there were calls of `hold`."""
        self._n_editors -= 1
        if not self._n_editors:
            postponed, self._postponed = self._postponed, {}
            for change in postponed:
                change()

    def _unless_held(self, change: Callable[[], None]) -> None:
        if self._n_editors:
            self._postponed[change] = None
        else:
            change()

    def _on_replaced(self) -> None:
        if self._session is self._model.session:  # its units came or went
            self._unless_held(self._replace)
        else:
            self._postponed.clear()
            self._replace()

    def _replace(self) -> None:
        is_same = self._session is self._model.session
        self.order_about_to_change.emit()
        self.beginResetModel()
        self._read_columns()
        self.endResetModel()
        self.order_changed.emit(Reason.OTHER_VALUES if is_same else Reason.OTHER_SESSION)
        self.filter_changed.emit()

    def _read_columns(self) -> None:
        self._session = self._model.session
        # until now those of the rows shown, by whose ids a selection is kept
        self._columns = self._owner.current
        self._shown = self._chosen()
        self._stale.forget()
        self._parse_again()
        self._set_rows(self._order.rows(self._columns, self._filter, self._sorting))

    def _on_changed(self, changed: Changed) -> None:
        if changed.touches("steps") or any(path[2:3] == (FEATURES,) for path in changed.paths):
            self._stale.forget()
            self.looks_changed.emit()

    def _on_values_changed(self, keys: frozenset[str], unit_ids: Iterable[str]) -> None:
        rows = sorted(row for row in map(self.row_of, unit_ids) if row is not None)
        touched = runs(rows)
        touched = touched if len(touched) < _MANY_RUNS else [(rows[0], rows[-1])]
        for column, shown in enumerate(self._shown):
            if shown.key in keys:
                for first, last in touched:
                    self.dataChanged.emit(self.index(first, column), self.index(last, column))
        sorted_by = {self._sorting.key} if self._sorting is not None else set()
        if keys & sorted_by or (self._filter is not None and keys & self._filter.keys):
            self._unless_held(self._reorder)

    def _on_extended(self) -> None:
        self._unless_held(self._choose_columns)

    def _on_restructured(self) -> None:
        self._unless_held(self._restructure)

    def _restructure(self) -> None:
        self._choose_columns()
        self._parse_again()
        self.filter_changed.emit()
        self._reorder()
        if self._rows.size and self._shown:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._rows) - 1, len(self._shown) - 1))

    def _parse_again(self) -> None:
        self._filter, self._filter_error = None, None
        try:
            self._filter = self._parsed(self._filter_text)
        except FilterError as error:
            self._filter_error = error

    def _choose_columns(self) -> None:
        if self._chosen() == self._shown:
            return
        self.order_about_to_change.emit()
        self.beginResetModel()
        self._shown = self._chosen()
        self.endResetModel()
        self.order_changed.emit(Reason.OTHER_VALUES)

    def _chosen(self) -> list[Column]:
        wanted = USUAL_COLUMNS if self._wanted is None else self._wanted
        found = [self._columns.get(name) for name in wanted]
        shown = dict.fromkeys(column for column in found if column is not None)
        return list(shown) or [self._columns["id"]]

    # Edits

    def edit(self, unit_ids: Iterable[str], field: str, text: str) -> None:
        """Set the label or note of units as one change that can be undone; units that already have it are left out."""
        columns, text = self._owner.current, as_stored(field, text)  # of now, even while the rows are held
        values, units = columns[field].values, tuple(unit_ids)
        there = [unit_id for unit_id in units if columns.has_unit(unit_id)]
        differing = tuple(unit_id for unit_id in there if values[columns.row_of(unit_id)] != text)
        self._model.edit(differing, field, text)
        if len(there) < len(units):
            gone = next(unit_id for unit_id in units if not columns.has_unit(unit_id))
            self.refused.emit(f"{gone} no longer exists, so its {field} was not stored: {text}")
        if there:
            self.edited.emit(field, differing, text)

    def labels(self) -> list[str]:
        """Return the standard labels, followed by the other labels in use."""
        used = {str(label) for label in self._columns["label"].values} - {"", *LABELS}
        return [*LABELS, *sorted(used, key=str.casefold)]

    # Exports

    def excerpt(self, unit_ids: Iterable[str] | None = None) -> UnitExcerpt:
        """Return the columns shown, for all units that pass the filter or for some; the id always comes first."""
        rows = self._rows
        if unit_ids is not None:
            places = sorted(row for row in map(self.row_of, unit_ids) if row is not None)
            rows = self._rows[places]
        columns = [column for column in self._shown if column.key != "id"]
        return UnitExcerpt.of([self._columns["id"], *columns], rows)

    # Called by Qt

    def rowCount(self, parent: Index | None = None) -> int:  # noqa: N802 - Qt's name
        """Return the number of units that pass the filter."""
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index | None = None) -> int:  # noqa: N802 - Qt's name
        """Return the number of columns shown."""
        return 0 if parent is not None and parent.isValid() else len(self._shown)

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Return the flags of a cell: all can be selected, label and note can be edited."""
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        return _EDITABLE_FLAGS if self._shown[index.column()].key in USERS_FIELDS else _FLAGS

    def data(self, index: Index, role: int = _DISPLAY) -> Any:
        """Return the text, tooltip, alignment or look of a cell."""
        if role not in _ANSWERED or not index.isValid():
            return None
        column = self._shown[index.column()]
        if role == _ALIGNMENT:
            return _LEFT if column.kind == "text" else _RIGHT
        if role in LOOKS:
            return self._stale.look(column, role)
        value = column.values[self._rows[index.row()]]
        if role == _TIP:
            return self._tip(column, index.row(), value)
        text = self.texts.text(column, value)
        return "" if text == MISSING and column.key in PLACES else text

    def _tip(self, column: Column, row: int, value: Any) -> str:
        if column.key in PLACES and np.isnan(value):
            return f"{column.name}: {self._stale.of_place(self.unit_id(row))}"
        return f"{self.texts.in_full(column, value)}\n{self._stale.of(column)}".rstrip("\n")

    def setData(  # noqa: N802 - Qt's name
        self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole
    ) -> bool:
        """Store the text of an edited cell."""
        if not index.isValid() or role != Qt.ItemDataRole.EditRole:
            return False
        key = self._shown[index.column()].key
        if key not in USERS_FIELDS or not isinstance(value, str):
            return False
        self.edit([self.unit_id(index.row())], key, value)
        return True

    def headerData(  # noqa: N802 - Qt's name
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Return the title, tooltip or alignment of a column."""
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(self._shown):
            return None
        column = self._shown[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return header_text(column) + self._arrow(column)
        if role == Qt.ItemDataRole.ToolTipRole:
            about = (column.description, *column.details, f"Group: {column.source}")
            lines = (column.title, *about, self._stale.of(column))
            return "\n".join(filter(None, lines))
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignLeft if column.kind == "text" else Qt.AlignmentFlag.AlignRight
            return side | Qt.AlignmentFlag.AlignBottom
        return None

    def _arrow(self, column: Column) -> str:
        sorting = self._sorting
        return ARROWS[sorting.descending] if sorting is not None and sorting.key == column.key else ""


def as_stored(field: str, text: str) -> str:
    """Return a label or note as it is stored, given what the user typed."""
    text = text.strip()
    return "" if (field, text) == ("label", UNLABELLED) else text
