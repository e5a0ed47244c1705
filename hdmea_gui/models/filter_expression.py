r"""Conditions on units as the user types them: ``snr > 4 and dsi > 0.3 and label == "good"``.

The language, which Python's own parser reads and nothing ever runs as code:

- numbers (``4``, ``0.3``, ``1e-3``), texts (``"good"`` or ``'good'``), ``true`` and ``false``
- names of columns; those with other characters than letters, digits, underscores and points are in back quotes:
  ``\\`my column\\` > 3``
- ``+ - * /`` on numbers, and parentheses
- ``< <= > >= == !=``, also chained: ``0.2 < dsi < 0.8``
- ``label in ("good", "MUA")``, ``label not in ("noise")``
- ``note contains "axon"``, ``id startswith "unit_01"``; texts are compared without regard to case
- ``dsi is missing``, ``dsi is not missing``
- ``not``, ``and``, ``or``, the first binding closest

A comparison with a missing number is false, also ``!=``; a number divided by zero is missing. A missing text is the
empty text, so ``label != "good"`` is true of unlabelled units.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from hdmea_gui.models.filter_conditions import Conditions, Vector
from hdmea_gui.models.filter_words import (
    TOO_DEEP,
    FilterError,
    Word,
    as_typed,
    order_error,
    python_of,
    words_of,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hdmea_gui.session.columns import Column, Columns

LONGEST: Final = 2000


@dataclass(frozen=True)
class Filter:
    """A condition that every unit fulfils or not.

    Parameters
    ----------
    text : str
        As it was typed.
    keys : frozenset of str
        Keys of the columns that it reads.
    """

    text: str
    keys: frozenset[str]
    _condition: Vector
    _n_units: int

    def mask(self) -> NDArray[np.bool_]:
        """Whether each unit fulfils the condition, shape (n_units,), by the current values of the columns."""
        with np.errstate(all="ignore"):  # what overflows is infinite, which compares as it should
            return np.broadcast_to(self._condition(), (self._n_units,))


def parse_filter(text: str, columns: Columns) -> Filter:
    """Parse a condition.

    Parameters
    ----------
    text : str
        What the user typed.
    columns : Columns
        The columns that it may name.

    Raises
    ------
    FilterError
        It is no condition, or names no column; the error says where.
    """
    if len(text) > LONGEST:
        raise FilterError(f"The filter is longer than {LONGEST} characters. Shorten it.", LONGEST, len(text))
    words = words_of(text)
    error = order_error(words)
    readable = [word for word in words if error is None or word.start < error.start]
    named = {word.start: _column(word, text, columns) for word in readable if word.code == "c"}
    if error is not None:
        raise error
    python = python_of(words, len(text))
    try:
        tree = ast.parse(f"({python})", mode="eval")  # Python takes leading blanks for an indent
        condition = Conditions(text, python, named).condition(tree.body)
    except (SyntaxError, MemoryError, RecursionError):  # what the checks before let pass, but Python does not
        raise FilterError(TOO_DEEP, 0, len(text)) from None
    return Filter(text, frozenset(column.key for column in named.values()), condition, len(columns.ids))


def _column(word: Word, text: str, columns: Columns) -> Column:
    name = word.typed.strip("`")
    if column := columns.get(name):
        return column
    message = f"There is no column '{name}'."
    if text[word.end :].lstrip().startswith("("):
        message = f"'{name}' cannot be used: filters have no functions."
    elif several := columns.meant_by(name):
        message = f"'{name}' could be {_listed(several)}. Choose one."
    elif near := columns.near(name):
        message += f" Did you mean {_listed(near)}?"
    elif text[: word.start].rstrip().endswith(("==", "!=", "(", ",")):
        message += " If it is meant as text, put it in quotes."
    is_unfinished = word.end == len(text) and columns.is_beginning(name)
    raise word.error(message, is_unfinished=is_unfinished)


def _listed(names: list[str]) -> str:
    shown = [as_typed(name) for name in names[:4]]
    return " or ".join(filter(None, [", ".join(shown[:-1]), shown[-1]]))
