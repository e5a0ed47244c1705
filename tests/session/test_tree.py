"""Trees of plain dicts: what is the same, what differs, and what they weigh."""

from __future__ import annotations

import copy
import pickle
import sys
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hdmea_gui.io.store import StoredArray, read_tree, write_tree
from hdmea_gui.session.tree import (
    REMOVED,
    copied,
    different_places,
    equal_values,
    freeze,
    leaves,
    lookup,
    resident,
    resident_bytes,
    same,
)

if TYPE_CHECKING:
    from pathlib import Path

NAN = float("nan")
BIG = 1000

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.sampled_from([0.0, -0.0, 1.0, NAN, float("inf")])
    | st.sampled_from(["", "a", "1"])
)
ARRAYS = st.builds(
    lambda values, dtype: np.array(values).astype(dtype),
    st.lists(st.integers(0, 3), max_size=4),
    st.sampled_from(["i8", "u8", "f4", ">i4", "?"]),
)
KEYS = st.sampled_from(["a", "b", "c", 0, 1])
TREES = st.recursive(
    SCALARS | ARRAYS | st.frozensets(st.sampled_from("abc")).map(set),
    lambda inner: st.dictionaries(KEYS, inner, max_size=3) | st.lists(inner, max_size=2) | st.tuples(inner),
    max_leaves=8,
)


def objects(*items: Any) -> np.ndarray[Any, Any]:
    array = np.empty(len(items), object)
    array[:] = items
    return array


def void(first: float, second: int) -> Any:
    return np.array([(first, [second, 2])], [("a", "f8"), ("b", "i4", 2)])[0]


def stored(folder: Path, array: np.ndarray[Any, Any]) -> StoredArray:
    write_tree(folder / "x.h5", {"dataset_id": "x", "units": {}, "stimulus": {"light": array}})
    found = read_tree(folder / "x.h5").tree["stimulus"]["light"]
    assert isinstance(found, StoredArray)
    return found


SAME: list[tuple[Any, Any]] = [
    (None, None),
    (1, 1),
    ("a", "a"),
    (NAN, float("nan")),
    (np.float32(NAN), np.float32(NAN)),
    (np.float64(2), np.float64(2)),
    (np.datetime64("NaT"), np.datetime64("NaT")),
    (-0.0, -0.0),
    (complex(1, NAN), complex(1, NAN)),
    ({}, {}),
    ({"a": 1, "b": [1, {"c": NAN}]}, {"b": [1, {"c": NAN}], "a": 1}),
    ({1, 2}, {2, 1}),
    (np.array([1.0, NAN]), np.array([1.0, NAN])),
    (np.zeros(0), np.zeros(0)),
    (np.zeros((8, 8)), np.zeros((8, 8))),
    (np.array(5), np.array(5)),
    (np.arange(6)[::2], np.array([0, 2, 4])),
    (np.arange(6).reshape(2, 3).T, np.arange(6).reshape(2, 3).T.copy()),
    (np.array(["a", "bc"]), np.array(["a", "bc"])),
    (objects("a", None, 1), objects("a", None, 1)),
    (objects(NAN), objects(float("nan"))),
    (objects(np.arange(3), "x"), objects(np.arange(3), "x")),
    (void(1.0, 1), void(1.0, 1)),
]

