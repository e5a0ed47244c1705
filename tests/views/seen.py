"""Parts of a view as its user finds them: plots by their axes, lines by their colours, controls by their texts."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QContextMenuEvent, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QGraphicsView,
    QLabel,
    QMenu,
    QTreeView,
    QWidget,
)

from hdmea_gui.models.tree_model import TreeModel
from hdmea_gui.views.plots import Plot
from hdmea_gui.views.spans import Spans

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from pytestqt.qtbot import QtBot

    from hdmea_gui.models.arrays import Arrays
    from hdmea_gui.views.spans import Span
    from hdmea_gui.views.view import ViewContext

W = TypeVar("W", bound=QWidget)

PLAIN = Qt.KeyboardModifier.NoModifier
CTRL = Qt.KeyboardModifier.ControlModifier


class Reader(QObject):
    """Answers views that want arrays: later, but on the same thread."""

    def __init__(self, arrays: Arrays) -> None:
        super().__init__(arrays)
        self._arrays = arrays
        self.n_wanted = 0
        self.n_read = 0
        arrays.wanted.connect(self._on_wanted)
        arrays.wanted.connect(self._read, Qt.ConnectionType.QueuedConnection)

    def _on_wanted(self) -> None:
        self.n_wanted += 1

    def _read(self, array: Any) -> None:
        self.n_read += 1
        self._arrays.put(array, np.asarray(array))


def wait_until_drawn(context: ViewContext, qtbot: QtBot) -> None:
    """Wait for everything that views have asked for."""
    reader = context.arrays.findChild(Reader)
    assert isinstance(reader, Reader)
    qtbot.waitUntil(lambda: reader.n_read == reader.n_wanted, timeout=10_000)


# Widgets


def part(shown: QWidget, kind: type[W]) -> W:
    """The only widget of a kind."""
    (found,) = shown.findChildren(kind)
    return found


def button(shown: QWidget, text: str) -> QAbstractButton:
    """The button or check box with a text."""
    (found,) = (one for one in shown.findChildren(QAbstractButton) if one.text() == text)
    return found


def chooser(shown: QWidget, tip: str) -> QComboBox:
    """The box to choose from whose tip begins with a text."""
    (found,) = (one for one in shown.findChildren(QComboBox) if one.accessibleName().startswith(tip))
    return found


def field(shown: QWidget, text: str) -> QWidget:
    """The field that a label stands for."""
    (found,) = (one for one in shown.findChildren(QLabel) if one.text() == text)
    return found.buddy()


def texts(shown: QWidget) -> list[str]:
    """Every label in sight."""
    return [label.text() for label in shown.findChildren(QLabel) if label.isVisible() and label.text()]


def step_button(shown: QWidget) -> QAbstractButton:
    """The button with which a view that has nothing to draw offers a step."""
    about = "Run the step whose result is shown here."
    (found,) = (one for one in shown.findChildren(QAbstractButton) if one.whatsThis() == about)
    return found


def offered_step(shown: QWidget) -> QAbstractButton | None:
    """The same, if it is in sight."""
    found = step_button(shown)
    return found if found.isVisible() else None


def context_menu(shown: QWidget, place: QPoint) -> QMenu:
    """Open the context menu at a place, as a right click does."""
    reason = QContextMenuEvent.Reason.Mouse
    QApplication.sendEvent(shown, QContextMenuEvent(reason, place, shown.mapToGlobal(place)))
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    return menu


def tree_model(tree: QTreeView) -> TreeModel:
    """The model of a tree of the session."""
    model = tree.model()
    assert isinstance(model, TreeModel)
    return model


def go_to(shown: QWidget, *path: Any) -> None:
    """Select an item of the tree."""
    tree = part(shown, QTreeView)
    index = tree_model(tree).index_of(path)
    assert index.isValid(), path
    tree.setCurrentIndex(index)


# Plots


def _items(shown: QWidget) -> list[Any]:
    areas = [shown] if isinstance(shown, QGraphicsView) else shown.findChildren(QGraphicsView)
    return [item for area in areas for item in area.scene().items()]


def plots(shown: QWidget) -> list[Any]:
    """Every plot, from top to bottom and from left to right."""
    found = [item for item in _items(shown) if isinstance(item, Plot)]
    return sorted(found, key=lambda one: (round(one.scenePos().y()), one.scenePos().x()))


def plot(shown: QWidget, y_label: str, number: int = 0) -> Any:
    """The plot whose vertical axis has this label; of several, the one with this number."""
    return [one for one in plots(shown) if one.getAxis("left").labelText == y_label][number]


def plot_of(shown: QWidget, kind: Any) -> Any:
    """The only plot of a kind."""
    (found,) = (one for one in plots(shown) if isinstance(one, kind))
    return found


def colour_bars(shown: QWidget) -> list[Any]:
    """Every colour bar in sight, from left to right."""
    found = [item for item in _items(shown) if isinstance(item, pg.ColorBarItem) and item.isVisible()]
    return sorted(found, key=lambda one: one.sceneBoundingRect().left())


def items_of(plot: Any, kind: Any) -> list[Any]:
    """Items of a kind in a plot that are in sight, the lowest first."""
    items: list[Any] = plot.scene().items(Qt.SortOrder.AscendingOrder)
    return [
        item for item in items if isinstance(item, kind) and item.isVisible() and plot.vb.isAncestorOf(item)
    ]


def image(plot: Any) -> NDArray[Any]:
    """Values of the image in a plot."""
    return np.asarray(image_item(plot).image)


def image_item(plot: Any) -> Any:
    """The image in a plot."""
    (found,) = items_of(plot, pg.ImageItem)
    return found


def lines(
    plot: Any, colour: QColor | str, width: float | None = None
) -> list[tuple[NDArray[Any], NDArray[Any]]]:
    """x and y of every line of a colour, and of a width if one is told, that has a point."""
    found = []
    for item in items_of(plot, pg.PlotCurveItem):
        pen = item.opts["pen"]
        is_wanted = QColor(pen.color()).name() == QColor(colour).name() and pen.style() != Qt.PenStyle.NoPen
        if is_wanted and width in {None, pen.widthF()} and item.xData is not None and item.xData.size:
            found.append((item.xData, item.yData))
    return found


def line(plot: Any, colour: QColor | str, width: float | None = None) -> tuple[NDArray[Any], NDArray[Any]]:
    """x and y of the only line of a colour; both empty if nothing is drawn in it."""
    found = lines(plot, colour, width)
    assert len(found) <= 1
    return found[0] if found else (np.empty(0), np.empty(0))


def heights(plot: Any, colour: QColor | str) -> NDArray[Any]:
    """Upper ends of bars filled with a colour."""
    wanted = QColor(colour).name()
    (found,) = (
        item
        for item in items_of(plot, pg.PlotCurveItem)
        if item.opts["fillLevel"] is not None and item.opts["brush"].color().name() == wanted
    )
    return np.asarray(found.yData)


def spans(plot: Any) -> tuple[Span, ...]:
    """Shaded parts of a plot."""
    return tuple(span for item in items_of(plot, Spans) for span in item.spans)


def columns_of(plot: Any, colour: QColor | str) -> NDArray[np.float64]:
    """Places along the horizontal axis whose pixels have exactly a colour, from the lower to the upper edge."""
    area = plot.scene().views()[0]
    area.repaint()
    pixels = area.grab().toImage()
    edges = plot.vb.sceneBoundingRect()
    levels = np.linspace(edges.top() + 3, edges.bottom() - 3, 9)
    wanted = QColor(colour).rgb()
    places = [
        x
        for x in range(round(edges.left()), round(edges.right()))
        if all(pixels.pixel(x, round(y)) == wanted for y in levels)
    ]
    return np.array([plot.vb.mapSceneToView(QPointF(x + 0.5, edges.center().y())).x() for x in places])


# Mouse


def on_screen(plot: Any, x: float, y: float) -> QPoint:
    """Where a place of a plot is in its viewport."""
    found: QPoint = plot.scene().views()[0].mapFromScene(plot.vb.mapViewToScene(QPointF(x, y)))
    return found


def click(plot: Any, x: float, y: float, modifiers: Qt.KeyboardModifier = PLAIN) -> None:
    """Click at a place of a plot."""
    viewport = plot.scene().views()[0].viewport()
    QTest.mouseClick(viewport, Qt.MouseButton.LeftButton, modifiers, on_screen(plot, x, y))


def drag(plot: Any, places: Sequence[tuple[float, float]], modifiers: Qt.KeyboardModifier = PLAIN) -> None:
    """Move the mouse along places of a plot with the left button down."""
    viewport, left = plot.scene().views()[0].viewport(), Qt.MouseButton.LeftButton
    points = [on_screen(plot, *place) for place in places]
    limit = pg.getConfigOption("mouseRateLimit")
    pg.setConfigOption("mouseRateLimit", -1)  # else pyqtgraph passes over movements that follow fast
    try:
        QTest.mousePress(viewport, left, modifiers, points[0])
        for start, end in pairwise(points):
            for share in (0.25, 0.5, 0.75, 1.0):
                _move(viewport, QPointF(start) * (1 - share) + QPointF(end) * share, modifiers)
        QTest.mouseRelease(viewport, left, modifiers, points[-1])
    finally:
        pg.setConfigOption("mouseRateLimit", limit)


def _move(viewport: QWidget, place: QPointF, modifiers: Qt.KeyboardModifier) -> None:
    there = QPointF(viewport.mapToGlobal(place.toPoint()))
    none, left = Qt.MouseButton.NoButton, Qt.MouseButton.LeftButton
    event = QMouseEvent(QEvent.Type.MouseMove, place, there, none, left, modifiers)
    QApplication.sendEvent(viewport, event)
