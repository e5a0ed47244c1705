"""Sessions in HDF5 files: saved completely or not at all, loaded exactly, large arrays left in the file."""

from __future__ import annotations

from hdmea_gui.io.store.arrays import StoredArray, StoredNode, identity_of, is_in_use
from hdmea_gui.io.store.integrity import check_integrity
from hdmea_gui.io.store.known import KnownFile, has_changed, is_another
from hdmea_gui.io.store.reader import LoadedTree, read_tree
from hdmea_gui.io.store.schema import TO_BE_RECOMPUTED
from hdmea_gui.io.store.target import SUFFIXES, check_target
from hdmea_gui.io.store.writer import WriteReport, check_storable, write_tree

__all__ = [
    "SUFFIXES",
    "TO_BE_RECOMPUTED",
    "KnownFile",
    "LoadedTree",
    "StoredArray",
    "StoredNode",
    "WriteReport",
    "check_integrity",
    "check_storable",
    "check_target",
    "has_changed",
    "identity_of",
    "is_another",
    "is_in_use",
    "read_tree",
    "write_tree",
]
