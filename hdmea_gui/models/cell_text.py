"""Texts of the cells and headers of the unit table; the numbers of a column share one format."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hdmea_gui.session.columns import Column

MISSING = "–"
ARROWS = {False: " ▲", True: " ▼"}
"""Suffix of the title of the sorted column, ascending or descending."""

_SIGNIFICANT = 3
_MOST_DECIMALS = 4
_LARGE = 1e7
_LONG_TITLE = 14


@dataclass(frozen=True)
class NumberFormat:
    """Format of all numbers in one column.

    Parameters
    ----------
    decimals : int
        Digits after the point.
    """

    decimals: int

    @classmethod
    def fitting(cls, values: NDArray[Any]) -> NumberFormat:
        """Return the format that shows typical values of a column with three digits; whole numbers get no decimals."""
        sizes = np.abs(values[np.isfinite(values)])
        if not sizes.size or (np.mod(sizes, 1) == 0).all():
            return cls(0)
        typical = float(np.median(sizes[sizes > 0]))  # zeros have no magnitude
        magnitude = int(np.floor(np.log10(typical)))
        return cls(min(max(_SIGNIFICANT - 1 - magnitude, 1), _MOST_DECIMALS))

    def text(self, value: float) -> str:
        """Return a number as text; very large and very small ones have an exponent."""
        if np.isnan(value):
            return MISSING
        size = abs(value)
        if np.isinf(value):
            return "∞" if value > 0 else "-∞"
        if size >= _LARGE or 0 < size < 0.5 * 10.0**-self.decimals:
            return f"{value:.{_SIGNIFICANT}g}"
        return f"{value:.{self.decimals}f}"


class CellTexts:
    """Texts of the values of columns, with a decimal point and without thousands separators."""

    def __init__(self) -> None:
        self._formats: dict[str, tuple[NDArray[Any], NumberFormat]] = {}

    def text(self, column: Column, value: Any) -> str:
        """Return the text of a value in a cell."""
        if column.kind == "text":
            return str(value)
        if column.kind == "bool":
            return MISSING if np.isnan(value) else "yes" if value else "no"
        return self._format(column).text(float(value))

    def in_full(self, column: Column, value: Any) -> str:
        """Return a value with up to ten digits, its name and its unit."""
        if column.kind == "text":
            return str(value)
        if np.isnan(value):
            return f"{column.name}: no value"
        is_number = column.kind == "number"
        digits = f"{float(value):.10g}" if is_number else self.text(column, value)
        return f"{column.name}: {digits} {column.unit}".rstrip()

    def longest(self, column: Column) -> str:
        """Return the text of a column's widest cell, or nearly the widest."""
        values = column.values
        if column.kind == "text":
            return max(values.tolist(), key=len, default="")
        held = values[~np.isnan(values)]
        extremes = (held.min(), held.max()) if held.size else ()
        return max((self.text(column, value) for value in extremes), key=len, default=MISSING)

    def _format(self, column: Column) -> NumberFormat:
        values, form = self._formats.get(column.key, (None, NumberFormat(0)))
        if values is not column.values:
            form = NumberFormat.fitting(column.values)
            self._formats[column.key] = (column.values, form)
        return form


def header_text(column: Column) -> str:
    """Return a column's title; a long one is broken into two lines before its last part."""
    qualifier, _, name = column.title.rpartition(".")
    return f"{qualifier}.\n{name}" if qualifier and len(column.title) > _LONG_TITLE else column.title
