"""Columns of some units, taken from a session for an export or the clipboard."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hdmea_gui.exports.cells import as_cell
from hdmea_gui.session.column_values import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from hdmea_gui.session.columns import Column


@dataclass(frozen=True)
class UnitExcerpt:
    """Columns of some units; it may be read from any thread.

    Parameters
    ----------
    names
        Names of the columns.
    kinds
        Kind of each column's values.
    vectors
        float64 or object (n_units,) per column, in the order of the rows.
    """

    names: tuple[str, ...]
    kinds: tuple[Kind, ...]
    vectors: tuple[NDArray[Any], ...]

    @classmethod
    def of(cls, columns: Iterable[Column], rows: NDArray[np.intp] | None = None) -> UnitExcerpt:
        """Take the values of columns, of all units or of some rows in their order."""
        chosen = list(columns)
        vectors = tuple(column.values if rows is None else column.values[rows] for column in chosen)
        names = tuple(column.name for column in chosen)
        return cls(names, tuple(column.kind for column in chosen), vectors)

    def rows(self) -> Iterator[Sequence[str]]:
        """Return the cells of each row: numbers in full with a decimal point, empty for missing values."""
        texts = [_texts(vector, kind) for vector, kind in zip(self.vectors, self.kinds, strict=True)]
        return zip(*texts, strict=True)

    def header(self) -> tuple[str, ...]:
        """Return the names of the columns as cells."""
        return tuple(map(as_cell, self.names))

    def tab_separated(self) -> str:
        """Return the names and the rows for the clipboard; tabs and line breaks in texts become spaces."""
        lines = [self.header(), *self.rows()]
        return "\n".join("\t".join(" ".join(cell.split()) for cell in line) for line in lines) + "\n"


def _texts(values: NDArray[Any], kind: Kind) -> list[str]:
    if kind == "text":
        return [as_cell(str(value)) for value in values]
    if kind == "bool":
        return ["" if np.isnan(value) else "true" if value else "false" for value in values]
    return [_digits(float(value)) for value in values]


def _digits(value: float) -> str:
    """All significant digits of a number; whole numbers without a decimal point."""
    if value != value:  # noqa: PLR0124 - only NaN differs from itself
        return ""
    # Below 2**53 every whole number is exact in float64; repr returns the shortest text that reads back the same.
    return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)
