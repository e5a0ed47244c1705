"""Conversion of values to nodes, exactly or not at all; `decoder` is the way back.

Where the plain HDF5 form is complete (an array of numbers, a dict with text keys) nothing is added. Elsewhere an
attribute ``hdmea_type`` on the node states the type and its version, ``"tuple/1"``, and whatever else is needed to
restore the value, ``"array/1 <M8[ns]"``. Reading follows this stamp and never guesses.

Booleans are 0 and 1 in uint8, with a stamp: programs other than h5py do not know its enumeration.

Stamps: none, bool, int, float, complex, str, bytes, path, datetime, list, tuple, array, scalar.
"""

from __future__ import annotations

import json
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hdmea_gui.errors import ValidationError
from hdmea_gui.io.store.arrays import StoredArray, StoredNode
from hdmea_gui.io.store.dtypes import is_plain_dtype, record_description
from hdmea_gui.io.store.keys import KEY_STAMP, key_stamp, link_name
from hdmea_gui.io.store.names import is_text
from hdmea_gui.io.store.nodes import Group, Leaf, Link, join, raw_scalar, raw_texts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    from hdmea_gui.io.store.nodes import Node

STAMP = "hdmea_type"
BYTES = "bytes"
BOOLS = "bool"
VERSION = 1
DEEPEST = 100
MOST_AXES = 32  # HDF5's own limit (H5S_MAX_RANK)
INT64 = range(-(2**63), 2**63)
UINT64 = range(2**64)

_stamps: dict[str, NDArray[Any]] = {}


def refuse(path: str, reason: str) -> ValidationError:
    """Return the error for a value that cannot be stored."""
    return ValidationError(f"{path or 'the value'} cannot be stored: {reason}")


def stamp(name: str, argument: str = "") -> NDArray[Any]:
    """Return the attribute that states a node's type."""
    text = f"{name}/{VERSION} {argument}".rstrip()
    if text not in _stamps:
        _stamps[text] = np.array(text.encode())
    return _stamps[text]


def is_natural(value: object) -> bool:
    """Whether a scalar can be read back from its plain 0-d form without a stamp."""
    if type(value) is int:
        return value in INT64
    if type(value) is str:
        return "\0" not in value and (value.isascii() or is_text(value))
    return type(value) in {float, complex}


class Encoder:
    """Conversion of values to nodes.

    One encoder serves one tree: an array object that occurs in two places becomes one leaf, hence one dataset with
    two names.

    Parameters
    ----------
    check_cancelled
        Called for every value; may raise an exception to stop.
    """

    def __init__(self, check_cancelled: Callable[[], None] | None = None) -> None:
        self._check_cancelled = check_cancelled
        self._leaves: dict[int, Leaf] = {}
        self._open: set[int] = set()

    def encode(self, value: object, path: str) -> Node:
        """Convert any value to a node.

        Raises
        ------
        ValidationError
            The value, or one inside it, cannot be stored; the message begins with its path.
        """
        if self._check_cancelled is not None:
            self._check_cancelled()
        # Exact types only: a value of a subclass would be read back as its base class.
        encoder = _ENCODERS.get(type(value))
        if encoder is not None:
            return encoder(self, value, path)
        if isinstance(value, np.generic):
            return _numpy_scalar(value, path)
        if isinstance(value, Path):
            return _text("path", str(value), path)
        raise refuse(path, f"{_kind(value)} is not supported. {_advice(value)}")

    def leaf(self, value: object, path: str) -> Leaf | None:
        """Convert a value to a leaf, or return None if it needs a group."""
        node = self.encode(value, path)
        return node if isinstance(node, Leaf) else None

    def keyed(self, group: Group, key: object, value: object, path: str) -> None:
        """Convert one entry of a dict and add it to the group."""
        self.add(group, key, self.encode(value, join(path, str(key))), path)

    def add(self, group: Group, key: object, node: Node, path: str) -> None:
        """Add a node under the link name of a key, stamped with the key if the name differs from it."""
        checked = _checked_key(key, path)
        name = link_name(checked)
        if name != checked:
            node = _stamp_key(node, checked, join(path, str(key)))
        group.children[name] = node

    def _dict(self, value: dict[Any, Any], path: str) -> Group:
        group = Group()
        self._enter(value, path)
        for key, item in value.items():
            self.keyed(group, key, item, path)
        self._open.discard(id(value))
        return group

    def _sequence(self, value: list[Any] | tuple[Any, ...], path: str) -> Node:
        name = type(value).__name__
        array = _homogeneous(value)
        if array is not None and array.dtype == bool:
            return Leaf(array.view(np.uint8), {STAMP: stamp(name, BOOLS)})
        if array is not None:
            return Leaf(array, {STAMP: stamp(name)})
        group = Group(attrs={STAMP: stamp(name)})
        self._enter(value, path)
        for index, item in enumerate(value):
            group.children[str(index)] = self.encode(item, join(path, str(index)))
        self._open.discard(id(value))
        return group

    def _enter(self, value: object, path: str) -> None:
        if id(value) in self._open:
            raise refuse(path, "it contains itself")
        if len(self._open) >= DEEPEST:
            raise refuse(path, f"it is nested more than {DEEPEST} levels deep")
        self._open.add(id(value))

    def _array(self, value: NDArray[Any], path: str) -> Leaf:
        if id(value) not in self._leaves:
            self._leaves[id(value)] = _array_leaf(value, path)
        return self._leaves[id(value)]

    def _stored(self, value: StoredArray, _path: str) -> Leaf:
        return self._leaves.setdefault(id(value), Leaf(value))

    def _as_it_is(self, value: Any, _path: str) -> Node:
        node: Node = value
        return node


