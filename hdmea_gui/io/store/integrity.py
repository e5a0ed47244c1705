"""Comparison of a file with the nodes just written to it, or at any later time with its own table of checksums."""

from __future__ import annotations

import zlib
from concurrent.futures import Future, ThreadPoolExecutor
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeGuard

import h5py
import numpy as np
from h5py import h5d, h5g, h5l, h5o, h5s

from hdmea_gui.errors import DataLoadError
from hdmea_gui.io.foreign_data import fault_of
from hdmea_gui.io.store.array_batches import differing
from hdmea_gui.io.store.attributes import decode_texts, has_attributes, read_attributes
from hdmea_gui.io.store.checksum_table import TABLE, has_attributes_mark, has_mark, read_table
from hdmea_gui.io.store.checksums import attributes_crc
from hdmea_gui.io.store.crc import array_crc
from hdmea_gui.io.store.dataset_forms import is_in_header, stored_type
from hdmea_gui.io.store.datasets import Buffers, item_bytes, open_dataset, read_slabs
from hdmea_gui.io.store.dtypes import dtype_of_code, holds_text, memory_type
from hdmea_gui.io.store.names import shown
from hdmea_gui.io.store.nodes import Group, Leaf, Link, join
from hdmea_gui.io.store.read_nodes import LAZY_BYTES, UNREADABLE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from hdmea_gui.io.store.checksums import Checksum
    from hdmea_gui.io.store.meter import Meter
    from hdmea_gui.io.store.nodes import Attributes, Node, Raw


class NodeChecker:
    """Checksums of datasets in an open file; the next slab is read while the last one is summed."""

    def __init__(self, file: h5py.File, count: Callable[[int], None] | None = None) -> None:
        self.file = file
        self._count = count or (lambda _bytes: None)
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="checksum")
        self._buffers = Buffers()

    def __enter__(self) -> NodeChecker:
        return self

    def __exit__(self, *_exception: object) -> None:
        self._pool.shutdown()

    def checksum(self, dataset: h5d.DatasetID, path: str) -> int | None:
        """Return the CRC-32 of a dataset, or None for a kind that is only copied."""
        dtype = dtype_of_code(dataset.get_type().encode())
        space = dataset.get_space()
        if dtype is None or space.get_simple_extent_type() == h5s.NULL:
            return None
        return self.checksum_of(dataset, path, dtype, space.get_simple_extent_dims())

    def checksum_of(
        self, dataset: h5d.DatasetID, path: str, dtype: np.dtype[Any], shape: tuple[int, ...]
    ) -> int:
        """Return the CRC-32 of a dataset of known dtype and shape."""
        n_bytes = prod(shape) * item_bytes(dtype)
        if n_bytes == 0:
            return 0
        if not shape or n_bytes < LAZY_BYTES:
            whole = np.empty(shape, dtype)
            dataset.read(h5s.ALL, h5s.ALL, whole, memory_type(dtype))
            self._count(whole.nbytes)
            return array_crc(_as_text(whole))
        return self._in_slabs(path, shape, dtype)

    def _in_slabs(self, path: str, shape: tuple[int, ...], dtype: np.dtype[Any]) -> int:
        crc: Future[int] | None = None
        for _, part in read_slabs(open_dataset(self.file, path), shape, dtype, self._buffers):
            known = crc.result() if crc is not None else 0
            crc = self._pool.submit(array_crc, _as_text(part), known)
            self._count(part.nbytes)
        return crc.result() if crc is not None else 0


def _as_text(array: NDArray[Any]) -> NDArray[Any]:
    if not holds_text(array.dtype):
        return array
    texts = decode_texts(array)
    return array.astype("S").view(np.uint8) if texts is None else texts


