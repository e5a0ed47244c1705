"""Writing of nodes to an HDF5 file, with a checksum of everything that is written."""

from __future__ import annotations

import os
from collections import Counter
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
from h5py import h5d, h5f, h5fd, h5g, h5o, h5p, h5t

from hdmea_gui.io.store.array_batches import checksums
from hdmea_gui.io.store.arrays import StoredArray, StoredNode
from hdmea_gui.io.store.attributes import write_attributes, write_references
from hdmea_gui.io.store.checksums import Checksum, attributes_crc
from hdmea_gui.io.store.dataset_forms import form_of, group_plist, keep_attributes_in_header
from hdmea_gui.io.store.nodes import Group, Leaf, Link, StoredAttribute, join, walk
from hdmea_gui.io.store.output_file import OutputFile
from hdmea_gui.io.store.value_writer import ValueWriter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from hdmea_gui.io.store.arrays import Location
    from hdmea_gui.io.store.meter import Meter
    from hdmea_gui.io.store.nodes import Node, Raw

# readable since HDF5 1.10; the older format has no attributes above 64 kB
LIBRARY_VERSIONS = (h5f.LIBVER_V18, h5f.LIBVER_V110)
STRUCTURE_BYTES = 400  # about what HDF5 needs for a node


@lru_cache(maxsize=1)
def _names_in_utf8() -> h5p.PropLCID:
    plist = h5p.create(h5p.LINK_CREATE)
    plist.set_char_encoding(h5t.CSET_UTF8)
    return plist


@contextmanager
def _file_access() -> Iterator[h5p.PropFAID]:
    """Yield a property list that is closed before Python exits.

    HDF5 closing one with the ``fileobj`` driver itself, at exit, crashes the process; and an exception whose traceback
    holds it may keep it alive until then.
    """
    access = h5p.create(h5p.FILE_ACCESS)
    try:
        yield access
    finally:
        access.close()


