"""Numbers as the user types them: shown with a decimal point everywhere, taken with a decimal comma too."""

from __future__ import annotations

import re

from PySide6.QtGui import QValidator
from PySide6.QtWidgets import QDoubleSpinBox

_GROUPED = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")
_WITH_COMMA = re.compile(r"[+-]?\d*,\d*(?:[eE][+-]?\d+)?")
_TYPED = re.compile(r"[\d.,+\-eE]*")
_BETWEEN_DIGITS = re.compile(r"\d,\d")


class UnclearNumberError(ValueError):
    """A number that can be read in two ways; the text says how to write it."""


def plain_number(text: str) -> str:
    """Give a number as it is written with a decimal point; what is no number stays as it is.

    Parameters
    ----------
    text : str
        What the user typed, for example ``0.5`` or ``0,5``.

    Raises
    ------
    UnclearNumberError
        A comma might separate thousands or decimals.
    """
    text = text.strip()
    if _GROUPED.fullmatch(text):
        point, digits = text.replace(",", "."), text.replace(",", "")
        raise UnclearNumberError(f"Write {point} or {digits}: the comma can mean either.")
    return text.replace(",", ".") if _WITH_COMMA.fullmatch(text) else text


def plain_numbers(text: str) -> str:
    """Give several numbers with decimal points and commas between them.

    Semicolons separate them, or commas as long as these cannot be decimal ones.

    Raises
    ------
    UnclearNumberError
        A comma might separate numbers, thousands or decimals.
    """
    if ";" in text:
        return ", ".join(map(plain_number, text.split(";")))
    if _BETWEEN_DIGITS.search(text) and "." not in text:
        raise UnclearNumberError("Write a semicolon between two numbers: 0.5; 2")
    return text


class NumberField(QDoubleSpinBox):
    """A number with its unit, between limits."""

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        """Tell whether a text is a number within the limits, or may become one."""
        value = self._value(text)
        if value is not None and self.minimum() <= value <= self.maximum():
            return QValidator.State.Acceptable, text, position
        may_become = _TYPED.fullmatch(self._bare(text)) is not None
        return QValidator.State.Intermediate if may_become else QValidator.State.Invalid, text, position

    def valueFromText(self, text: str) -> float:  # noqa: N802 - Qt's name
        """Give the number; the present one where the text is none."""
        value = self._value(text)
        return self.value() if value is None else value

    def fixup(self, text: str) -> str:
        """Leave a text as it is: what is no number gives way to the one before."""
        return text

    def _bare(self, text: str) -> str:
        return text.removesuffix(self.suffix()).removesuffix(self.suffix().strip()).strip()

    def _value(self, text: str) -> float | None:
        try:
            return float(plain_number(self._bare(text)))
        except ValueError:
            return None
