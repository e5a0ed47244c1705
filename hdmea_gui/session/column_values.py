"""Where the scalars of units are, and one column of them as a vector."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from hdmea_gui.session.column_names import Place

Kind = Literal["number", "text", "bool"]
Container = dict[Any, Any]

NOTHING: Container = {}
_DEEPEST = 8
_ARRAYS_OF_SORTER = {"peak_amplitudes", "roi_stas", "unmixing_matrix", "peaks_data"}
_PLAIN = (bool, int, float, str)


@dataclass(frozen=True)
class Vector:
    """The values of a column, one a unit.

    Parameters
    ----------
    kind : str
        Whether they are numbers, texts or truth values.
    values : ndarray, shape (n_units,)
        Numbers and truth values (0 and 1) as float64, NaN where a unit has none; texts as objects, empty where a
        unit has none.
    """

    kind: Kind
    values: NDArray[Any]


def find_scalars(containers: Sequence[Container], path: Place, found: dict[Place, None]) -> None:
    """Note the places of all scalars in some units, or in what they hold at a path.

    Parameters
    ----------
    containers : sequence of dict
        What the units hold there.
    path : tuple
        Keys that lead from the unit to it.
    found : dict
        Gains the places, in their order.
    """
    if len(path) > _DEEPEST:
        return
    for key, value in _representatives(containers).items():
        place = (*path, key)
        if not isinstance(key, str) or _is_passed_over(place):
            continue
        if isinstance(value, dict):
            inner = [item for item in (c.get(key) for c in containers) if isinstance(item, dict)]
            find_scalars(inner, place, found)
        elif _is_scalar(value, place):
            found[place] = None


def _representatives(containers: Sequence[Container]) -> Container:
    """One value for each key: a dict or a scalar where one is seen among containers with other keys each."""
    shapes: dict[tuple[Any, ...], Container] = {}
    for container in containers:
        shapes.setdefault(tuple(container), container)
    chosen: Container = {}
    for container in shapes.values():
        for key, value in container.items():
            if key not in chosen or not isinstance(chosen[key], (dict, *_PLAIN)):
                chosen[key] = value
    return chosen


def _is_passed_over(place: Place) -> bool:
    if place[0] in {"spike_times_sectioned", "_attrs"} or place[-1] == "_attrs":
        return True
    if place[0] == "unit_meta":
        return place[-1] in _ARRAYS_OF_SORTER
    is_remark = len(place) > 3 and place[0] == "features" and place[2] == "metadata"
    return is_remark and not (place[3].startswith("n_") or place[3] == "absent_reason")


def _is_scalar(value: Any, place: Place) -> bool:
    if value is None or isinstance(value, (*_PLAIN, np.generic)):
        return True
    shape = (1,) if place[0] == "unit_meta" else ()
    return isinstance(value, np.ndarray) and value.shape in {(), shape}


def held_under(containers: Sequence[Container], key: str) -> list[Any]:
    """What containers hold under a key, None where they hold nothing."""
    try:
        return [container[key] for container in containers]  # mostly all have it, and this is fastest
    except KeyError:
        return [container.get(key) for container in containers]


def inner_containers(containers: Sequence[Container], key: str) -> list[Container]:
    """What containers hold under a key, an empty dict where that is no dict."""
    values = held_under(containers, key)
    if set(map(type, values)) == {dict}:
        return values
    return [value if isinstance(value, dict) else NOTHING for value in values]


def vector_of(values: Sequence[Any]) -> Vector:
    """Make a column of the values of units; what is no scalar counts as missing."""
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
    """The scalars in arrays of one element, as the sorter's are stored."""
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
    """Make a column of texts."""
    return Vector("text", _objects(list(texts)))


def spike_counts(units: Iterable[Mapping[str, Any]]) -> NDArray[np.float64]:
    """Number of spikes of each unit; the times themselves are not looked at."""
    return np.array([_spike_count(unit) for unit in units], dtype=np.float64)


def _spike_count(unit: Mapping[str, Any]) -> float:
    shape = getattr(unit.get("spike_times"), "shape", None)
    if shape is not None and len(shape) == 1:
        return float(shape[0])
    count = _plain(unit.get("spike_count"))
    return float(count) if isinstance(count, (int, float)) else np.nan
