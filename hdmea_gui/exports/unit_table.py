"""The unit table as comma-separated values."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

from hdmea_gui.errors import DataLoadError, SessionError
from hdmea_gui.exports.cells import from_cell
from hdmea_gui.exports.data_export import DataExport
from hdmea_gui.file_replacement import replacing

if TYPE_CHECKING:
    import os

    from hdmea_gui.exports.excerpt import UnitExcerpt
    from hdmea_gui.session import Snapshot

# With a byte-order mark, without which Excel does not recognise UTF-8.
_ENCODING = "utf-8-sig"


def write_unit_table(path: Path, _snapshot: Snapshot, excerpt: UnitExcerpt) -> None:
    """Write units as comma-separated values in UTF-8, completely or not at all; the first line has the names.

    Texts that a spreadsheet program would run as formulas get an apostrophe before them.

    Raises
    ------
    SessionError
        The file cannot be written; an existing one is left unchanged.
    """
    try:
        with replacing(path) as temporary, temporary.open("w", encoding=_ENCODING, newline="") as file:
            writer = csv.writer(file)
            writer.writerow(excerpt.header())
            writer.writerows(excerpt.rows())
    except OSError as error:
        raise SessionError(
            f"The table was not written to {path}: {error.strerror or error}. Choose another folder or free some space."
        ) from error


def read_unit_table(path: str | os.PathLike[str]) -> dict[str, list[str]]:
    """Read the texts of each column of an exported unit table, as they were before the export.

    Raises
    ------
    DataLoadError
        The file cannot be read.
    """
    path = Path(path)
    try:
        with path.open(encoding=_ENCODING, newline="") as file:
            names, *rows = csv.reader(file)
        columns = zip(*rows, strict=True) if rows else ([] for _ in names)
        return {
            from_cell(name): [from_cell(cell) for cell in cells]
            for name, cells in zip(names, columns, strict=True)
        }
    except (OSError, ValueError, csv.Error) as error:
        raise DataLoadError(f"{path} is not a unit table written by this program.", path, error) from error


UNIT_TABLE = DataExport(
    key="table",
    title="Unit Table (CSV)",
    tip="Save the unit table as a CSV file.",
    suffixes=(".csv",),
    write=write_unit_table,
)
