"""Features in the file: outputs in the feature's group and, as links, under `data`; STAs also under their movie."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hdmea_gui.io.store.codec import STAMP
from hdmea_gui.io.store.keys import KEY_STAMP, is_link_name
from hdmea_gui.io.store.nodes import Group, Leaf

if TYPE_CHECKING:
    from hdmea_gui.io.store.from_nodes import TreeReader
    from hdmea_gui.io.store.schema import Declared
    from hdmea_gui.io.store.to_nodes import TreeWriter

STA_PREFIX = "sta_"
OWN = frozenset({"data", "metadata", "geometry", "sta_geometry"})


def output_feature(writer: TreeWriter, memory: dict[Any, Any], declared: Declared, path: str) -> Group:
    """Build the group of a feature whose `data` is a dict of outputs."""
    rest, taken = writer.take_attributes(memory, declared, path)
    data = writer.codec.encode(rest.pop("data"), f"{path}/data")
    group = Group()
    for key, value in rest.items():
        node = writer.entry(value, declared.group(key), f"{path}/{key}")
        writer.codec.add(group, key, node, path)
    outputs = data.children if isinstance(data, Group) else {}
    for name, leaf in list(outputs.items()):
        if not isinstance(leaf, Leaf) or STAMP in leaf.attrs or KEY_STAMP in leaf.attrs or name in OWN:
            continue
        other = group.children.setdefault(name, leaf)
        if other is leaf and name in rest:  # the session has both: keep them two datasets
            outputs[name] = Leaf(leaf.value, dict(leaf.attrs))
    group.children["data"] = data
    writer.put_attributes(group, taken)
    return group


def read_output_feature(reader: TreeReader, group: Group, declared: Declared, path: str) -> dict[Any, Any]:
    """Read a feature from a group that has its outputs under `data`."""
    data = group.children["data"]
    outputs = data.children if isinstance(data, Group) else {}
    for name, leaf in outputs.items():
        other = group.children.get(name)
        if isinstance(leaf, Leaf) and other is leaf:
            del group.children[name]
        elif isinstance(leaf, Leaf) and isinstance(other, Leaf) and name not in OWN:
            reader.note(f"{path}/{name} is no longer the same dataset as {path}/data/{name}: both are kept.")
    return reader.group(group, declared, path)


def link_sta(features: Group) -> None:
    """Link every STA under the name that immediate mode uses, <movie>/sta."""
    for name, node in list(features.children.items()):
        data = node.children.get("data") if isinstance(node, Group) and STAMP not in node.attrs else None
        movie = name.removeprefix(STA_PREFIX)
        if movie == name or not is_link_name(movie) or not isinstance(data, Leaf) or STAMP in data.attrs:
            continue
        home = features.children.get(movie)
        if home is None:
            features.children[movie] = Group({"sta": data})
        elif isinstance(home, Group) and home.children and STAMP not in home.attrs:
            home.children.setdefault("sta", data)


def unlink_sta(reader: TreeReader, features: Group, path: str) -> None:
    """Remove the second names of STAs; one that is now a different dataset is kept as a separate output."""
    for name, node in list(features.children.items()):
        movie = name.removeprefix(STA_PREFIX)
        home = features.children.get(movie)
        if movie == name or not isinstance(node, Group) or not isinstance(home, Group) or STAMP in home.attrs:
            continue
        second = home.children.get("sta")
        if not isinstance(second, Leaf) or _is_output(home, second):
            continue
        if second is node.children.get("data"):
            del home.children["sta"]
            if not home.children:
                del features.children[movie]
                reader.keep_attributes(home, f"{path}/{movie}")
            continue
        reader.note(f"{path}/{movie}/sta is no longer the same dataset as {path}/{name}/data: both are kept.")
        if "data" not in home.children:
            home.children["data"] = Group({"sta": second})
            home.children.setdefault("metadata", Group())


def _is_output(home: Group, leaf: Leaf) -> bool:
    data = home.children.get("data")
    return isinstance(data, Group) and data.children.get("sta") is leaf
