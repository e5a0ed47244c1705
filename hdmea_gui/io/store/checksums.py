"""Checksums of nodes, equal for a node in memory and for the same one read from a file."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hdmea_gui.io.store.crc import array_crc
from hdmea_gui.io.store.nodes import StoredAttribute

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hdmea_gui.io.store.nodes import Attribute


@dataclass(frozen=True)
class Checksum:
    """CRC-32 of a node's values (None for a group or a node copied as it is) and of its attributes."""

    data: int | None
    attributes: int


def attributes_crc(attrs: Mapping[str, Attribute]) -> int:
    """Return the CRC-32 of attributes, independent of their order; 0 without attributes."""
    crc = 0
    for name in sorted(attrs):
        value = attrs[name]
        if isinstance(value, StoredAttribute):
            crc = zlib.crc32(f"{name}\0{value.shape}".encode(), crc)
        else:
            crc = array_crc(value, zlib.crc32(f"{name}\0{value.dtype.str}{value.shape}".encode(), crc))
    return crc
