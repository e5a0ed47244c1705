from __future__ import annotations

import collections
import decimal
import enum
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from hdmea_gui.errors import ValidationError
from hdmea_gui.io.store import check_storable, write_tree
from tests.io.store.trees import empty_tree, unit


class Point(NamedTuple):
    x: int


class Colour(enum.IntEnum):
    RED = 1


def looped() -> list[Any]:
    loop: list[Any] = [1.5]
    loop.append({"again": loop})
    return loop


def deep() -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for _ in range(150):
        tree = {"in": tree}
    return tree


REFUSED: list[tuple[object, str, str]] = [
    ({1, 2}, "", "set"),
    (frozenset(), "", "frozenset"),
    (object(), "", "object"),
    (decimal.Decimal(1), "", "Decimal"),
    (range(3), "", "range"),
    (collections.OrderedDict(a=1), "", "OrderedDict"),
    (Point(1), "", "Point"),
    (Colour.RED, "", "Colour"),
    (bytearray(b"a"), "", "bytearray"),
    (slice(1), "", "slice"),
    (2**64, "", "64 bits"),
    (-(2**63) - 1, "", "64 bits"),
    ([1, [2**70]], "/1/0", "64 bits"),
    ("\ud800", "", "surrogates"),
    (["a", "\udfff"], "/1", "surrogates"),
    ({"\ud800": 1}, "", "surrogates"),
    (Path("\udc80"), "", "surrogates"),
    (np.array(["a", "\ud800"]), "", "surrogates"),
    ({True: 1}, "", "True"),
    ({1.5: 1}, "", "1.5"),
    ({None: 1}, "", "None"),
    ({(1, 2): 1}, "", r"\(1, 2\)"),
    ({2**64: 1}, "", "64 bits"),
    ({"a": {"b": [0, {"c": {3}}]}}, "/a/b/1/c", "set"),
    (np.array(["a", None], dtype=object), "", "NoneType"),
    (np.array(["a\0"], dtype=object), "", "NUL"),
    (np.array([b"a\0"], dtype=object), "", "NUL"),
    (np.array([b"a", b"\xe4"], dtype=object), "", "UTF-8"),
    (np.array(["a", b"b"], dtype=object), "", "bytes"),
    (np.ma.masked_array([1, 2], mask=np.array([False, True])), "", "Masked"),
    (np.zeros(2, dtype=[("a", "O")]), "", "dtype"),
    (np.zeros(2).view(np.recarray), "", "recarray"),
    (looped(), "/1/again", "contains itself"),
    (deep(), "/in/in", "nested more than"),
    (len, "", "builtin_function"),
]


@pytest.mark.parametrize(("value", "inner", "reason"), REFUSED, ids=lambda part: str(part)[:20])
def test_refused_by_its_path_before_anything_is_written(
    tmp_path: Path, value: object, inner: str, reason: str
) -> None:
    tree = empty_tree(units={"unit_001": unit() | {"mine": value}})
    target = tmp_path / "s.h5"
    target.write_bytes(b"old")
    with pytest.raises(ValidationError, match=f"^units/unit_001/mine{inner}.* cannot be stored: .*{reason}"):
        check_storable(tree)
    with pytest.raises(ValidationError):
        write_tree(target, tree)
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize(
    ("parts", "where"),
    [
        ({"metadata": {"acquisition_rate": {1}}}, "metadata/acquisition_rate"),
        ({"metadata": {"cmcr_meta": {"a": object()}}}, "metadata/cmcr_meta/a"),
        ({"stimulus": {"section_time": {"m": {2}}}}, "stimulus/section_time/m"),
        ({"completed_steps": ["a", {1}]}, "completed_steps/1"),
        ({"completed_steps": {"a"}}, "completed_steps"),
        ({"warnings": [b"a", object()]}, "warnings/1"),
        ({"steps": {"s": {"parameters": {"p": object()}}}}, "steps/s/parameters/p"),
        ({"source_files": {"cmcr_path": object()}}, "source_files/cmcr_path"),
        ({"extras": {"units": 1}}, "extras/units"),
        ({"extras": {"x": {"y": object()}}}, "x/y"),
        ({"attributes": {"/": {"a": {"b": 1}}}}, "the attribute 'a' of the root"),
        ({"attributes": {"units": {"": 1}}}, "the attribute '' of units"),
        ({"root": {"unheard_of": 1}}, "root/unheard_of"),
        ({"units": []}, "units"),
    ],
)
def test_refused_in_every_part_of_the_tree(parts: dict[str, Any], where: str) -> None:
    with pytest.raises(ValidationError, match=f"^{where} cannot be stored"):
        check_storable(empty_tree(**parts))


@pytest.mark.parametrize(
    ("section", "inner"),
    [
        ({"trials_spike_times": {"0": np.arange(3)}}, "trials_spike_times/'0'"),
        ({"trials_spike_times": {0: {1}}}, "trials_spike_times/0"),
        ({"_attrs": {"n_trials": {1}}}, "_attrs/n_trials"),
    ],
)
def test_refused_in_sections(section: dict[str, Any], inner: str) -> None:
    tree = empty_tree(units={"unit_001": {"spike_times_sectioned": {"noise": section}}})
    with pytest.raises(ValidationError, match=f"^units/unit_001/spike_times_sectioned/noise/{inner} cannot"):
        check_storable(tree)