def _kind(value: object) -> str:
    return f"a value of type {type(value).__module__}.{type(value).__qualname__}".replace("builtins.", "")


def _advice(value: object) -> str:
    if isinstance(value, (set, frozenset)):
        return "Convert it to a sorted list."
    if isinstance(value, dict):
        return "Convert it to a plain dict."
    if isinstance(value, np.ndarray):
        return "Convert it to a plain array with numpy.array(...)."
    for plain in (str, int, float):
        if isinstance(value, plain):
            return f"Convert it to a plain {plain.__name__}."
    return "Use numbers, text, arrays, or lists or dicts of these."


def _checked_key(key: object, path: str) -> str | int:
    if type(key) is int:
        if key not in INT64 and key not in UINT64:
            raise refuse(path, f"its key {key} does not fit in 64 bits")
        return key
    if type(key) is not str:
        raise refuse(path, f"its key {key!r} is {_kind(key)}, and keys are text or integers")
    _utf8(key, path)
    return key


def _stamp_key(node: Node, key: str | int, path: str) -> Node:
    if isinstance(node, Leaf):
        return Leaf(node.value, {**node.attrs, KEY_STAMP: key_stamp(key)})
    if isinstance(node, Group):
        node.attrs[KEY_STAMP] = key_stamp(key)
        return node
    raise refuse(path, "a node of another program keeps its name, which must be text without slashes")


