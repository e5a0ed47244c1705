"""Reading of JSON files, with errors that the user can act on."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from hdmea_gui.errors import DataLoadError

if TYPE_CHECKING:
    from pathlib import Path


def read_json(path: Path, what: str) -> Any:
    """Read a JSON file.

    Parameters
    ----------
    path
        The file.
    what
        What the file should be, as it appears in the message: "is not a readable <what>".

    Raises
    ------
    DataLoadError
        The file cannot be read, or is not JSON.
    """
    try:
        # utf-8-sig: some editors on Windows put a byte order mark at the beginning.
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise DataLoadError(f"{path} is not a readable {what}: {_reason(error)}.", path, error) from error


def _reason(error: Exception) -> str:
    if isinstance(error, OSError):
        return error.strerror or str(error)
    if isinstance(error, UnicodeDecodeError):
        return "it is not UTF-8 text"
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} (line {error.lineno}, column {error.colno})"
    return "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
