"""The file params.py of a phy folder: read as text, never executed."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hdmea_gui.errors import DataLoadError

if TYPE_CHECKING:
    from pathlib import Path

_MOST_BYTES = 1 << 20
_MOST_HZ = 1e6

Plain = str | int | float | bool


@dataclass(frozen=True)
class PhyParams:
    """Contents of a params.py.

    Parameters
    ----------
    sample_rate_hz
        Rate of the sorted recording.
    values
        All names to which the file assigns a plain number, text or boolean.
    has_code
        Whether the file contains anything but such assignments.
    """

    sample_rate_hz: float
    values: dict[str, Plain] = field(default_factory=dict)
    has_code: bool = False


def read_params(path: Path) -> PhyParams:
    """Read the assignments of plain values in a params.py; everything else in it is ignored.

    Raises
    ------
    DataLoadError
        The file is missing, is not Python text, or does not state the sampling rate as a plain number.
    """
    values: dict[str, Plain] = {}
    statements = _statements(path)
    for statement in statements:
        values |= _assigned(statement)
    rate = values.get("sample_rate")
    if isinstance(rate, (str, bool)) or rate is None or not 0 < rate <= _MOST_HZ:
        raise DataLoadError(
            f"{path} does not state the sampling rate. It needs a line such as: sample_rate = 20000.0", path
        )
    has_code = any(not _is_plain(statement) for statement in statements)
    return PhyParams(float(rate), values, has_code)


def _statements(path: Path) -> list[ast.stmt]:
    try:
        with path.open("rb") as file:
            text = file.read(_MOST_BYTES + 1)
        if len(text) > _MOST_BYTES:
            raise DataLoadError(f"{path} is too large to be the parameter file of a phy folder.", path)
        return ast.parse(text).body
    except FileNotFoundError as error:
        raise DataLoadError(
            f"{path.parent} has no params.py, which states the sampling rate. Choose the folder that Kilosort or phy "
            "has written.",
            path,
            error,
        ) from error
    except OSError as error:
        raise DataLoadError(f"{path} cannot be read: {error.strerror or error}.", path, error) from error
    # the last two: too deeply nested
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise DataLoadError(
            f"{path} is not a parameter file of phy: it is not valid Python text.", path, error
        ) from error


def _assigned(statement: ast.stmt) -> dict[str, Plain]:
    """Names and plain value of an assignment; empty for any other statement."""
    if not isinstance(statement, ast.Assign):
        return {}
    try:
        value = ast.literal_eval(statement.value)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return {}
    names = [target.id for target in statement.targets if isinstance(target, ast.Name)]
    return dict.fromkeys(names, value) if isinstance(value, Plain) else {}


def _is_plain(statement: ast.stmt) -> bool:
    """Whether a statement is an assignment of a literal, or a text by itself, as a comment."""
    if isinstance(statement, ast.Expr):
        return isinstance(statement.value, ast.Constant)
    if not isinstance(statement, ast.Assign):
        return False
    try:
        ast.literal_eval(statement.value)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return False
    return True
