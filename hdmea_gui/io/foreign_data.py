"""Datasets whose values are not in the file itself, or are more than the file can hold.

Reading a virtual dataset may end the process, external storage returns the bytes of any other file, and a few bytes
can declare more values than fit into memory. All of this shows before anything is read.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

from h5py import h5d, h5o

from hdmea_gui.byte_sizes import size_text

if TYPE_CHECKING:
    import h5py

_LARGE_BYTES = 1 << 28
_MOST_COMPRESSED = 1100  # deflate reaches 1032


def fault_of(dataset: Any) -> str:
    """Return why an open dataset (h5py's low-level id) must not be read, continuing after its name; empty if it may."""
    plist = dataset.get_create_plist()
    if plist.get_layout() == h5d.VIRTUAL:
        return "takes its values from other datasets (a virtual dataset)"
    if plist.get_external_count():
        return "takes its values from another file (external storage)"
    declared = (prod(dataset.shape) if dataset.shape is not None else 0) * dataset.get_type().get_size()
    if declared > _LARGE_BYTES and declared > _MOST_COMPRESSED * (held := dataset.get_storage_size()):
        return f"declares {size_text(declared)} of values, of which the file holds {size_text(held)}"
    return ""


def first_fault(file: h5py.File) -> str:
    """Return a sentence about the first dataset of a file that must not be read; empty if there is none."""

    def look(name: bytes) -> str | None:
        node = h5o.open(file.id, name)
        fault = fault_of(node) if isinstance(node, h5d.DatasetID) else ""
        return f"{name.decode(errors='replace')} {fault}" if fault else None

    return h5o.visit(file.id, look) or ""
