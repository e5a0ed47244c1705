"""Trees of dicts and arrays for tree views: names, values, types and sizes, built as branches are opened."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np
from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from hdmea_gui.byte_sizes import size_text
from hdmea_gui.io.store import StoredArray

Index = QModelIndex | QPersistentModelIndex
TreePath = tuple[Any, ...]

HEADERS = ("Name", "Value", "Type", "Size")
_NOWHERE = QModelIndex()
_LONGEST = 80


class Node:
    """A node of the tree.

    Parameters
    ----------
    name : object
        Key of the place.
    value : object
        Value of the place.
    parent : Node, optional
        The place that holds it.
    row : int
        Its row within the parent.
    """

    def __init__(self, name: Any, value: Any, parent: Node | None = None, row: int = 0) -> None:
        self.name = name
        self.value = value
        self.parent = parent
        self.row = row

    @cached_property
    def children(self) -> list[Node]:
        """Nodes directly below this one."""
        if not isinstance(self.value, Mapping):
            return []
        return [Node(name, value, self, row) for row, (name, value) in enumerate(self.value.items())]

    @cached_property
    def texts(self) -> tuple[str, str, str, str]:
        """Texts of the columns."""
        return str(self.name), value_text(self.value), type_text(self.value), size_text(nbytes_of(self.value))

    @property
    def path(self) -> TreePath:
        """The keys that lead here from the root."""
        return () if self.parent is None else (*self.parent.path, self.name)


class TreeModel(QAbstractItemModel):
    """Item model of a tree; `show` replaces the tree."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._root = Node("", {})

    def show(self, tree: Mapping[Any, Any]) -> None:
        """Show another tree, or the same one with its present content."""
        self.beginResetModel()
        self._root = Node("", tree)
        self.endResetModel()

    def node(self, index: Index) -> Node:
        """Return the node at an index."""
        found = index.internalPointer() if index.isValid() else None
        return found if isinstance(found, Node) else self._root

    def index_of(self, path: TreePath) -> QModelIndex:
        """Return the index of a path; invalid if the path does not exist."""
        node = self._root
        for name in path:
            found = next((child for child in node.children if child.name == name), None)
            if found is None:
                return QModelIndex()
            node = found
        return QModelIndex() if node is self._root else self.createIndex(node.row, 0, node)

    def index(self, row: int, column: int, parent: Index = _NOWHERE) -> QModelIndex:
        """Return the index of a child."""
        if not self.hasIndex(row, column, parent):
            return QModelIndex()
        return self.createIndex(row, column, self.node(parent).children[row])

    def parent(self, index: Index = _NOWHERE) -> QModelIndex:  # type: ignore[override]  # the other one takes nothing
        """Return the index of the parent."""
        holder = self.node(index).parent
        if holder is None or holder is self._root:
            return QModelIndex()
        return self.createIndex(holder.row, 0, holder)

    def rowCount(self, parent: Index = _NOWHERE) -> int:  # noqa: N802 - Qt's name
        """Return the number of children of a node."""
        return 0 if parent.column() > 0 else len(self.node(parent).children)  # Qt: only column 0 has children

    def hasChildren(self, parent: Index = _NOWHERE) -> bool:  # noqa: N802 - Qt's name
        """Return whether a node has children, without expanding it."""
        value = self.node(parent).value
        return parent.column() <= 0 and isinstance(value, Mapping) and bool(value)

    def columnCount(self, _parent: Index = _NOWHERE) -> int:  # noqa: N802 - Qt's name
        """Return the number of columns: name, value, type and size."""
        return len(HEADERS)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the text of a cell, or its alignment."""
        if not index.isValid():
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() == len(HEADERS) - 1:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        if role in {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole}:
            return self.node(index).texts[index.column()]
        return None

    def headerData(  # noqa: N802 - Qt's name
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Return the name of a column."""
        if orientation != Qt.Orientation.Horizontal or role != Qt.ItemDataRole.DisplayRole:
            return None
        return HEADERS[section]


def value_text(value: Any) -> str:
    """Return a short text for a value; of an array, the shape."""
    if isinstance(value, Mapping):
        return "1 item" if len(value) == 1 else f"{len(value)} items"
    if isinstance(value, (np.ndarray, StoredArray)):
        if value.size == 1 and isinstance(value, np.ndarray) and not value.dtype.names:
            return shortened(str(value.reshape(-1)[0]))
        return " × ".join(map(str, value.shape))
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, (list, tuple, set, frozenset)) and len(str(value)) > _LONGEST // 4:
        return "1 item" if len(value) == 1 else f"{len(value)} items"
    return shortened(str(value))


def type_text(value: Any) -> str:
    """Return the type of a value, as text."""
    if isinstance(value, Mapping):
        return "group"
    if isinstance(value, StoredArray):
        return f"{_dtype_text(value.dtype)}, on disk"
    if isinstance(value, np.ndarray):
        return _dtype_text(value.dtype)
    return {"str": "text", "NoneType": "none", "StoredNode": "other"}.get(
        type(value).__name__, type(value).__name__
    )


def _dtype_text(dtype: np.dtype[Any]) -> str:
    if dtype.names:
        return f"table of {len(dtype.names)} columns"
    return "text" if dtype.kind in "OSU" else str(dtype)


def nbytes_of(value: Any) -> int:
    """Return the bytes that a value takes, on disk or in memory."""
    if isinstance(value, Mapping):
        return sum(map(nbytes_of, value.values()))
    if isinstance(value, (np.ndarray, StoredArray)):
        return int(value.nbytes)
    if isinstance(value, (list, tuple, set, frozenset)):
        return sum(map(nbytes_of, value))
    return len(value.encode(errors="replace")) if isinstance(value, str) else 8


def shortened(text: str, longest: int = _LONGEST) -> str:
    """Return the first line of a text, cut to a length."""
    line, *rest = text.split("\n", 1)
    return line if len(line) <= longest and not rest else f"{line[: longest - 1]}…"
