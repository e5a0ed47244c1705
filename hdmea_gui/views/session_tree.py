"""Session: the tree of all that will be saved, or of any HDF5 file, and a plot of the item selected in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtWidgets import QPushButton, QSplitter, QTreeView, QVBoxLayout, QWidget

from hdmea_gui.io.store.declared import attributes_at
from hdmea_gui.io.store.schema import SCHEMA
from hdmea_gui.models.tree_model import TreeModel, TreePath
from hdmea_gui.views.caption import Caption, ElidedLabel, row_of
from hdmea_gui.views.explain import explain
from hdmea_gui.views.value_plot import ValuePlot, described, short
from hdmea_gui.views.view import Empty, View, ViewSpec

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

    from hdmea_gui.io.store.browse import FileTree
    from hdmea_gui.session import PipelineSession

_BRANCHES = ("units", "stimulus", "metadata", "source_files", "steps", "extras", "root")
_MOST_ATTRIBUTES = 6
_WIDTHS = (200, 96, 112, 64)


class SessionTreeView(View):
    """The session as it will be saved, or the contents of an HDF5 file."""

    interests = ((),)
    asks_anytime = True

    file_requested = Signal()
    """The user wants to browse an HDF5 file; pass it to `show_file` once it has been read."""

    def make_content(self) -> QWidget:
        """Make the bar, the tree and the plot."""
        self._file: FileTree | None = None
        self._shown: object = None
        content = QWidget()
        layout = QVBoxLayout(content)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self._make_bar())
        layout.addWidget(self._make_parts(), stretch=1)
        return content

    def _make_bar(self) -> QWidget:
        self._title = ElidedLabel()
        self._title.setMinimumWidth(1)  # a long name must not widen the view
        self._back = QPushButton("Back to the session")
        explain(self._back, "Close the file and show the session again.")
        self._back.clicked.connect(self.show_session)
        self._other = QPushButton("Browse a file...")
        explain(
            self._other,
            "Show the contents of any HDF5 file. It is opened read-only; the session does not change.",
        )
        self._other.clicked.connect(self.file_requested)
        return row_of(self._title, self._back, self._other, stretch=self._title)

    def _make_parts(self) -> QWidget:
        self._tree_model = TreeModel(self)
        self._tree = _Tree()
        self._tree.setAccessibleName("Contents of the session or file")
        self._tree.setModel(self._tree_model)
        self._tree.setUniformRowHeights(True)
        self._tree.setAlternatingRowColors(True)
        self._tree.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self._tree.header().setStretchLastSection(False)
        self._tree.setIndentation(14)
        self._tree.selectionModel().currentChanged.connect(self._on_current_changed)
        parts = QSplitter(Qt.Orientation.Horizontal)
        parts.addWidget(self._tree)
        parts.addWidget(self._make_picture())
        parts.setChildrenCollapsible(False)
        parts.setStretchFactor(0, 1)
        parts.setStretchFactor(1, 1)
        parts.setSizes([sum(_WIDTHS) + 24, sum(_WIDTHS) + 24])
        return parts

    def _make_picture(self) -> QWidget:
        self._place = ElidedLabel()
        self._place.setMinimumWidth(1)
        self._place.setContentsMargins(8, 2, 8, 2)
        self._picture = ValuePlot(self.context.theme, self.context.arrays)
        self._notes = Caption()
        self._figure = QWidget()
        layout = QVBoxLayout(self._figure)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._place)
        layout.addWidget(self._picture, stretch=1)
        layout.addWidget(self._notes)
        return self._figure

    def figure(self) -> QWidget:
        """Return the plot, without the tree."""
        return self._figure

    def show_file(self, file: FileTree) -> None:
        """Show the contents of a file instead of the session."""
        self._file = file
        self.refresh()

    def show_session(self) -> None:
        """Show the session again."""
        self._file = None
        self.refresh()

    def empty(self) -> Empty | None:
        """Return None always: a file can be browsed even without a session."""
        return None

    def draw(self) -> None:
        """Update the tree and draw the item selected in it."""
        model = self.context.model
        # a file that is browsed does not change with the session
        now = (self._file, model.session, model.state if self._file is None else 0)
        if now != self._shown:
            self._shown = now
            self._show_tree()
        elif self._file is None:
            self._follow_unit()
        self._draw_picture()

    def _show_tree(self) -> None:
        session = self.context.model.session
        opened, current = self._opened(), self._path()
        if self._file is not None:
            tree, title = self._file.tree, f"{self._file.path.name} (read-only)"
        else:
            tree, title = _session_tree(session), "No session" if session is None else session.dataset_id
        self._tree_model.show(tree)
        self._title.setText(title)
        self._title.setToolTip("" if self._file is None else str(self._file.path))
        self._back.setVisible(self._file is not None)
        for path in opened:
            self._tree.expand(self._tree_model.index_of(path))
        self._go_to(current)

    def _opened(self) -> list[TreePath]:
        """Return the paths of the expanded items, outer ones first."""
        found: list[TreePath] = []
        waiting = [QModelIndex()]
        while waiting:
            parent = waiting.pop()
            for row in range(self._tree_model.rowCount(parent)):
                index = self._tree_model.index(row, 0, parent)
                if self._tree.isExpanded(index):
                    found.append(self._tree_model.node(index).path)
                    waiting.append(index)
        return found

    def _path(self) -> TreePath:
        return self._tree_model.node(self._tree.currentIndex()).path

    def _go_to(self, path: TreePath) -> None:
        index = self._tree_model.index_of(path)
        if index.isValid() and path != self._path():
            self._tree.setCurrentIndex(index)

    def _follow_unit(self) -> None:
        """Move the selection from an item of another unit to the same item of the current unit."""
        path, unit_id = self._path(), self.context.selection.current
        if len(path) > 1 and path[0] == "units" and path[1] != unit_id:
            self._go_to(("units", unit_id, *path[2:]))
            if self._path()[1] == unit_id:
                self._tree.collapse(self._tree_model.index_of(path[:2]))

    def _on_current_changed(self, *_args: object) -> None:
        self._draw_picture()

    def _draw_picture(self) -> None:
        node = self._tree_model.node(self._tree.currentIndex())
        path = node.path
        attributes = self._attributes(path)
        self._place.setText(" / ".join(map(str, path)) or _HINT)
        declared = SCHEMA.field_at(path) if self._file is None else SCHEMA.stored_at(tuple(map(str, path)))
        description = declared.meaning if declared is not None else ""
        self._notes.setText(" · ".join(filter(None, (description, _first_attributes(attributes)))))
        value = node.value if path else None
        text = described(value, attributes) if path or attributes else ""
        unit = _unit(attributes) or (declared.unit if declared is not None else "")
        axes = declared.axes.split(", ") if declared is not None else ()
        self._picture.show_value(value, unit, text, axes)

    def _attributes(self, path: TreePath) -> dict[str, Any]:
        session, place = self.context.model.session, "/".join(map(str, path))
        if self._file is not None:
            return self._file.attributes.get(place, {})
        if session is None:
            return {}
        return {**attributes_at(_session_tree(session), path), **session.attributes.get(place, {})}


class _Tree(QTreeView):
    """A tree whose name column takes the width that the other columns leave."""

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Set the widths of the columns."""
        super().resizeEvent(event)
        remaining = self.viewport().width() - sum(_WIDTHS[1:])
        for column, width in enumerate((max(_WIDTHS[0], remaining), *_WIDTHS[1:])):
            self.setColumnWidth(column, width)


_HINT = "Select an item in the tree to see it here."


def _session_tree(session: PipelineSession | None) -> dict[str, Any]:
    """Return everything that will be saved, under the names of the session."""
    if session is None:
        return {}
    branches = {name: getattr(session, name) for name in _BRANCHES}
    branches["completed_steps"] = sorted(session.completed_steps)
    branches["warnings"] = list(session.warnings)
    return {name: branch for name, branch in branches.items() if branch}


def _unit(attributes: dict[str, Any]) -> str:
    """Unit of the numbers: "counts" where a conversion factor is stored beside them."""
    if "conversion_factor" in attributes:
        return "counts"
    unit = attributes.get("unit", "")
    return unit.replace("_", " ") if isinstance(unit, str) else ""


def _first_attributes(attributes: dict[str, Any]) -> str:
    """Return the first few attributes in one line."""
    shown = [f"{name} = {short(value)}" for name, value in list(attributes.items())[:_MOST_ATTRIBUTES]]
    return " · ".join(shown)


VIEW = ViewSpec(
    key="session_tree",
    title="Session",
    tip="Everything that will be saved, with shapes, sizes and provenance; also the contents of any HDF5 file.",
    area="lower",
    make=SessionTreeView,
)
