"""Which recording to load."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QFormLayout, QLabel, QVBoxLayout, QWidget

from hdmea_gui.window.dialogs.answers import Answers
from hdmea_gui.window.dialogs.path_edit import PathEdit

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


class RecordingDialog(QDialog):
    """The two files of a recording and what is in them, before it is loaded."""

    files_changed = Signal()
    """Another file was chosen: whoever reads files should show what is in it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("New Recording")
        self.raw = PathEdit("Raw file", "Raw recordings (*.cmcr *.cmce);;All files (*)")
        self.sorted = PathEdit("Sorted file", "Sorted recordings (*.cmtr *.cmte);;All files (*)")
        self.preview = QLabel("Choose a raw file, a sorted file, or both.")
        self.preview.setWordWrap(True)
        self.preview.setMinimumHeight(128)
        self.preview.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.buttons = Answers(self)
        self.load = self.buttons.answer("Load", "Begin a session with these files and load them.")
        self._arrange()

    def _arrange(self) -> None:
        form = QFormLayout()
        form.addRow("Raw file (.cmcr)", self.raw)
        form.addRow("Sorted file (.cmtr)", self.sorted)
        layout = QVBoxLayout(self)
        layout.addLayout(form)
        layout.addWidget(self.preview)
        layout.addWidget(self.buttons)
        self.raw.changed.connect(self._on_raw)
        self.sorted.changed.connect(self._on_sorted)
        self.load.setEnabled(False)

    def set_files(self, raw: Path | None, sorted_file: Path | None) -> None:
        """Show files, for instance those that were dropped on the window."""
        for edit, path in ((self.raw, raw), (self.sorted, sorted_file)):
            if path is not None:
                edit.set_path(path)

    def show_preview(self, text: str, *, may_load: bool) -> None:
        """Show what is in the files, or what is wrong with them."""
        self.preview.setText(text)
        self.load.setEnabled(may_load)
        self.load.setDefault(may_load)

    def _on_raw(self) -> None:
        self._find_partner(self.raw, self.sorted, (".cmtr", ".cmte"))

    def _on_sorted(self) -> None:
        self._find_partner(self.sorted, self.raw, (".cmcr", ".cmce"))

    def _find_partner(self, given: PathEdit, other: PathEdit, suffixes: tuple[str, ...]) -> None:
        path = given.path()
        if path is not None and other.path() is None:
            other.line.blockSignals(True)
            other.set_path(partner_of(path, suffixes))
            other.line.blockSignals(False)
        self.load.setEnabled(False)
        self.files_changed.emit()


def partner_of(path: Path, suffixes: Sequence[str]) -> Path | None:
    """The other file of a recording in the same folder, by its dataset id."""
    stem = path.stem.rstrip("-")
    if not path.parent.is_dir():
        return None
    found = [other for other in sorted(path.parent.iterdir()) if other.suffix.lower() in suffixes]
    return next((other for other in found if other.stem.rstrip("-") == stem), None)