DIFFERENT: list[tuple[Any, Any]] = [
    (1, True),
    (0, False),
    (1, 1.0),
    (0.0, -0.0),
    (np.float32(0.0), np.float32(-0.0)),
    (np.float64(0.0), np.float64(-0.0)),
    (complex(0.0, 0.0), complex(0.0, -0.0)),
    (1.0, np.float64(1.0)),
    (np.int32(1), np.int64(1)),
    (np.bool_(True), True),
    ("a", np.str_("a")),
    ("1", 1),
    ("a", b"a"),
    (None, REMOVED),
    (None, 0),
    (NAN, 0.0),
    (NAN, None),
    ([], ()),
    ([1], [True]),
    ([1], [1, 1]),
    ({}, None),
    ({"a": {}}, {}),
    ({"a": 1}, {"a": 1, "b": 2}),
    ({"a": 1}, {"b": 1}),
    ({0: 1}, {"0": 1}),
    ({1}, frozenset({1})),
    ({1}, {2}),
    (np.array(1), 1),
    (np.array([1]), 1),
    (np.array([1]), [1]),
    (np.array([1]), np.array([[1]])),
    (np.array([1], "i4"), np.array([1], "i8")),
    (np.array([1], "i4"), np.array([1], "u4")),
    (np.array([1], "<i4"), np.array([1], ">i4")),
    (np.array([0.0]), np.array([-0.0])),
    (np.array([True]), np.array([1])),
    (np.zeros((0, 2)), np.zeros((2, 0))),
    (np.array(["a"]), np.array(["b"])),
    (objects(1), objects(True)),
    (objects(0.0), objects(-0.0)),
    (objects(np.arange(3)), objects(np.arange(3.0))),
    (objects(np.arange(3)), objects(np.array([0, 1, 3]))),
    (void(1.0, 1), void(1.0, 2)),
    (void(0.0, 1), void(-0.0, 1)),
]


@pytest.mark.parametrize(("one", "other"), SAME, ids=repr)
def test_what_is_the_same(one: Any, other: Any) -> None:
    for wrap in (lambda x: x, lambda x: {"k": x}, lambda x: [x], lambda x: (x,)):
        assert same(wrap(one), wrap(other))
        assert same(wrap(other), wrap(one))
        assert equal_values(wrap(one), wrap(other))
        assert list(different_places(wrap(one), wrap(other))) == []


@pytest.mark.parametrize(("one", "other"), DIFFERENT, ids=repr)
def test_what_is_not_the_same(one: Any, other: Any) -> None:
    for wrap in (lambda x: x, lambda x: {"k": x}, lambda x: [x], lambda x: (x,)):
        assert not same(wrap(one), wrap(other))
        assert not same(wrap(other), wrap(one))
        assert not equal_values(wrap(one), wrap(other))
        assert list(different_places(wrap(one), wrap(other)))


def test_large_arrays_are_the_same_only_where_they_are_one() -> None:
    large = np.zeros(65)
    assert same(large, large)
    assert same({"a": [large]}, {"a": [large]})
    assert not same(large, large.copy())
    assert not same(large, large[:])
    assert same(np.zeros(64), np.zeros(64))


def test_large_arrays_are_equal_by_value() -> None:
    large = np.arange(BIG)
    for wrap in (lambda x: x, lambda x: {"k": {"l": x}}, lambda x: [1, x], lambda x: ({"k": x},)):
        assert equal_values(wrap(large), wrap(large.copy()))
        assert list(different_places(wrap(large), wrap(large.copy()))) == []
        assert not equal_values(wrap(large), wrap(large[::-1]))
        assert not equal_values(wrap(large), wrap(large.astype("f8")))
    assert equal_values(objects(large, 1), objects(large.copy(), 1))


def test_an_array_on_disk_equals_the_one_it_was(tmp_path: Path) -> None:
    array = np.arange(300_000, dtype=np.float32)
    disk = stored(tmp_path, array)
    for one, other in ((disk, array), (array, disk), (disk, disk), ([disk], [array])):
        assert equal_values(one, other)
        assert list(different_places({"a": one}, {"a": other})) == []
    assert not equal_values(disk, array + 1)
    assert same(disk, disk)
    assert not same(disk, array)


@given(tree=TREES)
def test_a_copy_is_the_same(tree: Any) -> None:
    assert same(tree, copy.deepcopy(tree))
    assert equal_values(tree, copy.deepcopy(tree))
    assert list(different_places(tree, copy.deepcopy(tree))) == []


