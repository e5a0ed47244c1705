"""Trees of plain dicts: iteration, comparison, freezing and memory size."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np

from hdmea_gui.io.store import StoredArray

Path = tuple[Any, ...]
"""Keys from the root of a session's tree to one value."""

_SMALL = 64
"""Arrays of up to this many elements are compared by value, larger ones by identity."""


_ATOMS = frozenset({str, int, float, bool, type(None), np.float64, np.float32, np.int64})
_LEAVES = _ATOMS | {np.ndarray, StoredArray}
"""Exact types that contain no other values: most values of a tree, skipped without a call."""


class _Removed:
    """Value that marks an empty place."""

    def __repr__(self) -> str:
        return "REMOVED"

    def __reduce__(self) -> str:
        return "REMOVED"


REMOVED: Final = _Removed()


def freeze(value: Any) -> Any:
    """Make every array of a tree read-only, in place, and return the tree."""
    if isinstance(value, np.ndarray):
        value.setflags(write=False)
    elif isinstance(value, (dict, Mapping)):
        for item in value.values():
            if type(item) not in _ATOMS:
                freeze(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            if type(item) not in _ATOMS:
                freeze(item)
    return value


def copied(value: Any) -> Any:
    """Return a copy of a tree's containers; arrays and other values are shared."""
    if isinstance(value, dict):
        return {key: item if type(item) in _LEAVES else copied(item) for key, item in value.items()}
    if isinstance(value, list):
        return [item if type(item) in _LEAVES else copied(item) for item in value]
    if isinstance(value, (set, frozenset)):
        return type(value)(value)
    if type(value) is tuple:
        return tuple(map(copied, value))
    return value


def resident(value: Any) -> Any:
    """Return a copy of a tree in which arrays that are still on disk are read into memory."""
    if isinstance(value, dict):
        return {key: resident(item) for key, item in value.items()}
    return np.asarray(value) if isinstance(value, StoredArray) else value


def same(one: Any, other: Any) -> bool:
    """Whether two trees are equal: large arrays by identity, everything else by type and value.

    A subclass of dict or list equals the plain one that is read back from the file.
    """
    if one is other:
        return True
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(item, other[key]) for key, item in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if type(one) is not type(other):
        return False
    if isinstance(one, tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return _same_small_array(one, other) if isinstance(one, np.ndarray) else _same_scalar(one, other)


def _same_small_array(one: np.ndarray[Any, Any], other: np.ndarray[Any, Any]) -> bool:
    if one.size > _SMALL or one.dtype != other.dtype or one.shape != other.shape:
        return False
    return same(one.tolist(), other.tolist()) if one.dtype == object else one.tobytes() == other.tobytes()


def _same_scalar(one: Any, other: Any) -> bool:
    """Whether two values of one type are equal; NaN equals itself, and zero has a sign."""
    if isinstance(one, (complex, np.complexfloating)):
        return _same_scalar(one.real, other.real) and _same_scalar(one.imag, other.imag)
    if isinstance(one, np.void):
        return bool(one.dtype == other.dtype) and one.tobytes() == other.tobytes()
    if one != one and other != other:  # noqa: PLR0124 - only NaN differs from itself
        return True
    signed = isinstance(one, (float, np.floating))
    return bool(one == other) and (not signed or bool(np.signbit(one) == np.signbit(other)))


def leaves(tree: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Yield every value of a tree that is not a dict, with its path."""
    if isinstance(tree, Mapping):
        for key, item in tree.items():
            yield from leaves(item, (*path, key))
    else:
        yield path, tree


def different_places(one: Any, other: Any, path: Path = ()) -> Iterator[Path]:
    """Yield the paths at which two trees differ; all values are compared, including arrays on disk.

    Parameters
    ----------
    one, other
        The trees.
    path
        Path of both in a larger tree.
    """
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        for key in [*one, *(key for key in other if key not in one)]:
            yield from different_places(one.get(key, REMOVED), other.get(key, REMOVED), (*path, key))
    elif not equal_values(one, other):
        yield path


def equal_values(one: Any, other: Any) -> bool:
    """Whether two values are equal; arrays are compared bit by bit."""
    arrays = (np.ndarray, StoredArray)
    if one is other:
        return True
    if isinstance(one, arrays) and isinstance(other, arrays):
        return _equal_arrays(np.asarray(one), np.asarray(other))
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return next(different_places(one, other), None) is None
    if isinstance(one, (list, tuple)) and type(one) is type(other):
        return len(one) == len(other) and all(map(equal_values, one, other))
    return same(one, other)


def _equal_arrays(one: np.ndarray[Any, Any], other: np.ndarray[Any, Any]) -> bool:
    if one.dtype != other.dtype or one.shape != other.shape:
        return False
    if one.dtype == object:
        return equal_values(one.tolist(), other.tolist())
    return one.tobytes() == other.tobytes()


def resident_bytes(tree: Any) -> int:
    """Return the memory of a tree's values in bytes; shared ones count once, arrays on disk do not count."""
    seen: dict[int, int] = {}
    _weigh(tree, seen)
    return sum(seen.values())


def _weigh(value: Any, seen: dict[int, int]) -> None:
    if isinstance(value, np.ndarray):
        _weigh_array(_owner(value), seen)
        return
    if id(value) in seen:
        return
    seen[id(value)] = sys.getsizeof(value)
    if isinstance(value, (dict, Mapping)):
        for item in value.values():
            if type(item) in _ATOMS:
                seen[id(item)] = sys.getsizeof(item)
            else:
                _weigh(item, seen)
    elif isinstance(value, (list, tuple, set, frozenset)):
        for item in value:
            _weigh(item, seen)


def _weigh_array(array: Any, seen: dict[int, int]) -> None:
    """Add the memory of an array, or of the bytes that an array is a view of."""
    if id(array) in seen:
        return
    if not isinstance(array, np.ndarray):
        seen[id(array)] = sys.getsizeof(array)
        return
    seen[id(array)] = array.nbytes
    if array.dtype.hasobject and array.dtype == object:
        for item in array.flat:
            _weigh(item, seen)


def _owner(array: np.ndarray[Any, Any]) -> Any:
    """Array, or bytes, that own the memory of an array."""
    owner, base = array, array.base
    while base is not None:
        if isinstance(base, (np.ndarray, bytes)):
            owner = base
        base = getattr(base, "base", None)
    return owner


def lookup(tree: Any, path: Path, default: Any = REMOVED) -> Any:
    """Return the value at a path, or the default if there is none."""
    for key in path:
        if isinstance(tree, Mapping) and key in tree:
            tree = tree[key]
        elif isinstance(tree, (set, frozenset)) and key in tree:
            tree = True
        else:
            return default
    return tree
