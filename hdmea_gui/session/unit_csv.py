"""The unit table as text: columns taken from a session, and the CSV file written from them."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hdmea_gui.errors import SessionError
from hdmea_gui.file_replacement import replacing
from hdmea_gui.session.column_values import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

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
        """Return the texts of each row: numbers in full with a decimal point, empty for missing values."""
        texts = [_texts(vector, kind) for vector, kind in zip(self.vectors, self.kinds, strict=True)]
        return zip(*texts, strict=True)

    def tab_separated(self) -> str:
        """Return the names and the rows for the clipboard; tabs and line breaks in texts become spaces."""
        lines = [self.names, *self.rows()]
        return "\n".join("\t".join(" ".join(cell.split()) for cell in line) for line in lines) + "\n"


def _texts(values: NDArray[Any], kind: Kind) -> list[str]:
    if kind == "text":
        return [str(value) for value in values]
    if kind == "bool":
        return ["" if np.isnan(value) else "true" if value else "false" for value in values]
    return [_digits(float(value)) for value in values]


def _digits(value: float) -> str:
    """All significant digits of a number; whole numbers without a decimal point."""
    if value != value:  # noqa: PLR0124 - only NaN differs from itself
        return ""
    # Below 2**53 every whole number is exact in float64; repr returns the shortest text that reads back the same.
    return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)


def write_unit_csv(path: Path, excerpt: UnitExcerpt) -> None:
    """Write units as comma-separated values in UTF-8, completely or not at all.

    Parameters
    ----------
    path
        The file to create or replace.
    excerpt
        Its contents; the first line has the names.

    Raises
    ------
    SessionError
        The file cannot be written; an existing one is left unchanged.
    """
    try:
        with replacing(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(excerpt.names)
            writer.writerows(excerpt.rows())
    except OSError as error:
        raise SessionError(
            f"The table was not written to {path}: {error.strerror or error}. Choose another folder or free some space."
        ) from error