@given(one=TREES, other=TREES)
def test_both_ways_of_comparing_agree_on_small_values(one: Any, other: Any) -> None:
    found = same(one, other)
    assert found == same(other, one)
    assert found == equal_values(one, other)


def test_the_places_that_differ_are_named() -> None:
    large = np.arange(BIG)
    one = {"a": 1, "b": {0: large, "x": {}, "y": [1]}, "c": {"d": {"e": 1}}, "gone": {"z": 1}}
    other = {"a": True, "b": {0: large.copy(), "x": {}, "y": [2]}, "c": {"d": 1}, "new": None}
    assert list(different_places(one, other)) == [("a",), ("b", "y"), ("c", "d"), ("gone",), ("new",)]
    assert list(different_places({"k": 1}, {"k": 2}, ("root",))) == [("root", "k")]
    assert list(different_places(1, 2)) == [()]


def test_any_mapping_may_be_compared() -> None:
    assert list(different_places(MappingProxyType({"a": 1}), {"a": 1})) == []


# Weight


def grown(tree: Any, base: Any = None) -> int:
    """Bytes beyond those of the same containers without the array."""
    return resident_bytes(tree) - resident_bytes(base)


def test_arrays_weigh_their_bytes() -> None:
    assert resident_bytes(np.zeros(BIG)) == 8 * BIG
    assert resident_bytes(np.zeros((10, 20, 5), np.float32)) == 4 * BIG
    assert resident_bytes(np.zeros(0)) == 0
    array = np.zeros(BIG)
    for wrap in (
        lambda x: {"a": {0: x}},
        lambda x: [[x]],
        lambda x: ((x,),),
        lambda x: MappingProxyType({"a": x}),
    ):
        assert resident_bytes(wrap(array)) - resident_bytes(wrap(None)) + resident_bytes(None) == 8 * BIG


def test_shared_arrays_and_their_views_weigh_once() -> None:
    array = np.zeros(BIG)
    views = [array, array[:10], array[::2][3:], array.reshape(10, -1).T, array.view("u1")]
    assert resident_bytes(views) - sys.getsizeof(views) == 8 * BIG
    assert resident_bytes({"a": array, "b": {"c": array}}) < 8 * BIG + 2000
    two = {"a": array, "b": array.copy()}
    assert resident_bytes(two) - sys.getsizeof(two) == 16 * BIG


def test_a_small_view_weighs_what_it_keeps_alive() -> None:
    assert resident_bytes(np.zeros(BIG)[:1]) == 8 * BIG


def test_views_that_repeat_their_data_weigh_what_is_there() -> None:
    array = np.zeros(BIG)
    windows = np.lib.stride_tricks.sliding_window_view(array, 100)
    assert windows.nbytes > 50 * array.nbytes
    assert resident_bytes(windows) == resident_bytes([array, windows]) - sys.getsizeof([1, 2]) == 8 * BIG
    assert resident_bytes(np.broadcast_to(np.zeros(3), (BIG, 3))) == 24


def test_arrays_over_one_text_of_bytes_weigh_once() -> None:
    data = bytes(8 * BIG)
    both = [np.frombuffer(data, "f8"), np.frombuffer(data, "f4")]
    assert 8 * BIG <= resident_bytes(both) < 8 * BIG + 200


def test_what_is_on_disk_weighs_nothing(tmp_path: Path) -> None:
    disk = stored(tmp_path, np.zeros(300_000, np.float32))
    assert resident_bytes({"a": disk}) < 1000
    assert resident_bytes(resident({"a": {"b": disk}})) > 1_200_000


def test_object_arrays_weigh_their_items_too() -> None:
    inner = [np.zeros(BIG), np.zeros(BIG)]
    assert 16 * BIG < resident_bytes(objects(*inner)) < 16 * BIG + 100
    assert resident_bytes([objects(*inner), objects(*inner)]) < 16 * BIG + 300
    many = {number: objects(np.zeros(BIG)) for number in range(20)}
    assert resident_bytes(many) > 20 * 8 * BIG


