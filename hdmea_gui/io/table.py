"""Text tables (CSV) as people and spreadsheets write them."""

from __future__ import annotations

import codecs
import csv
import re
from dataclasses import dataclass
from io import StringIO
from typing import TYPE_CHECKING

from hdmea_gui.errors import DataLoadError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_SEPARATORS = ",;\t|"
# Excel's own first line, which names the separator; the heading shows it as well.
_DECLARATION = re.compile(r'\A(\s*)"?sep=.[",;\t| ]*(?=[\r\n])', re.IGNORECASE)
_NOT_TEXT = re.compile("[\0-\x08\x0e-\x1f]")
_TOO_LONG = 200


@dataclass(frozen=True)
class Row:
    """One row of a table.

    Attributes
    ----------
    line
        Number of its last line in the file, from 1.
    cells
        Its wanted cells by the name of their column.
    beside
        The cell to the right of the last wanted column; empty if there is none.
    text
        The whole row for messages, shortened.
    """

    line: int
    cells: dict[str, str]
    beside: str
    text: str


def read_table(path: Path, columns: tuple[str, ...]) -> list[Row]:
    """Read the rows in which any wanted column is filled.

    Separator, encoding and line ends are recognised; blank lines, and a first line such as ``sep=;``, are skipped.

    Parameters
    ----------
    path
        The table.
    columns
        Names of the wanted columns, in lower case.

    Raises
    ------
    DataLoadError
        The file cannot be read or lacks a column, or a row has more cells than there are columns or lacks its name,
        the first wanted column.
    """
    text = _DECLARATION.sub(r"\1", _text(path))
    try:
        rows = list(_filled_rows(text, _separator(text, columns)))
    except csv.Error as error:
        raise DataLoadError(f"{path} is not a text table (CSV). Choose another file.", path, error) from error
    heading = list(map(_heading, rows[0][1])) if rows else []
    _check_columns(heading, columns, path)
    read = (_row(line, cells, heading, columns, path) for line, cells in rows[1:])
    return [row for row in read if any(row.cells.values())]


def row_error(path: Path, line: int, problem: str, text: str) -> DataLoadError:
    """Return an error that names the file, the line, the problem and the text of the row."""
    return DataLoadError(f"{path}, line {line}: {problem} The line reads: {text}", path)


def shortened(text: str) -> str:
    """Return a text cut to a length that fits into a message."""
    return text if len(text) <= _TOO_LONG else f"{text[:_TOO_LONG]} ..."


def _separator(text: str, columns: tuple[str, ...]) -> str:
    """Separator with which the heading has the wanted columns; the comma if there is none."""
    for sign in _SEPARATORS:
        _, cells = next(_filled_rows(text, sign), (0, []))
        if set(columns) <= set(map(_heading, cells)):
            return sign
    return next((sign for sign in ";\t" if sign in text.strip().split("\n", 1)[0]), ",")


def _filled_rows(text: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(StringIO(text, newline=""), delimiter=separator, skipinitialspace=True)
    for cells in reader:
        stripped = [cell.strip() for cell in cells]
        if any(stripped):
            yield reader.line_num, stripped


def _heading(cell: str) -> str:
    return "_".join(cell.lower().split())


def _check_columns(heading: list[str], wanted: tuple[str, ...], path: Path) -> None:
    missing = [name for name in wanted if name not in heading]
    if missing:
        there = shortened(", ".join(filter(None, heading))) or "none"
        raise DataLoadError(f"{path} has no column '{missing[0]}'. Its columns are: {there}.", path)
    twice = [name for name in wanted if heading.count(name) > 1]
    if twice:
        raise DataLoadError(f"{path} has the column '{twice[0]}' twice. Keep only the correct one.", path)


def _row(line: int, cells: list[str], heading: list[str], columns: tuple[str, ...], path: Path) -> Row:
    text = shortened(" | ".join(cells))
    names = heading + [""] * (len(cells) - len(heading))
    homeless = [cell for cell, name in zip(cells, names, strict=False) if cell and not name]
    if homeless:
        raise row_error(
            path,
            line,
            f"'{shortened(homeless[0])}' is in no column. A cell that contains the separator must be in quotes.",
            text,
        )
    padded = cells + [""] * (len(heading) + 1 - len(cells))
    wanted = {name: padded[heading.index(name)] for name in columns}
    if any(wanted.values()) and not wanted[columns[0]]:
        raise row_error(
            path, line, f"it has no {columns[0]}. What belongs to the row above must be in that row.", text
        )
    return Row(line, wanted, padded[heading.index(columns[-1]) + 1], text)


def _text(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        reason = error.strerror or "it does not exist"
        raise DataLoadError(f"{path} cannot be read: {reason}. Choose another file.", path, error) from error
    try:
        text = _decoded(content)
    except UnicodeDecodeError as error:
        raise _no_text(path, error) from error
    if _NOT_TEXT.search(text):
        raise _no_text(path, None)
    return text.replace("\ufeff", "")


def _decoded(content: bytes) -> str:
    """Text in UTF-8, in UTF-16 (Excel's "Unicode text") or in the code page of Western Windows (Excel's "CSV")."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16")
    half = len(content) // 2
    for zeros, encoding in ((content[1::2], "utf-16-le"), (content[::2], "utf-16-be")):
        if half and zeros.count(0) > 0.8 * half and content.count(0) < 1.2 * half:
            return content.decode(encoding)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252")


def _no_text(path: Path, error: Exception | None) -> DataLoadError:
    return DataLoadError(
        f"{path} is not a text table. Save it as 'CSV UTF-8', or choose another file.", path, error
    )
