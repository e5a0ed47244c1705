"""Conversion of nodes to a session tree. Declared fields are removed from the nodes; the rest is kept as it is."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from hdmea_gui.io.store.codec import STAMP
from hdmea_gui.io.store.declared import places_at
from hdmea_gui.io.store.decoder import Decoder, natural_value, take_key
from hdmea_gui.io.store.explanation import drop_made_at_save, places_of_node
from hdmea_gui.io.store.feature_nodes import bring_factors_out, unlink_outputs, unlink_sta
from hdmea_gui.io.store.image_fields import IMAGE
from hdmea_gui.io.store.keys import KEY_STAMP, key_of
from hdmea_gui.io.store.nodes import Group, Leaf, Link, find, join
from hdmea_gui.io.store.output_fields import FEATURE
from hdmea_gui.io.store.recording_fields import HEALTH, PIPELINE, STAGE1_TIME
from hdmea_gui.io.store.schema import OWN_NAMES, ROOT, SECTIONS
from hdmea_gui.io.store.values_in_attributes import take_attribute, take_rest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hdmea_gui.io.store.fields import Field
    from hdmea_gui.io.store.nodes import Node
    from hdmea_gui.io.store.schema import Declared


@dataclass
class Loaded:
    """A session tree, the description that its file has of itself, and notes for the user."""

    tree: dict[str, Any]
    kind: str = "session"
    checkpoint_name: str | None = None
    note: str = ""
    notes: list[str] = field(default_factory=list)


def from_nodes(root: Group) -> Loaded:
    """Convert a file in this program's layout to a session tree. The nodes are consumed."""
    return TreeReader().root(root)


