"""Places of declared fields in a session, and values in the declared types."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hdmea_gui.io.store.fields import best
from hdmea_gui.io.store.schema import ROOT, SCHEMA

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hdmea_gui.io.store.fields import Field, StoredPlace
    from hdmea_gui.io.store.schema import Declared, Places


def places_of(item: Field, memory: Mapping[Any, Any]) -> list[StoredPlace]:
    """Return where the values of an attribute are in its owner's dict: one place, or one for each ``*``."""
    if not item.has_pattern:
        return [item.only_place] if _has(memory, item.memory_path) else []
    depth = next(number for number, part in enumerate(item.memory_path) if part.endswith("*"))
    holder = value_at(memory, item.memory_path[:depth])
    prefix = item.memory_path[depth][:-1]
    keys = [
        key
        for key in (holder if type(holder) is dict else ())
        if isinstance(key, str) and key.startswith(prefix)
    ]
    places = [item.place_for(key.removeprefix(prefix)) for key in keys]
    return [place for place in places if _has(memory, place.memory)]


def attributes_at(tree: Mapping[str, Any], path: Sequence[Any]) -> dict[str, Any]:
    """Return the values in a session that the file stores as attributes of the node at a path.

    Parameters
    ----------
    tree
        The branches of the session.
    path
        Keys from the root, for example ``("stimulus", "light_reference", "raw_ch1")``.
    """
    found: dict[str, Any] = {}
    declared: Declared | None = ROOT
    memory: Any = tree
    for depth, key in enumerate(path):
        if declared is None or not isinstance(memory, dict):
            break
        for item in declared.attributes:
            for place in places_of(item, memory) if item.node else ():
                if place.node == tuple(path[depth:]):
                    found[place.attribute] = value_at(memory, place.memory)
        declared, memory = declared.group(key), memory.get(key)
    return found


def value_at(memory: Mapping[Any, Any], path: Sequence[Any]) -> Any:
    """Return the value at a path in a dict of dicts, or None."""
    value: Any = memory
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _has(memory: Mapping[Any, Any], path: tuple[str, ...]) -> bool:
    value: Any = memory
    for name in path:
        if not isinstance(value, dict) or name not in value:
            return False
        value = value[name]
    return True


def in_declared_types(path: Sequence[Any], value: Any) -> Any:
    """Return a value for a path in a session's tree, or a dict of values, in the types that the schema declares.

    Values that would change, such as negative numbers for an unsigned type, are left as they are.
    """
    return _cast(places_at(path), value)


def places_at(path: Sequence[Any]) -> Places | None:
    """Return what the schema declares at and below a path in a session's tree; None if nothing."""
    places: Places | None = SCHEMA.in_memory
    for key in path:
        places = best(places.inner, str(key)) if places is not None else None
    return places


def _cast(places: Places | None, value: Any) -> Any:
    if places is None:
        return value
    if type(value) is dict:
        return {key: _cast(best(places.inner, str(key)), item) for key, item in value.items()}
    return value if places.item is None else _converted(value, places.item.kind)


_NUMPYS: dict[str, tuple[type, type[Any]]] = {
    "int": (int, np.integer),
    "float": (float, np.floating),
    "bool": (bool, np.bool_),
    "str": (str, np.str_),
}


def _converted(value: Any, kind: str) -> Any:
    if kind in _NUMPYS:
        python, numpys = _NUMPYS[kind]
        is_whole = kind == "float" and type(value) is int
        return python(value) if isinstance(value, numpys) or is_whole else value
    if (
        kind not in _DTYPES
        or not isinstance(value, np.ndarray)
        or not np.can_cast(value.dtype, kind, "same_kind")
    ):
        return value
    return value.astype(kind, copy=False)


_DTYPES = {"float32", "float64", "int64", "uint64"}
