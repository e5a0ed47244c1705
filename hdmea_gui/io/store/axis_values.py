"""Values of the axes of large arrays, one dataset each, shared by all units."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hdmea_gui.io.store.feature_nodes import STA_PREFIX
from hdmea_gui.io.store.nodes import Group, Leaf, find, group_at, raw_scalar
from hdmea_gui.io.store.output_fields import SHARED_VECTORS
from hdmea_gui.io.store.schema import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Iterator

_RATE_BINS_HZ = 10
_IMAGE = "eimage_sta"


def axes_of(root: Group, units: Group) -> dict[str, Group]:
    """Return the axes by feature or array: values that differ between units are left out.

    Parameters
    ----------
    root
        The nodes of a session, with its frame rate.
    units
        Its units.
    """
    found: dict[str, dict[str, Leaf]] = {}
    n_bins = [len(rate) for rate in _leaves(units, "firing_rate_10hz")]
    if n_bins:
        found["firing_rate_10hz"] = {"time": _axis("time", np.arange(max(n_bins)) / _RATE_BINS_HZ)}
    frame_rate_hz = _number(root, "metadata/frame_rate_hz")
    for name, features in _by_name(units).items():
        if name == _IMAGE:
            axes = [_image_axes(feature) for feature in features]
        elif name.startswith(STA_PREFIX):
            axes = [_sta_axes(feature, frame_rate_hz) for feature in features]
        else:
            axes = [_shared_axes(feature) for feature in features]
        if common := _common(axes):
            found[name] = common
    return {name: Group(dict(axes)) for name, axes in found.items()}


def _axis(name: str, values: np.ndarray[Any, Any]) -> Leaf:
    declared = SCHEMA.stored_at(("axes", "*", name))
    assert declared is not None  # noqa: S101 - every axis made here is declared
    return Leaf(values.astype(declared.kind), {"units": raw_scalar(declared.unit)})


def _common(units: list[dict[str, Leaf]]) -> dict[str, Leaf]:
    """Axes with the same values in every unit that has them."""
    found: dict[str, Leaf] = {}
    for axes in units:
        for name, axis in axes.items():
            found.setdefault(name, axis)
    return {
        name: axis
        for name, axis in found.items()
        if all(_is_same(axes[name], axis) for axes in units if name in axes)
    }


def _is_same(one: Leaf, other: Leaf) -> bool:
    return one is other or np.array_equal(np.asarray(one.value), np.asarray(other.value))


def _by_name(units: Group) -> dict[str, list[Group]]:
    found: dict[str, list[Group]] = {}
    for unit in units.children.values():
        features = group_at(unit, "features") if isinstance(unit, Group) else None
        for name, feature in features.children.items() if features is not None else ():
            if isinstance(feature, Group):
                found.setdefault(name, []).append(feature)
    return found


def _leaves(units: Group, name: str) -> Iterator[Any]:
    for unit in units.children.values():
        leaf = unit.children.get(name) if isinstance(unit, Group) else None
        if isinstance(leaf, Leaf) and len(leaf.value.shape) == 1:
            yield leaf.value


def _sta_axes(sta: Group, frame_rate_hz: float | None) -> dict[str, Leaf]:
    data, window = sta.children.get("data"), find(sta, "metadata/cover_range")
    if not isinstance(data, Leaf) or len(data.value.shape) != 3:
        return {}
    n_lags, height, width = data.value.shape
    axes = {"y": _axis("y", np.arange(height)), "x": _axis("x", np.arange(width))}
    if isinstance(window, Leaf) and window.value.shape == (2,) and frame_rate_hz:
        first = float(np.asarray(window.value)[0])
        axes["lag"] = _axis("lag", (first + np.arange(n_lags)) / frame_rate_hz)
    return axes


def _image_axes(image: Group) -> dict[str, Leaf]:
    data = image.children.get("data")
    if not isinstance(data, Leaf) or len(data.value.shape) != 3:
        return {}
    axes: dict[str, Leaf] = {}
    before, rate_hz = _number(image, "metadata/pre_samples"), _number(image, "metadata/sampling_rate")
    if before is not None and rate_hz:
        axes["lag"] = _axis("lag", (np.arange(data.value.shape[0]) - before) / rate_hz)
    lengths = dict(zip(_texts(data.attrs.get("axes")), data.value.shape, strict=False))
    for name, corner in (("row", "region_top"), ("col", "region_left")):
        first = data.attrs.get(corner)
        if name in lengths and isinstance(first, np.ndarray) and first.shape == ():
            axes[name] = _axis(name, int(first[()]) + np.arange(lengths[name]))
    return axes


def _shared_axes(feature: Group) -> dict[str, Leaf]:
    vectors = {axis: feature.children.get(name) for name, axis in SHARED_VECTORS.items()}
    return {axis: leaf for axis, leaf in vectors.items() if isinstance(leaf, Leaf) and not leaf.attrs}


def _number(root: Group, path: str) -> float | None:
    leaf = find(root, path)
    if not isinstance(leaf, Leaf) or leaf.value.shape not in {(), (1,)} or leaf.value.dtype.kind not in "iuf":
        return None
    return float(np.asarray(leaf.value).reshape(-1)[0])


def _texts(attribute: Any) -> list[str]:
    if not isinstance(attribute, np.ndarray) or attribute.ndim != 1:
        return []
    return [item.decode() if isinstance(item, bytes) else str(item) for item in attribute.tolist()]
