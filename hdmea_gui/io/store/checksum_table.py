"""Checksums that a file stores of its own nodes, and marks on nodes that did not match theirs when loaded.

The table is `pipeline/integrity`: `paths`, a JSON list compressed with zlib, and the CRC-32 of the values and of
the attributes at each path.
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
CHECKED = 1  # flag in the table: this node has values to check
MARK = "hdmea_damaged"
"""Attribute of a dataset that was loaded although its checksum did not match: the CRC-32 that its values had."""
ATTRIBUTES_MARK = "hdmea_damaged_attributes"
"""The same for a node's other attributes."""
_REWRITTEN = {MARK, ATTRIBUTES_MARK, "updated_at", "program_version", "features_extracted", "source_files"}


def table_of(checksums: dict[str, Checksum]) -> Group:
    """Build the group with the checksums of a file."""
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
    """Read the checksums that a file stores of itself, or return None if it has none."""
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
    """Whether a node is marked as damaged and still has the values that it was marked for."""
    return _is(attrs.get(MARK), data)


def mark(attrs: dict[str, Attribute], data: int) -> None:
    """Mark a node as damaged."""
    attrs[MARK] = np.asarray(data, dtype=np.int64)


def has_attributes_mark(attrs: Mapping[str, Attribute]) -> bool:
    """Whether a node's attributes are marked as damaged and are still those that were marked."""
    return ATTRIBUTES_MARK in attrs and _is(attrs[ATTRIBUTES_MARK], _steady_crc(attrs))


def mark_attributes(attrs: dict[str, Attribute]) -> None:
    """Mark a node's attributes as damaged."""
    attrs[ATTRIBUTES_MARK] = np.asarray(_steady_crc(attrs), dtype=np.int64)


def _is(mark: Attribute | None, crc: int) -> bool:
    return isinstance(mark, np.ndarray) and mark.size == 1 and bool(mark.reshape(()) == crc)


def _steady_crc(attrs: Mapping[str, Attribute]) -> int:
    """CRC-32 of the attributes that a save does not rewrite."""
    return attributes_crc({name: value for name, value in attrs.items() if name not in _REWRITTEN})


def known_sums(stored: Mapping[str, StoredArray], written: Mapping[str, Checksum]) -> dict[str, Checksum]:
    """Return the original checksums of arrays that were already damaged when they were copied.

    With these the new file reports the damage as the old one did.
    """
    known: dict[str, Checksum] = {}
    for path, array in stored.items():
        if array.crc is not None and array.crc != written[path].data:
            array.tell_damage()
            known[path] = Checksum(array.crc, written[path].attributes)
    return known