class Verifier:
    """Comparison of a file with the nodes that were written to it, link by link.

    Arrays are read and compared with those in memory; stored arrays, text and whatever else is outside an object's
    header with their checksums.
    A small array is stored in its dataset's header with its type, shape and attributes; the header is read back
    and HDF5 compares it with the checksum stored there (four times as fast as opening the dataset). The same holds for
    attributes of groups and larger arrays, but for texts, whose characters are elsewhere.

    Parameters
    ----------
    file : h5py.File
        The file, opened again for reading.
    checksums : dict
        Checksums of the nodes as they were written, by path.
    meter : Meter
        Counts the bytes read.
    """

    def __init__(self, file: h5py.File, checksums: dict[str, Checksum], meter: Meter) -> None:
        self._file = file
        self._path = Path(file.filename)
        self._checksums = checksums
        self._meter = meter
        self._addresses: dict[int, int] = {}
        self._arrays: dict[str, tuple[int, NDArray[Any]]] = {}

    def differences(self, root: Group) -> list[str]:
        """Return one sentence per difference; empty if the file holds exactly these nodes."""
        with NodeChecker(self._file, self._meter.add) as checker:
            found = list(self._group(checker, h5g.open(self._file.id, b"/"), root, ""))
        paths = list(self._arrays)
        differ = differing(self._path, list(self._arrays.values()), self._meter.add)
        return found + [f"the values of {paths[index]} differ" for index in differ]

    def _group(self, checker: NodeChecker, group: h5g.GroupID, node: Group, path: str) -> Iterator[str]:
        if len(group) != len(node.children):
            yield f"{path or 'the root'} holds {len(group)} entries instead of {len(node.children)}"
        if not has_attributes(group, node.attrs):
            yield f"the attributes of {path or 'the root'} differ"
        for name, child in node.children.items():
            inner = join(path, name)
            try:
                yield from self._child(checker, group, name, child, inner)
            except (KeyError, OSError, RuntimeError, ValueError) as error:  # h5py has them all for damage
                if self._meter.is_cancelled:
                    raise
                yield f"{inner} cannot be read ({error})"

    def _child(
        self, checker: NodeChecker, group: h5g.GroupID, name: str, child: Node, path: str
    ) -> Iterator[str]:
        raw_name = name.encode(errors="surrogateescape")
        if isinstance(child, Group):
            yield from self._group(checker, h5g.open(group, raw_name), child, path)
        elif isinstance(child, Leaf) and id(child) in self._addresses:
            yield from self._other_name(group, raw_name, child, path)
        elif isinstance(child, Leaf) and is_in_header(child, path):
            yield from self._header(group, raw_name, child, path)
        elif isinstance(child, Leaf):
            yield from self._leaf(checker, h5d.open(group, raw_name), child, path)
        elif isinstance(child, Link) and child.kind != _link_kind(group, raw_name):
            yield f"{path} is a different kind of link"
        elif not group.links.exists(raw_name):
            yield f"{path} is missing"

    def _header(self, group: h5g.GroupID, name: bytes, leaf: Leaf, path: str) -> Iterator[str]:
        info = h5o.get_info(group, name)
        self._addresses[id(leaf)] = info.addr
        self._meter.add(leaf.value.nbytes)
        if info.type != h5o.TYPE_DATASET:
            yield f"{path} is not the dataset that was written"

    def _other_name(self, group: h5g.GroupID, name: bytes, leaf: Leaf, path: str) -> Iterator[str]:
        if h5o.get_info(group, name).addr != self._addresses[id(leaf)]:
            yield f"{path} is not the same dataset under both of its names"

    def _leaf(self, checker: NodeChecker, dataset: h5d.DatasetID, leaf: Leaf, path: str) -> Iterator[str]:
        self._addresses[id(leaf)] = h5o.get_info(dataset).addr
        shape = dataset.get_space().get_simple_extent_dims()
        if dataset.get_type() != stored_type(leaf.value, path) or shape != leaf.value.shape:
            yield f"{path} has a different type or shape"
        elif is_beside(leaf.value, dataset):
            self._arrays[path] = (dataset.get_offset(), leaf.value)
        elif checker.checksum(dataset, path) != self._checksums[path].data:
            yield f"the values of {path} differ"
        if not has_attributes(dataset, leaf.attrs):
            yield f"the attributes of {path} differ"


def is_beside(value: Raw, dataset: h5d.DatasetID) -> TypeGuard[NDArray[Any]]:
    """Whether a value is an array in memory, and its dataset has the same bytes at one place of the file."""
    return (
        isinstance(value, np.ndarray)
        and value.dtype.kind != "O"
        and value.flags.c_contiguous
        and dataset.get_offset() is not None
    )


