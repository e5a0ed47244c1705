"""Fingerprints of parameters equal those in the lab's files."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import h5py
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hdmea_gui.pipeline.params_hash import params_hash

if TYPE_CHECKING:
    from pathlib import PurePath


def test_no_parameters_have_the_hash_of_the_labs_files(reference: Path) -> None:
    assert params_hash({}) == "sha256:44136fa355b3678a"
    with h5py.File(reference / "lab_immediate_plain.h5", "r") as file:
        assert file.attrs["stage1_params_hash"] == params_hash({})


def test_the_text_that_is_hashed_is_compact_and_sorted() -> None:
    text = '{"a":[1,2.5,null],"b":{"x":true,"y":"\\u00b5"}}'
    expected = hashlib.sha256(text.encode("ascii")).hexdigest()
    params = {"b": {"y": "µ", "x": True}, "a": (1, 2.5, None)}
    assert params_hash(params) == f"sha256:{expected[:16]}"


def test_a_path_counts_as_its_text() -> None:
    path: PurePath = Path("a") / "b"
    assert params_hash({"p": path}) == params_hash({"p": str(path)})


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@given(params=st.dictionaries(st.text(), VALUES, max_size=4), data=st.data())
def test_the_order_of_the_names_does_not_count(params: dict[str, Any], data: st.DataObject) -> None:
    shuffled = dict(data.draw(st.permutations(list(params.items()))))
    found = params_hash(params)
    assert params_hash(shuffled) == found
    prefix, digits = found.split(":")
    assert prefix == "sha256"
    assert len(digits) == 16
    assert set(digits) <= set("0123456789abcdef")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"a": 1}, {"a": 2}),
        ({"a": 1}, {"b": 1}),
        ({"a": 1}, {"a": "1"}),
        ({"a": 1}, {"a": True}),
        ({"a": 1}, {"a": 1.0}),
    ],
)
def test_other_parameters_have_another_hash(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert params_hash(one) != params_hash(other)
