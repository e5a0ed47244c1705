"""Texts in tables for spreadsheet programs: one that would be run as a formula gets an apostrophe before it."""

from __future__ import annotations

# Also their full-width forms, which Excel takes for the same.
_BEGIN_FORMULAS = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_MARK = "'"


def as_cell(text: str) -> str:
    """Return a text as a cell that no spreadsheet program runs; `from_cell` gives the text back.

    Examples
    --------
    >>> as_cell("=1+1"), as_cell("ON alpha"), as_cell("'quoted'")
    ("'=1+1", 'ON alpha', "''quoted'")
    """
    is_run = text.lstrip().startswith(_BEGIN_FORMULAS) or text.startswith(("\t", "\r", "\n"))
    return _MARK + text if is_run or text.startswith(_MARK) else text


def from_cell(cell: str) -> str:
    """Return the text of a cell that `as_cell` made."""
    return cell.removeprefix(_MARK)
