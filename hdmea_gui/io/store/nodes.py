"""A file as plain objects: groups, leaves and links, independent of HDF5.

Two names of one dataset are the same `Leaf` object in two places. This is how a hard link is represented, both when
a file is read and when it is written.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from hdmea_gui.io.store.arrays import StoredArray, StoredNode


@dataclass(frozen=True)
class StoredAttribute:
    """An attribute without a Python equivalent (a null space, a variable-length list), copied as it is.

    `type_code` is HDF5's own description of the type; `shape` is None for an attribute without extent.
    """

    type_code: bytes
    shape: tuple[int, ...] | None
    items: tuple[Any, ...] = ()


if TYPE_CHECKING:
    Raw = NDArray[Any] | StoredArray
    Attribute = NDArray[Any] | StoredAttribute
    Attributes = dict[str, Attribute]


@dataclass(eq=False)
class Leaf:
    """A dataset: an array of numbers, of bytes, of records, or of text (dtype object holding `str`)."""

    value: Raw
    attrs: Attributes = field(default_factory=dict)


@dataclass(eq=False)
class Group:
    """A group: children by link name, and attributes."""

    children: dict[str, Node] = field(default_factory=dict)
    attrs: Attributes = field(default_factory=dict)


@dataclass(frozen=True)
class Link:
    """A link that is copied as it is: soft, external, or a second hard link to a group."""

    kind: Literal["hard", "soft", "external"]
    target: str
    file: str = ""


if TYPE_CHECKING:
    Node = Leaf | Group | Link | StoredNode


def join(path: str, name: str) -> str:
    """Return the path of a child."""
    return f"{path}/{name}" if path else name


def find(root: Group, path: str) -> Node | None:
    """Return the node at a path below a group, or None."""
    node: Node | None = root
    for name in path.split("/") if path else ():
        node = node.children.get(name) if isinstance(node, Group) else None
    return node


def group_at(root: Group, path: str) -> Group | None:
    """Return the group at a path, or None if there is none."""
    node = find(root, path)
    return node if isinstance(node, Group) else None


def walk(root: Group) -> list[Node]:
    """Return every node; one with two names occurs twice."""
    nodes: list[Node] = [root]
    for node in nodes:  # grows during the loop
        if isinstance(node, Group):
            nodes.extend(node.children.values())
    return nodes


def child_groups(group: Group | None) -> Iterator[tuple[str, Group]]:
    """Iterate over the children that are groups."""
    for name, child in list(group.children.items()) if group is not None else ():
        if isinstance(child, Group):
            yield name, child


def raw_scalar(value: Any) -> NDArray[Any]:
    """Return a 0-d array; text becomes an object array with one `str`."""
    import numpy as np

    if isinstance(value, str):
        text = np.empty((), dtype=object)
        text[()] = str(value)
        return text
    return np.asarray(value)


def raw_texts(values: list[str]) -> NDArray[Any]:
    """Return a 1-d object array of texts."""
    import numpy as np

    texts = np.empty(len(values), dtype=object)
    texts[:] = values
    return texts
