"""Dialogs of the window: a recording to load, checkpoints, preferences, texts."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QPlainTextEdit,
    QPushButton,
    QTextBrowser,
    QToolButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hdmea_gui.models.history import History
    from hdmea_gui.settings import Settings
    from hdmea_gui.views.threshold_picker import ThresholdPicker


class PathEdit(QWidget):
    """A path that is typed or chosen.

    Parameters
    ----------
    title : str
        What the path is.
    kinds : str
        Files that can be chosen, as Qt writes them; empty for a folder.
    """

    changed = Signal()

    def __init__(self, title: str, kinds: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title, self._kinds = title, kinds
        self.line = QLineEdit()
        self.line.setMinimumWidth(320)
        self.line.setAccessibleName(title)
        self.line.textChanged.connect(self.changed)
        browse = QToolButton()
        browse.setText("...")
        browse.setAccessibleName(f"Choose {title}")
        browse.clicked.connect(self._on_browse)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.line)
        layout.addWidget(browse)

    def path(self) -> Path | None:
        """The path, or None where nothing is typed."""
        text = self.line.text().strip()
        return Path(text).expanduser() if text else None

    def set_path(self, path: Path | None) -> None:
        """Show a path."""
        self.line.setText(str(path) if path is not None else "")

    def _on_browse(self) -> None:
        start = self.line.text()
        if self._kinds:
            chosen, _ = QFileDialog.getOpenFileName(self, self._title, start, self._kinds)
        else:
            chosen = QFileDialog.getExistingDirectory(self, self._title, start)
        if chosen:
            self.line.setText(chosen)


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
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.load = self.buttons.addButton("Load", QDialogButtonBox.ButtonRole.AcceptRole)
        self._arrange()

    def _arrange(self) -> None:
        form = QFormLayout()
        form.addRow("Raw file (.cmcr)", self.raw)
        form.addRow("Sorted file (.cmtr)", self.sorted)
        layout = QVBoxLayout(self)
        layout.addLayout(form)
        layout.addWidget(self.preview)
        layout.addWidget(self.buttons)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
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


class CheckpointDialog(QDialog):
    """Name and note of a checkpoint."""

    def __init__(self, name: str, path: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Save Checkpoint")
        self.name = QLineEdit(name)
        self.note = QPlainTextEdit()
        self.note.setPlaceholderText("What is worth remembering about it")
        self.note.setTabChangesFocus(True)
        self.path = PathEdit("File", "Sessions and checkpoints (*.h5);;All files (*)")
        self.path.set_path(path)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        buttons.addButton("Save checkpoint", QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        form = QFormLayout(self)
        form.addRow("Name", self.name)
        form.addRow("Note", self.note)
        form.addRow("File", self.path)
        form.addRow(buttons)


class CheckpointsDialog(QDialog):
    """The checkpoints of a folder: listed, compared, opened."""

    folder_changed = Signal(object)
    """Another folder was chosen: whoever reads files should list it."""

    chosen = Signal(object)
    """The path of a checkpoint to open."""

    _COLUMNS = ("File", "Name", "Kind", "Saved", "Units", "Steps done", "Note")

    def __init__(self, folder: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Checkpoints")
        self.resize(880, 480)
        self.folder = PathEdit("Folder")
        self.folder.set_path(folder)
        self.table = QTreeWidget()
        self.table.setHeaderLabels(self._COLUMNS)
        self.table.setRootIsDecorated(False)
        self.table.setSelectionMode(QTreeWidget.SelectionMode.ExtendedSelection)
        self.comparison = QLabel()
        self.comparison.setWordWrap(True)
        self.open_button = QPushButton("Open")
        self._rows: list[dict[str, object]] = []
        self._arrange()

    def _arrange(self) -> None:
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.addButton(self.open_button, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(self.folder)
        layout.addWidget(self.table)
        layout.addWidget(self.comparison)
        layout.addWidget(buttons)
        self.folder.changed.connect(self._on_folder)
        self.table.itemSelectionChanged.connect(self._on_selection)
        self.table.itemDoubleClicked.connect(self._on_open)
        self.open_button.clicked.connect(self._on_open)
        self._on_selection()

    def show_rows(self, rows: list[dict[str, object]]) -> None:
        """Show the sessions and checkpoints of the folder."""
        self._rows = rows
        self.table.clear()
        for row in rows:
            texts = [
                str(row.get(name, "")) for name in ("file", "name", "kind", "saved", "units", "done", "note")
            ]
            self.table.addTopLevelItem(QTreeWidgetItem(texts))
        for column in range(len(self._COLUMNS) - 1):
            self.table.resizeColumnToContents(column)
        self.comparison.setText("" if rows else "There are no sessions or checkpoints in this folder.")

    def _selected(self) -> list[dict[str, object]]:
        return [self._rows[self.table.indexOfTopLevelItem(item)] for item in self.table.selectedItems()]

    def _on_folder(self) -> None:
        folder = self.folder.path()
        if folder is not None and folder.is_dir():
            self.folder_changed.emit(folder)

    def _on_selection(self) -> None:
        rows = self._selected()
        self.open_button.setEnabled(len(rows) == 1)
        self.comparison.setText(
            compared(rows) if len(rows) == 2 else "Select two to compare what they contain."
        )

    def _on_open(self) -> None:
        rows = self._selected()
        if len(rows) == 1:
            self.chosen.emit(rows[0]["path"])
            self.accept()


def compared(rows: list[dict[str, object]]) -> str:
    """What two checkpoints have in common, and what only one of them has."""
    first, second = (set(str(row.get("contents", "")).split("\n")) - {""} for row in rows)
    parts = [("Both have", first & second), (f"Only {rows[0]['file']} has", first - second)]
    parts.append((f"Only {rows[1]['file']} has", second - first))
    return "\n".join(f"{title}: {', '.join(sorted(names)) or 'nothing'}." for title, names in parts)


class PreferencesDialog(QDialog):
    """What the user sets once for all recordings."""

    def __init__(self, settings: Settings, undo_gb: float, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Preferences")
        self._settings = settings
        self.playlist = PathEdit("Playlists", "Tables (*.csv);;All files (*)")
        self.lengths = PathEdit("Movie lengths", "Tables (*.csv);;All files (*)")
        self.stimuli = PathEdit("Stimuli folder")
        self.pitch = QComboBox()
        self.pitch.addItems(["unknown", "16", "32"])
        self.checkpoints = QCheckBox("Write an automatic checkpoint after each step")
        self.undo = QDoubleSpinBox(decimals=1, minimum=0.1, maximum=64.0, singleStep=0.5, suffix=" GB")
        self.undo_used = QLabel(f"{undo_gb:.2f} GB are held now")
        self._show(settings)
        self._arrange()

    def _show(self, settings: Settings) -> None:
        self.playlist.set_path(settings.playlist_file)
        self.lengths.set_path(settings.movie_length_file)
        self.stimuli.set_path(settings.stimuli_dir)
        self.pitch.setCurrentText(
            "unknown" if settings.sensor_pitch_um is None else f"{settings.sensor_pitch_um:g}"
        )
        self.checkpoints.setChecked(settings.checkpoint_after_steps)
        self.undo.setValue(settings.undo_memory_gb)

    def _arrange(self) -> None:
        form = QFormLayout(self)
        form.addRow("Playlists (playlist.csv)", self.playlist)
        form.addRow("Movie lengths (movie_length.csv)", self.lengths)
        form.addRow("Stimuli folder", self.stimuli)
        form.addRow("Distance of sensors (µm)", self.pitch)
        form.addRow("", self.checkpoints)
        row = QHBoxLayout()
        row.addWidget(self.undo)
        row.addWidget(self.undo_used, 1)
        form.addRow("Undo list at most", row)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        buttons.addButton("Save preferences", QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        form.addRow(buttons)

    def settings(self) -> Settings:
        """The settings as the user has set them."""
        pitch = self.pitch.currentText()
        return dataclasses.replace(
            self._settings,
            playlist_file=self.playlist.path(),
            movie_length_file=self.lengths.path(),
            stimuli_dir=self.stimuli.path(),
            sensor_pitch_um=None if pitch == "unknown" else float(pitch),
            checkpoint_after_steps=self.checkpoints.isChecked(),
            undo_memory_gb=self.undo.value(),
        )


class HistoryDialog(QDialog):
    """All changes, the newest first; a double click goes back to before one."""

    steps_back = Signal(int)
    """How many changes to take back; negative to make them again."""

    def __init__(self, history: History, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Undo List")
        self.resize(400, 360)
        self._n_redo = len(history.redo_names)
        self.list = QListWidget()
        self.list.addItems([f"{name}  (undone)" for name in reversed(history.redo_names)])
        self.list.addItems(["Now", *history.undo_names])
        self.list.setCurrentRow(self._n_redo)
        go = QPushButton("Go back to before this")
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.addButton(go, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.rejected.connect(self.reject)
        go.clicked.connect(self._on_go)
        self.list.itemDoubleClicked.connect(self._on_go)
        layout = QVBoxLayout(self)
        layout.addWidget(self.list)
        layout.addWidget(buttons)

    def _on_go(self) -> None:
        self.steps_back.emit(self.list.currentRow() - self._n_redo)
        self.accept()


class ThresholdDialog(QDialog):
    """The picker of light-triggered trials, and the button that makes them.

    Parameters
    ----------
    picker : ThresholdPicker
        Shows the jumps of channel 1.
    """

    chosen = Signal(object)
    """Parameters of the step, by name."""

    def __init__(self, picker: ThresholdPicker, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Light-Triggered Trials")
        self.resize(960, 600)
        self._picker = picker
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        buttons.addButton("Make trials", QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.accepted.connect(self._on_accepted)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(picker)
        layout.addWidget(buttons)

    def _on_accepted(self) -> None:
        self.chosen.emit(self._picker.values())
        self.accept()


class TextDialog(QDialog):
    """A text to read, written in Markdown; links between its files work."""

    def __init__(
        self, title: str, markdown: str = "", folder: Path | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.resize(760, 600)
        self.browser = QTextBrowser()
        self.browser.setOpenExternalLinks(False)
        if folder is not None:
            self.browser.setSearchPaths([str(folder)])
        self.browser.setMarkdown(markdown)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(self.browser)
        layout.addWidget(self.buttons)