@contextmanager
def new_file(
    path: Path,
    meter: Meter,
    *,
    alignment: tuple[int, int] = (1, 1),
    n_nodes: int = 0,
    compression: str | None = None,
    copies: bool = False,
) -> Iterator[NodeWriter]:
    """Create a file and give its writer.

    Parameters
    ----------
    path
        The file.
    meter
        Counter of the bytes written.
    alignment
        Arrays of at least the first number of bytes begin at multiples of the second.
    n_nodes
        About how many nodes it will have.
    compression : {"gzip"} or None
        Compression of arrays above 64 kB.
    copies
        Whether the kernel may copy stored arrays. Their checksums are those stated by their file, so they must be
        read back and compared.

    Raises
    ------
    OSError
        The system refuses a write.
    """
    creation = keep_attributes_in_header(h5p.create(h5p.FILE_CREATE))  # for the root group
    with OutputFile(path) as output, _file_access() as access:
        access.set_libver_bounds(*LIBRARY_VERSIONS)
        access.set_alignment(*alignment)
        access.set_fclose_degree(h5f.CLOSE_STRONG)
        access.set_meta_block_size(min(max(n_nodes * STRUCTURE_BYTES // 8, 2048), 1 << 20))
        access.set_fileobj_driver(h5fd.fileobj_driver, output)
        with (
            h5py.File(h5f.create(os.fsencode(path), h5f.ACC_TRUNC, creation, access)) as file,
            ValueWriter(output, meter, copies=copies) as values,
        ):
            yield NodeWriter(file, output, values, compression)
        output.check()


class NodeWriter:
    """Writer of nodes to one open, empty file.

    Parameters
    ----------
    file : h5py.File
        The new file.
    output : OutputFile
        The same file.
    values : ValueWriter
        Writer of its datasets' values.
    compression : {"gzip"} or None
        Compression of arrays above 64 kB.

    Attributes
    ----------
    checksums : dict
        Checksum of every node written, by path; each name of a dataset has an entry.
    moved : dict
        Path in the new file of each stored node that was written, by its old location.
    stored : dict
        Stored arrays that were written, by path.
    """

    def __init__(
        self, file: h5py.File, output: OutputFile, values: ValueWriter, compression: str | None = None
    ) -> None:
        self.checksums: dict[str, Checksum] = {}
        self.moved: dict[Location, str] = {}
        self.stored: dict[str, StoredArray] = {}
        self._file = file
        self._output = output
        self._values = values
        self._other_names: list[tuple[str, str]] = []
        self._compression = compression
        self._paths: dict[int, str] = {}
        self._names_left: Counter[int] = Counter()
        self._open: dict[int, h5d.DatasetID] = {}
        self._unsummed: dict[str, NDArray[Any]] = {}
        self._late: list[Callable[[], None]] = []

    @property
    def has_copied(self) -> bool:
        """Whether the kernel has copied an array."""
        return self._values.has_copied

    def write(self, root: Group) -> None:
        """Write a whole tree."""
        group = h5g.open(self._file.id, b"/")
        self._names_left.update(id(node) for node in walk(root) if isinstance(node, Leaf))
        self._fill(group, root, "")
        for finish in self._late:
            finish()
        self._late.clear()
        self._finish()
        for path, known in self._other_names:
            self.checksums[path] = self.checksums[known]

    def _finish(self) -> None:
        """Wait until everything is written, and sum what is not summed yet."""
        self._values.finish()
        self._output.check()
        sums = checksums(list(self._unsummed.values()), self._values.check_cancelled)
        for path, crc in zip(self._unsummed, sums, strict=True):
            self.checksums[path] = replace(self.checksums[path], data=crc)
        self._unsummed.clear()

    def write_child(self, parent: str, name: str, node: Node) -> None:
        """Write another node below an existing group."""
        self._child(h5g.open(self._file.id, f"/{parent}".encode()), name, node, join(parent, name))
        self._finish()

    def _fill(self, target: h5g.GroupID, group: Group, path: str) -> None:
        self._attributes(target, group.attrs, path)
        self.checksums[path] = Checksum(None, attributes_crc(group.attrs))
        for name, child in group.children.items():
            self._child(target, name, child, join(path, name))

    def _attributes(self, target: Any, attrs: Any, path: str) -> None:
        write_attributes(target, attrs)
        if attrs and any(isinstance(value, StoredAttribute) for value in attrs.values()):
            self._late.append(lambda: write_references(self._file, path, attrs))

    def _child(self, target: h5g.GroupID, name: str, node: Node, path: str) -> None:
        self._output.check()
        raw_name = name.encode(errors="surrogateescape")
        if isinstance(node, Group):
            self._fill(h5g.create(target, raw_name, _names_in_utf8(), group_plist()), node, path)
        elif isinstance(node, Link):
            self._link(target, raw_name, node)
        elif id(node) in self._paths:
            self._other_name(target, raw_name, node)
            self._other_names.append((path, self._paths[id(node)]))
        else:
            self._paths[id(node)] = path
            self._own(target, raw_name, node, path)

    def _own(self, target: h5g.GroupID, name: bytes, node: Leaf | StoredNode, path: str) -> None:
        if isinstance(node, StoredNode):
            source = self._values.source(node.location)
            h5o.copy(source.id, node.location.name.encode(), target, name, lcpl=_names_in_utf8())
            self.moved[node.location] = path
            self.checksums[path] = Checksum(None, 0)
            return
        dataset = self._create(target, name, node.value, path)
        if self._names_left[id(node)] > 1:
            self._open[id(node)] = dataset
        self._attributes(dataset, node.attrs, path)
        data = self._values.write(dataset, node.value)
        if data is None:
            self._unsummed[path] = np.asarray(node.value)
        self.checksums[path] = Checksum(data, attributes_crc(node.attrs))
        if isinstance(node.value, StoredArray):
            self.moved[node.value.location] = path
            self.stored[path] = node.value

    def _other_name(self, target: h5g.GroupID, name: bytes, node: Leaf | StoredNode) -> None:
        """Give another name to a node already written; its open dataset is much faster than its path."""
        dataset = self._open.get(id(node))
        if dataset is None:
            known = self._paths[id(node)].encode()
            target.links.create_hard(name, self._file.id, known, _names_in_utf8())
            return
        h5o.link(dataset, target, name, lcpl=_names_in_utf8())
        self._names_left[id(node)] -= 1
        if self._names_left[id(node)] == 1:
            del self._open[id(node)]

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

    def _create(self, target: h5g.GroupID, name: bytes, value: Raw, path: str) -> h5d.DatasetID:
        form = form_of(value, path, compresses=self._compression == "gzip")
        if name.isascii():
            return h5d.create(target, name, form.type_id, form.space, form.plist)
        dataset = h5d.create(target, None, form.type_id, form.space, form.plist)
        h5o.link(dataset, target, name, lcpl=_names_in_utf8())
        return dataset
