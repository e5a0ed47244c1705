"""Any HDF5 file as a plain tree, for viewing; large arrays stay in the file."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np

from hdmea_gui.errors import DataLoadError
from hdmea_gui.io.store.arrays import GATE, identity_of
from hdmea_gui.io.store.decoder import natural_value
from hdmea_gui.io.store.nodes import Group, Leaf, Link, join
from hdmea_gui.io.store.read_nodes import NodeReader

if TYPE_CHECKING:
    from hdmea_gui.io.store.nodes import Attribute, Node


@dataclass(frozen=True, eq=False)
class FileTree:
    """Contents of a file.

    Parameters
    ----------
    path
        The file.
    tree
        Groups as dicts, datasets as arrays, stored arrays or Python scalars, links as `Link`.
    attributes
        Attributes of groups and datasets by the path of the node; the root's path is empty.
    """

    path: Path
    tree: dict[str, Any]
    attributes: dict[str, dict[str, Any]] = field(default_factory=dict)


def browse(path: str | Path) -> FileTree:
    """Read any HDF5 file without changing it; arrays of 1 MB and more stay in the file until they are accessed.

    Parameters
    ----------
    path
        The file, written by any program.

    Raises
    ------
    DataLoadError
        The file does not exist, is not an HDF5 file, or is damaged.
    """
    source = Path(os.path.realpath(path))
    if not source.is_file():
        raise DataLoadError(f"{source} does not exist or is a folder. Choose an HDF5 file.", source)
    if not h5py.is_hdf5(source):
        raise DataLoadError(f"{source} is not an HDF5 file, so its contents cannot be shown.", source)
    try:
        with GATE.reading(), h5py.File(source, "r") as file:
            root = NodeReader(file, source, identity_of(source)).read()
    except (OSError, RuntimeError, KeyError, ValueError) as error:
        raise DataLoadError(
            f"{source} cannot be read: {error}. It may be damaged, truncated or in use by another program.",
            source,
            error,
        ) from error
    attributes: dict[str, dict[str, Any]] = {}
    return FileTree(source, _group(root, "", attributes), attributes)


def _group(group: Group, path: str, attributes: dict[str, dict[str, Any]]) -> dict[str, Any]:
    if group.attrs:
        attributes[path] = {name: _attribute(value) for name, value in group.attrs.items()}
    return {name: _value(node, join(path, name), attributes) for name, node in group.children.items()}


def _value(node: Node, path: str, attributes: dict[str, dict[str, Any]]) -> Any:
    if isinstance(node, Group):
        return _group(node, path, attributes)
    if not isinstance(node, Leaf):
        return node
    if node.attrs:
        attributes[path] = {name: _attribute(value) for name, value in node.attrs.items()}
    return natural_value(node.value)


def _attribute(value: Attribute) -> Any:
    if not isinstance(value, np.ndarray):
        return value.items or None
    plain = natural_value(value)
    return plain.decode(errors="replace") if isinstance(plain, bytes) else plain


__all__ = ["FileTree", "Link", "browse"]
