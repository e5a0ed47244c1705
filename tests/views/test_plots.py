"""Axes keep what they have drawn, and it looks as if it were drawn anew."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPalette
from PySide6.QtWidgets import QApplication

from hdmea_gui.views.plots import Axis, Plot, PlotArea
from hdmea_gui.views.theme import Theme

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QImage
    from pytestqt.qtbot import QtBot

_NARROW, _WIDE = (0.0, 9.0), (0.0, 900_000.0)


class _Shown:
    """A plot in sight."""

    def __init__(self, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
        self.n_drawn = 0
        draw = Axis.drawPicture

        def count(axis: Axis, *specs: object) -> None:
            self.n_drawn += axis is self.plot.getAxis("left")
            draw(axis, *specs)

        monkeypatch.setattr(Axis, "drawPicture", count)
        self._qtbot, self._theme = qtbot, Theme()
        self.area = PlotArea(self._theme)
        qtbot.addWidget(self.area)
        self.plot = Plot("Time (s)", "Rate (Hz)")
        self.area.addItem(self.plot)
        self.area.apply_theme()
        self.area.resize(400, 300)
        self.area.show()

    def darken(self) -> None:
        """Let the system have light text on a dark ground."""
        with self._qtbot.waitSignal(self._theme.changed):
            QApplication.setPalette(QPalette(QColor("black")))

    def show_many_others(self) -> None:
        """Show more ranges of both axes than are kept; their numbers take no more space than those before."""
        sight = self.plot.box.viewRange()
        for number in range(30):
            self.plot.box.setRange(
                xRange=(0, 1.01 + number / 1000), yRange=(1, 5.01 + number / 1000), padding=0
            )
            self.area.grab()
        self.plot.box.setRange(xRange=sight[0], yRange=sight[1], padding=0)

    def at(self, low: float, high: float) -> QImage:
        """The picture with that vertical range."""
        self.plot.box.setYRange(low, high, padding=0)
        for _ in range(3):  # a width that changes takes effect at the next turn
            self.area.ci.layout.activate()
            self.plot.layout.activate()
            self.area.grab()
        picture: QImage = self.area.grab().toImage()
        return picture


def test_a_range_that_was_shown_before_is_not_drawn_again(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = _Shown(qtbot, monkeypatch)
    first, second = shown.at(0, 5), shown.at(0, 6)
    n_drawn = shown.n_drawn
    assert n_drawn >= 2
    assert shown.at(0, 5) == first
    assert shown.at(0, 6) == second
    assert shown.n_drawn == n_drawn
    assert first != second


def test_an_axis_is_as_wide_as_its_numbers_however_often_they_were_shown(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = _Shown(qtbot, monkeypatch)
    axis, pictures, widths = shown.plot.getAxis("left"), [], []
    for low, high in (_NARROW, _WIDE, _NARROW, _WIDE):
        pictures.append(shown.at(low, high))
        widths.append(axis.width())
    assert widths[0] < widths[1]
    assert widths[2:] == widths[:2]
    assert pictures[2:] == pictures[:2]


_CHANGES: dict[str, Callable[[_Shown, Axis], object]] = {
    "colour of texts": lambda _, axis: axis.setTextPen("r"),
    "colour of the line": lambda _, axis: axis.setPen("r"),
    "colour of ticks": lambda _, axis: axis.setTickPen("r"),
    "width of the line": lambda _, axis: axis.setPen(axis.pen().color(), width=3),
    "the system's colours": lambda shown, _: shown.darken(),
    "style": lambda _, axis: axis.setStyle(maxTickLevel=0),
    "font of numbers": lambda _, axis: axis.setTickFont(QFont("DejaVu Serif", 7)),
    "the program's font": lambda _, __: QApplication.setFont(QFont("DejaVu Serif", 14)),
    "extent": lambda _, axis: axis.set_extent(2, 4),
    "scale": lambda _, axis: axis.setScale(10),
    "logarithms": lambda _, axis: axis.setLogMode(y=True),
    "grid": lambda _, axis: axis.setGrid(120),
    "named ticks": lambda _, axis: axis.setTicks([[(2, "two"), (3, "three")]]),
    "spacing": lambda _, axis: axis.setTickSpacing(3, 1),
    "density": lambda _, axis: axis.setTickDensity(5),
    "size": lambda shown, _: shown.area.resize(400, 250),
}


@pytest.mark.parametrize("change", _CHANGES)
def test_what_was_shown_before_a_change_is_not_shown_after_it(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    shown = _Shown(qtbot, monkeypatch)
    font, palette, before = QApplication.font(), QApplication.palette(), shown.at(1, 5)
    shown.at(1, 6)
    try:
        _CHANGES[change](shown, shown.plot.getAxis("left"))
        n_drawn = shown.n_drawn
        after = shown.at(1, 5)
        assert shown.n_drawn > n_drawn
        assert after != before
        shown.show_many_others()
        n_drawn = shown.n_drawn
        assert shown.at(1, 5) == after
        assert shown.n_drawn > n_drawn  # nothing of it was kept
    finally:
        QApplication.setFont(font)
        QApplication.setPalette(palette)


@pytest.mark.usefixtures("qapp")
@pytest.mark.parametrize("side", ["bottom", "left"])
@pytest.mark.parametrize("size", [15, 40, 61, 100, 173, 420])
@pytest.mark.parametrize("span", [(0.0, 1.0), (-1000.0, 20.0), (95.0, 0.0), (3.0, 3.007), (0.0, 2e6)])
def test_numbers_of_a_short_axis_do_not_touch(side: str, size: int, span: tuple[float, float]) -> None:
    axis, (low, high) = Axis(side), span
    spacing, values = axis.tickValues(low, high, size)[0]
    texts = QFontMetrics(QApplication.font())
    widths = [texts.horizontalAdvance(text) for text in axis.tickStrings(values, 1.0, spacing)]
    needed = max(widths) if side == "bottom" else texts.height()
    places = [(value - low) / (high - low) * size for value in values]
    assert all(abs(after - before) >= needed for before, after in pairwise(places))
    assert len(values) >= (2 if size > 100 else 1)
