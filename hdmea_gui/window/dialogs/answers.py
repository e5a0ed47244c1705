"""The buttons that end a dialog."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QDialogButtonBox

from hdmea_gui.views.explain import explain

if TYPE_CHECKING:
    from PySide6.QtWidgets import QDialog, QPushButton


def allow(button: QPushButton, why_not: str = "") -> None:
    """Let a button be pressed, or say why it cannot be."""
    button.setEnabled(not why_not)
    button.setToolTip(why_not or button.whatsThis())


class Answers(QDialogButtonBox):
    """Buttons below a dialog: one that leaves it, and those that do something.

    Parameters
    ----------
    dialog : QDialog
        The dialog.
    is_question : bool
        Whether it may be left without an answer (Cancel); else there is none to give (Close).
    """

    def __init__(self, dialog: QDialog, *, is_question: bool = True) -> None:
        super().__init__(dialog)
        standard = QDialogButtonBox.StandardButton
        leave = self.addButton(standard.Cancel if is_question else standard.Close)
        explain(leave, "Leave everything as it is." if is_question else "Close this window.")
        self.accepted.connect(dialog.accept)
        self.rejected.connect(dialog.reject)

    def answer(self, verb: str, words: str) -> QPushButton:
        """Add the button that takes what the dialog shows."""
        button = self._add(verb, words, QDialogButtonBox.ButtonRole.AcceptRole)
        button.setDefault(True)  # also where it waits for something: Return never means Cancel
        return button

    def deed(self, verb: str, words: str) -> QPushButton:
        """Add a button that does something without ending the dialog."""
        return self._add(verb, words, QDialogButtonBox.ButtonRole.ActionRole)

    def _add(self, verb: str, words: str, role: QDialogButtonBox.ButtonRole) -> QPushButton:
        button = self.addButton(verb, role)
        explain(button, words)
        return button
