"""Checksums of what a node holds, alike for a node in memory and for the same one read from a file."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hdmea_gui.io.store.nodes import StoredAttribute

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from hdmea_gui.io.store.nodes import Attribute


@dataclass(frozen=True)
class Checksum:
    """CRC-32 of a node: of its numbers (None for a group or a node carried as it is) and of its attributes."""

    data: int | None
    attributes: int


def octets(array: NDArray[Any]) -> NDArray[np.uint8]:
    """Give the bytes of an array in C order, without a copy where possible."""
    return np.ascontiguousarray(array).reshape(-1).view(np.uint8)


def array_crc(array: NDArray[Any], start: int = 0) -> int:
    """Give the CRC-32 of an array's bytes, or of its texts."""
    if array.dtype.kind == "O":
        return zlib.crc32("\0".join(array.ravel().tolist()).encode(), start)
    if array.size == 0:
        return start
    return zlib.crc32(octets(array).data, start)


def attributes_crc(attrs: Mapping[str, Attribute]) -> int:
    """Give the CRC-32 of attributes, whatever their order; 0 when there are none."""
    crc = 0
    for name in sorted(attrs):
        value = attrs[name]
        if isinstance(value, StoredAttribute):
            crc = zlib.crc32(f"{name}\0{value.shape}".encode(), crc)
        else:
            crc = array_crc(value, zlib.crc32(f"{name}\0{value.dtype.str}{value.shape}".encode(), crc))
    return crc
