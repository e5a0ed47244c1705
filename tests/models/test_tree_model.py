from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PySide6.QtCore import QModelIndex, Qt

from hdmea_gui.models.tree_model import TreeModel, nbytes_of, shortened, type_text, value_text

if TYPE_CHECKING:
    from pytestqt.modeltest import ModelTester

TREE: dict[str, Any] = {
    "units": {
        "unit_001": {"row": 7, "spikes": np.arange(9, dtype=np.uint64), "trials": {0: np.arange(3), 1: 5}}
    },
    "warnings": [],
    "note": "one\ntwo",
}


@pytest.fixture
def model(qapp: object) -> TreeModel:  # noqa: ARG001 - there must be an application
    made = TreeModel()
    made.show(TREE)
    return made


def test_it_is_a_proper_model(model: TreeModel, qtmodeltester: ModelTester) -> None:
    qtmodeltester.check(model)  # type: ignore[no-untyped-call]  # it has no types
    model.show({"a": {"b": {}}})
    qtmodeltester.check(model)  # type: ignore[no-untyped-call]  # it has no types


@pytest.mark.parametrize(
    "path", [("units",), ("units", "unit_001", "row"), ("units", "unit_001", "trials", 0)]
)
def test_a_path_leads_to_its_place_and_back(model: TreeModel, path: tuple[Any, ...]) -> None:
    index = model.index_of(path)
    assert model.node(index).path == path
    value: Any = TREE
    for key in path:
        value = value[key]
    assert model.node(index).value is value
    assert model.rowCount(index) == (len(value) if isinstance(value, dict) else 0)


def test_a_path_to_nothing_has_no_index(model: TreeModel) -> None:
    for path in (("nowhere",), ("units", "unit_009"), ("note", "one"), ()):
        assert not model.index_of(path).isValid()


def test_columns_say_name_value_type_and_size(model: TreeModel) -> None:
    place = model.index_of(("units", "unit_001", "spikes"))
    row = [model.data(place.siblingAtColumn(column)) for column in range(4)]
    assert row == ["spikes", "9", "uint64", "72 B"]
    headers = [model.headerData(column, Qt.Orientation.Horizontal) for column in range(4)]
    assert headers == ["Name", "Value", "Type", "Size"]
    assert model.data(QModelIndex()) is None


def test_only_what_is_opened_is_read(model: TreeModel) -> None:
    units = model.index(0, 0)
    assert model.hasChildren(units)
    assert "children" not in vars(model.node(units))
    assert model.rowCount(units) == 1
    assert "children" in vars(model.node(units))


@pytest.mark.parametrize(
    ("value", "words", "kind"),
    [
        (np.zeros((50, 17, 15), np.float32), "50 × 17 × 15", "float32"),
        (np.array([4.5]), "4.5", "float64"),
        (np.zeros(1, [("a", "i4"), ("b", "f8")]), "1", "table of 2 columns"),
        (np.array(["x", "y"], object), "2", "text"),
        ({"a": 1}, "1 item", "group"),
        ([-10, 40], "[-10, 40]", "list"),
        (list(range(50)), "50 items", "list"),
        ("good\nbad", "good…", "text"),
        (0.1 + 0.2, "0.3", "float"),
        (None, "None", "none"),
    ],
)
def test_values_are_told_in_a_few_words(value: Any, words: str, kind: str) -> None:
    assert value_text(value) == words
    assert type_text(value) == kind


def test_sizes_add_up_and_are_rounded() -> None:
    assert nbytes_of({"a": np.zeros(10), "b": {"c": "abc", "d": [1, 2.0]}}) == 80 + 3 + 16
    assert shortened("x" * 100, 10) == "x" * 9 + "…"
