"""The buttons at the bottom of a dialog."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QDialogButtonBox

from hdmea_gui.views.explain import explain
from hdmea_gui.views.numbers import NumberField

if TYPE_CHECKING:
    from PySide6.QtWidgets import QDialog, QPushButton


def allow(button: QPushButton, why_not: str = "") -> None:
    """Enable a button, or disable it and show the reason."""
    button.setEnabled(not why_not)
    button.setToolTip(why_not or button.whatsThis())


class Answers(QDialogButtonBox):
    """Buttons at the bottom of a dialog: one that closes it, and those that do something.

    Make them after the fields have been put into the dialog: the first widget made in it gets the focus.

    Parameters
    ----------
    dialog : QDialog
        The dialog.
    is_question : bool
        Whether the dialog asks for an answer (Cancel leaves it) or only shows something (Close).
    """

    def __init__(self, dialog: QDialog, *, is_question: bool = True) -> None:
        super().__init__(dialog)
        standard = QDialogButtonBox.StandardButton
        leave = self.addButton(standard.Cancel if is_question else standard.Close)
        explain(leave, "Close without changing anything." if is_question else "Close this window.")
        leave.setDefault(not is_question)
        self._dialog = dialog
        self.accepted.connect(self._on_accepted)
        self.rejected.connect(dialog.reject)

    def answer(self, verb: str, words: str) -> QPushButton:
        """Add the button that accepts the dialog."""
        button = self._add(verb, words, QDialogButtonBox.ButtonRole.AcceptRole)
        button.setDefault(True)  # even while disabled, else Return would press Cancel
        return button

    def command(self, verb: str, words: str) -> QPushButton:
        """Add a button that does something without closing the dialog."""
        return self._add(verb, words, QDialogButtonBox.ButtonRole.ActionRole)

    def _on_accepted(self) -> None:
        """Accept the dialog, unless a number in it cannot be taken as typed."""
        wrong = next((field for field in self._dialog.findChildren(NumberField) if field.fault()), None)
        if wrong is not None:
            wrong.show_fault()
        else:
            self._dialog.accept()

    def _add(self, verb: str, words: str, role: QDialogButtonBox.ButtonRole) -> QPushButton:
        button = self.addButton(verb, role)
        explain(button, words)
        return button
