"""Conversion of a session tree to nodes. Every value becomes a node, or is refused, before a file is touched."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hdmea_gui import __version__
from hdmea_gui.io.store.arrays import StoredArray
from hdmea_gui.io.store.codec import INT64, STAMP, Encoder, is_natural, refuse
from hdmea_gui.io.store.feature_nodes import link_sta, output_feature
from hdmea_gui.io.store.nodes import Group, Leaf, Link, find, join, raw_scalar, raw_texts
from hdmea_gui.io.store.schema import FORMAT, FORMAT_VERSION, LAYOUT_VERSION, ROOT
from hdmea_gui.io.store.values_in_attributes import encode_attribute, put_attribute, set_attribute

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hdmea_gui.io.store.nodes import Node
    from hdmea_gui.io.store.schema import Declared, Field

SECTIONS = ("units", "metadata", "stimulus", "source_files")
OWN_NAMES = {*SECTIONS, "pipeline"}
ANALOG = "section_time_analog_"
DONE_KEY = "load_recording"
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
        root.children["pipeline"] = self._pipeline(info)
        self._extras(root)
        self._root_attributes(root)
        self._side_table(root)
        return root

    def entry(self, value: object, declared: Declared | None, path: str) -> Node:
        """Convert one entry: to a declared group, else by the codec."""
        if type(value) is dict and declared is not None:
            if declared.rule.pattern == "units/*/features/*" and type(value.get("data")) is dict:
                return output_feature(self, value, declared, path)
            return self.group(value, declared, path)
        return self.codec.encode(value, path)

    def group(self, memory: dict[Any, Any], declared: Declared, path: str) -> Group:
        """Convert a dict to a declared group."""
        rest, taken = self.take_attributes(memory, declared, path)
        group = Group()
        for key, value in rest.items():
            self._add(group, key, value, declared, path)
        self.put_attributes(group, taken)
        self.derive(group, memory, declared)
        if declared.rule.pattern == "units/*/features":
            link_sta(group)
        return group

    def take_attributes(
        self, memory: dict[Any, Any], declared: Declared, path: str
    ) -> tuple[dict[Any, Any], list[tuple[Field, Any]]]:
        """Split a dict into the rest and what is stored as attributes; the dict itself is not changed."""
        rest = dict(memory)
        taken: list[tuple[Field, Any]] = []
        for item in declared.attributes:
            *parents, name = item.memory_path
            holder = rest.get(parents[0]) if parents else rest
            if type(holder) is not dict or name not in holder or not _has_node(rest, item):
                continue
            encoded = self._declared_attribute(holder[name], item, join(path, "/".join(item.memory_path)))
            if encoded is None:
                continue
            taken.append((item, encoded))
            smaller = {key: value for key, value in holder.items() if key != name}
            if not parents:
                rest = smaller
            elif smaller or parents[0] == "data":
                rest[parents[0]] = smaller
            else:
                del rest[parents[0]]
        return rest, taken

    def put_attributes(self, group: Group, taken: list[tuple[Field, Any]]) -> None:
        """Set declared attributes on their nodes."""
        for item, (raw, mark) in taken:
            node = find(group, item.node)
            if isinstance(node, (Group, Leaf)):
                put_attribute(_own_leaf(group, item.node, node), item.name, raw, mark)

    def derive(self, group: Group, memory: dict[Any, Any], declared: Declared) -> None:
        """Set the attributes that are computed for readers of the file."""
        for item in declared.derived:
            value = item.derive(memory) if item.derive is not None else None
            node = find(group, item.node)
            if value is None or not isinstance(node, (Group, Leaf)):
                continue
            raw = _derived(value)
            if raw is not None:
                put_attribute(_own_leaf(group, item.node, node), item.name, raw, "")

    def _declared_attribute(self, value: object, item: Field, path: str) -> Any:
        if item.kind in PYTHON_KINDS and not (is_natural(value) or isinstance(value, np.generic)):
            return None
        if value is None or isinstance(value, (dict, StoredArray)):
            return None
        encoded = encode_attribute(self.codec, value, path)
        if encoded is not None and item.kind == "list" and encoded[1] == "list/1":
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

    def _pipeline(self, info: SaveInfo) -> Group:
        done = self._tree.get("completed_steps") or []
        session = Group(
            {
                "completed_steps": self._texts("completed_steps"),
                "warnings": self._texts("warnings"),
                "steps": self.codec.encode(self._dict("steps"), "steps"),
            }
        )
        for name, value in (("saved_at", info.saved_at), ("kind", info.kind), ("note", info.note)):
            set_attribute(self.codec, session, name, value, "pipeline/session_info")
        if info.checkpoint_name is not None:
            set_attribute(
                self.codec, session, "checkpoint_name", info.checkpoint_name, "pipeline/session_info"
            )
        group = Group({"session_info": session})
        completed = self._dict("root").get("stage1_timestamp", info.saved_at)
        set_attribute(self.codec, group, "stage1_completed", DONE_KEY in done, "pipeline")
        if DONE_KEY in done:
            set_attribute(self.codec, group, "stage1_timestamp", completed, "pipeline")
        return group

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

    def _root_attributes(self, root: Group) -> None:
        metadata, done = self._dict("metadata"), self._tree.get("completed_steps") or []
        values: dict[str, Any] = {
            "format": FORMAT,
            "format_version": FORMAT_VERSION,
            "program_version": __version__,
            "hdmea_version": LAYOUT_VERSION,
            "hdmea_pipeline_version": LAYOUT_VERSION,
            "dataset_id": self._tree.get("dataset_id"),
            "created_at": self._tree.get("created_at"),
            "updated_at": now(),
            "stage1_completed": DONE_KEY in done,
            "features_extracted": json.dumps(_feature_names(self._dict("units"))),
            "source_files": json.dumps(_source_files(self._dict("source_files"))),
            "section_time_playlist": metadata.get("section_time_playlist"),
            "section_time_repeats": metadata.get("section_time_repeats"),
            **_own_root_attributes(self._dict("root")),
        }
        for name, value in values.items():
            if value is not None:
                set_attribute(self.codec, root, name, value, "")

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


def _has_node(memory: dict[Any, Any], item: Field) -> bool:
    return not item.node or isinstance(memory.get(item.node), (np.ndarray, StoredArray))


def _derived(value: object) -> Any:
    """Attribute for a computed value, or None if the value is not a simple one."""
    if isinstance(value, (str, bool, int, float, np.number, np.bool_)):
        return raw_scalar(value) if is_natural(value) or isinstance(value, np.generic) else None
    if isinstance(value, (list, tuple, np.ndarray)):
        array = np.asarray(value) if _is_flat_numbers(value) else None
        return array if array is not None and array.dtype.kind in "biuf" else None
    return None


def _is_flat_numbers(value: list[Any] | tuple[Any, ...] | np.ndarray[Any, Any]) -> bool:
    return isinstance(value, np.ndarray) or all(type(item) in {int, float, bool} for item in value)


def _own_leaf(group: Group, path: str, node: Leaf | Group) -> Leaf | Group:
    """Replace a leaf by its own copy, so that an array object in two places has the attribute in one only."""
    if isinstance(node, Leaf):
        node = Leaf(node.value, dict(node.attrs))
        group.children[path] = node
    return node


def _is_numpys_own(value: np.generic) -> bool:
    """Whether a NumPy scalar has no Python counterpart; one that has needs a stamp to stay NumPy's."""
    return value.dtype not in {np.dtype(kind) for kind in (bool, np.int64, float, complex)}


