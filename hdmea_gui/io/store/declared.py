"""Places of declared fields in a session, and values of declared types."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hdmea_gui.io.store.schema import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hdmea_gui.io.store.fields import Field
    from hdmea_gui.io.store.schema import Declared


@dataclass(frozen=True)
class StoredPlace:
    """Place of one attribute, in memory and in the file; both are below the owner of its field.

    Parameters
    ----------
    memory
        Keys of the value.
    node
        Keys of the node that has the attribute; none for the owner itself.
    attribute
        Name of the attribute.
    """

    memory: tuple[str, ...]
    node: tuple[str, ...]
    attribute: str


def places_of(item: Field, memory: Mapping[Any, Any]) -> list[StoredPlace]:
    """Return where the values of an attribute are in its owner's dict: one place, or one for each ``*``."""
    if "*" not in item.memory:
        return [place_for(item, "")] if _has(memory, item.memory_path) else []
    depth = next(number for number, part in enumerate(item.memory_path) if part.endswith("*"))
    holder = value_at(memory, item.memory_path[:depth])
    prefix = item.memory_path[depth][:-1]
    keys = [
        key
        for key in (holder if type(holder) is dict else ())
        if isinstance(key, str) and key.startswith(prefix)
    ]
    places = [place_for(item, key.removeprefix(prefix)) for key in keys]
    return [place for place in places if _has(memory, place.memory)]


def place_for(item: Field, name: str) -> StoredPlace:
    """Return the place of an attribute in which a name takes the place of ``*``."""
    memory = tuple(part.replace("*", name) for part in item.memory_path)
    node = tuple(part.replace("*", name) for part in item.node.split("/")) if item.node else ()
    return StoredPlace(memory, node, item.name.replace("*", name))


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
    holder = value_at(memory, path[:-1])
    return type(holder) is dict and path[-1] in holder
