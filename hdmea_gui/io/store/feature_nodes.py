"""Second names of features in the file: outputs also under `data`, STAs also under their movie."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hdmea_gui.io.store.codec import STAMP
from hdmea_gui.io.store.keys import KEY_STAMP, is_link_name
from hdmea_gui.io.store.nodes import Group, Leaf

if TYPE_CHECKING:
    from collections.abc import Callable

FACTORS = "conversion_factors"
STA_PREFIX = "sta_"
OWN = frozenset({"data", "metadata", "geometry", "sta_geometry"})


def bring_factors_out(image: Group, known: Leaf | None) -> Leaf | None:
    """Make a dataset of the conversion factors, an attribute of the data in files of format 1; return it.

    Equal ones become the same dataset: `known` is that of another unit.
    """
    data = image.children.get("data")
    factors = data.attrs.get(FACTORS) if isinstance(data, Leaf) else None
    if not isinstance(data, Leaf) or not isinstance(factors, np.ndarray):
        return known
    del data.attrs[FACTORS]
    leaf = Leaf(factors)
    if (
        known is not None
        and np.array_equal(known.value, leaf.value)
        and known.value.dtype == leaf.value.dtype
    ):
        leaf = known
    image.children.setdefault(FACTORS, leaf)
    return leaf


def link_outputs(feature: Group) -> None:
    """Put the arrays under `data` into the feature's own group as well, the names that scripts read."""
    data = feature.children.get("data")
    outputs = data.children if isinstance(data, Group) and STAMP not in data.attrs else {}
    for name, leaf in list(outputs.items()):
        if not isinstance(leaf, Leaf) or STAMP in leaf.attrs or KEY_STAMP in leaf.attrs or name in OWN:
            continue
        other = feature.children.get(name)
        if other is None:
            feature.children[name] = leaf
        elif other is leaf:  # the session has both: keep them two datasets
            outputs[name] = Leaf(leaf.value, dict(leaf.attrs))


def unlink_outputs(feature: Group, path: str, note: Callable[[str], None]) -> None:
    """Remove the second names of outputs; one that is now a different dataset is kept, with a note."""
    data = feature.children.get("data")
    outputs = data.children if isinstance(data, Group) and STAMP not in data.attrs else {}
    for name, leaf in outputs.items():
        other = feature.children.get(name)
        if isinstance(leaf, Leaf) and other is leaf:
            del feature.children[name]
        elif isinstance(leaf, Leaf) and isinstance(other, Leaf) and name not in OWN:
            note(f"{path}/{name} is no longer the same dataset as {path}/data/{name}: both are kept.")


def link_sta(features: Group) -> None:
    """Link every STA under the name that immediate mode uses, <movie>/sta."""
    for name, node in list(features.children.items()):
        data = node.children.get("data") if isinstance(node, Group) and STAMP not in node.attrs else None
        movie = name.removeprefix(STA_PREFIX)
        if movie == name or not is_link_name(movie) or not isinstance(data, Leaf) or STAMP in data.attrs:
            continue
        home = features.children.get(movie)
        if home is None:
            features.children[movie] = Group({"sta": data})
        elif isinstance(home, Group) and home.children and STAMP not in home.attrs:
            home.children.setdefault("sta", data)


def unlink_sta(
    features: Group, path: str, note: Callable[[str], None], keep_attributes: Callable[[Group, str], None]
) -> None:
    """Remove the second names of STAs; one that is now a different dataset is kept as a separate output.

    Parameters
    ----------
    features
        The features of a unit.
    path
        Its path.
    note
        Called with each note for the user.
    keep_attributes
        Called with each group that is removed, and its path.
    """
    for name, node in list(features.children.items()):
        movie = name.removeprefix(STA_PREFIX)
        home = features.children.get(movie)
        if movie == name or not isinstance(node, Group) or not isinstance(home, Group) or STAMP in home.attrs:
            continue
        second = home.children.get("sta")
        if not isinstance(second, Leaf) or _is_output(home, second):
            continue
        if second is node.children.get("data"):
            del home.children["sta"]
            if not home.children:
                del features.children[movie]
                keep_attributes(home, f"{path}/{movie}")
            continue
        note(f"{path}/{movie}/sta is no longer the same dataset as {path}/{name}/data: both are kept.")
        if "data" not in home.children:
            home.children["data"] = Group({"sta": second})
            home.children.setdefault("metadata", Group())


def _is_output(home: Group, leaf: Leaf) -> bool:
    data = home.children.get("data")
    return isinstance(data, Group) and data.children.get("sta") is leaf
