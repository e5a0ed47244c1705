"""Numbers as the user types them: with the decimal sign of his language, or with a point."""

from __future__ import annotations

import re

from PySide6.QtCore import QLocale
from PySide6.QtGui import QValidator
from PySide6.QtWidgets import QDoubleSpinBox

_GROUPED = re.compile(r"[+-]?\d{1,3}(?:\.\d{3})+")
_TYPED = re.compile(r"[\d.,+\-eE]*")
_BETWEEN_DIGITS = re.compile(r"\d,\d")


class UnclearNumberError(ValueError):
    """A number that can be read in two ways; the text says how to write it."""


def plain_number(text: str, locale: QLocale | None = None) -> str:
    """Give a number as it is written with a decimal point; what is no number stays as it is.

    Parameters
    ----------
    text : str
        What the user typed, in a language with a decimal comma for example ``0,5``, ``0.5`` or ``1.250,5``.
    locale : QLocale, optional
        The user's language; left out, the program's.

    Raises
    ------
    UnclearNumberError
        A point might separate thousands or decimals.
    """
    text = text.strip()
    if (locale or QLocale()).decimalPoint() != ",":
        return text
    whole, comma, decimals = text.partition(",")
    if comma:
        grouped = _GROUPED.fullmatch(whole)
        return f"{whole.replace('.', '') if grouped else whole}.{decimals}"
    if _GROUPED.fullmatch(text) and not text.lstrip("+-").startswith("0."):
        digits = text.replace(".", "")
        if text.count(".") == 1:
            raise UnclearNumberError(
                f"Write {text.replace('.', ',')} or {digits}: the point can mean either."
            )
        return digits
    return text


def plain_numbers(text: str) -> str:
    """Give several numbers with decimal points and commas between them.

    Where the decimal sign is a comma, they are separated by semicolons; commas do too as long as no digit follows.

    Raises
    ------
    UnclearNumberError
        A comma might separate numbers or decimals, or a point thousands or decimals.
    """
    if QLocale().decimalPoint() != ",":
        return text
    if ";" in text:
        return ", ".join(map(plain_number, text.split(";")))
    if _BETWEEN_DIGITS.search(text):
        raise UnclearNumberError("Write semicolons between several numbers: 0,5; 2")
    return ", ".join(map(plain_number, text.split(",")))


def local_number(text: str) -> str:
    """Give a number that is written with a decimal point as the user writes it."""
    return text.replace(".", QLocale().decimalPoint())


def local_numbers(text: str) -> str:
    """Give numbers with decimal points and commas between them as the user writes them."""
    if QLocale().decimalPoint() != ",":
        return text
    return "; ".join(local_number(part.strip()) for part in text.split(","))


class NumberField(QDoubleSpinBox):
    """A number with its unit; Qt's own field takes the point of 0.5 in German for one between thousands."""

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
            return float(plain_number(self._bare(text), self.locale()))
        except ValueError:
            return None