class TreeReader:
    """Walk through the nodes of a file along the declarations."""

    def __init__(self) -> None:
        self._codec = Decoder()
        self._notes: list[str] = []
        self._attributes: dict[str, dict[str, Any]] = {}
        self._factors: Leaf | None = None

    def _keep_attributes(self, node: Group, path: str) -> None:
        """Keep the attributes of a node that the session has no place for."""
        rest = take_rest(node, path)
        if rest:
            self._attributes.setdefault(path or "/", {}).update(rest)

    def root(self, root: Group) -> Loaded:
        """Convert the whole file."""
        is_ours = "format" in root.attrs
        drop_made_at_save(root)
        tree: dict[str, Any] = {name: self._section(root, name) for name in SECTIONS}
        loaded = Loaded(tree, notes=self._notes)
        self._root_attributes(root, tree)
        extras = self._pipeline(root, loaded, is_ours)
        rest = {name: node for name, node in root.children.items() if name not in OWN_NAMES}
        tree["extras"] = self._codec.items(Group(rest), "")
        if extras:
            tree["extras"]["pipeline"] = extras
        self._collect(root, "", set())
        tree["attributes"] = self._attributes
        return loaded

    def entry(self, node: Node, declared: Declared | None, path: str) -> Any:
        """Return the value of one node."""
        if declared is None or not isinstance(node, Group) or STAMP in node.attrs:
            return self._codec.decode(node, path)
        return self.group(node, declared, path)

    def group(self, group: Group, declared: Declared, path: str) -> dict[Any, Any]:
        """Return the dict of a declared group."""
        self._prepare(group, declared, path)
        found = [pair for item in declared.attributes for pair in self._attributes_of(group, item, path)]
        memory: dict[Any, Any] = {}
        for name, child in group.children.items():
            key = take_key(name, child)
            if isinstance(child, Link) and child.kind != "hard" and _is_declared(join(path, name)):
                self._notes.append(f"{join(path, name)} is a link to {child.target} and is left out.")
                continue
            memory[self._number(key, declared)] = self._child(child, key, declared, join(path, name))
        for place, value in found:
            _put(memory, place, value)
        for item in declared.brought_out:
            if item.name in memory:
                _put(memory, item.memory_path, memory.pop(item.name))
        self._drop_derived(group, memory, declared)
        return memory

    def _prepare(self, group: Group, declared: Declared, path: str) -> None:
        if declared.rule.pattern == "units/*/features":
            unlink_sta(group, path, self._notes.append, self._keep_attributes)
        if declared.rule.pattern == IMAGE:
            self._factors = bring_factors_out(group, self._factors)
        if declared.rule.pattern == FEATURE:
            unlink_outputs(group, path, self._notes.append)
        if declared.rule.pattern == "stimulus":
            self._unlink_frame_times(group)

    def _child(self, child: Node, key: object, declared: Declared, path: str) -> Any:
        ones = declared.rule.one_element or (isinstance(key, str) and key in declared.ones)
        if ones and isinstance(child, Leaf) and STAMP not in child.attrs and child.value.shape == (1,):
            return natural_value(np.asarray(child.value).reshape(()))
        return self.entry(child, declared.group(key), path)

    def _number(self, key: str | int, declared: Declared) -> str | int:
        if declared.rule.integer_keys and isinstance(key, str) and _is_integer(key):
            return int(key)
        return key

    def _attributes_of(self, group: Group, item: Field, path: str) -> Iterator[tuple[tuple[str, ...], Any]]:
        """Take the values of a declared attribute from their nodes, each with its place in the owner's dict."""
        for name, node in _nodes_with(group, item):
            value = take_attribute(node, item.name, path)
            if item.kind.startswith("list of") and isinstance(value, np.ndarray):
                value = value.tolist()
            if item.kind == "json":
                value = _parsed(value)
            yield item.place_for(name).memory, value

    def _drop_derived(self, group: Group, memory: dict[Any, Any], declared: Declared) -> None:
        for item in declared.derived:
            for place in places_of_node(group, item) if item.place == "attribute" else ():
                node = find(group, "/".join(place))
                if isinstance(node, (Group, Leaf)) and item.name in node.attrs and _is_derived(item, memory):
                    del node.attrs[item.name]

    def _unlink_frame_times(self, stimulus: Group) -> None:
        times, other = stimulus.children.get("frame_times"), stimulus.children.get("frame_time")
        if not isinstance(times, Group) or not isinstance(other, Group):
            return
        were_there = bool(other.children)
        for name, leaf in list(other.children.items()):
            if times.children.get(name) is leaf:
                del other.children[name]
            elif name in times.children:
                self._notes.append(
                    f"stimulus/frame_time/{name} is no longer the same dataset as stimulus/frame_times/{name}: "
                    "both are kept."
                )
        if were_there and not other.children:
            del stimulus.children["frame_time"]
            self._keep_attributes(other, "stimulus/frame_time")

    def _section(self, root: Group, name: str) -> Any:
        return self.entry(root.children.get(name, Group()), ROOT.groups[name], name)

    def _root_attributes(self, root: Group, tree: dict[str, Any]) -> None:
        tree |= {"root": {}, "dataset_id": None, "created_at": None}
        for item in ROOT.derived:
            root.attrs.pop(item.name, None)
        for item in ROOT.attributes:
            prefix, is_pattern = item.name.removesuffix("*"), item.name.endswith("*")
            names = [
                name for name in root.attrs if name == item.name or (is_pattern and name.startswith(prefix))
            ]
            for name in names:
                value = take_attribute(root, name, "")
                place = item.place_for(name.removeprefix(prefix) if is_pattern else "").memory
                _set(tree, place, _parsed(value) if item.kind == "json" else value)

    def _pipeline(self, root: Group, loaded: Loaded, is_ours: bool) -> dict[str, Any]:
        pipeline = _group(root, "pipeline")
        pipeline.attrs.pop("stage1_completed", None)
        stamp = take_attribute(pipeline, STAGE1_TIME, "pipeline") if STAGE1_TIME in pipeline.attrs else None
        session = _group(pipeline, "session_info")
        self._session_info(session, loaded)
        health = self.entry(
            pipeline.children.pop("health", Group()), ROOT.groups[PIPELINE].groups["health"], HEALTH
        )
        loaded.tree["health"] = health if isinstance(health, dict) else {}
        is_substitute = is_ours and stamp == loaded.tree["saved_at"]  # written when the real time is unknown
        if stamp is not None and not is_substitute:
            loaded.tree["root"][STAGE1_TIME] = stamp
        extras = {
            name: node
            for name, node in pipeline.children.items()
            if name not in {"session_info", "integrity"}
        }
        values = self._codec.items(Group(extras), "pipeline")
        if session.children:
            values["session_info"] = self._codec.items(session, "pipeline/session_info")
        pipeline.children.pop("integrity", None)
        return values

    def _session_info(self, session: Group, loaded: Loaded) -> None:
        path = "pipeline/session_info"
        taken = {
            name: take_attribute(session, name, path) if name in session.attrs else None
            for name in ("saved_at", "kind", "checkpoint_name", "note")
        }
        loaded.tree["saved_at"] = taken["saved_at"]
        loaded.kind = taken["kind"] or "session"
        loaded.checkpoint_name = taken["checkpoint_name"]
        loaded.note = taken["note"] or ""
        for name in ("completed_steps", "warnings"):
            value = self._codec.decode(session.children.pop(name, Group()), f"{path}/{name}")
            loaded.tree[name] = list(value) if isinstance(value, np.ndarray) else value or []
        loaded.tree["steps"] = self._codec.decode(session.children.pop("steps", Group()), f"{path}/steps")

    def _collect(self, node: Group | Leaf, path: str, seen: set[int]) -> None:
        if id(node) in seen:
            return
        seen.add(id(node))
        rest = take_rest(node, path) if node.attrs else {}
        if rest:
            self._attributes[path or "/"] = rest
        for name, child in node.children.items() if isinstance(node, Group) else ():
            if isinstance(child, (Group, Leaf)):
                self._collect(child, join(path, name), seen)


