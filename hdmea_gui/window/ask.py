"""Questions that must be answered: files, overwriting, unsaved work."""

from __future__ import annotations

import re
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QAbstractButton, QFileDialog, QInputDialog, QLabel, QMessageBox, QWidget

from hdmea_gui.window.file_kinds import any_hdf5, sessions

if TYPE_CHECKING:
    from hdmea_gui.workers.failure import Failure


class Unsaved(Enum):
    """Answers to the question about unsaved work."""

    SAVE = "save"
    DISCARD = "discard"
    CANCEL = "cancel"


class Ask:
    """Questions to the user. All modal dialogs are here, so that tests can answer in the user's place.

    Parameters
    ----------
    parent : QWidget
        Parent window of the dialogs.
    """

    def __init__(self, parent: QWidget) -> None:
        self._parent = parent

    def session_to_open(self, folder: Path) -> Path | None:
        """Ask for a session or checkpoint."""
        return self.existing("Open Session or Checkpoint", folder, sessions())

    def file_to_look_into(self, folder: Path) -> Path | None:
        """Ask for any HDF5 file."""
        return self.existing("Browse a File", folder, any_hdf5())

    def place_to_save(self, title: str, suggestion: Path, kinds: str = "") -> Path | None:
        """Ask where to save; replacing an existing file has been confirmed when its path is returned."""
        kinds = kinds or sessions()
        text, kind = QFileDialog.getSaveFileName(self._parent, title, str(suggestion), kinds)
        if not text:
            return None
        path = _with_suffix(Path(text), suggestion.suffix, kind, kinds)
        is_other = str(path) != text  # which the dialog has not asked about
        return None if is_other and path.exists() and not self.may_replace(path) else path

    def may_replace(self, path: Path) -> bool:
        """Ask whether an existing file may be replaced."""
        box = self._box(f"{path.name} already exists.", f"Replace {path}?", QMessageBox.Icon.Warning)
        replace = box.addButton("Replace", QMessageBox.ButtonRole.DestructiveRole)
        box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
        return self._answer(box) is replace

    def unsaved(self, name: str) -> Unsaved:
        """Ask what to do with unsaved changes."""
        box = self._box(
            f"{name} has unsaved changes.", "Save them before you continue?", QMessageBox.Icon.Warning
        )
        answers = {
            box.addButton("Save", QMessageBox.ButtonRole.AcceptRole): Unsaved.SAVE,
            box.addButton("Discard", QMessageBox.ButtonRole.DestructiveRole): Unsaved.DISCARD,
        }
        cancel = box.addButton(QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(next(iter(answers)))
        box.setEscapeButton(cancel)
        given = self._answer(box)
        return next((answer for button, answer in answers.items() if button is given), Unsaved.CANCEL)

    def may(self, question: str, explanation: str, verb: str) -> bool:
        """Ask whether to do something that interrupts or replaces; the verb is the label of the button.

        Return means Cancel: a key pressed for something else must not do it.
        """
        box = self._box(question, explanation, QMessageBox.Icon.Question)
        do = box.addButton(verb, QMessageBox.ButtonRole.AcceptRole)
        box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
        return self._answer(box) is do

    def text(self, title: str, label: str, suggestion: str = "") -> str | None:
        """Ask for a line of text."""
        text, accepted = QInputDialog.getText(self._parent, title, label, text=suggestion)
        return text if accepted else None

    def show_failure(self, failure: Failure) -> None:
        """Show an error; its details can be opened and copied."""
        box = self._box(failure.message, "", QMessageBox.Icon.Critical)
        box.setDetailedText(failure.details)
        copy = box.addButton("Copy details", QMessageBox.ButtonRole.ActionRole)
        box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Close))
        if self._answer(box) is copy:
            QGuiApplication.clipboard().setText(f"{failure.message}\n\n{failure.details}")

    def existing(self, title: str, folder: Path, kinds: str) -> Path | None:
        """Ask for an existing file."""
        text, _ = QFileDialog.getOpenFileName(self._parent, title, str(folder), kinds)
        return Path(text) if text else None

    def _box(self, text: str, explanation: str, icon: QMessageBox.Icon) -> QMessageBox:
        box = QMessageBox(self._parent)
        box.setWindowTitle(QGuiApplication.applicationDisplayName())
        box.setIcon(icon)
        box.setText(text)
        box.setInformativeText(explanation)
        for label in box.findChildren(QLabel):
            label.setTextFormat(Qt.TextFormat.PlainText)  # names of files may look like HTML
        return box

    def _answer(self, box: QMessageBox) -> QAbstractButton | None:
        """Show a box and return the button pressed; the box is deleted, or it would stay as long as the window.

        Once the window is closed, the answer is Cancel without a box: alone, it would keep the program running.
        """
        if self._parent.isVisible():
            box.exec()
        box.deleteLater()
        return box.clickedButton()


def _with_suffix(path: Path, suggested: str, kind: str, kinds: str) -> Path:
    """Return a path with a matching suffix: names contain dots, and choosing a file type does not change the name."""
    own, chosen = path.suffix.lower(), _endings(kind)
    if own == suggested and chosen and own not in chosen:
        return path.with_suffix(chosen[0])
    if own in _endings(kinds):
        return path
    return path.with_name(path.name + (chosen[0] if chosen else suggested))


def _endings(kinds: str) -> list[str]:
    """Return the suffixes in a text such as "Tables (*.csv *.txt);;All files (*)"."""
    return re.findall(r"\*(\.\w+)", kinds)
