"""Places of the scalars of units, and one column of them as a vector."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from hdmea_gui.io.store.unit_fields import SORTER, UNIT_FIELDS
from hdmea_gui.session.unit import (
    ABSENT_REASON,
    ATTRIBUTES,
    FEATURES,
    SECTIONED,
    SORTER_INFO,
    SPIKE_TIMES,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from hdmea_gui.session.column_names import Place

Kind = Literal["number", "text", "bool"]
Container = dict[Any, Any]

NOTHING: Container = {}
_DEEPEST = 8
_ARRAYS_OF_SORTER = {item.name for item in UNIT_FIELDS if item.owner == SORTER} - {"*"}
_PLAIN = (bool, int, float, str)


@dataclass(frozen=True)
class Vector:
    """Values of a column, one per unit.

    Parameters
    ----------
    kind
        Whether they are numbers, texts or booleans.
    values
        float64 (n_units,) for numbers and booleans (0 and 1), NaN where a unit has none; object (n_units,) for
        texts, empty where a unit has none.
    """

    kind: Kind
    values: NDArray[Any]


def find_scalars(containers: Sequence[Container], path: Place, found: dict[Place, None]) -> None:
    """Collect the places of all scalars in some units, or in their contents at a path.

    Parameters
    ----------
    containers
        Contents of the units at the path.
    path
        Keys from the unit to the contents.
    found
        The places are added to it, in order.
    """
    if len(path) > _DEEPEST:
        return
    for key, value in _representatives(containers).items():
        place = (*path, key)
        if not isinstance(key, str) or _is_ignored(place):
            continue
        if isinstance(value, dict):
            inner = [item for item in (c.get(key) for c in containers) if isinstance(item, dict)]
            find_scalars(inner, place, found)
        elif _is_scalar(value, place):
            found[place] = None


def _representatives(containers: Sequence[Container]) -> Container:
    """One value per key, from one container for each set of keys: a dict or a scalar if any has one."""
    shapes: dict[tuple[Any, ...], Container] = {}
    for container in containers:
        shapes.setdefault(tuple(container), container)
    chosen: Container = {}
    for container in shapes.values():
        for key, value in container.items():
            if key not in chosen or not isinstance(chosen[key], (dict, *_PLAIN)):
                chosen[key] = value
    return chosen


def _is_ignored(place: Place) -> bool:
    if place[0] in {SECTIONED, ATTRIBUTES} or place[-1] == ATTRIBUTES:
        return True
    if place[0] == SORTER_INFO:
        return place[-1] in _ARRAYS_OF_SORTER
    is_run_info = len(place) > 3 and place[0] == FEATURES and place[2] == "metadata"
    return is_run_info and not (place[3].startswith("n_") or place[3] == ABSENT_REASON)


def _is_scalar(value: Any, place: Place) -> bool:
    if value is None or isinstance(value, (*_PLAIN, np.generic)):
        return True
    shape = (1,) if place[0] == SORTER_INFO else ()
    return isinstance(value, np.ndarray) and value.shape in {(), shape}


def held_under(containers: Sequence[Container], key: str) -> list[Any]:
    """Return the values of containers under a key, None where it is missing."""
    try:
        return [container[key] for container in containers]  # mostly all have it, and this is fastest
    except KeyError:
        return [container.get(key) for container in containers]


def inner_containers(containers: Sequence[Container], key: str) -> list[Container]:
    """Return the dicts of containers under a key, an empty one where the value is not a dict."""
    values = held_under(containers, key)
    if set(map(type, values)) == {dict}:
        return values
    return [value if isinstance(value, dict) else NOTHING for value in values]


def vector_of(values: Sequence[Any]) -> Vector:
    """Return the column of the values of units; values that are not scalars count as missing."""
    types = set(map(type, values))
    if types == {np.ndarray}:
        values = _items(values)
        types = set(map(type, values))
    if not types <= {int, float, str, bool, type(None)}:
        values = [_plain(value) for value in values]
        types = set(map(type, values))
    if types == {str}:
        return Vector("text", _objects(values))
    types.discard(type(None))
    if str in types:
        return Vector("text", _objects(["" if value is None else str(value) for value in values]))
    kind: Kind = "bool" if types == {bool} else "number"
    return Vector(kind, _floats(values))


def _items(values: Sequence[NDArray[Any]]) -> Sequence[Any]:
    """Scalars in one-element arrays, the form in which the sorter's values are stored."""
    try:
        return list(map(np.ndarray.item, values))
    except ValueError:
        return values


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray) and value.size == 1:
        value = value.reshape(-1)[0]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    return value if isinstance(value, _PLAIN) else None


def _floats(values: Sequence[Any]) -> NDArray[np.float64]:
    try:
        return np.array(values, dtype=np.float64)  # None becomes NaN
    except OverflowError:
        return np.array([_float(value) for value in values])


def _float(value: Any) -> float:
    try:
        return np.nan if value is None else float(value)
    except OverflowError:
        return np.inf if value > 0 else -np.inf


def _objects(texts: Sequence[str]) -> NDArray[np.object_]:
    made = np.empty(len(texts), dtype=object)
    made[:] = texts
    return made


def text_vector(texts: Iterable[str]) -> Vector:
    """Return a column of texts."""
    return Vector("text", _objects(list(texts)))


def spike_counts(units: Iterable[Mapping[str, Any]]) -> NDArray[np.float64]:
    """Return the number of spikes of each unit, without reading the times.

    Returns
    -------
    array
        float64 (n_units,). NaN where it is unknown.
    """
    return np.array([_spike_count(unit) for unit in units], dtype=np.float64)


def _spike_count(unit: Mapping[str, Any]) -> float:
    shape = getattr(unit.get(SPIKE_TIMES), "shape", None)
    if shape is not None and len(shape) == 1:
        return float(shape[0])
    count = _plain(unit.get("spike_count"))
    return float(count) if isinstance(count, (int, float)) else np.nan
