"""A file as plain objects: groups, leaves and links, with nothing of HDF5 about them.

Two names of one dataset are the same `Leaf` object in two places. That is all a hard link is here, both when a
file is read and when it is written.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from hdmea_gui.io.store.arrays import StoredArray, StoredNode


@dataclass(frozen=True)
class StoredAttribute:
    """An attribute that is no value for Python (a null space, a variable-length list): carried as it is.

    `type_code` is HDF5's own description of the type, `shape` None for an attribute without extent.
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
    """A link that is carried as it is: soft, external, or a second hard name of a group."""

    kind: Literal["hard", "soft", "external"]
    target: str
    file: str = ""


if TYPE_CHECKING:
    Node = Leaf | Group | Link | StoredNode


def join(path: str, name: str) -> str:
    """Give the path of a child."""
    return f"{path}/{name}" if path else name


def find(root: Group, path: str) -> Node | None:
    """Give the node at a path below a group, or None."""
    node: Node | None = root
    for name in path.split("/") if path else ():
        node = node.children.get(name) if isinstance(node, Group) else None
    return node


def group_at(root: Group, path: str) -> Group | None:
    """Give the group at a path, or None when there is none."""
    node = find(root, path)
    return node if isinstance(node, Group) else None


def walk(root: Group) -> list[Node]:
    """Give every node, one with two names twice."""
    nodes: list[Node] = [root]
    for node in nodes:  # grows while it is walked
        if isinstance(node, Group):
            nodes.extend(node.children.values())
    return nodes


def child_groups(group: Group | None) -> Iterator[tuple[str, Group]]:
    """Iterate over the children that are groups."""
    for name, child in list(group.children.items()) if group is not None else ():
        if isinstance(child, Group):
            yield name, child


def scalar_leaf(value: np.generic | float | str) -> Leaf:
    """Make a 0-d leaf of a Python or NumPy scalar."""
    return Leaf(raw_scalar(value))


def raw_scalar(value: Any) -> NDArray[Any]:
    """Make a 0-d array; text becomes an object array that holds one `str`."""
    import numpy as np

    if isinstance(value, str):
        text = np.empty((), dtype=object)
        text[()] = str(value)
        return text
    return np.asarray(value)


def raw_texts(values: list[str]) -> NDArray[Any]:
    """Make a 1-d object array of texts."""
    import numpy as np

    texts = np.empty(len(values), dtype=object)
    texts[:] = values
    return texts
