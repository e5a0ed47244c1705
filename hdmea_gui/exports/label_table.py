"""Labels and notes read back from a table: one exported by this program, perhaps edited in a spreadsheet since."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hdmea_gui.errors import DataLoadError
from hdmea_gui.exports.cells import from_cell
from hdmea_gui.session.unit import USERS_FIELDS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from pathlib import Path

_DELIMITERS = ",;\t"
"""Spreadsheets write semicolons in countries with decimal commas."""

_NAMED = 5
"""Number of units that a message names."""


@dataclass(frozen=True)
class LabelTable:
    """Labels and notes of a table that fit a recording.

    Parameters
    ----------
    values : mapping
        Text by unit id, for each field that the table has (``label``, ``note``).
    problems : tuple of str
        What does not match, one sentence each.
    """

    values: Mapping[str, Mapping[str, str]]
    problems: tuple[str, ...]


def read_labels(path: Path, unit_ids: Collection[str]) -> LabelTable:
    """Read the labels and notes of units from a table with the columns ``id`` and ``label``, ``note`` or both.

    Parameters
    ----------
    path : Path
        The table: comma, semicolon or tab separated.
    unit_ids : collection of str
        Ids of the recording's units.

    Raises
    ------
    DataLoadError
        The file cannot be read, or lacks these columns.
    """
    rows = _rows_of(path)
    names = [from_cell(name).strip().casefold() for name in rows[0]] if rows else []
    fields = [field for field in USERS_FIELDS if names.count(field) == 1]
    if names.count("id") != 1 or not fields:
        raise DataLoadError(
            f"{path.name} has no labels: a table needs one column 'id' and one column 'label' or 'note'. "
            "File > Export > Unit Table writes such a table.",
            path,
        )
    whole = [row for row in rows[1:] if len(row) == len(names)]
    n_broken = sum(bool(row) for row in rows[1:]) - len(whole)
    cells = [dict(zip(names, map(from_cell, row), strict=True)) for row in whole]
    named = [row["id"].strip() for row in cells]
    several = {unit_id for unit_id, count in Counter(named).items() if count > 1}
    unknown = list(dict.fromkeys(unit_id for unit_id in named if unit_id not in unit_ids))
    fitting = {
        unit_id: row
        for unit_id, row in zip(named, cells, strict=True)
        if unit_id in unit_ids and unit_id not in several
    }
    left = [unit_id for unit_id in unit_ids if unit_id not in set(named)]
    problems = (
        (unknown, "in the table but not in the recording"),
        (sorted(several & set(unit_ids)), "in the table more than once, and not imported"),
        (left, "in the recording but not in the table, and left as before"),
    )
    messages = [f"{_listed(units)}: {words}." for units, words in problems if units]
    if n_broken:
        messages.append(f"Rows with other numbers of cells than the first line, not imported: {n_broken}.")
    values = {field: {unit_id: row[field].strip() for unit_id, row in fitting.items()} for field in fields}
    return LabelTable(values, tuple(messages))


def _rows_of(path: Path) -> list[list[str]]:
    try:
        raw = path.read_bytes()
        try:
            text = raw.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = raw.decode("cp1252")  # in which older spreadsheets save
        first = text.partition("\n")[0]
        delimiter = max(_DELIMITERS, key=first.count)
        # not splitlines, which also splits at characters that a note may contain, such as a line separator
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except OSError as error:
        raise DataLoadError(f"{path} cannot be read: {error.strerror or error}.", path, error) from error
    except (ValueError, csv.Error) as error:
        raise DataLoadError(f"{path.name} is not a table: {error}.", path, error) from error


def _listed(units: Iterable[str]) -> str:
    names = list(units)
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
