"""Clicks beside a plot, on its axes: they are not clicks into the plot."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtTest import QTest

from hdmea_gui.views.plots import Plot, PlotArea
from hdmea_gui.views.theme import Theme

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


@pytest.mark.parametrize("side", ["bottom", "left"])
def test_a_click_on_an_axis_is_none_into_the_plot(side: str, qtbot: QtBot) -> None:
    area = PlotArea(Theme())
    qtbot.addWidget(area)
    plot = Plot("Time (s)", "Rate (Hz)")
    area.addItem(plot)
    area.resize(400, 300)
    area.show()
    qtbot.waitExposed(area)
    plot.box.set_home(QRectF(0, 0, 10, 5))
    qtbot.wait(50)
    clicked: list[QPointF] = []
    plot.box.clicked.connect(lambda place, _modifiers: clicked.append(place))

    def click(item: object) -> None:
        centre = area.mapFromScene(item.sceneBoundingRect().center())  # type: ignore[attr-defined]
        QTest.mouseMove(area.viewport(), centre)
        QTest.mouseClick(area.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, centre)
        qtbot.wait(20)

    click(plot.box)
    assert len(clicked) == 1
    click(plot.getAxis(side))
    assert len(clicked) == 1
    plot.box.setRange(QRectF(2, 2, 1, 1), padding=0)
    axis = plot.getAxis(side)
    centre = area.mapFromScene(axis.sceneBoundingRect().center())
    for _ in range(2):
        QTest.mouseClick(area.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, centre)
    qtbot.wait(20)
    assert len(clicked) == 1