def _is_derived(item: Field, memory: dict[Any, Any]) -> bool:
    """Whether an attribute was computed at the save; values from elsewhere in the session always are."""
    return item.derive_from == "session" or (item.derive is not None and item.derive(memory) is not None)


def _group(parent: Group, name: str) -> Group:
    node = parent.children.get(name)
    return node if isinstance(node, Group) else Group()


def _put(memory: dict[Any, Any], path: tuple[str, ...], value: Any) -> None:
    for name in path[:-1]:
        inner = memory.setdefault(name, {})
        if type(inner) is not dict:
            return
        memory = inner
    memory.setdefault(path[-1], value)


def _set(memory: dict[Any, Any], path: tuple[str, ...], value: Any) -> None:
    for name in path[:-1]:
        memory = memory[name]
    memory[path[-1]] = value


def _nodes_with(group: Group, item: Field) -> list[tuple[str, Group | Leaf]]:
    """Return the nodes that have an attribute, each with the name that stands for ``*``."""
    if not item.node.endswith("*"):
        node = find(group, item.node)
        found = [("", node)] if isinstance(node, (Group, Leaf)) else []
    else:
        holder = find(group, item.node.removesuffix("/*"))
        children = holder.children.items() if isinstance(holder, Group) and STAMP not in holder.attrs else ()
        found = [(_key(name, child), child) for name, child in children if isinstance(child, Leaf)]
    return [(name, node) for name, node in found if item.name in node.attrs]


def _key(name: str, leaf: Leaf) -> str:
    mark = leaf.attrs.get(KEY_STAMP)
    return str(key_of(name, mark if isinstance(mark, np.ndarray) else None))


def _is_integer(key: str) -> bool:
    return key.isascii() and key.removeprefix("-").isdigit() and str(int(key)) == key


def _parsed(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        parsed = json.loads(value)
    except ValueError:
        return value
    return parsed if isinstance(parsed, dict) else value


def _is_declared(path: str) -> bool:
    """Whether the schema declares a value or group of this very name at a path."""
    *above, name = path.split("/")
    places = places_at(above)
    return places is not None and name in places.inner
