from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pyqtgraph as pg
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from hdmea_gui.session import PipelineSession, Update
from hdmea_gui.session.columns import unit_columns
from hdmea_gui.views.chip import VIEW, ChipView
from hdmea_gui.views.chip_colours import colouring_of
from hdmea_gui.views.fan_out import chip_positions, fan_out
from hdmea_gui.views.theme import UNIT_COLOURS, Theme

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

    from hdmea_gui.views.view import ViewContext

PLAIN = Qt.KeyboardModifier.NoModifier
CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def view(qtbot: QtBot, context: ViewContext) -> ChipView:
    view = VIEW.make(context)
    assert isinstance(view, ChipView)
    qtbot.addWidget(view)
    view.resize(640, 480)
    view.show()
    return view


def on_screen(view: ChipView, x: float, y: float) -> QPoint:
    return QPoint(view._plots.mapFromScene(view._plots._plot.box.mapViewToScene(QPointF(x, y))))


def draw_around(
    view: ChipView, places: list[tuple[float, float]], modifiers: Qt.KeyboardModifier = PLAIN
) -> None:
    """Draw a line with the left button down."""
    viewport, button = view._plots.viewport(), Qt.MouseButton.LeftButton
    points = [on_screen(view, *place) for place in places]
    QTest.mousePress(viewport, button, modifiers, points[0])
    for start, end in pairwise(points):
        for part in (0.25, 0.5, 0.75, 1.0):
            step = QPointF(start) * (1 - part) + QPointF(end) * part
            _move(view, step, modifiers)
    QTest.mouseRelease(viewport, button, modifiers, points[-1])


def _move(view: ChipView, place: QPointF, modifiers: Qt.KeyboardModifier) -> None:
    viewport, button = view._plots.viewport(), Qt.MouseButton.LeftButton
    everywhere = QPointF(viewport.mapToGlobal(place.toPoint()))
    event = QMouseEvent(QEvent.Type.MouseMove, place, everywhere, Qt.MouseButton.NoButton, button, modifiers)
    QApplication.sendEvent(viewport, event)


def test_units_stand_at_their_electrodes(view: ChipView, session: PipelineSession) -> None:
    x, y = view._plots._plot._points.getData()
    wanted = [(unit["col"] - 1, unit["row"] - 1) for unit in session.units.values()]
    np.testing.assert_allclose(np.column_stack([x, y]), wanted)


def test_row_zero_is_on_top(view: ChipView) -> None:
    assert on_screen(view, 30, 36).y() > on_screen(view, 30, 35).y()


def test_the_recorded_region_is_outlined_and_in_sight(view: ChipView) -> None:
    x, y = view._plots._plot._regions.getData()
    assert (np.nanmin(x), np.nanmax(x) - np.nanmin(x)) == (18.5, 21)
    assert view._plots._plot.box.viewRect().contains(QPointF(np.nanmin(x), np.nanmin(y)))


def test_units_are_coloured_by_any_column(view: ChipView, session: PipelineSession) -> None:
    view._column.setCurrentText("rf.snr")
    snr = [
        unit["features"]["sta_dense_noise_15x15_sample"]["sta_geometry"]["snr"]
        for unit in session.units.values()
    ]
    assert view._plots._bar.levels() == (min(snr), max(snr))
    assert view._plots._bar.axis.labelText == "rf.snr"
    brushes = [point.brush().color().name() for point in view._plots._plot._points.points()]
    colours = Theme().sequential()
    assert brushes[int(np.argmax(snr))] == colours.map(1.0, mode="qcolor").name()
    assert brushes[int(np.argmin(snr))] == colours.map(0.0, mode="qcolor").name()


def test_texts_have_colours_and_a_legend(view: ChipView, context: ViewContext) -> None:
    view._column.setCurrentText("label")
    assert "none" in view._plots._plot.titleLabel.text
    context.model.edit(["unit_001", "unit_002"], "label", "good <1>")
    assert "good &lt;1&gt;" in view._plots._plot.titleLabel.text
    brushes = [point.brush().color().name() for point in view._plots._plot._points.points()]
    assert brushes[0] == brushes[1] == UNIT_COLOURS[0]
    assert brushes[2] != brushes[0]
    assert not view._plots._bar.isVisible()


