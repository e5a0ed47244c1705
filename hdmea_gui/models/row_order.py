"""Filtering and sorting of units, as vectors of rows."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from hdmea_gui.models.filter_expression import Filter
    from hdmea_gui.session.column_values import Kind
    from hdmea_gui.session.columns import Column, Columns


@dataclass(frozen=True)
class Sorting:
    """Column by which a table is sorted.

    Parameters
    ----------
    key : str
        Key of the column.
    descending : bool
        Whether the largest value comes first.
    """

    key: str
    descending: bool = False


class Reason(Enum):
    """Why rows have changed or moved."""

    OTHER_SESSION = "another session is shown"
    REQUESTED = "the user filters or sorts"
    OTHER_VALUES = "values of units have changed"


class RowOrder:
    """Sorts and filters rows; equal values keep the session's order, and missing values always come last."""

    def __init__(self) -> None:
        self._ranks: dict[str, tuple[NDArray[Any], NDArray[np.float64]]] = {}

    def rows(self, columns: Columns, condition: Filter | None, sorting: Sorting | None) -> NDArray[np.intp]:
        """Return the rows of the units that pass the filter, in the order of the table."""
        order = self._sorted(columns, sorting)
        return order if condition is None else order[condition.mask()[order]]

    def _sorted(self, columns: Columns, sorting: Sorting | None) -> NDArray[np.intp]:
        column = columns.get(sorting.key) if sorting is not None else None
        if column is None or sorting is None:
            return np.arange(len(columns.ids))
        ranks = self._ranks_of(column)
        return np.argsort(-ranks if sorting.descending else ranks, kind="stable")

    def _ranks_of(self, column: Column) -> NDArray[np.float64]:
        values, ranks = self._ranks.get(column.key, (None, None))
        if ranks is None or values is not column.values:
            ranks = sortable(column.values, column.kind)
            self._ranks[column.key] = (column.values, ranks)
        return ranks


def sortable(values: NDArray[Any], kind: Kind) -> NDArray[np.float64]:
    """Return numbers that sort like a column's values, NaN for missing ones; ``unit_9`` comes before ``unit_10``."""
    if kind != "text":
        return values
    texts = sorted(sorted(set(values.tolist())), key=_natural)
    places = {text: float(place) for place, text in enumerate(texts)}
    places[""] = np.nan  # an empty text counts as missing
    return np.array([places[text] for text in values.tolist()], np.float64)


def _natural(text: str) -> str:
    """Return a sort key that orders texts by their number at the end and ignores case."""
    folded = text.casefold()
    head = folded.rstrip("0123456789")
    return head + folded[len(head) :].zfill(20)


def find_unit(text: str, unit_ids: Sequence[str]) -> str | None:
    """Return the id of the first unit with this id or number, else of the first whose id contains the text.

    Parameters
    ----------
    text : str
        What the user typed, for example ``7``, ``007`` or ``unit_007``.
    unit_ids : sequence of str
        Ids in the order to search them.
    """
    wanted = text.strip().casefold()
    if not wanted:
        return None
    exact = (
        unit_id for unit_id in unit_ids if unit_id.casefold() == wanted or _is_number_of(wanted, unit_id)
    )
    holding = (unit_id for unit_id in unit_ids if wanted in unit_id.casefold())
    return next(exact, None) or next(holding, None)


def _is_number_of(text: str, unit_id: str) -> bool:
    digits = unit_id.rpartition("_")[2]
    return text.isdecimal() and digits.isdecimal() and text.lstrip("0") == digits.lstrip("0")


def runs(rows: Sequence[int]) -> list[tuple[int, int]]:
    """Return the first and last row of each run of consecutive rows; the rows are ascending."""
    if not len(rows):
        return []
    breaks = np.flatnonzero(np.diff(rows) > 1)
    firsts, lasts = [0, *(breaks + 1)], [*breaks, len(rows) - 1]
    return [(int(rows[first]), int(rows[last])) for first, last in zip(firsts, lasts, strict=True)]