def test_an_object_array_that_holds_itself_has_a_weight() -> None:
    array = np.empty(2, object)
    array[0] = array
    assert resident_bytes(array) < 1000
    listed: list[Any] = []
    listed.append(listed)
    assert resident_bytes(listed) < 1000


def test_texts_and_containers_weigh_something() -> None:
    assert resident_bytes("x" * 5000) >= 5000
    assert resident_bytes({"a": "x" * 5000, "b": ["y" * 5000]}) >= 10_000
    text = "x" * 5000
    assert resident_bytes([text, text, {"a": text}]) < 6000


# Walking, copying, freezing


def test_leaves_come_with_their_keys() -> None:
    tree = {"a": 1, "b": {0: [1, {"x": 2}], "c": {"d": None}}, "empty": {}}
    assert list(leaves(tree)) == [(("a",), 1), (("b", 0), [1, {"x": 2}]), (("b", "c", "d"), None)]
    assert list(leaves(7, ("p",))) == [(("p",), 7)]


@given(tree=st.dictionaries(KEYS, TREES, max_size=4))
def test_every_leaf_is_found_at_its_keys(tree: dict[Any, Any]) -> None:
    for path, value in leaves(tree):
        assert lookup(tree, path) is value


def test_looking_up_what_is_not_there() -> None:
    tree = {"a": {"b": 1}, "s": {"x"}, "n": None, "l": [1]}
    assert lookup(tree, ()) is tree
    assert lookup(tree, ("a", "c")) is REMOVED
    assert lookup(tree, ("a", "b", "c")) is REMOVED
    assert lookup(tree, ("l", 0), "no") == "no"
    assert lookup(tree, ("n",), "no") is None
    assert lookup(tree, ("s", "x")) is True
    assert lookup(tree, ("s", "y")) is REMOVED


def test_frozen_trees_keep_their_numbers() -> None:
    array = np.zeros(3)
    tree: dict[str, Any] = {"a": [array, {"b": np.zeros(2)}], "c": (np.zeros(1)[:],), "d": np.array(1)}
    assert freeze(tree) is tree
    assert tree["a"][0] is array
    for frozen in (array, tree["a"][1]["b"], tree["c"][0], tree["d"]):
        with pytest.raises(ValueError, match="read-only"):
            frozen[...] = 1
    freeze(tree)


def test_a_copy_has_its_own_containers_and_the_same_arrays() -> None:
    array = np.zeros(3)
    tree = {"a": {"b": [array, {"c": 1}]}, "s": {"x"}, "f": frozenset("x")}
    other = copied(tree)
    assert same(other, tree)
    assert other["a"]["b"][0] is array
    other["a"]["b"][1]["c"] = 2
    other["a"]["b"].append(3)
    other["s"].add("y")
    assert tree == {"a": {"b": [array, {"c": 1}]}, "s": {"x"}, "f": frozenset("x")}


def test_only_arrays_on_disk_are_fetched(tmp_path: Path) -> None:
    values = np.arange(300_000, dtype=np.float32)
    tree: dict[str, Any] = {"a": {0: stored(tmp_path, values)}, "b": [1]}
    fetched = resident(tree)
    assert isinstance(tree["a"][0], StoredArray)
    np.testing.assert_array_equal(fetched["a"][0], values)
    assert type(fetched["a"][0]) is np.ndarray
    assert fetched["b"] is tree["b"]


def test_the_mark_of_an_empty_place_is_one() -> None:
    assert pickle.loads(pickle.dumps(REMOVED)) is REMOVED  # noqa: S301 - made here
    assert copy.deepcopy({"a": REMOVED})["a"] is REMOVED
    assert repr(REMOVED) == "REMOVED"
