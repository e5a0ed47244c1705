"""The checksums that a file holds of itself, and the marks of what did not have its checksum when it was loaded.

The table is `pipeline/integrity`: `paths`, a JSON list packed with zlib, and the CRC-32 of each one's numbers and
attributes.
"""

from __future__ import annotations

import json
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np

from hdmea_gui.io.store.checksums import Checksum, attributes_crc
from hdmea_gui.io.store.nodes import Group, Leaf

if TYPE_CHECKING:
    from collections.abc import Mapping

    import h5py
    from numpy.typing import NDArray

    from hdmea_gui.io.store.arrays import StoredArray
    from hdmea_gui.io.store.nodes import Attribute, Node

TABLE = "pipeline/integrity"
CHECKED = 1  # flags in the table: this node has numbers to check
MARK = "hdmea_damaged"
"""Attribute of numbers that were loaded though their checksum was another: the CRC-32 that they had then."""
ATTRIBUTES_MARK = "hdmea_damaged_attributes"
"""The same of a node's other attributes."""
_MADE_ANEW = {MARK, ATTRIBUTES_MARK, "updated_at", "program_version", "features_extracted", "source_files"}


def table_of(checksums: dict[str, Checksum]) -> Group:
    """Make the group that holds the checksums of a file."""
    packed = zlib.compress(json.dumps(list(checksums)).encode(), 1)
    columns: dict[str, NDArray[Any]] = {
        "paths": np.frombuffer(packed, dtype=np.uint8),
        "crc32": np.array([item.data or 0 for item in checksums.values()], dtype=np.uint32),
        "attributes_crc32": np.array([item.attributes for item in checksums.values()], dtype=np.uint32),
        "flags": np.array([item.data is not None for item in checksums.values()], dtype=np.uint8),
    }
    children: dict[str, Node] = {name: Leaf(column) for name, column in columns.items()}
    return Group(children)


def read_table(file: h5py.File) -> dict[str, Checksum] | None:
    """Read the checksums that a file holds of itself, or None when it has none."""
    if TABLE not in file:
        return None
    group = file[TABLE]
    paths: list[str] = json.loads(zlib.decompress(group["paths"][()].tobytes()))
    columns = [group[name][()].tolist() for name in ("crc32", "attributes_crc32", "flags")]
    return {
        path: Checksum(data if flag & CHECKED else None, attributes)
        for path, data, attributes, flag in zip(paths, *columns, strict=True)
    }


def has_mark(attrs: Mapping[str, Attribute], data: int) -> bool:
    """Tell whether a node is marked as damaged and still holds the numbers that it was marked for."""
    return _is(attrs.get(MARK), data)


def mark(attrs: dict[str, Attribute], data: int) -> None:
    """Mark a node as damaged."""
    attrs[MARK] = np.asarray(data, dtype=np.int64)


def has_attributes_mark(attrs: Mapping[str, Attribute]) -> bool:
    """Tell whether a node's attributes are marked as damaged and are still those that were marked."""
    return ATTRIBUTES_MARK in attrs and _is(attrs[ATTRIBUTES_MARK], _steady_crc(attrs))


def mark_attributes(attrs: dict[str, Attribute]) -> None:
    """Mark a node's attributes as damaged."""
    attrs[ATTRIBUTES_MARK] = np.asarray(_steady_crc(attrs), dtype=np.int64)


def _is(mark: Attribute | None, crc: int) -> bool:
    return isinstance(mark, np.ndarray) and mark.size == 1 and bool(mark.reshape(()) == crc)


def _steady_crc(attrs: Mapping[str, Attribute]) -> int:
    """Give the CRC-32 of those attributes that a save does not make anew."""
    return attributes_crc({name: value for name, value in attrs.items() if name not in _MADE_ANEW})


def known_sums(stored: Mapping[str, StoredArray], written: Mapping[str, Checksum]) -> dict[str, Checksum]:
    """Give the checksums of arrays that were damaged before they were copied: of the numbers they should have.

    So the new file says of them what the old one did.
    """
    known: dict[str, Checksum] = {}
    for path, array in stored.items():
        if array.crc is not None and array.crc != written[path].data:
            array.tell_damage()
            known[path] = Checksum(array.crc, written[path].attributes)
    return known
