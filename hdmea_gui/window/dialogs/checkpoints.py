"""Dialogs to save a checkpoint, and to list, compare and open checkpoints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QFormLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from hdmea_gui.session import SESSION_SUFFIXES
from hdmea_gui.views.explain import explain
from hdmea_gui.views.text_size import window_size
from hdmea_gui.window.dialogs.answers import Answers, allow
from hdmea_gui.window.dialogs.path_edit import PathEdit

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from PySide6.QtGui import QKeyEvent

_SELECT = "Select two files to compare their contents."
_WIDEST = 280
"""Maximum width of a column as first shown, in pixels."""


class CheckpointDialog(QDialog):
    """Name and note of a checkpoint.

    Parameters
    ----------
    name : str
        Suggested name.
    path : Path
        Suggested file.
    may_write : callable
        Asks whether a file may be written; if not, the dialog stays open.
    """

    def __init__(
        self, name: str, path: Path, may_write: Callable[[Path], bool], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._may_write = may_write
        self.setWindowTitle("Save Checkpoint")
        self.name = QLineEdit(name)
        self.note = QPlainTextEdit()
        self.note.setPlaceholderText("Note")
        self.note.setTabChangesFocus(True)
        self.path = PathEdit("File", "Sessions and checkpoints (*.h5);;All files (*)")
        self.path.set_path(path)
        explain(self.name, "Name of the checkpoint in the list of checkpoints.")
        explain(self.note, "Note on the checkpoint, shown in the list of checkpoints.")
        self.path.changed.connect(self._on_path)
        form = QFormLayout(self)
        form.addRow("Name", self.name)
        form.addRow("Note", self.note)
        form.addRow("File", self.path)
        buttons = Answers(self)
        self.save = buttons.answer("Save checkpoint", "Write the session as it is now to this file.")
        form.addRow(buttons)
        self.name.setFocus()

    def file(self) -> Path | None:
        """Return the file to write, with a suffix that the list of checkpoints recognises."""
        path = self.path.path()
        if path is None or path.suffix.lower() in SESSION_SUFFIXES:
            return path
        return path.with_name(f"{path.name}.h5")

    def accept(self) -> None:
        """Accept the dialog if the file may be written."""
        path = self.file()
        if path is not None and self._may_write(path):
            super().accept()

    def _on_path(self) -> None:
        allow(self.save, "" if self.path.path() is not None else "Enter a file name first.")


class CheckpointsDialog(QDialog):
    """List, compare and open the checkpoints of a folder.

    Parameters
    ----------
    folder : Path
        The folder to list first.
    disabled_reason : callable
        Returns why nothing can be opened now; an empty text if something can.
    """

    folder_changed = Signal(object)
    """Another folder was chosen and needs to be listed; carries its path."""

    chosen = Signal(object)
    """A checkpoint is to be opened; carries its path."""

    _COLUMNS = ("File", "Name", "Kind", "Saved", "Units", "Steps done", "Note")

    def __init__(
        self, folder: Path, disabled_reason: Callable[[], str], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._disabled_reason = disabled_reason
        self.setWindowTitle("Checkpoints")
        self.resize(window_size(880, 480))
        self.folder = PathEdit("Folder")
        self.folder.set_path(folder)
        self.table = QTreeWidget()
        self.table.setAccessibleName("Sessions and checkpoints")
        self.table.setHeaderLabels(self._COLUMNS)
        self.table.setRootIsDecorated(False)
        self.table.setTextElideMode(Qt.TextElideMode.ElideMiddle)  # names of one recording differ at the end
        self.table.setSelectionMode(QTreeWidget.SelectionMode.ExtendedSelection)
        self.comparison = QLabel()
        self.comparison.setWordWrap(True)
        self.table.setWhatsThis(
            "Sessions and checkpoints in the folder. Select two to compare them; double-click one to open it."
        )
        self._rows: list[dict[str, Any]] = []
        self._arrange()

    def _arrange(self) -> None:
        layout = QVBoxLayout(self)
        layout.addWidget(self.folder)
        layout.addWidget(self.table)
        layout.addWidget(self.comparison)
        buttons = Answers(self, is_question=False)
        self.open_button = buttons.command("Open", "Close the current session and open the selected file.")
        layout.addWidget(buttons)
        self.folder.line.setFocus()
        self.folder.changed.connect(self._on_folder)
        self.table.itemSelectionChanged.connect(self._on_selection)
        self.table.itemDoubleClicked.connect(self._on_open)
        self.open_button.clicked.connect(self._on_open)
        self._on_selection()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Go from the folder to its files on Return, and open the selected file."""
        is_return = event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}
        if is_return and self.folder.line.hasFocus():
            self.table.setFocus()
        elif is_return and self.table.hasFocus():
            self._on_open()
        else:
            super().keyPressEvent(event)

    def show_rows(self, rows: list[dict[str, Any]]) -> None:
        """List the sessions and checkpoints of the folder."""
        self._rows = rows
        self.table.clear()
        for row in rows:
            texts = [
                str(row.get(name, "")) for name in ("file", "name", "kind", "saved", "units", "done", "note")
            ]
            item = QTreeWidgetItem(texts)
            for column in (0, len(texts) - 1):
                item.setToolTip(column, texts[column])
            for number in ("Units", "Steps done"):
                item.setTextAlignment(self._COLUMNS.index(number), Qt.AlignmentFlag.AlignRight)
            self.table.addTopLevelItem(item)
        for column in range(len(self._COLUMNS) - 1):
            self.table.resizeColumnToContents(column)
            self.table.setColumnWidth(column, min(self.table.columnWidth(column), _WIDEST))
        self.comparison.setText(_SELECT if rows else "No sessions or checkpoints in this folder.")

    def show_reading(self) -> None:
        """Show that the folder is being read."""
        self._empty("Reading the folder...")

    def show_trouble(self, message: str) -> None:
        """Show why the folder cannot be listed."""
        self._empty(message)

    def _empty(self, message: str) -> None:
        self._rows = []
        self.table.clear()
        self.comparison.setText(message)

    def _selected(self) -> list[dict[str, Any]]:
        return [self._rows[self.table.indexOfTopLevelItem(item)] for item in self.table.selectedItems()]

    def _on_folder(self) -> None:
        folder = self.folder.path()
        if folder is not None:
            self.folder_changed.emit(folder)

    def _on_selection(self) -> None:
        rows = self._selected()
        allow(
            self.open_button,
            self._disabled_reason() or ("" if len(rows) == 1 else "Select one file to open it."),
        )
        self.comparison.setText(compared(rows) if len(rows) == 2 else _SELECT)

    def _on_open(self) -> None:
        rows = self._selected()
        if len(rows) == 1 and not self._disabled_reason():
            self.chosen.emit(rows[0]["path"])
            self.accept()


def compared(rows: list[dict[str, Any]]) -> str:
    """Describe what two checkpoints share, what only one of them has, and where their results differ."""
    if not all("contents" in row for row in rows):
        return "One of these files cannot be read."
    first, second = (set(row["contents"]) for row in rows)
    runs, other_runs = (row["runs"] for row in rows)
    parts = [
        ("Both have", first & second),
        (f"Only {rows[0]['file']} has", first - second),
        (f"Only {rows[1]['file']} has", second - first),
        (
            "In both, from different runs",
            {title for title in first & second if runs[title] != other_runs[title]},
        ),
    ]
    lines = [f"{title}: {', '.join(sorted(names))}." for title, names in parts if names]
    if rows[0]["labels"] != rows[1]["labels"]:
        lines += [f"Labels in {row['file']}: {row['labels']}." for row in rows]
    return "\n".join(lines)
