"""Writing of nodes to an HDF5 file, with a checksum of everything that is written."""

from __future__ import annotations

import os
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
from h5py import h5d, h5f, h5g, h5o, h5p, h5s, h5t

from hdmea_gui.io.store.arrays import StoredArray, StoredNode, open_stored
from hdmea_gui.io.store.attributes import write_attributes, write_references
from hdmea_gui.io.store.checksums import Checksum, attributes_crc
from hdmea_gui.io.store.copy_range import copy_range
from hdmea_gui.io.store.crc import array_crc
from hdmea_gui.io.store.dataset_forms import (
    COMPACT_BYTES,
    creation_plist,
    encoded_texts,
    group_plist,
    is_variable,
    keep_attributes_in_header,
    space_of,
    stored_type,
)
from hdmea_gui.io.store.datasets import Buffers, item_bytes, open_dataset, read_slabs
from hdmea_gui.io.store.dtypes import memory_type
from hdmea_gui.io.store.nodes import Group, Leaf, Link, StoredAttribute, join
from hdmea_gui.io.store.slabs import iterate_slabs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from hdmea_gui.io.store.arrays import Identity, Location
    from hdmea_gui.io.store.meter import Meter
    from hdmea_gui.io.store.nodes import Node, Raw

# readable since HDF5 1.10; the older format has no attributes above 64 kB
LIBRARY_VERSIONS = (h5f.LIBVER_V18, h5f.LIBVER_V110)


@lru_cache(maxsize=1)
def _names_in_utf8() -> h5p.PropLCID:
    plist = h5p.create(h5p.LINK_CREATE)
    plist.set_char_encoding(h5t.CSET_UTF8)
    return plist


def create_file(path: Path, alignment: tuple[int, int] = (1, 1)) -> h5py.File:
    """Create an empty file; arrays of at least the first number of bytes begin at multiples of the second."""
    access = h5p.create(h5p.FILE_ACCESS)
    access.set_libver_bounds(*LIBRARY_VERSIONS)
    access.set_alignment(*alignment)
    access.set_fclose_degree(h5f.CLOSE_STRONG)
    creation = keep_attributes_in_header(h5p.create(h5p.FILE_CREATE))  # for the root group
    return h5py.File(h5f.create(os.fsencode(path), h5f.ACC_TRUNC, creation, access))


