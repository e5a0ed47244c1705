"""Parts of an HDF5 file as bytes: what a session needs of the format, and no more.

Definition: HDF5 File Format Specification, version 3.0 (superblock 2, object headers 2, global heap 1); every
release of HDF5 since 1.8 reads it. Making a dataset through the library takes 0.1 ms, and a session has tens of
thousands; made here, one takes a tenth of that.
"""

from __future__ import annotations

import struct
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from hdmea_gui.io.store.dtypes import file_type
from hdmea_gui.io.store.lookup3 import lookup3

if TYPE_CHECKING:
    import numpy as np

UNDEFINED = 0xFFFFFFFFFFFFFFFF
SUPERBLOCK_BYTES = 48
CHECKSUM_BYTES = 4
MOST_MESSAGE_BYTES = 65_000  # of 65535, for the numbers of one attribute or small dataset
REFERENCE_BYTES = 16  # what stands in a dataset or attribute for one text in the heap

_SPACE, _LINK_INFO, _TYPE, _FILL, _LINK, _LAYOUT, _GROUP_INFO, _ATTRIBUTE = 1, 2, 3, 5, 6, 8, 10, 12
_ATTRIBUTE_INFO, _N_NAMES = 21, 22
_CONSTANT = 1  # flag of messages that never change
_FAIL_IF_UNKNOWN = 4
_MOST_LINKS = 0xFFFF  # so many links may stand in a group's header

# text of any length: a sequence of bytes that is a string in UTF-8, 16 bytes here, of 8-bit integers
_TEXT_TYPE = struct.pack("<B3BI", 0x19, 1, 1, 0, REFERENCE_BYTES) + struct.pack(
    "<B3BIHH", 0x10, 0, 0, 0, 1, 0, 8
)


def _message(kind: int, content: bytes, flags: int = 0) -> bytes:
    return struct.pack("<BHB", kind, len(content), flags) + content


def type_of(dtype: np.dtype[Any]) -> bytes:
    """Describe a dtype; dtype object means text of any length."""
    if dtype.metadata:
        return _encoded(dtype)  # equal dtypes may differ in these
    return _TEXT_TYPE if dtype.kind == "O" else _cached_type(dtype)


@lru_cache(maxsize=1024)
def _cached_type(dtype: np.dtype[Any]) -> bytes:
    return _encoded(dtype)


def _encoded(dtype: np.dtype[Any]) -> bytes:
    code: bytes = file_type(dtype).encode()
    return code[2:]  # after the number of the message and the version of the code


@lru_cache(maxsize=4096)
def _space(shape: tuple[int, ...]) -> bytes:
    return struct.pack(f"<BBBB{len(shape)}Q", 2, len(shape), 0, int(bool(shape)), *shape)


def dataset_messages(dtype: np.dtype[Any], shape: tuple[int, ...]) -> bytes:
    """Describe type and shape of a dataset whose space is there from the beginning."""
    return (
        _dataset_messages(type_of(dtype), shape)
        if dtype.metadata or dtype.kind == "O"
        else _of_dtype(dtype, shape)
    )


@lru_cache(maxsize=4096)
def _of_dtype(dtype: np.dtype[Any], shape: tuple[int, ...]) -> bytes:
    return _dataset_messages(type_of(dtype), shape)


def _dataset_messages(code: bytes, shape: tuple[int, ...]) -> bytes:
    fill = bytes((3, 1 | 1 << 2))  # zeros, allocated at once and never written
    return (
        _message(_SPACE, _space(shape)) + _message(_TYPE, code, _CONSTANT) + _message(_FILL, fill, _CONSTANT)
    )


def layout_within(content: bytes) -> bytes:
    """Hold the numbers of a dataset in its header."""
    return struct.pack("<BHBBBH", _LAYOUT, len(content) + 4, 0, 3, 0, len(content)) + content


def layout_at(address: int, n_bytes: int) -> bytes:
    """Say where the numbers of a dataset are, in one stretch."""
    return struct.pack("<BHBBBQQ", _LAYOUT, 18, 0, 3, 1, address if n_bytes else UNDEFINED, n_bytes)


def n_names(count: int) -> bytes:
    """Say how many links lead to an object."""
    return _message(_N_NAMES, struct.pack("<BI", 0, count)) if count > 1 else b""


ATTRIBUTE_INFO = _message(_ATTRIBUTE_INFO, struct.pack("<BBQQ", 0, 0, UNDEFINED, UNDEFINED), _FAIL_IF_UNKNOWN)


