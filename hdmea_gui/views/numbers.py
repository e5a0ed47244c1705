"""Numbers as the user types them: always shown with a decimal point, also accepted with a decimal comma."""

from __future__ import annotations

import re
from typing import Any

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent, QValidator
from PySide6.QtWidgets import QDoubleSpinBox, QToolTip, QWidget

from hdmea_gui.views.wheel import ignore_wheel

_GROUPED = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")  # 1,250 can be 1250 or 1.25
_WITH_COMMA = re.compile(r"[+-]?\d*,\d*(?:[eE][+-]?\d+)?")
_TYPED = re.compile(r"[\d.,+\-eE]*")
_BETWEEN_DIGITS = re.compile(r"\d,\d")


class UnclearNumberError(ValueError):
    """Ambiguous number; the message says how to write it."""


def plain_number(text: str) -> str:
    """Return a typed number with a decimal point; any other text is returned unchanged.

    Parameters
    ----------
    text : str
        What the user typed, for example ``0.5`` or ``0,5``.

    Raises
    ------
    UnclearNumberError
        A comma could separate thousands or decimals.
    """
    text = text.strip()
    if _GROUPED.fullmatch(text):
        point, digits = text.replace(",", "."), text.replace(",", "")
        raise UnclearNumberError(f"Write {point} or {digits}: the comma is ambiguous.")
    return text.replace(",", ".") if _WITH_COMMA.fullmatch(text) else text


def plain_numbers(text: str) -> str:
    """Return several typed numbers with decimal points, separated by commas.

    They may be typed with semicolons between them, or with commas that cannot be decimal commas.

    Raises
    ------
    UnclearNumberError
        A comma could separate numbers, thousands or decimals.
    """
    if ";" in text:
        return ", ".join(map(plain_number, text.split(";")))
    if _BETWEEN_DIGITS.search(text) and "." not in text:  # after a decimal point, commas only separate
        raise UnclearNumberError("Separate the numbers with semicolons: 0.5; 2")
    return text


class NumberField(QDoubleSpinBox):
    """Input of a number with its unit, within limits.

    A text that is no such number stays as typed, and Return is refused, until it is corrected; Qt would put the last
    number in its place without a word.
    """

    def __init__(self, parent: QWidget | None = None, **properties: Any) -> None:
        super().__init__(parent, **properties)
        ignore_wheel(self, with_focus=False)

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        """Return whether a text is a number within the limits, or could become one."""
        value = self._value(text)
        if value is not None and self.minimum() <= value <= self.maximum():
            return QValidator.State.Acceptable, text, position
        may_become = _TYPED.fullmatch(self._bare(text)) is not None
        return QValidator.State.Intermediate if may_become else QValidator.State.Invalid, text, position

    def valueFromText(self, text: str) -> float:  # noqa: N802 - Qt's name
        """Return the number, or the present value if the text is not a number."""
        value = self._value(text)
        return self.value() if value is None else value

    def fault(self) -> str:
        """Return why the typed text cannot be taken; empty if it can."""
        bare = self._bare(self.text())
        if self.hasAcceptableInput() or (not bare and self.specialValueText()):
            return ""
        try:
            plain_number(bare)
        except UnclearNumberError as unclear:
            return str(unclear)
        return f"Enter a number from {self.minimum():g} to {self.maximum():g}."

    def show_fault(self) -> None:
        """Go to the field and say why its text cannot be taken."""
        self.setFocus()
        QToolTip.showText(self.mapToGlobal(self.rect().bottomLeft()), self.fault(), self)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Say what is wrong on Return, rather than put the last number in its place."""
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and self.fault():
            self.show_fault()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802 - Qt's name
        """Keep a text that cannot be taken."""
        if self.fault():
            self.lineEdit().event(event)
        else:
            super().focusOutEvent(event)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Keep a text that cannot be taken while another window is in front."""
        if event.type() == QEvent.Type.ActivationChange and self.fault():
            QWidget.changeEvent(self, event)
        else:
            super().changeEvent(event)

    def fixup(self, text: str) -> str:
        """Return the text unchanged."""
        return text

    def _bare(self, text: str) -> str:
        return text.removesuffix(self.suffix()).removesuffix(self.suffix().strip()).strip()

    def _value(self, text: str) -> float | None:
        try:
            return float(plain_number(self._bare(text)))
        except ValueError:
            return None