def _looks_like_integer(key: str) -> bool:
    return key.removeprefix("-").isdigit() and str(int(key)) == key if key.isascii() else False


def _feature_names(units: dict[Any, Any]) -> list[str]:
    """Names of the extracted features (outputs, not electrical images and STAs) that any unit has."""
    names: set[str] = set()
    for unit in units.values():
        features = unit.get("features") if type(unit) is dict else None
        for name, feature in features.items() if type(features) is dict else ():
            if isinstance(name, str) and type(feature) is dict and type(feature.get("data")) is dict:
                metadata = feature.get("metadata")
                if not (type(metadata) is dict and metadata.get("absent_reason")):
                    names.add(name)
    return sorted(names)


def _source_files(files: dict[Any, Any]) -> dict[str, Any]:
    usual = ("cmcr_path", "cmtr_path")  # readers of the lab's files expect both
    paths = {name: files.get(name) for name in dict.fromkeys((*usual, *files))}
    texts = {name: None if path is None else str(path) for name, path in paths.items()}
    exists = {
        name.replace("_path", "_exists"): bool(text) and Path(text or "").exists()
        for name, text in texts.items()
    }
    return {**texts, **exists}


def _own_root_attributes(values: dict[Any, Any]) -> dict[str, Any]:
    """Root attributes that the session itself has."""
    own: dict[str, Any] = {}
    for name, value in values.items():
        if name == "stage1_timestamp":
            continue
        if name != "stage1_params_hash" and not str(name).startswith(ANALOG):
            raise refuse(
                f"root/{name}", "this root attribute is not declared. Put it in attributes under '/'."
            )
        own[name] = json.dumps(value, sort_keys=True) if isinstance(value, dict) else value
    return own


def now() -> str:
    """Return the current time in UTC as ISO 8601."""
    return datetime.now(UTC).isoformat()
