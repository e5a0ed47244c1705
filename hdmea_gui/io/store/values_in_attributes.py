"""Values in attributes: plain if the HDF5 form is complete, else with their types in one more attribute."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from hdmea_gui.io.store.codec import STAMP, is_natural, refuse
from hdmea_gui.io.store.decoder import natural_value, restore
from hdmea_gui.io.store.keys import KEY_STAMP
from hdmea_gui.io.store.nodes import Leaf, StoredAttribute, raw_scalar

if TYPE_CHECKING:
    from hdmea_gui.io.store.codec import Encoder
    from hdmea_gui.io.store.nodes import Attribute, Group

STAMPS = "hdmea_attribute_types"


def encode_attribute(encoder: Encoder, value: object, path: str) -> tuple[Attribute, str] | None:
    """Return an attribute and its type stamp (empty if plain), or None if the value needs a group."""
    if is_natural(value):
        return raw_scalar(value), ""
    if isinstance(value, StoredAttribute):
        return value, ""
    leaf = encoder.leaf(value, path)
    if leaf is None or not isinstance(leaf.value, np.ndarray):
        return None
    mark = leaf.attrs.get(STAMP)
    return leaf.value, bytes(mark[()]).decode() if isinstance(mark, np.ndarray) else ""


def put_attribute(node: Leaf | Group, name: str, attribute: Attribute, mark: str) -> None:
    """Set an attribute of a node, with its type if needed."""
    node.attrs[name] = attribute
    if mark:
        marks = {**_marks(node), name: mark}
        node.attrs[STAMPS] = np.array(json.dumps(marks, sort_keys=True).encode())


def set_attribute(encoder: Encoder, node: Leaf | Group, name: object, value: object, path: str) -> None:
    """Set an attribute of a node to a value, or refuse the value."""
    where = f"the attribute {name!r} of {path or 'the root'}"
    if type(name) is not str or not name or "\0" in name:
        raise refuse(where, "the name of an attribute must be text without NUL characters")
    encoded = encode_attribute(encoder, value, where)
    if encoded is None:
        raise refuse(where, "an attribute can contain scalars, texts, arrays and plain lists only")
    put_attribute(node, name, *encoded)


def take_attribute(node: Leaf | Group, name: str, path: str) -> Any:
    """Remove an attribute from a node and return its value."""
    attribute = node.attrs.pop(name)
    if isinstance(attribute, StoredAttribute):
        return attribute
    mark = _marks(node).get(name)
    return natural_value(attribute) if mark is None else restore(attribute, mark, path)


def take_rest(node: Leaf | Group, path: str) -> dict[str, Any]:
    """Remove and return all attributes that are left on a node."""
    node.attrs.pop(STAMP, None)
    node.attrs.pop(KEY_STAMP, None)
    rest = {name: take_attribute(node, name, path) for name in list(node.attrs) if name != STAMPS}
    node.attrs.pop(STAMPS, None)
    return rest


def _marks(node: Leaf | Group) -> dict[str, str]:
    stored = node.attrs.get(STAMPS)
    marks: dict[str, str] = json.loads(bytes(stored[()])) if isinstance(stored, np.ndarray) else {}
    return marks