def test_a_click_selects_the_unit_under_it(
    view: ChipView, context: ViewContext, session: PipelineSession
) -> None:
    unit = session.units["unit_004"]
    place = on_screen(view, unit["col"] - 1, unit["row"] - 1)
    QTest.mouseClick(view._plots.viewport(), Qt.MouseButton.LeftButton, PLAIN, place)
    assert context.selection.current == "unit_004"
    x, y = view._plots._plot._current.getData()
    assert (x[0], y[0]) == (unit["col"] - 1, unit["row"] - 1)


def test_a_click_on_nothing_selects_nothing_else(view: ChipView, context: ViewContext) -> None:
    QTest.mouseClick(view._plots.viewport(), Qt.MouseButton.LeftButton, PLAIN, on_screen(view, 28.5, 44.9))
    assert context.selection.current == "unit_001"


@pytest.fixture
def every_movement() -> Iterator[None]:
    """Have pyqtgraph look at every movement of the mouse, not at a hundred a second."""
    limit = pg.getConfigOption("mouseRateLimit")
    pg.setConfigOption("mouseRateLimit", -1)
    yield
    pg.setConfigOption("mouseRateLimit", limit)


@pytest.mark.usefixtures("every_movement")
@pytest.mark.parametrize("tool", ["Lasso", "Rectangle"])
def test_what_is_drawn_around_is_selected(
    view: ChipView, context: ViewContext, session: PipelineSession, tool: str
) -> None:
    view._tool.setCurrentText(tool)
    around = [(18.6, 29.6), (18.6, 36.5), (33.4, 36.5)]
    if tool == "Lasso":
        around += [(33.4, 29.6), (18.7, 29.6)]
    draw_around(view, around)
    inside = [
        unit_id
        for unit_id, unit in session.units.items()
        if 18.6 < unit["col"] - 1 < 33.4 and 29.6 < unit["row"] - 1 < 36.5
    ]
    assert 0 < len(inside) < len(session.units)
    assert list(context.selection.units) == inside
    assert not view._plots._plot._loop.isVisible()


def test_a_lasso_is_no_rectangle(view: ChipView) -> None:
    triangle = [QPointF(0, 0), QPointF(100, 0), QPointF(0, 100)]
    positions = view._plots._units.positions
    expected = [
        unit_id for unit_id, (x, y) in zip(view._plots._units.ids, positions, strict=True) if x + y < 100
    ]
    assert view._plots.units_within(triangle) == expected
    narrow = [QPointF(0, 0), QPointF(65, 0), QPointF(0, 65)]
    assert view._plots.units_within(narrow) == [
        unit_id for unit_id, (x, y) in zip(view._plots._units.ids, positions, strict=True) if x + y < 65
    ]


def test_with_ctrl_units_join(view: ChipView, context: ViewContext) -> None:
    view._plots.encircled.emit(["unit_005", "unit_003"], CTRL)
    assert context.selection.units == ("unit_001", "unit_003", "unit_005")
    view._plots.encircled.emit([], PLAIN)
    assert context.selection.units == ("unit_001", "unit_003", "unit_005")


def test_units_that_do_not_pass_the_filter_are_small_and_not_picked(
    view: ChipView, context: ViewContext
) -> None:
    context.selection.show(["unit_002", "unit_003"])
    assert view._plots._units.ids == ["unit_002", "unit_003"]
    assert len(view._plots._plot._others.getData()[0]) == 6
    assert view._count.text() == "2 units"


def test_selecting_leaves_the_points_alone(view: ChipView, context: ViewContext) -> None:
    points, sight = view._plots._plot._points.data, view._plots._plot.box.viewRect()
    context.selection.select(["unit_003", "unit_006"])
    assert view._plots._plot._points.data is points
    assert view._plots._plot.box.viewRect() == sight
    assert len(view._plots._plot._chosen.getData()[0]) == 2


def test_new_columns_are_offered_after_a_step(view: ChipView, context: ViewContext) -> None:
    assert "novelty" not in [view._column.itemText(row) for row in range(view._column.count())]
    feature = {"data": {"novelty": 3.0}, "metadata": {}}
    context.model.apply(Update.of("Put", {("units", "unit_001", "features", "something"): feature}))
    view._column.setCurrentText("novelty")
    assert view._plots._bar.levels() == (3.0, 4.0)


