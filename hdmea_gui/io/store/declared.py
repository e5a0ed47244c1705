"""Declarations of the fields of a session, for code that shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hdmea_gui.io.store.schema import FIELDS, ROOT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hdmea_gui.io.store.schema import Declared, Field


def field_at(path: Sequence[Any]) -> Field | None:
    """Return the declaration of the field at a path in a session's tree, or None.

    Parameters
    ----------
    path
        Keys from the root, for example ``("units", "unit_001", "spike_times")``.
    """
    declared: Declared | None = ROOT
    for depth, key in enumerate(path):
        if declared is None:
            return None
        rest = tuple(map(str, path[depth:]))
        fitting = [item for item in FIELDS if item.owner == declared.rule.pattern and _fits(item, rest)]
        if fitting:
            return min(fitting, key=lambda item: item.name == "*")
        declared = declared.group(key)
    return None


def _fits(item: Field, rest: tuple[str, ...]) -> bool:
    place = item.memory_path
    is_value = item.place != "attribute" and len(place) == len(rest)
    return is_value and place[:-1] == rest[:-1] and place[-1] in {rest[-1], "*"}
