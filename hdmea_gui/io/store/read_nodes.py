"""Reading of HDF5 files into nodes: a whole file as plain objects, large arrays left in the file."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
from h5py import h5d, h5g, h5l, h5o, h5s

from hdmea_gui.io.foreign_data import fault_of
from hdmea_gui.io.store.arrays import Location, StoredArray, StoredNode
from hdmea_gui.io.store.attributes import decode_texts, read_attributes
from hdmea_gui.io.store.checksum_table import (
    ATTRIBUTES_MARK,
    MARK,
    has_attributes_mark,
    has_mark,
    mark,
    mark_attributes,
)
from hdmea_gui.io.store.checksums import attributes_crc
from hdmea_gui.io.store.crc import array_crc
from hdmea_gui.io.store.datasets import item_bytes, open_dataset, read_into, whole
from hdmea_gui.io.store.dtypes import dtype_of_code, holds_text, memory_type
from hdmea_gui.io.store.nodes import Group, Leaf, Link, join
from hdmea_gui.io.store.slabs import iterate_slabs

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from hdmea_gui.io.store.arrays import Identity
    from hdmea_gui.io.store.checksums import Checksum
    from hdmea_gui.io.store.nodes import Attributes, Node

LAZY_BYTES = 1 << 20
UNREADABLE = (OSError, RuntimeError, KeyError, ValueError, TypeError, IndexError, MemoryError, OverflowError)
"""Errors that h5py raises for damaged files."""


class ForeignDataError(Exception):
    """A dataset must not be read; the message continues after its name."""


class NodeReader:
    """Reader of the nodes of one open file.

    Parameters
    ----------
    file
        The file, open for reading.
    path
        Its resolved path, for arrays that stay in it.
    identity
        Identity of the file; see `identity_of`.
    checksums
        Expected checksum of each node, by path; damaged nodes are marked.

    Attributes
    ----------
    damage : list of str
        One message for each node that is damaged or was changed.
    noticed : list of str
        A message is appended whenever an array that stays in the file turns out to be damaged.
    """

    def __init__(
        self, file: h5py.File, path: Path, identity: Identity, checksums: dict[str, Checksum] | None = None
    ) -> None:
        self.damage: list[str] = []
        self.noticed: list[str] = []
        self._checksums = checksums or {}
        self._file = file
        self._path = path
        self._identity = identity
        self._leaves: dict[int, Leaf | StoredNode] = {}
        self._groups: dict[int, str] = {}

    def read(self) -> Group:
        """Read the whole file."""
        root = h5g.open(self._file.id, b"/")
        return self._group(root, "")

    def _group(self, group: h5g.GroupID, path: str) -> Group:
        self._groups[h5o.get_info(group).addr] = path
        node = Group(attrs=read_attributes(group))
        for raw_name in group:
            name = raw_name.decode(errors="surrogateescape")
            inner = join(path, name)
            try:
                node.children[name] = self._child(group, raw_name, inner)
            except ForeignDataError as fault:
                self.damage.append(f"{inner} {fault}: it was not read, and is left out")
            except UNREADABLE as error:
                if not self._checksums:
                    raise
                self.damage.append(f"{inner} is damaged and was left out: it cannot be read ({error})")
        self._compare(path, None, node.attrs)
        return node

    def _child(self, group: h5g.GroupID, name: bytes, path: str) -> Node:
        kind = group.links.get_info(name).type
        if kind == h5l.TYPE_SOFT:
            return Link("soft", group.links.get_val(name).decode())
        if kind == h5l.TYPE_EXTERNAL:
            file, target = group.links.get_val(name)
            return Link("external", target.decode(), file.decode())
        child = h5o.open(group, name)
        address = h5o.get_info(child).addr
        if isinstance(child, h5d.DatasetID) and (fault := fault_of(child)):
            raise ForeignDataError(fault)
        if isinstance(child, h5g.GroupID):
            known = self._groups.get(address)
            return self._group(child, path) if known is None else Link("hard", known)
        # A second name of a dataset has the same address: it must become the same leaf.
        if address not in self._leaves:
            self._leaves[address] = self._leaf(child, path)
        return self._leaves[address]

    def _leaf(self, dataset: Any, path: str) -> Leaf | StoredNode:
        location = Location(self._path, self._identity, path)
        if not isinstance(dataset, h5d.DatasetID):
            return StoredNode(location)
        dtype = dtype_of_code(dataset.get_type().encode())
        space = dataset.get_space()
        if dtype is None or space.get_simple_extent_type() == h5s.NULL:
            return StoredNode(location)
        shape = space.get_simple_extent_dims()
        attrs = read_attributes(dataset)
        lazy = not holds_text(dtype) and prod(shape) * dtype.itemsize >= LAZY_BYTES
        if not _can_unpack(dataset, lazy=lazy):
            return StoredNode(location)
        # A stamped array is converted while it is loaded, so it cannot stay in the file.
        if lazy and "hdmea_type" not in attrs:
            self._compare(path, None, attrs)
            known = self._checksums.get(path)
            crc = known.data if known else None
            return Leaf(StoredArray(location, shape, dtype, crc, self.noticed), attrs)
        value = read_whole(self._file, dataset, path, shape, dtype)
        if value is None:
            return StoredNode(location)
        self._compare(path, value, attrs)
        return Leaf(value, attrs)

    def _compare(self, path: str, value: NDArray[Any] | None, attrs: Attributes) -> None:
        """Compare values and attributes with their checksums."""
        known = self._checksums.get(path)
        if known is None:
            return
        wrong = []
        if attributes_crc(attrs) != known.attributes:
            wrong.append("attributes")
            mark_attributes(attrs)
        elif not has_attributes_mark(attrs):
            attrs.pop(ATTRIBUTES_MARK, None)
        if value is not None and known.data is not None:
            data = array_crc(value)
            if data != known.data:
                wrong.insert(0, "values")
                mark(attrs, data)
            elif not has_mark(attrs, data):
                attrs.pop(MARK, None)
        if wrong:
            self.damage.append(
                f"{path or 'the root'} does not contain the {' and '.join(wrong)} that were saved: the file is "
                "damaged, or another program has changed it"
            )


def _can_unpack(dataset: h5d.DatasetID, *, lazy: bool) -> bool:
    """Whether the filters of a large dataset are available; for small ones this shows when they are read."""
    if not lazy:
        return True
    plist = dataset.get_create_plist()
    codes = [plist.get_filter(index)[0] for index in range(plist.get_nfilters())]
    return all(h5py.h5z.filter_avail(code) for code in codes)


def read_whole(
    file: h5py.File, dataset: h5d.DatasetID, path: str, shape: tuple[int, ...], dtype: np.dtype[Any]
) -> NDArray[Any] | None:
    """Read a dataset in slabs; return None if its filter is unavailable or its texts are not UTF-8."""
    value = np.empty(shape, dtype)
    if value.size == 0:
        return np.empty(shape, object) if holds_text(dtype) else value
    try:
        if value.nbytes < LAZY_BYTES:
            dataset.read(h5s.ALL, h5s.ALL, value, memory_type(dtype))
        else:
            _read_slabs(open_dataset(file, path), value)
    except OSError:
        if _can_unpack(dataset, lazy=True):
            raise
        return None
    return decode_texts(value) if holds_text(dtype) else value


def _read_slabs(dataset: h5d.DatasetID, value: NDArray[Any]) -> None:
    for slab in iterate_slabs(value.shape, item_bytes(value.dtype)):
        read_into(dataset, whole(value.shape), slab, value[slab])
