"""Conversion of nodes to values: the reverse of `codec`."""

from __future__ import annotations

import ast
import json
from datetime import datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hdmea_gui.errors import DataLoadError
from hdmea_gui.io.store.arrays import StoredArray
from hdmea_gui.io.store.codec import BOOLS, BYTES, STAMP, VERSION
from hdmea_gui.io.store.dtypes import record_dtype
from hdmea_gui.io.store.keys import KEY_STAMP, key_of
from hdmea_gui.io.store.nodes import Group, Leaf, join

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from hdmea_gui.io.store.nodes import Attributes, Node, Raw


class Decoder:
    """Conversion of nodes to values; a leaf with two names becomes one object.

    Stamps are removed from the nodes, so `attrs` keeps only what nothing has read.
    """

    def __init__(self) -> None:
        self._values: dict[int, Any] = {}

    def decode(self, node: Node, path: str) -> Any:
        """Convert a node to its value.

        Raises
        ------
        DataLoadError
            A stamp is unknown: a newer version of this program wrote the node.
        """
        if isinstance(node, Leaf):
            if id(node) not in self._values:
                self._values[id(node)] = _leaf_value(node, path)
            return self._values[id(node)]
        if isinstance(node, Group):
            return self._group_value(node, path)
        return node

    def items(self, group: Group, path: str) -> dict[Any, Any]:
        """Convert the children of a group to a dict."""
        return {
            take_key(name, child): self.decode(child, join(path, name))
            for name, child in group.children.items()
        }

    def _group_value(self, group: Group, path: str) -> Any:
        name, _argument = _take_stamp(group.attrs, path)
        if not name:
            return self.items(group, path)
        if name not in {"list", "tuple"}:
            raise _unknown(name, path)
        values = [self.decode(group.children[str(i)], join(path, str(i))) for i in range(len(group.children))]
        return values if name == "list" else tuple(values)


def take_key(name: str, node: Node) -> str | int:
    """Return the key of a child, and remove its stamp."""
    if isinstance(node, (Leaf, Group)) and KEY_STAMP in node.attrs:
        mark = node.attrs.pop(KEY_STAMP)
        return key_of(name, mark if isinstance(mark, np.ndarray) else None)
    return name


def natural_value(raw: Raw) -> Any:
    """Return the value of an unstamped dataset: 0-d int64, float64, bool and text as Python's, others as NumPy's."""
    if isinstance(raw, StoredArray) or raw.ndim or "enum" in (raw.dtype.metadata or ()):
        return raw  # a single item of an enumeration would lose its names
    value = raw[()]
    if raw.dtype in _PYTHON_DTYPES:
        return value.item()
    return value


def restore(raw: Raw, mark: str, path: str) -> Any:
    """Return the value of a stamped dataset or attribute."""
    name, argument = _parse(mark, path)
    restorer = _RESTORERS.get(name)
    if restorer is None:
        raise _unknown(name, path)
    return restorer(np.asarray(raw) if isinstance(raw, StoredArray) else raw, argument)


def _leaf_value(leaf: Leaf, path: str) -> Any:
    mark = leaf.attrs.pop(STAMP, None)
    if not isinstance(mark, np.ndarray):
        return natural_value(leaf.value)
    text = bytes(mark[()]).decode()
    if text == "array/1":
        return leaf.value
    return restore(leaf.value, text, path)


def _take_stamp(attrs: Attributes, path: str) -> tuple[str, str]:
    mark = attrs.pop(STAMP, None)
    return _parse(bytes(mark[()]).decode(), path) if isinstance(mark, np.ndarray) else ("", "")


def _parse(text: str, path: str) -> tuple[str, str]:
    head, _, argument = text.partition(" ")
    name, _, version = head.partition("/")
    if version != str(VERSION):
        raise _unknown(head, path)
    return name, argument


def _unknown(name: str, path: str) -> DataLoadError:
    return DataLoadError(
        f"{path} is of the type {name!r}, which this version does not know: a newer version wrote the file. "
        "Update the program."
    )


def _restore_text(raw: NDArray[Any], _argument: str) -> str:
    return raw.tobytes().decode() if raw.dtype == np.uint8 else str(raw[()])


def _restore_items(raw: NDArray[Any], argument: str) -> list[Any]:
    items: list[Any] = (raw.astype(bool) if argument == BOOLS else raw).tolist()
    return items


def _restore_array(raw: NDArray[Any], argument: str) -> NDArray[Any]:
    if not argument:
        return raw
    if argument.startswith("["):
        dtype = record_dtype(ast.literal_eval(argument))
        return np.ascontiguousarray(raw).reshape(-1).view(dtype).reshape(raw.shape[:-1])
    if argument == BYTES:
        texts = np.empty(raw.shape, dtype=object)
        texts.reshape(-1)[:] = [text.encode() for text in raw.flat]
        return texts
    dtype = np.dtype(argument)
    if dtype.kind in "mM":
        return raw.view(dtype)
    if raw.dtype == np.uint32:
        flat = np.ascontiguousarray(raw).reshape(-1).view(dtype.newbyteorder("="))
        return flat.reshape(raw.shape[:-1]).astype(dtype)
    return raw.astype(dtype)


def _restore_scalar(raw: NDArray[Any], argument: str) -> Any:
    if argument == "S":
        return np.bytes_(raw.tobytes())
    if raw.dtype.kind == "O" or (raw.dtype == np.uint8 and raw.ndim and not argument):
        return np.str_(_restore_text(raw, argument))
    return _restore_array(raw, argument)[()]


def _restore_datetime(raw: NDArray[Any], _argument: str) -> datetime:
    text, fold, zone = json.loads(str(raw[()]))
    value = datetime.fromisoformat(text)
    return value.replace(fold=fold, tzinfo=_zone(zone, value.tzinfo))


def _zone(name: str | None, fallback: tzinfo | None) -> tzinfo | None:
    if name is None:
        return fallback
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return fallback


_PYTHON_DTYPES = {np.dtype(kind) for kind in (bool, np.int64, float, complex)}
_RESTORERS: dict[str, Callable[[NDArray[Any], str], Any]] = {
    "none": lambda _raw, _argument: None,
    "bool": lambda raw, _argument: bool(raw.item()),
    "int": lambda raw, _argument: int(raw[()]),
    "float": lambda raw, _argument: float(raw[()]),
    "complex": lambda raw, _argument: complex(raw[()]),
    "str": _restore_text,
    "bytes": lambda raw, _argument: raw.tobytes(),
    "path": lambda raw, argument: Path(_restore_text(raw, argument)),
    "datetime": _restore_datetime,
    "list": _restore_items,
    "tuple": lambda raw, argument: tuple(_restore_items(raw, argument)),
    "array": _restore_array,
    "scalar": _restore_scalar,
}