def test_units_without_an_electrode_are_counted(qtbot: QtBot, bare: ViewContext) -> None:
    session = PipelineSession("plain")
    session.add_units({"unit_001": {"row": 0, "col": 0}, "unit_002": {"row": 3, "col": 4}, "unit_003": {}})
    bare.model.show(session)
    bare.selection.show(session.units)
    view = VIEW.make(bare)
    assert isinstance(view, ChipView)
    qtbot.addWidget(view)
    view.show()
    assert view._plots._units.ids == ["unit_002"]
    assert view._count.text() == "1 unit, 2 without an electrode"


def test_without_units_it_says_so(qtbot: QtBot, bare: ViewContext) -> None:
    view = VIEW.make(bare)
    qtbot.addWidget(view)
    view.show()
    assert view.message == "Open a recording or a session."
    bare.model.show(PipelineSession("none"))
    assert view.message == "No units yet."


@pytest.mark.parametrize("count", [2, 3, 6, 7, 40])
def test_units_at_one_electrode_stand_apart(count: int) -> None:
    positions = np.array([[5.0, 7.0]] * count + [[6.0, 7.0], [np.nan, np.nan]])
    moved = fan_out(positions)
    np.testing.assert_array_equal(moved[count], [6.0, 7.0])
    assert np.isnan(moved[-1]).all()
    fanned = moved[:count]
    assert np.hypot(*(fanned - [5, 7]).T).max() < 0.5
    apart = np.hypot(*(fanned[:, None] - fanned[None]).transpose(2, 0, 1)) + 9 * np.eye(count)
    assert apart.min() > 0.5 / np.sqrt(count)


def test_positions_are_the_vendors_less_one() -> None:
    positions = chip_positions([{"row": 1, "col": 65}, {"row": 0, "col": 0}])
    np.testing.assert_array_equal(positions, [[64, 0], [np.nan, np.nan]])


def test_missing_values_are_quiet(qtbot: QtBot) -> None:  # noqa: ARG001 - there must be an application
    theme = Theme()
    units = {"unit_001": {"x": 2.0}, "unit_002": {"x": np.nan}, "unit_003": {"x": 2.0}}
    colouring = colouring_of(unit_columns(units)["x"], [0, 1, 2], theme)
    assert colouring.limits == (2.0, 3.0)
    assert colouring.colours[1] == theme.quiet
    assert colouring.colours[0] == colouring.colours[2] != theme.quiet


def test_the_rarest_texts_share_a_colour(qtbot: QtBot) -> None:  # noqa: ARG001 - there must be an application
    theme = Theme()
    kinds = [str(kind) for kind in range(9) for _ in range(9 - kind)]
    units = {f"unit_{number:03d}": {"kind": kind} for number, kind in enumerate(kinds)}
    colouring = colouring_of(unit_columns(units)["kind"], range(len(kinds)), theme)
    assert [colour.name() for colour in colouring.colours] == [
        UNIT_COLOURS[int(kind)] if int(kind) < 6 else theme.quiet.name() for kind in kinds
    ]
    assert colouring.legend.count("●") == 7
    assert "others" in colouring.legend


def test_axes_are_in_micrometres_on_demand(view: ChipView) -> None:
    axes = [view._plots._plot.getAxis(side) for side in ("bottom", "left")]
    box, place = view._scale, view._plots._plot.box.viewRect()
    assert not box.isEnabled()
    assert "Preferences" in box.toolTip()
    assert [(axis.labelText, axis.scale) for axis in axes] == [
        ("Column (electrode)", 1.0),
        ("Row (electrode)", 1.0),
    ]
    view.context.scale.set_pitch(16.0)
    assert box.isEnabled()
    assert "16 µm" in box.toolTip()
    assert axes[0].labelText == "Column (electrode)"
    box.click()
    assert [axis.labelText for axis in axes] == ["Column (µm)", "Row (µm)"]
    electrodes = [value for _, values in axes[0].tickValues(0, 64, 400) for value in values]
    texts = axes[0].tickStrings(sorted(electrodes), axes[0].scale, 1.0)
    np.testing.assert_allclose([float(text) for text in texts], 16 * np.array(sorted(electrodes)), atol=0.5)
    assert view._plots._plot.box.viewRect() == place  # nothing moves
    box.click()
    assert [axis.labelText for axis in axes] == ["Column (electrode)", "Row (electrode)"]
