"""Writing of an MCS file: every node stamped with its kind, the file put in place once it is complete."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import h5py
import numpy as np

from hdmea_gui.file_replacement import replacing
from hdmea_gui.io.mcs import kinds

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from hdmea_gui.io.mcs.kinds import Kind

TextKind = Literal["bytes", "str"]
Column = np.ndarray | Sequence[str]


class StampedFile:
    """An HDF5 file being written as MCS programs write it.

    Parameters
    ----------
    file
        The file, open for writing.
    name
        The file's final name, which its root has as ``ID.Instance``.
    text : {"bytes", "str"}
        Texts of fixed length, as MCS programs write them, or of variable length.
    """

    def __init__(self, file: h5py.File, name: str, text: TextKind) -> None:
        self.file = file
        self.name = name
        self.text = text
        self.stamp(file, kinds.FILE, name)

    def set_attributes(self, node: h5py.HLObject, attributes: Mapping[str, object]) -> None:
        """Set attributes: texts in the file's kind of text, other values as they are."""
        for key, value in attributes.items():
            as_bytes = isinstance(value, str) and self.text == "bytes"
            node.attrs[key] = np.bytes_(str(value).encode()) if as_bytes else value

    def stamp(self, node: h5py.HLObject, kind: Kind, name: str) -> None:
        """Add the four attributes that identify a node."""
        instance = uuid.uuid5(uuid.NAMESPACE_OID, f"{self.name}:{node.name}")
        identity = {
            kinds.TYPE: kind.type_name,
            kinds.TYPE_ID: kind.type_id,
            kinds.INSTANCE: name,
            kinds.INSTANCE_ID: str(instance),
        }
        self.set_attributes(node, identity)

    def group(self, parent: h5py.Group, name: str, kind: Kind, **attributes: object) -> h5py.Group:
        """Create a stamped group."""
        node = parent.create_group(name)
        self.stamp(node, kind, name)
        self.set_attributes(node, attributes)
        return node

    def dataset(self, parent: h5py.Group, name: str, kind: Kind, **creation: object) -> h5py.Dataset:
        """Create a stamped dataset; `creation` is passed to h5py."""
        node = parent.create_dataset(name, **creation)
        self.stamp(node, kind, name)
        return node

    def table(self, parent: h5py.Group, name: str, kind: Kind, columns: Mapping[str, Column]) -> h5py.Dataset:
        """Create a compound table from columns of equal length; text columns are sequences of str."""
        return self.dataset(parent, name, kind, data=self._records(columns))

    def _records(self, columns: Mapping[str, Column]) -> np.ndarray:
        stored = {key: self._stored_column(column) for key, column in columns.items()}
        dtype = np.dtype([(key, values.dtype, values.shape[1:]) for key, values in stored.items()])
        records = np.empty(len(next(iter(stored.values()))), dtype)
        for key, values in stored.items():
            records[key] = values
        return records

    def _stored_column(self, column: Column) -> np.ndarray:
        if isinstance(column, np.ndarray):
            return column
        if self.text == "str":
            return np.array(list(column), dtype=h5py.string_dtype())
        encoded = [text.encode() for text in column]
        return np.array(encoded, dtype=f"S{max(16, *(len(text) for text in encoded))}")


@contextmanager
def stamped_file(path: str | Path, text: TextKind) -> Iterator[StampedFile]:
    """Open a new MCS file, which replaces an older one when the block ends without an error.

    Parameters
    ----------
    path
        Path of the file; its folder is created.
    text : {"bytes", "str"}
        See `StampedFile`.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as temporary, h5py.File(temporary, "w") as file:
        yield StampedFile(file, path.name, text)
