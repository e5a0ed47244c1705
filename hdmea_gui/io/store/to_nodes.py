"""Conversion of a session tree to nodes. Every value becomes a node, or is refused, before a file is touched."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hdmea_gui.io.store.arrays import StoredArray
from hdmea_gui.io.store.codec import INT64, STAMP, Encoder, is_natural, refuse
from hdmea_gui.io.store.declared import places_of, value_at
from hdmea_gui.io.store.explanation import explain, made_at_save, places_of_node
from hdmea_gui.io.store.feature_nodes import link_outputs, link_sta
from hdmea_gui.io.store.keys import link_name
from hdmea_gui.io.store.nodes import Group, Leaf, Link, find, join, raw_scalar, raw_texts
from hdmea_gui.io.store.output_fields import FEATURE
from hdmea_gui.io.store.recording_fields import HEALTH, PIPELINE, STAGE1_TIME
from hdmea_gui.io.store.schema import OWN_NAMES, ROOT, SCHEMA, SECTIONS
from hdmea_gui.io.store.values_in_attributes import encode_attribute, put_attribute, set_attribute

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hdmea_gui.io.store.fields import Field, StoredPlace
    from hdmea_gui.io.store.nodes import Node
    from hdmea_gui.io.store.schema import Declared

PYTHON_KINDS = {"int", "float", "str", "bool"}


@dataclass(frozen=True)
class SaveInfo:
    """Kind, name, note and time that a file states about its own save."""

    kind: str = "session"
    checkpoint_name: str | None = None
    note: str = ""
    saved_at: str = ""


def to_nodes(
    tree: Mapping[str, Any], info: SaveInfo, check_cancelled: Callable[[], None] | None = None
) -> Group:
    """Convert a session tree to the nodes of a file.

    `check_cancelled` is called for every value; it may raise an exception to stop.

    Raises
    ------
    ValidationError
        A value cannot be stored; the message begins with its path.
    """
    return TreeWriter(tree, check_cancelled).root(info)


class TreeWriter:
    """Walk through a session tree along the declarations."""

    def __init__(self, tree: Mapping[str, Any], check_cancelled: Callable[[], None] | None = None) -> None:
        self.codec = Encoder(check_cancelled)
        self._tree = tree

    def root(self, info: SaveInfo) -> Group:
        """Convert the whole tree."""
        root = Group()
        for name in SECTIONS:
            root.children[name] = self.entry(self._dict(name), ROOT.groups[name], name)
        link_frame_times(root.children["stimulus"])
        described = {**self._tree, **asdict(info)}
        root.children[PIPELINE] = self._pipeline(described)
        self._extras(root)
        explain(root, self._tree)
        self._root_attributes(root, described)
        self._side_table(root)
        return root

    def entry(self, value: object, declared: Declared | None, path: str) -> Node:
        """Convert one entry: to a declared group, else by the codec."""
        if type(value) is dict and declared is not None:
            return self.group(value, declared, path)
        return self.codec.encode(value, path)

    def group(self, memory: dict[Any, Any], declared: Declared, path: str) -> Group:
        """Convert a dict to a declared group."""
        rest, taken = self._take_attributes(memory, declared, path)
        rest = bring_out(rest, declared)
        group = Group()
        for key, value in rest.items():
            self._add(group, key, value, declared, path)
        _put_attributes(group, taken)
        self._derive(group, memory, declared, path)
        if declared.rule.pattern == FEATURE:
            link_outputs(group)
        if declared.rule.pattern == "units/*/features":
            link_sta(group)
        return group

    def _take_attributes(
        self, memory: dict[Any, Any], declared: Declared, path: str
    ) -> tuple[dict[Any, Any], list[tuple[StoredPlace, Any]]]:
        """Split a dict into the rest and what is stored as attributes; the dict itself is not changed."""
        rest = memory
        taken: list[tuple[StoredPlace, Any]] = []
        for item in declared.attributes:
            for place in places_of(item, rest):
                if not _has_node(rest, place):
                    continue
                value = value_at(rest, place.memory)
                encoded = self._declared_attribute(value, item, join(path, "/".join(place.memory)))
                if encoded is not None:
                    taken.append((place, encoded))
                    rest = _without(rest, place.memory)
        return rest, taken

    def _derive(self, group: Group, memory: dict[Any, Any], declared: Declared, path: str) -> None:
        """Set the attributes, and the values with one element, that are computed for readers of the file."""
        for item in declared.derived:
            places = places_of_node(group, item) if item.place == "attribute" else [[item.name]]
            raw = _derived(self._value_of(item, memory)) if places else None
            if raw is None:
                continue
            for place in places:
                if item.place == "attribute":
                    put_attribute(_own_node(group, place), item.name, raw, "")
                elif item.name not in group.children:
                    self.codec.add(group, item.name, made_at_save(raw.reshape(1)), path)

    def _value_of(self, item: Field, memory: dict[Any, Any]) -> Any:
        source = memory if item.derive_from == "owner" else dict(self._tree)
        return item.derive(source) if item.derive is not None else None

    def _declared_attribute(self, value: object, item: Field, path: str) -> Any:
        if item.kind == "json" and type(value) is dict:
            text = _plain_json(value)
            return None if text is None else (raw_scalar(text), "")
        if item.kind in PYTHON_KINDS and not (is_natural(value) or isinstance(value, (bool, np.generic))):
            return None
        if value is None or isinstance(value, (dict, StoredArray)):
            return None
        encoded = encode_attribute(self.codec, value, path)
        if encoded is not None and item.kind.startswith("list of") and encoded[1] == "list/1":
            return encoded[0], ""
        return encoded

    def _add(self, group: Group, key: object, value: object, declared: Declared, path: str) -> None:
        where = join(path, str(key))
        if declared.rule.integer_keys:
            self._add_numbered(group, key, value, path)
        elif declared.rule.one_element or (isinstance(key, str) and key in declared.ones):
            self.codec.add(group, key, self._one_element(value, where), path)
        elif declared.rule.plain and type(value) is not dict and is_natural(value):
            self.codec.add(group, key, Leaf(raw_scalar(value)), path)
        else:
            self.codec.add(group, key, self.entry(value, declared.group(key), where), path)

    def _add_numbered(self, group: Group, key: object, value: object, path: str) -> None:
        node = self.codec.encode(value, join(path, str(key)))
        if type(key) is int and key in INT64:
            if isinstance(node, Link):
                raise refuse(
                    join(path, str(key)), "a link of another program cannot have an integer as its key"
                )
            group.children[str(key)] = node
        elif type(key) is str and _looks_like_integer(key):
            raise refuse(join(path, repr(key)), "trials are numbered by integers, not by text")
        else:
            self.codec.add(group, key, node, path)

    def _one_element(self, value: object, path: str) -> Node:
        if is_natural(value):
            return Leaf(raw_scalar(value).reshape(1))
        if isinstance(value, np.generic) and value.dtype.kind in "biufc" and _is_numpys_own(value):
            return Leaf(np.asarray(value).reshape(1))
        node = self.codec.encode(value, path)
        if type(value) is bool and isinstance(node, Leaf):
            return Leaf(np.asarray(node.value).reshape(1), node.attrs)
        if (
            type(value) is np.ndarray
            and value.shape == (1,)
            and isinstance(node, Leaf)
            and STAMP not in node.attrs
        ):
            return Leaf(node.value, {**node.attrs, STAMP: np.array(b"array/1")})
        return node

    def _dict(self, name: str) -> dict[Any, Any]:
        value = self._tree.get(name, {})
        if type(value) is not dict:
            raise refuse(name, f"it must be a dict and is a {type(value).__name__}")
        return value

    def _pipeline(self, described: dict[str, Any]) -> Group:
        declared = ROOT.groups[PIPELINE]
        session = Group(
            {
                "completed_steps": self._texts("completed_steps"),
                "warnings": self._texts("warnings"),
                "steps": self.codec.encode(self._dict("steps"), "steps"),
            }
        )
        self._set_computed(session, declared.groups["session_info"], described)
        group = Group({"session_info": session})
        if health := self._dict("health"):
            group.children["health"] = self.entry(health, declared.groups["health"], HEALTH)
        self._set_computed(group, declared, described)
        return group

    def _set_computed(self, group: Group, declared: Declared, described: dict[str, Any]) -> None:
        """Set the attributes of a group that are computed from the whole session."""
        for item in declared.derived:
            value = item.derive(described) if item.derive is not None else None
            if value is not None:
                set_attribute(self.codec, group, item.name, value, declared.rule.pattern)

    def _texts(self, name: str) -> Node:
        value = self._tree.get(name) or []
        if type(value) is list and not value:
            return Leaf(raw_texts([]))
        node = self.codec.encode(value, name)
        if type(value) is list and isinstance(node, Leaf) and node.value.dtype.kind == "O":
            return Leaf(node.value)
        return node

    def _extras(self, root: Group) -> None:
        for name, value in self._dict("extras").items():
            if name == "pipeline" and type(value) is dict:
                self._merge(root.children["pipeline"], value, "pipeline")
            elif name in OWN_NAMES:
                raise refuse(f"extras/{name}", "this name is reserved for the session itself")
            else:
                self.codec.keyed(root, name, value, "")

    def _merge(self, group: Node, values: dict[Any, Any], path: str) -> None:
        for key, value in values.items():
            known = group.children.get(key) if isinstance(group, Group) else None
            if isinstance(known, Group) and type(value) is dict:
                self._merge(known, value, join(path, key))
            elif known is None and isinstance(group, Group):
                self.codec.keyed(group, key, value, path)

    def _root_attributes(self, root: Group, described: dict[str, Any]) -> None:
        self._set_computed(root, ROOT, described)
        for name in self._dict("root"):
            if SCHEMA.field_at(("root", name)) is None and name != STAGE1_TIME:
                raise refuse(
                    f"root/{name}", "this root attribute is not declared. Put it in attributes under '/'."
                )
        for item in ROOT.attributes:
            for place in places_of(item, described):
                value = value_at(described, place.memory)
                if item.kind == "json" and isinstance(value, dict):
                    value = json.dumps(value, sort_keys=True)
                if value is not None:
                    set_attribute(self.codec, root, place.attribute, value, "")

    def _side_table(self, root: Group) -> None:
        """Write back the undeclared attributes whose nodes still exist."""
        for path, attributes in self._dict("attributes").items():
            place = "" if path == "/" else path
            node = find(root, place) if isinstance(place, str) else None
            if type(attributes) is not dict:
                raise refuse(f"attributes/{path}", "attributes must be a dict of names and values")
            for name, value in attributes.items():
                if isinstance(node, (Group, Leaf)) and name not in node.attrs:
                    set_attribute(self.codec, node, name, value, place)


def bring_out(memory: dict[Any, Any], declared: Declared) -> dict[Any, Any]:
    """Return a dict in which declared arrays that the session has deeper inside are entries of its own."""
    for item in declared.brought_out:
        value = value_at(memory, item.memory_path)
        if isinstance(value, (np.ndarray, StoredArray)) and item.name not in memory:
            memory = {**_without(memory, item.memory_path), item.name: value}
    return memory


def link_frame_times(stimulus: Node) -> None:
    """Link the frame times under the second name that immediate mode uses."""
    if not isinstance(stimulus, Group):
        return
    times, other = stimulus.children.get("frame_times"), stimulus.children.get("frame_time")
    if not isinstance(times, Group) or STAMP in times.attrs:
        return
    leaves = {name: leaf for name, leaf in times.children.items() if isinstance(leaf, Leaf)}
    if other is None and leaves:
        stimulus.children["frame_time"] = Group(dict(leaves))
    elif isinstance(other, Group):  # the session has both: keep them two datasets
        for name, leaf in other.children.items():
            if isinstance(leaf, Leaf) and leaves.get(name) is leaf:
                other.children[name] = Leaf(leaf.value, dict(leaf.attrs))


def _has_node(memory: dict[Any, Any], place: StoredPlace) -> bool:
    return not place.node or isinstance(value_at(memory, place.node), (np.ndarray, StoredArray))


def _without(memory: dict[Any, Any], path: tuple[str, ...]) -> dict[Any, Any]:
    """Copy a dict without the value at a path, nor the dicts that become empty (except a feature's `data`)."""
    name, *below = path
    smaller = dict(memory)
    inner = _without(memory[name], tuple(below)) if below else {}
    if inner or (below and name == "data"):
        smaller[name] = inner
    else:
        del smaller[name]
    return smaller


def _put_attributes(group: Group, taken: list[tuple[StoredPlace, Any]]) -> None:
    """Set declared attributes on their nodes."""
    for place, (raw, mark) in taken:
        put_attribute(_own_node(group, [link_name(name) for name in place.node]), place.attribute, raw, mark)


def _derived(value: object) -> Any:
    """Attribute for a computed value, or None if the value is not a simple one."""
    if isinstance(value, (bool, np.bool_)):
        return np.asarray(value, dtype=np.uint8)
    if isinstance(value, (str, int, float, np.number)):
        return raw_scalar(value) if is_natural(value) or isinstance(value, np.generic) else None
    if isinstance(value, list) and value and all(type(item) is str for item in value):
        return raw_texts(value)
    if isinstance(value, (list, tuple, np.ndarray)):
        array = np.asarray(value) if _is_flat_numbers(value) else None
        return array if array is not None and array.dtype.kind in "biuf" else None
    return None


def _plain_json(value: dict[Any, Any]) -> str | None:
    """Return a dict as JSON, or None if JSON would change it."""
    try:
        text = json.dumps(value, sort_keys=True)
    except (TypeError, ValueError, RecursionError):
        return None
    return text if json.loads(text) == value and is_natural(text) else None


def _is_flat_numbers(value: list[Any] | tuple[Any, ...] | np.ndarray[Any, Any]) -> bool:
    return isinstance(value, np.ndarray) or all(type(item) in {int, float, bool} for item in value)


def _own_node(group: Group, path: list[str]) -> Leaf | Group:
    """Return the node at a path; a leaf is first replaced by its own copy.

    So an array object in two places has the attribute in one only.
    """
    parent: Group | Leaf = group
    for name in path:
        node = parent.children[name] if isinstance(parent, Group) else None
        if isinstance(node, Leaf) and isinstance(parent, Group):
            node = parent.children[name] = Leaf(node.value, dict(node.attrs))
        if not isinstance(node, (Group, Leaf)):
            raise TypeError(f"{name} cannot have attributes")
        parent = node
    return parent


def _is_numpys_own(value: np.generic) -> bool:
    """Whether a NumPy scalar has no Python counterpart; one that has needs a stamp to stay NumPy's."""
    return value.dtype not in {np.dtype(kind) for kind in (bool, np.int64, float, complex)}


def _looks_like_integer(key: str) -> bool:
    return key.removeprefix("-").isdigit() and str(int(key)) == key if key.isascii() else False