def _link_kind(group: h5g.GroupID, name: bytes) -> str:
    kinds = {h5l.TYPE_SOFT: "soft", h5l.TYPE_EXTERNAL: "external"}
    return kinds.get(group.links.get_info(name).type, "hard")


def check_integrity(path: str | Path) -> list[str]:
    """Compare everything in a file with the checksums stored in it.

    Parameters
    ----------
    path : str or Path
        A session file. Of a file without checksums (from the lab's scripts), everything is read and nothing
        compared.

    Returns
    -------
    list of str
        One sentence per node that changed, is missing, was added or cannot be read; empty if there is none.

    Raises
    ------
    DataLoadError
        The file cannot be opened.
    """
    try:
        file = h5py.File(path, "r")
    except OSError as error:
        msg = (
            f"{shown(path)} cannot be opened as HDF5: {error}. It may be damaged, truncated or in use by another "
            "program."
        )
        raise DataLoadError(msg, path, error) from error
    with file:
        return problems_in(file)


def problems_in(file: h5py.File) -> list[str]:
    """Compare everything in an open file with its checksums, like `check_integrity`."""
    with NodeChecker(file) as checker:
        return list(_problems(checker))


def _problems(checker: NodeChecker) -> Iterator[str]:
    try:
        expected = read_table(checker.file)
    except (*UNREADABLE, zlib.error) as error:
        yield f"{TABLE} is damaged, so nothing could be compared ({error})"
        return
    found: set[str] = set()
    for path, node in _walk(checker.file, expected):
        found.add(path)
        problem = _problem(checker, path, node, expected)
        if problem:
            yield problem
    for path in expected or ():
        if path not in found:
            yield f"{path} is missing, but was there when the file was saved"


def _problem(
    checker: NodeChecker,
    path: str,
    node: Any,
    expected: dict[str, Checksum] | None,
) -> str | None:
    try:
        if isinstance(node, h5d.DatasetID) and (fault := fault_of(node)):
            return f"{path} {fault}: it was not read"
        data = checker.checksum(node, path) if isinstance(node, h5d.DatasetID) else None
        attrs = read_attributes(node)
    except UNREADABLE as error:
        return f"{path or 'the root'} cannot be read: {error}"
    if expected is None:
        return None
    if path not in expected:
        return f"{path} was added after the file was saved"
    return _change(path, node, data, attrs, expected[path])


def _change(path: str, node: Any, data: int | None, attrs: Attributes, known: Checksum) -> str | None:
    if known.data is not None and known.data != data:
        return f"{path} has changed since the file was saved"
    if data is not None and has_mark(attrs, data):
        return f"{path} was damaged, or changed by another program, before it was saved here"
    if attributes_crc(attrs) != known.attributes and not _is_carried(node, known):
        return f"the attributes of {path or 'the root'} have changed since the file was saved"
    if has_attributes_mark(attrs):
        return (
            f"the attributes of {path or 'the root'} were damaged, or changed by another program, before they were "
            "saved here"
        )
    return None


def _is_carried(node: Any, known: Checksum) -> bool:
    return known.data is None and not isinstance(node, h5g.GroupID)


def _walk(file: h5py.File, expected: dict[str, Checksum] | None = None) -> Iterator[tuple[str, Any]]:
    """Iterate over every name of every dataset and once over every group, leaving out the table itself.

    A group with two names is visited under the name in the table.
    """
    visited: set[int] = set()
    known: list[tuple[str, Any]] = [("", h5g.open(file.id, b"/"))]
    unknown: list[tuple[str, Any]] = []
    while known or unknown:
        path, node = (known or unknown).pop()
        if isinstance(node, h5g.GroupID):
            address = h5o.get_info(node).addr
            if address in visited:
                continue
            visited.add(address)
        yield path, node
        for name in node if isinstance(node, h5g.GroupID) else ():
            inner = join(path, name.decode(errors="surrogateescape"))
            if inner != TABLE and node.links.get_info(name).type == h5l.TYPE_HARD:
                is_known = expected is None or inner in expected
                (known if is_known else unknown).append((inner, h5o.open(node, name)))
