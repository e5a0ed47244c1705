from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QLineEdit, QWidgetAction

from hdmea_gui.models.filter_expression import parse_filter
from hdmea_gui.session.columns import unit_columns
from hdmea_gui.views.named_filters import SHIPPED, NamedFilters

if TYPE_CHECKING:
    from PySide6.QtGui import QAction
    from pytestqt.qtbot import QtBot


@pytest.fixture
def line(qtbot: QtBot) -> QLineEdit:
    made = QLineEdit()
    qtbot.addWidget(made)
    return made


@pytest.fixture
def named(line: QLineEdit, qtbot: QtBot) -> NamedFilters:
    made = NamedFilters(line)
    qtbot.addWidget(made)
    return made


def offered(named: NamedFilters) -> dict[str, QAction]:
    named.menu().aboutToShow.emit()
    return {action.text(): action for action in named.menu().actions() if action.text()}


def save(named: NamedFilters, name: str) -> None:
    named.menu().aboutToShow.emit()
    action = next(action for action in named.menu().actions() if isinstance(action, QWidgetAction))
    box = action.defaultWidget()
    assert isinstance(box, QLineEdit)
    box.setText(name)
    box.returnPressed.emit()


def delete(named: NamedFilters, name: str) -> None:
    menu = offered(named)["Delete"].menu()
    next(action for action in menu.actions() if action.text() == name).trigger()  # type: ignore[attr-defined]


def test_clean_units_keeps_the_clean_ones() -> None:
    good = {"isi_violation_2ms": 0.001, "contamination": 0.02, "presence_ratio": 0.95}
    faults = {"isi_violation_2ms": 0.03, "contamination": 0.4, "presence_ratio": 0.1}
    units = {"good": {"quality": good}} | {
        name: {"quality": good | {name: bad}} for name, bad in faults.items()
    }
    units |= {"unmeasured": {"quality": good | {"contamination": float("nan")}}}
    mask = parse_filter(SHIPPED["Clean units"], unit_columns(units, 10.0)).mask()
    assert mask.tolist() == [True, False, False, False, False]


def test_a_filter_chosen_is_put_into_the_line(named: NamedFilters, line: QLineEdit, qtbot: QtBot) -> None:
    with qtbot.waitSignal(named.chosen):
        offered(named)["Clean units"].trigger()
    assert line.text() == SHIPPED["Clean units"]


def test_filters_are_saved_edited_and_deleted(named: NamedFilters, line: QLineEdit, qtbot: QtBot) -> None:
    line.setText("dsi > 0.3")
    save(named, "Tuned")
    line.setText("dsi > 0.4")
    save(named, "Tuned")
    save(named, "Clean units")
    assert named.filters() == {"Clean units": "dsi > 0.4", "Tuned": "dsi > 0.4"}
    other = NamedFilters(line)
    qtbot.addWidget(other)
    other.restore(named.state())
    assert other.filters() == named.filters()
    delete(other, "Tuned")
    delete(other, "Clean units")
    assert other.filters() == SHIPPED
    assert other.state() == []


@pytest.mark.parametrize("state", [None, 3, {"a": "b"}, [["a"], ["b", 3], "cd", ["", "x > 1"]]])
def test_malformed_settings_are_ignored(state: object, named: NamedFilters) -> None:
    named.restore(state)
    assert named.filters() == SHIPPED
