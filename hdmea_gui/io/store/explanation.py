"""What a file says about itself to other programs, made at each save and not read back.

These nodes carry the stamp ``derived/1``. A node of the same name that came from elsewhere is kept in their place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hdmea_gui.io.store.axis_values import axes_of
from hdmea_gui.io.store.codec import STAMP, stamp
from hdmea_gui.io.store.nodes import Group, Leaf, find, group_at, raw_scalar, raw_texts
from hdmea_gui.io.store.output_fields import SHARED_VECTORS
from hdmea_gui.io.store.recording_fields import DERIVED_NODES, SCHEMA_TABLE, UNITS_TABLE
from hdmea_gui.io.store.schema_table import schema_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from hdmea_gui.io.store.fields import Field

DERIVED = "derived"


def made_at_save(value: NDArray[Any]) -> Leaf:
    """Return a dataset with the stamp of what is not read back."""
    return Leaf(value, {STAMP: stamp(DERIVED)})


def drop_made_at_save(root: Group) -> None:
    """Remove what an earlier save has made for readers of the file."""
    for path in DERIVED_NODES:
        parent, _, name = path.rpartition("/")
        group = group_at(root, parent)
        node = group.children.get(name) if group is not None else None
        mark = node.attrs.get(STAMP) if isinstance(node, (Group, Leaf)) else None
        if group is not None and isinstance(mark, np.ndarray) and mark[()] == stamp(DERIVED)[()]:
            del group.children[name]


def places_of_node(group: Group, item: Field) -> list[list[str]]:
    """Return the paths of the nodes below a group that have a derived attribute.

    An output of a feature is looked for under `data` as well, where it is before its second names are made.
    """
    if item.node.endswith("*"):
        return [[name] for name, child in group.children.items() if isinstance(child, Leaf)]
    for path in (item.node, f"data/{item.node}"):
        if isinstance(find(group, path), (Group, Leaf)):
            return [path.split("/") if path else []]
    return []


def explain(root: Group, tree: Mapping[str, Any]) -> None:
    """Add to the nodes of a file what other programs need to read it.

    Parameters
    ----------
    root
        The nodes of the session.
    tree
        The session tree. Its entry `units_table` holds the columns of the unit table, if they are known: values and
        attributes by name.
    """
    units = group_at(root, "units") or Group()
    _share(units)
    stimulus = group_at(root, "stimulus")
    if stimulus is not None:
        _add(stimulus, "trials", _trials(units))
    root.children.setdefault(SCHEMA_TABLE, made_at_save(raw_texts(list(schema_lines()))))
    _add(root, "axes", axes_of(root, units))
    _add(root, UNITS_TABLE, _columns(tree.get(UNITS_TABLE, {})))


def _add(parent: Group, name: str, children: Mapping[str, Group | Leaf]) -> None:
    if children:
        parent.children.setdefault(name, Group(dict(children), {STAMP: stamp(DERIVED)}))


def _columns(table: Mapping[str, tuple[NDArray[Any], dict[str, str]]]) -> dict[str, Leaf]:
    return {
        name.replace("/", "_"): Leaf(
            raw_texts([text.replace("\0", " ") for text in values]) if values.dtype.kind == "O" else values,
            {attribute: raw_scalar(text) for attribute, text in attributes.items()},
        )
        for name, (values, attributes) in table.items()
    }


def _trials(units: Group) -> dict[str, Leaf]:
    """Bounds of the trials of each movie: those of the first unit that has any."""
    found: dict[str, Leaf] = {}
    for holder, movie in _sectioned(units):
        bounds = holder.children.get("trials_start_end")
        if isinstance(bounds, Leaf) and STAMP not in bounds.attrs:
            found.setdefault(movie, bounds)
    return found


def _sectioned(units: Group) -> Iterator[tuple[Group, str]]:
    for unit in units.children.values():
        movies = group_at(unit, "spike_times_sectioned") if isinstance(unit, Group) else None
        for movie, cut in movies.children.items() if movies is not None else ():
            if isinstance(cut, Group):
                yield cut, movie


def _share(units: Group) -> None:
    """Make vectors that are equal in every unit one dataset with several names."""
    first: dict[tuple[str, str], Leaf] = {}
    for cut, movie in _sectioned(units):
        _share_one(cut, "trials_start_end", ("", movie), first)
    for unit in units.children.values():
        features = group_at(unit, "features") if isinstance(unit, Group) else None
        for name, feature in features.children.items() if features is not None else ():
            for vector in SHARED_VECTORS:
                if isinstance(feature, Group) and vector in feature.children:
                    _share_one(feature, vector, (name, vector), first)


def _share_one(group: Group, name: str, key: tuple[str, str], first: dict[tuple[str, str], Leaf]) -> None:
    leaf, data = group.children.get(name), group.children.get("data")
    if not isinstance(leaf, Leaf) or leaf.attrs:
        return
    known = first.setdefault(key, leaf)
    if known is leaf or not _is_equal(known.value, leaf.value):
        return
    for holder in (group, data):
        if isinstance(holder, Group) and holder.children.get(name) is leaf:
            holder.children[name] = known


def _is_equal(one: Any, other: Any) -> bool:
    if one.dtype != other.dtype or one.shape != other.shape:
        return False
    return np.asarray(one).tobytes() == np.asarray(other).tobytes()