class NodeWriter:
    """Writer of nodes to one open, empty file.

    Parameters
    ----------
    file : h5py.File
        The new file.
    meter : Meter
        Counter of the bytes written.
    compression : {"gzip"} or None
        Compression of arrays above 64 kB.
    copies : bool
        Whether the kernel may copy stored arrays. Their checksums are those stated by their file, so they must be
        read back and compared.

    Attributes
    ----------
    checksums : dict
        Checksum of every node written, by path; each name of a dataset has an entry.
    moved : dict
        Path in the new file of each stored node that was written, by its old location.
    stored : dict
        Stored arrays that were written, by path.
    has_copied : bool
        Whether the kernel has copied an array.
    """

    def __init__(
        self, file: h5py.File, meter: Meter, compression: str | None = None, *, copies: bool = False
    ) -> None:
        self.checksums: dict[str, Checksum] = {}
        self.moved: dict[Location, str] = {}
        self.stored: dict[str, StoredArray] = {}
        self.has_copied = False
        self._file = file
        self._meter = meter
        self._other_names: list[tuple[str, str]] = []
        self._compression = compression
        self._copies = copies
        self._paths: dict[int, str] = {}
        self._late: list[Callable[[], None]] = []
        self._sources: dict[tuple[Path, Identity], h5py.File] = {}
        self._stack = ExitStack()
        self._buffers = Buffers()
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="checksum")

    def __enter__(self) -> NodeWriter:
        self._stack.enter_context(self._pool)
        return self

    def __exit__(self, *_exception: object) -> None:
        self._stack.close()

    def write(self, root: Group) -> None:
        """Write a whole tree."""
        group = h5g.open(self._file.id, b"/")
        self._fill(group, root, "")
        for finish in self._late:
            finish()
        self._late.clear()
        for path, known in self._other_names:
            self.checksums[path] = self.checksums[known]

    def write_child(self, parent: str, name: str, node: Node) -> None:
        """Write another node below an existing group."""
        self._child(h5g.open(self._file.id, f"/{parent}".encode()), name, node, join(parent, name))

    def _fill(self, target: h5g.GroupID, group: Group, path: str) -> None:
        self._attributes(target, group.attrs, path)
        self.checksums[path] = Checksum(None, attributes_crc(group.attrs))
        for name, child in group.children.items():
            self._child(target, name, child, join(path, name))

    def _attributes(self, target: Any, attrs: Any, path: str) -> None:
        write_attributes(target, attrs)
        if any(isinstance(value, StoredAttribute) for value in attrs.values()):
            self._late.append(lambda: write_references(self._file, path, attrs))

    def _child(self, target: h5g.GroupID, name: str, node: Node, path: str) -> None:
        raw_name = name.encode(errors="surrogateescape")
        if isinstance(node, Group):
            self._fill(h5g.create(target, raw_name, _names_in_utf8(), group_plist()), node, path)
        elif isinstance(node, Link):
            self._link(target, raw_name, node)
        elif id(node) in self._paths:
            known = self._paths[id(node)]
            target.links.create_hard(raw_name, self._file.id, known.encode(), _names_in_utf8())
            self._other_names.append((path, known))
        else:
            self._paths[id(node)] = path
            self._own(target, raw_name, node, path)

    def _own(self, target: h5g.GroupID, name: bytes, node: Leaf | StoredNode, path: str) -> None:
        if isinstance(node, StoredNode):
            source = self._source(node.location)
            h5o.copy(source.id, node.location.name.encode(), target, name, lcpl=_names_in_utf8())
            self.moved[node.location] = path
            self.checksums[path] = Checksum(None, 0)
            return
        dataset = self._create(target, name, node.value, stored_type(node.value, path))
        self._attributes(dataset, node.attrs, path)
        data = self._write_values(dataset, node.value)
        self.checksums[path] = Checksum(data, attributes_crc(node.attrs))
        if isinstance(node.value, StoredArray):
            self.moved[node.value.location] = path
            self.stored[path] = node.value

    def _link(self, target: h5g.GroupID, name: bytes, link: Link) -> None:
        plist = _names_in_utf8()
        if link.kind == "soft":
            target.links.create_soft(name, link.target.encode(), plist)
        elif link.kind == "external":
            target.links.create_external(name, link.file.encode(), link.target.encode(), plist)
        else:
            self._late.append(lambda: self._second_name(target, name, link.target))

    def _second_name(self, target: h5g.GroupID, name: bytes, known: str) -> None:
        if not known or known in self._file:
            target.links.create_hard(name, self._file.id, known.encode() or b"/", _names_in_utf8())

    def _create(self, target: h5g.GroupID, name: bytes, value: Raw, type_id: h5t.TypeID) -> h5d.DatasetID:
        plist = creation_plist(value.shape, type_id, compresses=self._compression == "gzip")
        space = space_of(value.shape)
        if name.isascii():
            return h5d.create(target, name, type_id, space, plist)
        dataset = h5d.create(target, None, type_id, space, plist)
        h5o.link(dataset, target, name, lcpl=_names_in_utf8())
        return dataset

    def _write_values(self, dataset: h5d.DatasetID, value: NDArray[Any] | StoredArray) -> int:
        if value.size == 0:
            return 0
        if isinstance(value, StoredArray) and value.crc is not None and self._copy(dataset, value):
            return value.crc
        if value.dtype.kind == "O" and not is_variable(dataset.get_type()):
            return self._write_texts(dataset, np.asarray(value))
        if isinstance(value, StoredArray) or (value.ndim and value.nbytes > COMPACT_BYTES):
            return self._write_slabs(dataset, value)
        whole = np.asarray(value, order="C")
        dataset.write(h5s.ALL, h5s.ALL, whole, memory_type(value.dtype))
        self._meter.add(value.nbytes)
        return array_crc(whole)

    def _write_texts(self, dataset: h5d.DatasetID, texts: NDArray[Any]) -> int:
        """Write text of fixed length."""
        octets = np.array(encoded_texts(texts), dtype=dataset.dtype).reshape(texts.shape)
        dataset.write(h5s.ALL, h5s.ALL, octets, memory_type(octets.dtype))
        self._meter.add(texts.nbytes)
        return array_crc(texts)

    def _copy(self, dataset: h5d.DatasetID, value: StoredArray) -> bool:
        """Copy a stored array inside the kernel; return whether that worked."""
        is_copied = self._copies and copy_range(self._source_dataset(value), dataset, self._meter.add)
        self.has_copied |= is_copied
        return is_copied

    def _write_slabs(self, dataset: h5d.DatasetID, value: NDArray[Any] | StoredArray) -> int:
        """Write slab by slab; the checksum of a slab is computed while HDF5 writes it."""
        crc: Future[int] | None = None
        space, memory = dataset.get_space(), memory_type(value.dtype)
        for slab, part in self._parts(value):
            known = crc.result() if crc is not None else 0
            crc = self._pool.submit(array_crc, part, known)
            space.select_hyperslab(tuple(cut.start for cut in slab), part.shape)
            dataset.write(h5s.create_simple(part.shape), space, part, memory)
            self._meter.add(part.nbytes)
        return crc.result() if crc is not None else 0

    def _parts(self, value: NDArray[Any] | StoredArray) -> Iterator[tuple[tuple[slice, ...], NDArray[Any]]]:
        if isinstance(value, StoredArray):
            return read_slabs(self._source_dataset(value), value.shape, value.dtype, self._buffers)
        slabs = iterate_slabs(value.shape, item_bytes(value.dtype))
        return ((slab, np.ascontiguousarray(value[slab])) for slab in slabs)

    def _source_dataset(self, value: StoredArray) -> h5d.DatasetID:
        return open_dataset(self._source(value.location), value.location.name)

    def _source(self, location: Location) -> h5py.File:
        key = (location.path, location.identity)
        if key not in self._sources:
            self._sources[key] = self._stack.enter_context(open_stored(location))
        return self._sources[key]
