"""Reads files in JSON, and says in the user's words why one cannot be read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from hdmea_gui.errors import DataLoadError

if TYPE_CHECKING:
    from pathlib import Path


def read_json(path: Path, what: str) -> Any:
    """Read a file in JSON.

    Parameters
    ----------
    path : Path
        The file.
    what : str
        What it is to be, in words that complete "is no readable ...".

    Raises
    ------
    DataLoadError
        It cannot be read, or is no JSON.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise DataLoadError(f"{path} is no readable {what}: {_reason(error)}.", path, error) from error


def _reason(error: Exception) -> str:
    if isinstance(error, OSError):
        return error.strerror or str(error)
    if isinstance(error, UnicodeDecodeError):
        return "it is no text in UTF-8"
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} (line {error.lineno}, column {error.colno})"
    return "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