def _utf8(text: str, path: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise refuse(path, "its text contains lone surrogates, which are not characters") from None


def _text(name: str, text: str, path: str) -> Leaf:
    encoded = _utf8(text, path)
    raw = np.frombuffer(encoded, dtype=np.uint8) if "\0" in text else raw_scalar(text)
    return Leaf(raw, {STAMP: stamp(name)})


def _none(_encoder: Encoder, _value: None, _path: str) -> Leaf:
    return Leaf(np.empty(0, dtype=np.uint8), {STAMP: stamp("none")})


def _plain(_encoder: Encoder, value: float | complex, _path: str) -> Leaf:
    return Leaf(np.asarray(value), {STAMP: stamp(type(value).__name__)})


def _bool(_encoder: Encoder, value: bool, _path: str) -> Leaf:
    return Leaf(np.asarray(value, dtype=np.uint8), {STAMP: stamp("bool")})


def _int(_encoder: Encoder, value: int, path: str) -> Leaf:
    if value in INT64:
        return Leaf(np.asarray(value, dtype=np.int64), {STAMP: stamp("int")})
    if value in UINT64:
        return Leaf(np.asarray(value, dtype=np.uint64), {STAMP: stamp("int")})
    raise refuse(path, "the integer does not fit in 64 bits. Convert it to a float or text.")


def _str(_encoder: Encoder, value: str, path: str) -> Leaf:
    return _text("str", value, path)


def _bytes(_encoder: Encoder, value: bytes, _path: str) -> Leaf:
    return Leaf(np.frombuffer(value, dtype=np.uint8), {STAMP: stamp("bytes")})


def _datetime(_encoder: Encoder, value: datetime, path: str) -> Leaf:
    from zoneinfo import ZoneInfo

    zone = value.tzinfo.key if isinstance(value.tzinfo, ZoneInfo) else None
    if not (value.tzinfo is None or isinstance(value.tzinfo, timezone) or zone):
        raise refuse(path, "its time zone is of an unknown type. Use one from datetime or zoneinfo.")
    # isoformat does not show fold, which tells the two hours apart that are repeated when summer time ends.
    parts = [value.replace(fold=0).isoformat(), value.fold, zone]
    return Leaf(raw_scalar(json.dumps(parts)), {STAMP: stamp("datetime")})


def _homogeneous(values: list[Any] | tuple[Any, ...]) -> NDArray[Any] | None:
    """1-d array if all items are of one simple type, else None."""
    kinds = set(map(type, values))
    if not kinds:
        return np.empty(0)
    kind = kinds.pop()
    if kinds:
        return None
    if kind is int:
        return _integers(values)
    if kind is float or kind is bool:
        return np.array(values, dtype=kind)
    if kind is str and not any("\0" in text or not is_text(text) for text in values):
        return raw_texts(list(values))
    return None


def _integers(values: Iterable[int]) -> NDArray[Any] | None:
    if all(value in INT64 for value in values):
        return np.array(values, dtype=np.int64)
    if all(value in UINT64 for value in values):
        return np.array(values, dtype=np.uint64)
    return None


def _array_leaf(value: NDArray[Any], path: str) -> Leaf:
    raw, argument = _raw_array(value, path)
    plain = not argument and value.ndim > 0
    return Leaf(raw, {} if plain else {STAMP: stamp("array", argument)})


def _raw_array(value: NDArray[Any], path: str) -> tuple[NDArray[Any], str]:
    """Array that HDF5 can store, and the original dtype if it differs."""
    if value.ndim > MOST_AXES:
        raise refuse(path, f"an array can have at most {MOST_AXES} axes in the file")
    if value.dtype.kind in "mM":
        return value.view(value.dtype.str[0].replace("|", "=") + "i8"), value.dtype.str
    if value.dtype.kind == "U":
        return _raw_text_array(value, path), value.dtype.str
    if value.dtype.kind == "O":
        return _raw_object_array(value, path)
    if value.dtype == bool:
        return value.view(np.uint8), value.dtype.str
    if is_plain_dtype(value.dtype):
        return value, ""
    description = record_description(value.dtype)
    if description is None:
        raise refuse(path, f"arrays of dtype {value.dtype} are not supported")
    octets = np.ascontiguousarray(value).reshape(-1).view(np.uint8)
    return octets.reshape(*value.shape, value.dtype.itemsize), description


def _raw_text_array(value: NDArray[Any], path: str) -> NDArray[Any]:
    texts = np.empty(value.shape, dtype=object)
    texts[...] = value.astype(object)
    for text in texts.flat:
        _utf8(text, path)
    if not any("\0" in text for text in texts.flat):
        return texts
    native = np.ascontiguousarray(value, dtype=value.dtype.newbyteorder("="))
    return native.reshape(-1).view(np.uint32).reshape(*value.shape, value.dtype.itemsize // 4)


def _raw_object_array(value: NDArray[Any], path: str) -> tuple[NDArray[Any], str]:
    """Array of texts, and their original type: h5py returns variable-length text as bytes, which scripts keep."""
    is_bytes = value.size > 0 and all(type(item) is bytes for item in value.flat)
    texts = _decoded(value, path) if is_bytes else value
    for item in texts.flat:
        if type(item) is not str:
            raise refuse(
                path, f"an array of objects can contain text only, and this one contains {_kind(item)}"
            )
        _utf8(item, path)
        if "\0" in item:
            raise refuse(
                path, "texts in an array of objects must not contain NUL characters. Convert it to a list."
            )
    return texts, BYTES if is_bytes else ""


def _decoded(value: NDArray[Any], path: str) -> NDArray[Any]:
    texts = np.empty(value.shape, dtype=object)
    try:
        texts.reshape(-1)[:] = [item.decode() for item in value.flat]
    except UnicodeDecodeError:
        raise refuse(path, "bytes in an array of objects must be UTF-8 text. Convert it to a list.") from None
    return texts


def _numpy_scalar(value: np.generic, path: str) -> Leaf:
    if isinstance(value, np.str_):
        return _text("scalar", str(value), path)
    # Fixed-length bytes in HDF5 can neither be empty nor end in NUL, so such values are stored as octets.
    if isinstance(value, np.bytes_) and (not value or value.endswith(b"\0")):
        return Leaf(np.frombuffer(bytes(value), dtype=np.uint8), {STAMP: stamp("scalar", "S")})
    raw, argument = _raw_array(np.asarray(value), path)
    return Leaf(raw, {STAMP: stamp("scalar", argument)})


_ENCODERS: dict[type, Callable[[Encoder, Any, str], Node]] = {
    type(None): _none,
    bool: _bool,
    int: _int,
    float: _plain,
    complex: _plain,
    str: _str,
    bytes: _bytes,
    datetime: _datetime,
    list: Encoder._sequence,
    tuple: Encoder._sequence,
    dict: Encoder._dict,
    np.ndarray: Encoder._array,
    StoredArray: Encoder._stored,
    StoredNode: Encoder._as_it_is,
    Link: Encoder._as_it_is,
}
