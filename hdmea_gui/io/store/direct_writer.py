"""Nodes to an HDF5 file without the library: its bytes are laid out here and written in order, in large parts."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hdmea_gui.io.store import file_format as form
from hdmea_gui.io.store.arrays import Sources, StoredArray, open_dataset, read_into
from hdmea_gui.io.store.checksums import Checksum, array_crc, attributes_crc, octets
from hdmea_gui.io.store.lanes import LEAST_BYTES
from hdmea_gui.io.store.lookup3 import checksums
from hdmea_gui.io.store.nodes import Group, Leaf, Link, StoredAttribute, join
from hdmea_gui.io.store.slabs import iterate_slabs

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from hdmea_gui.io.store.arrays import Location
    from hdmea_gui.io.store.lanes import Lanes
    from hdmea_gui.io.store.meter import Meter
    from hdmea_gui.io.store.nodes import Attributes, Node

WITHIN_BYTES = 512  # of numbers that stand in a dataset's header
PART_BYTES = 4 << 20
PAGE = 4096
MOST_CHILDREN = 10_000  # the library seeks a link from the first on where all are in the group's header


@dataclass(frozen=True)
class Part:
    """A stretch of the file: where, its CRC-32, and the first and last node in it."""

    start: int
    n_bytes: int
    crc: int
    first: str
    last: str


@dataclass(frozen=True)
class Place:
    """Where a large array stands, and the path under which the lanes know it."""

    start: int
    n_bytes: int
    path: str


def can_write(root: Group) -> bool:
    """Tell whether a tree holds only what is written here; what the lab's files and others may hold besides is not."""
    return all(map(_is_known, _walk(root)))


def _walk(root: Group) -> list[Node]:
    nodes: list[Node] = [root]
    for node in nodes:  # grows while it is walked
        if isinstance(node, Group):
            nodes.extend(node.children.values())
    return nodes


def _is_known(node: Node) -> bool:
    if isinstance(node, Link):
        return node.kind != "hard"
    if isinstance(node, Group) and len(node.children) > MOST_CHILDREN:
        return False
    return isinstance(node, (Group, Leaf)) and all(map(_fits, node.attrs.values()))


def _fits(value: Any) -> bool:
    if isinstance(value, StoredAttribute):
        return False
    itemsize = form.REFERENCE_BYTES if value.dtype.kind == "O" else value.dtype.itemsize
    return bool(value.size * itemsize <= form.MOST_MESSAGE_BYTES)


def is_large(value: NDArray[Any] | StoredArray) -> bool:
    """Tell whether an array has a place of its own before all headers, where the lanes write it."""
    if value.dtype.kind == "O" or not value.nbytes:
        return False
    return isinstance(value, StoredArray) or value.nbytes >= LEAST_BYTES


