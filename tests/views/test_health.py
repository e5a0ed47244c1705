from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QStatusBar, QTableWidget

from hdmea_gui.session import Update
from hdmea_gui.views.caption import Caption
from hdmea_gui.views.health import VIEW, HealthView
from hdmea_gui.views.status import Status
from tests.views.seen import button, part

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from hdmea_gui.views.view import ViewContext


@pytest.fixture
def view(qtbot: QtBot, context: ViewContext) -> HealthView:
    view = VIEW.make(context)
    assert isinstance(view, HealthView)
    qtbot.addWidget(view)
    view.resize(640, 480)
    view.show()
    return view


def put(context: ViewContext, key: str, state: str, sentence: str) -> None:
    finding = {"state": state, "sentence": sentence}
    context.model.apply(Update.of("Health", {("health", key): finding}))


def rows(view: HealthView) -> list[tuple[str, ...]]:
    table = part(view, QTableWidget)
    cells = [[table.item(row, column) for column in range(3)] for row in range(table.rowCount())]
    return [tuple(cell.text() if cell else "" for cell in row) for row in cells]


def test_every_finding_is_a_row_that_leads_to_its_place(
    view: HealthView, context: ViewContext, qtbot: QtBot
) -> None:
    assert {row[0] for row in rows(view)} == {"not yet"}
    put(context, "bad_lanes", "check", "Two bad lanes.")
    put(context, "refractory", "ok", "Fine.")
    assert [row for row in rows(view) if row[0] != "not yet"] == [
        ("check", "Bad lanes", "Two bad lanes."),
        ("OK", "Refractory periods", "Fine."),
    ]
    part(view, QTableWidget).setCurrentCell([row[1] for row in rows(view)].index("Bad lanes"), 0)
    assert "Bad columns" in part(view, Caption).text()
    with qtbot.waitSignal(view.view_requested) as asked:
        button(view, "Show the place").click()
    assert asked.args == ["chip"]
    with qtbot.waitSignal(view.parameter_requested) as mended:
        button(view, "Change 'Bad lanes'").click()
    assert mended.args == ["compute_eimage_sta", "bad_lanes"]


def test_the_units_of_a_finding_are_selected(view: HealthView, context: ViewContext, qtbot: QtBot) -> None:
    finding = {"state": "check", "sentence": "Two units.", "units": ["unit_003", "unit_002"]}
    context.model.apply(Update.of("Health", {("health", "refractory"): finding}))
    table = part(view, QTableWidget)
    table.setCurrentCell([row[1] for row in rows(view)].index("Refractory periods"), 0)
    with qtbot.waitSignal(view.view_requested) as asked:
        QTest.keyClick(table, Qt.Key.Key_Return)
    assert asked.args == ["spike_train"]
    assert set(context.selection.units) == {"unit_002", "unit_003"}
    assert context.selection.current == "unit_003"


def test_the_status_bar_shows_the_worst_state(context: ViewContext, qtbot: QtBot) -> None:
    bar = QStatusBar()
    qtbot.addWidget(bar)
    status = Status(bar, context.model)
    bar.show()
    assert not status.health.isVisible()
    put(context, "refractory", "ok", "Fine.")
    assert status.health.text() == "Health: OK"
    put(context, "bad_lanes", "fault", "Many.")
    assert status.health.text() == "Health: FAULT"
    with qtbot.waitSignal(status.health_requested):
        status.health.click()
    context.model.show(None)
    assert not status.health.isVisible()
