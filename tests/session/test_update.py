"""Updates are taken whole or not at all, and their inverse restores the tree exactly."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hdmea_gui.errors import SessionError
from hdmea_gui.session.tree import REMOVED, lookup
from hdmea_gui.session.update import Change, Update, change_tree

ARRAYS = tuple(np.arange(n) for n in (0, 1, 200))

KEYS = st.sampled_from(["a", "b", "c", 0, 1])
VALUES = st.none() | st.integers(0, 3) | st.sampled_from(["", "x", 0.5, *ARRAYS])
SETS = st.sets(st.sampled_from(["a", "b", "c"]), max_size=3)
BRANCHES = st.recursive(
    VALUES | st.lists(VALUES, max_size=2) | SETS,
    lambda inner: st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=10,
)
ROOTS = st.builds(
    lambda units, steps, warnings, rest: {
        "units": units,
        "completed_steps": steps,
        "warnings": warnings,
        **rest,
    },
    st.dictionaries(KEYS, BRANCHES, max_size=4),
    SETS,
    st.lists(st.sampled_from("vw"), max_size=2),
    st.dictionaries(KEYS, BRANCHES, max_size=2),
)
PATHS = st.one_of(
    st.lists(KEYS, min_size=0, max_size=4).map(lambda keys: ("units", *keys)),
    st.lists(KEYS, min_size=1, max_size=3).map(tuple),
    st.tuples(st.just("completed_steps"), st.sampled_from(["a", "b", "c", "d"])),
)
CHANGES = st.builds(Change, PATHS, st.just(REMOVED) | BRANCHES | st.just(True))
UPDATES = st.builds(
    Update,
    st.just("some change"),
    st.lists(CHANGES, max_size=6).map(tuple),
    st.lists(st.sampled_from("xyz"), max_size=2).map(tuple),
)


def image(value: Any) -> Any:
    """Everything about a tree that must come back: types, order of keys, and which array it is."""
    if isinstance(value, dict):
        return ("dict", [(type(key), key, image(item)) for key, item in value.items()])
    if isinstance(value, (list, tuple)):
        return (type(value), [image(item) for item in value])
    if isinstance(value, np.ndarray):
        return ("array", id(value))
    return (type(value), copy.copy(value))


class MisfitError(Exception):
    """A path leads through a single value."""


def changed(tree: Any, path: tuple[Any, ...], value: Any) -> Any:
    """What a tree is after one change; an independent definition, which changes nothing."""
    if not path:
        return value
    key, *rest = path
    if isinstance(tree, set) and not rest:
        return tree - {key} if value is REMOVED else tree | {key}
    if not isinstance(tree, dict):
        raise MisfitError
    if not rest and value is REMOVED:
        return {other: item for other, item in tree.items() if other != key}
    if rest and value is REMOVED and key not in tree:
        return tree
    return {**tree, key: changed(tree.get(key, {}), tuple(rest), value)}


def expected(root: dict[str, Any], update: Update) -> dict[str, Any]:
    for change in update.changes:
        root = changed(root, change.path, change.value)
    for warning in update.warnings:
        if warning not in root["warnings"]:
            root = {**root, "warnings": [*root["warnings"], warning]}
    return root


@given(root=ROOTS, update=UPDATES)
def test_an_update_does_what_its_changes_say_and_its_inverse_restores_all(
    root: dict[str, Any], update: Update
) -> None:
    before = image(root)
    try:
        wanted = image(expected(root, update))
    except MisfitError:
        with pytest.raises(SessionError):
            change_tree(root, update)
        assert image(root) == before
        return
    undo = change_tree(root, update)
    assert image(root) == wanted
    assert undo.name == update.name
    redo = change_tree(root, undo)
    assert image(root) == before
    undo = change_tree(root, redo)
    assert image(root) == wanted
    change_tree(root, undo)
    assert image(root) == before


@given(root=ROOTS, updates=st.lists(UPDATES, max_size=5))
def test_many_updates_are_taken_back_and_made_again_in_order(
    root: dict[str, Any], updates: list[Update]
) -> None:
    images, undos = [image(root)], []
    for update in updates:
        try:
            undos.append(change_tree(root, update))
        except SessionError:
            assert image(root) == images[-1]
        else:
            images.append(image(root))
    last = images.pop()
    redos = []
    for undo in reversed(undos):
        redos.append(change_tree(root, undo))
        assert image(root) == images.pop()
    for redo in reversed(redos):
        change_tree(root, redo)
    assert image(root) == last


@given(root=ROOTS, first=UPDATES, bad=st.sampled_from(["scalar", "set", "list", "key", "path"]), last=UPDATES)
def test_one_change_that_does_not_fit_spoils_all(
    root: dict[str, Any], first: Update, bad: str, last: Update
) -> None:
    root["wall"] = {"scalar": 1, "set": {"x"}, "list": [1]}
    changes = {
        "scalar": Change(("wall", "scalar", "x"), 1),
        "set": Change(("wall", "set", "x", "y"), 1),
        "list": Change(("wall", "list", 0), 1),
        "key": Change(("wall", "new", "deeper", []), 1),
        "path": Change((), 1),
    }
    before = image(root)
    with pytest.raises((SessionError, TypeError, ValueError)):
        change_tree(root, Update("x", (*first.changes, changes[bad], *last.changes), last.warnings))
    assert image(root) == before


class Interrupted(dict[str, Any]):
    """A value that breaks off when it is copied."""

    def items(self) -> Any:
        raise KeyboardInterrupt


def test_an_interruption_leaves_nothing_behind() -> None:
    root: dict[str, Any] = {"units": {"u": {"label": "good"}}, "warnings": []}
    before = image(root)
    put = {("units", "u", "label"): "bad", ("metadata", "deep", "er"): Interrupted(a=1)}
    with pytest.raises(KeyboardInterrupt):
        change_tree(root, Update.of("x", put, remove=[("units",)]))
    assert image(root) == before


def test_created_ancestors_vanish_again() -> None:
    root: dict[str, Any] = {"units": {}, "warnings": []}
    put = {("units", "u", "features", "sta", "data"): 1, ("units", "u", "features", "rf"): 2, ("new", "x"): 3}
    undo = change_tree(root, Update.of("x", put))
    assert root == {
        "units": {"u": {"features": {"sta": {"data": 1}, "rf": 2}}},
        "new": {"x": 3},
        "warnings": [],
    }
    change_tree(root, undo)
    assert root == {"units": {}, "warnings": []}


def test_ancestors_that_were_there_stay_even_when_they_were_empty() -> None:
    root: dict[str, Any] = {"units": {"u": {}}, "warnings": []}
    undo = change_tree(root, Update.of("x", {("units", "u", "label"): "good"}))
    change_tree(root, undo)
    assert root == {"units": {"u": {}}, "warnings": []}


def test_removing_what_is_not_there_creates_nothing() -> None:
    root: dict[str, Any] = {"units": {}, "warnings": [], "completed_steps": {"a"}}
    before = image(root)
    remove = [("units", "u"), ("units", "u", "x", "y"), ("nowhere",), ("completed_steps", "b")]
    undo = change_tree(root, Update.of("x", remove=remove))
    assert image(root) == before
    change_tree(root, undo)
    assert image(root) == before


def test_removals_of_an_update_come_before_what_it_puts() -> None:
    root: dict[str, Any] = {"units": {"old": 1, "both": 1}, "warnings": []}
    update = Update.of(
        "x", {("units", "both"): 2, ("units", "new"): 3}, remove=[("units", "both"), ("units", "old")]
    )
    undo = change_tree(root, update)
    assert root["units"] == {"both": 2, "new": 3}
    change_tree(root, undo)
    assert list(root["units"].items()) == [("old", 1), ("both", 1)]


def test_what_was_removed_comes_back_in_its_place() -> None:
    root: dict[str, Any] = {"units": {f"unit_{n:03}": {"row": n} for n in range(1, 8)}, "warnings": []}
    order = list(root["units"])
    for gone in (order[:1], order[2:5], order[-1:], order, order[::2]):
        undo = change_tree(root, Update.of("x", remove=[("units", name) for name in gone]))
        assert list(root["units"]) == [name for name in order if name not in gone]
        change_tree(root, undo)
        assert list(root["units"]) == order


def test_the_place_is_kept_though_neighbours_have_gone_by_other_ways() -> None:
    root: dict[str, Any] = {"units": {"a": 1, "b": 2, "c": 3}, "warnings": []}
    undo = change_tree(root, Update.of("x", remove=[("units", "b")]))
    del root["units"]["c"]
    change_tree(root, undo)
    assert root["units"] == {"a": 1, "b": 2}


def test_members_of_sets() -> None:
    root: dict[str, Any] = {"completed_steps": {"a"}, "warnings": []}
    put = {("completed_steps", "a"): True, ("completed_steps", "b"): True}
    undo = change_tree(root, Update.of("x", put))
    assert root["completed_steps"] == {"a", "b"}
    redo = change_tree(root, undo)
    assert root["completed_steps"] == {"a"}
    change_tree(root, redo)
    assert root["completed_steps"] == {"a", "b"}


def test_remarks_are_added_and_taken_back() -> None:
    root: dict[str, Any] = {"warnings": ["old"]}
    undo = change_tree(root, Update.of("x", warnings=iter(["new", "newer"])))
    assert root["warnings"] == ["old", "new", "newer"]
    change_tree(root, undo)
    assert root["warnings"] == ["old"]


@pytest.mark.parametrize(
    ("path", "where"),
    [
        (("units", "u", "label", "x"), "units/u/label"),
        (("units", "u", "label", "x", "y"), "units/u/label"),
        (("units", "u", "trials", 0, "x"), "units/u/trials/0"),
        (("warnings", 0), "warnings"),
    ],
)
def test_the_sentence_names_the_value_in_the_way(path: tuple[Any, ...], where: str) -> None:
    root: dict[str, Any] = {"units": {"u": {"label": "good", "trials": {0: np.zeros(2)}}}, "warnings": ["w"]}
    for value in (1, REMOVED):
        with pytest.raises(SessionError, match=f"single value at '{where}'"):
            change_tree(root, Update("x", (Change(path, value),)))


def test_the_tree_and_the_update_share_arrays_and_nothing_else() -> None:
    array = np.zeros(3)
    value = {"data": array, "metadata": {"n": 1}, "list": [1]}
    root: dict[str, Any] = {"units": {}, "warnings": []}
    update = Update.of("x", {("units", "u"): value})
    undo = change_tree(root, update)
    assert lookup(root, ("units", "u", "data")) is array
    root["units"]["u"]["metadata"]["n"] = 2
    root["units"]["u"]["list"].append(2)
    assert value["metadata"] == {"n": 1}
    assert value["list"] == [1]
    redo = change_tree(root, undo)
    change_tree(root, redo)
    root["units"]["u"]["metadata"]["n"] = 3
    change_tree(root, undo)
    change_tree(root, redo)
    assert root["units"]["u"]["metadata"] == {"n": 2}
    assert root["units"]["u"]["data"] is array


def test_arrays_of_an_update_can_no_longer_be_changed() -> None:
    arrays = [np.zeros(2) for _ in range(3)]
    update = Update.of("x", {("a",): arrays[0], ("b",): {"c": [arrays[1]]}})
    update.extended({("d",): (arrays[2],)})
    assert not any(array.flags.writeable for array in arrays)


def test_an_extended_update_has_more_at_its_end() -> None:
    update = Update.of("name", {("a",): 1}, remove=[("b",)], warnings=["w"])
    longer = update.extended({("c",): 2})
    assert longer == Update("name", (Change(("b",), REMOVED), Change(("a",), 1), Change(("c",), 2)), ("w",))
    assert len(update.changes) == 2