class DirectWriter:
    """Writes one file: large arrays first, through the lanes, then headers and small arrays as they are made.

    Parameters
    ----------
    lanes : Lanes
        Move the bytes.
    meter : Meter
        Counts the bytes written.

    Attributes
    ----------
    checksums, moved : dict
        See `NodeWriter`.
    parts : list of Part
        Every stretch of the file.
    """

    def __init__(self, lanes: Lanes, meter: Meter) -> None:
        self.checksums: dict[str, Checksum] = {}
        self.moved: dict[Location, str] = {}
        self.parts: list[Part] = []
        self._lanes = lanes
        self._meter = meter
        self._places: dict[int, Place] = {}  # of large arrays, by leaf
        self._paths: dict[int, str] = {}  # of leaves that have been met
        self._n_names: dict[int, int] = {}
        self._addresses: dict[int, int] = {}
        self._pending: list[tuple[str, str]] = []  # names of large arrays, and the one the lanes know
        self._packed: list[tuple[StoredArray, int, str]] = []
        self._sources = Sources()
        self._pieces: list[bytes | bytearray] = []
        self._headers: list[tuple[int, int]] = []
        self._heap = form.Heap(self._reserve)
        self._start = self._end = 0
        self._first = self._last = ""

    def __enter__(self) -> DirectWriter:
        return self

    def __exit__(self, *_exception: object) -> None:
        self._sources.close()

    def write(self, root: Group, last: str, make_last: Callable[[dict[str, Checksum]], Group]) -> None:
        """Write a whole tree.

        Parameters
        ----------
        root : Group
            The tree, of which `can_write` is true.
        last : str
            Path of one more group, below a child of the root: it is made when everything else is in the file.
        make_last : callable
            Makes it of the checksums.
        """
        self._count_names(root)
        self._start = self._end = self._place_large(root)
        parent, name = last.split("/")
        holder = root.children.setdefault(parent, Group())
        if not isinstance(holder, Group):
            msg = f"{parent} is no group"
            raise TypeError(msg)
        addresses = {key: self._node(child, key) for key, child in root.children.items() if key != parent}
        inner = {key: self._node(child, join(parent, key)) for key, child in holder.children.items()}
        self._note(holder, parent)
        self._note(root, "")
        self._finish_lanes()
        extra = holder.children[name] = make_last(self.checksums)
        final, self.checksums = self.checksums, {}
        self._count_names(extra)
        inner[name] = self._node(extra, last)
        addresses[parent] = self._group(holder, parent, inner)
        address = self._group(root, "", addresses)
        self.checksums = final
        self._flush()
        self.parts += [
            Part(place.start, place.n_bytes, self._lanes.sums[place.path], place.path, place.path)
            for place in self._places.values()
        ]
        head = np.frombuffer(form.superblock(address, self._end), np.uint8)
        self._lanes.put(head.data, 0)
        self.parts.append(Part(0, head.size, zlib.crc32(head.data), "the beginning", "the beginning"))

    def _count_names(self, root: Group) -> None:
        for node in _walk(root):
            if isinstance(node, Leaf):
                self._n_names[id(node)] = self._n_names.get(id(node), 0) + 1

    # Large arrays

    def _place_large(self, root: Group) -> int:
        """Give every large array its place and have the lanes write it; where the next free byte is."""
        free = PAGE
        waiting: list[tuple[str, Group]] = [("", root)]
        while waiting:
            path, group = waiting.pop()
            for name, node in group.children.items():
                inner = join(path, name)
                if isinstance(node, Group):
                    waiting.append((inner, node))
                elif isinstance(node, Leaf) and id(node) not in self._places and is_large(node.value):
                    self._places[id(node)] = Place(free, node.value.nbytes, inner)
                    self._write_large(node.value, free, inner)
                    free += -(-node.value.nbytes // PAGE) * PAGE
        return free

    def _write_large(self, value: NDArray[Any] | StoredArray, place: int, path: str) -> None:
        if not isinstance(value, StoredArray):
            self._lanes.write(value, place, path)
            return
        self.moved[value.location] = path
        dataset = open_dataset(self._sources.file(value.location), value.location.name)
        start = dataset.get_offset()
        if start is None or dataset.get_create_plist().get_external_count():
            self._packed.append((value, place, path))
        else:
            self._lanes.copy(value.location, start, value.nbytes, place, path)

    def _unpack(self, value: StoredArray, place: int, path: str) -> None:
        """Copy an array that HDF5 has to read, slab by slab."""
        dataset = open_dataset(self._sources.file(value.location), value.location.name)
        bounds = tuple((0, length, 1) for length in value.shape)
        crc = 0
        for slab in iterate_slabs(value.shape, value.dtype.itemsize):
            part = np.empty(tuple(cut.stop - cut.start for cut in slab), value.dtype)
            read_into(dataset, bounds, slab, part)
            crc = array_crc(part, crc)
            self._lanes.put(octets(part).data, place)
            place += part.nbytes
            self._meter.add(part.nbytes)
        self._lanes.sums[path] = crc

    def _finish_lanes(self) -> None:
        """Wait until all large arrays are in the file, and note their checksums."""
        for packed in self._packed:
            self._unpack(*packed)
        self._lanes.finish(lambda: self._meter.add(self._lanes.taken()))
        self._meter.add(self._lanes.taken())
        for path, known in self._pending:
            self.checksums[path] = Checksum(self._lanes.sums[known], self.checksums[path].attributes)

    # Headers and what stands between them

    def _node(self, node: Node, path: str) -> int | Link:
        """Write a node and give its address; a link has none."""
        if isinstance(node, Group):
            inner = {name: self._node(child, join(path, name)) for name, child in node.children.items()}
            return self._group(node, path, inner)
        return self._leaf(node, path) if isinstance(node, Leaf) else node  # type: ignore[return-value]

    def _group(self, group: Group, path: str, addresses: dict[str, int | Link]) -> int:
        links = (_link(name.encode(errors="surrogateescape"), target) for name, target in addresses.items())
        self._note(group, path)
        return self._header(b"".join((form.GROUP_MESSAGES, *links, self._attributes(group.attrs))), path)

    def _note(self, group: Group, path: str) -> None:
        self.checksums[path] = Checksum(None, attributes_crc(group.attrs))

    def _leaf(self, leaf: Leaf, path: str) -> int:
        known = self._paths.setdefault(id(leaf), path)
        if known is not path:
            self.checksums[path] = self.checksums[known]
            if id(leaf) in self._places:
                self._pending.append((path, self._places[id(leaf)].path))
            return self._addresses[id(leaf)]
        value, place = leaf.value, self._places.get(id(leaf))
        if place is not None:
            data, layout = 0, form.layout_at(place.start, value.nbytes)
            self._pending.append((path, place.path))
        else:
            data, layout = self._small(np.asarray(value))
            self._meter.add(value.nbytes)
        self.checksums[path] = Checksum(data, attributes_crc(leaf.attrs))
        messages = (
            form.dataset_messages(value.dtype, value.shape),
            layout,
            form.n_names(self._n_names[id(leaf)]),
        )
        address = self._header(b"".join((*messages, self._attributes(leaf.attrs))), path)
        self._addresses[id(leaf)] = address
        return address

    def _small(self, value: NDArray[Any]) -> tuple[int, bytes]:
        """Give the checksum and the layout of a small array, or of texts."""
        content = self._content(value)
        crc = array_crc(value) if value.dtype.kind == "O" else zlib.crc32(content)
        if content and len(content) <= WITHIN_BYTES:
            return crc, form.layout_within(content)
        address = self._end
        self._append(content)
        return crc, form.layout_at(address, len(content))

    def _content(self, value: NDArray[Any]) -> bytes:
        return self._heap.references(value.ravel().tolist()) if value.dtype.kind == "O" else value.tobytes()

    def _attributes(self, attrs: Attributes) -> bytes:
        if not attrs:
            return b""
        written = [form.ATTRIBUTE_INFO]
        for name, value in attrs.items():
            if isinstance(value, np.ndarray):
                written.append(form.attribute(name, value.dtype, value.shape, self._content(value)))
        return b"".join(written)

    def _header(self, messages: bytes, path: str) -> int:
        address, header = self._end, form.header(messages)
        self._headers.append((address - self._start, len(header)))
        self._append(header)
        self._append(bytes(form.CHECKSUM_BYTES))
        self._first, self._last = self._first or path, path
        if self._end - self._start > PART_BYTES:
            self._flush()
        return address

    def _append(self, piece: bytes | bytearray) -> None:
        self._pieces.append(piece)
        self._end += len(piece)

    def _reserve(self, n_bytes: int) -> tuple[int, bytearray]:
        address, block = self._end, bytearray(n_bytes)
        self._append(block)
        return address, block

    def _flush(self) -> None:
        """Write what has gathered, with the checksums of its headers."""
        self._heap.close()
        part = np.frombuffer(bytearray().join(self._pieces), np.uint8)
        if self._headers:
            starts, sizes = zip(*self._headers, strict=True)
            sums = (
                checksums(part, starts, sizes).astype("<u4").view(np.uint8).reshape(-1, form.CHECKSUM_BYTES)
            )
            places = np.add(starts, sizes)[:, np.newaxis] + np.arange(form.CHECKSUM_BYTES)
            part[places] = sums
        self._lanes.put(part.data, self._start)
        crc = zlib.crc32(part.data)
        self.parts.append(Part(self._start, part.size, crc, self._first, self._last))
        self._start = self._end
        self._pieces, self._headers, self._first = [], [], ""


def _link(name: bytes, target: int | Link) -> bytes:
    if isinstance(target, int):
        return form.hard_link(name, target)
    if target.kind == "soft":
        return form.soft_link(name, target.target.encode())
    return form.external_link(name, target.file.encode(), target.target.encode())


def differing_parts(lanes: Lanes, parts: list[Part], meter: Meter) -> list[str]:
    """Read every part of a file back and give those that differ, one sentence each."""
    for part in parts:
        lanes.read(part.start, part.n_bytes, str(part.start))
    lanes.finish(lambda: meter.add(lanes.taken()))
    return [
        f"the numbers of {part.first} differ"
        if part.first == part.last
        else f"what lies from {part.first or 'the root'} to {part.last or 'the root'} differs"
        for part in parts
        if lanes.sums[str(part.start)] != part.crc
    ]