def attribute(name: str, dtype: np.dtype[Any], shape: tuple[int, ...], content: bytes) -> bytes:
    """Hold an attribute in the header of its object, after `ATTRIBUTE_INFO`."""
    raw = name.encode() + b"\0"
    code, space = type_of(dtype), _space(shape)
    head = struct.pack("<BBHHHB", 3, 0, len(raw), len(code), len(space), int(not name.isascii()))
    return _message(_ATTRIBUTE, b"".join((head, raw, code, space, content)))


GROUP_MESSAGES = _message(_LINK_INFO, struct.pack("<BBQQ", 0, 0, UNDEFINED, UNDEFINED)) + _message(
    _GROUP_INFO, struct.pack("<BBHH", 0, 1, _MOST_LINKS, 6), _CONSTANT
)


def hard_link(name: bytes, address: int) -> bytes:
    """Link a group's header to the object at an address."""
    return _message(_LINK, _named(name, 0) + struct.pack("<Q", address))


def soft_link(name: bytes, target: bytes) -> bytes:
    """Link a group's header to a path in the same file."""
    return _message(_LINK, _named(name, 1) + struct.pack("<H", len(target)) + target)


def external_link(name: bytes, file: bytes, target: bytes) -> bytes:
    """Link a group's header to a path in another file."""
    content = b"\0" + file + b"\0" + target + b"\0"
    return _message(_LINK, _named(name, 64) + struct.pack("<H", len(content)) + content)


def _named(name: bytes, kind: int) -> bytes:
    flags = 1 | (8 if kind else 0) | 16  # names have two bytes of length and are in UTF-8
    return (
        struct.pack("<BB", 1, flags)
        + (bytes((kind,)) if kind else b"")
        + b"\1"
        + struct.pack("<H", len(name))
        + name
    )


def header(messages: bytes) -> bytes:
    """Make an object header but for its checksum, which follows it."""
    size = len(messages)
    if size < 1 << 8:
        return struct.pack("<4sBBB", b"OHDR", 2, 0, size) + messages
    if size < 1 << 16:
        return struct.pack("<4sBBH", b"OHDR", 2, 1, size) + messages
    return struct.pack("<4sBBI", b"OHDR", 2, 2, size) + messages


def superblock(root: int, n_bytes: int) -> bytes:
    """Begin a file: where its root is, and how many bytes it has."""
    block = struct.pack("<8sBBBBQQQQ", b"\x89HDF\r\n\x1a\n", 2, 8, 8, 0, 0, UNDEFINED, n_bytes, root)
    return block + struct.pack("<I", lookup3(block))


class Heap:
    """Texts of one stretch of the file: collections that are filled up one after the other.

    Parameters
    ----------
    reserve : callable
        Gives a number of zeros a place in the file: its address and the bytes, which may be written until the
        stretch is.
    """

    CAPACITY = 1 << 14
    _HEAD = 16  # of a collection, and of each text in it

    def __init__(self, reserve: Any) -> None:
        self._reserve = reserve
        self._block = bytearray()
        self._address = self._filled = self._count = 0

    def references(self, texts: list[str]) -> bytes:
        """Store texts and give what stands for them, 16 bytes each."""
        return b"".join(self._reference(text.encode()) for text in texts)

    def close(self) -> None:
        """Begin a new collection with the next text."""
        left = len(self._block) - self._filled
        if left >= self._HEAD:
            struct.pack_into("<HHIQ", self._block, self._filled, 0, 0, 0, left)
        self._block, self._filled, self._count = bytearray(), 0, 0

    def _reference(self, text: bytes) -> bytes:
        if not text:
            return bytes(REFERENCE_BYTES)
        taken = self._HEAD + -(-len(text) // 8) * 8
        if self._filled + taken > len(self._block):
            self.close()
            size = max(self.CAPACITY, -(-(self._HEAD + taken) // 4096) * 4096)
            self._address, self._block = self._reserve(size)
            struct.pack_into("<4sB3xQ", self._block, 0, b"GCOL", 1, size)
            self._filled = self._HEAD
        self._count += 1
        struct.pack_into("<HHIQ", self._block, self._filled, self._count, 0, 0, len(text))
        start = self._filled + self._HEAD
        self._block[start : start + len(text)] = text
        self._filled += taken
        return struct.pack("<IQI", len(text), self._address, self._count)
