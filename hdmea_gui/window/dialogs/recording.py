"""Dialog for a new recording."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QFormLayout, QLabel, QVBoxLayout, QWidget

from hdmea_gui.window.dialogs.answers import Answers, allow
from hdmea_gui.window.dialogs.path_edit import PathEdit
from hdmea_gui.window.dialogs.preparation import Preparation
from hdmea_gui.window.file_kinds import sources

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtGui import QKeyEvent

    from hdmea_gui.window.previews import Preview


class RecordingDialog(QDialog):
    """Choice of the two files of a recording, with a preview of what they contain."""

    files_changed = Signal()
    """Another file was chosen and needs a preview."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("New Recording")
        self.raw = PathEdit("Raw file", sources("raw"))
        self.sorted = PathEdit("Sorted file", sources("sorting"))
        self.preparation = Preparation()
        self.seeks_partner = False
        self._is_reading = False
        self._loads_then = False
        self.preview = QLabel("Choose a raw file, a sorted file, or both.")
        self.preview.setWordWrap(True)
        self.preview.setMinimumHeight(128)
        self.preview.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._arrange()

    def _arrange(self) -> None:
        form = QFormLayout()
        form.addRow("Raw file", self.raw)
        form.addRow("Sorted file or folder", self.sorted)
        self.preparation.add_to(form)
        layout = QVBoxLayout(self)
        layout.addLayout(form)
        layout.addWidget(self.preview)
        self.buttons = Answers(self)
        self.load = self.buttons.answer("Load", "Start a session with these files and load them.")
        layout.addWidget(self.buttons)
        self.raw.changed.connect(self._on_raw)
        self.sorted.changed.connect(self._on_sorted)
        allow(self.load, "Choose a file first.")
        self.raw.line.setFocus()

    def set_files(self, raw: Path | None, sorted_file: Path | None) -> None:
        """Fill in files, for instance those dropped on the window."""
        for edit, path in ((self.raw, raw), (self.sorted, sorted_file)):
            if path is not None:
                edit.set_path(path)

    def show_preview(self, preview: Preview) -> None:
        """Show what the files contain or what is wrong with them; a partner file that was found is filled in."""
        for edit, path in ((self.raw, preview.raw), (self.sorted, preview.sorted_file)):
            if edit.path() is None and path is not None:
                edit.line.blockSignals(True)
                edit.set_path(path)
                edit.line.blockSignals(False)
        self.preview.setText(preview.text)
        allow(self.load, "" if preview.may_load else "These files cannot be loaded. See above.")
        self._is_reading = False
        if preview.may_load and self._loads_then:
            self.load.click()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Load on Return; if the files are still being read, once that is done."""
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and self._is_reading:
            self._loads_then = True
        else:
            super().keyPressEvent(event)

    def _on_raw(self) -> None:
        self._on_changed(self.raw)

    def _on_sorted(self) -> None:
        self._on_changed(self.sorted)

    def _on_changed(self, given: PathEdit) -> None:
        """Request a new preview; a file that was chosen brings its partner file, one that was cleared does not."""
        self.seeks_partner = given.path() is not None
        self._is_reading, self._loads_then = True, False
        self.preview.setText("Reading the files...")
        allow(self.load, "The files are being read.")
        self.files_changed.emit()
