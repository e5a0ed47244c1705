from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyqtgraph as pg
import pytest
from PySide6.QtCore import QPointF

from hdmea_gui.session import PipelineSession, Update
from hdmea_gui.session.bad_lanes import BAD_LANES_PATH, ChipLanes
from hdmea_gui.session.columns import unit_columns
from hdmea_gui.views.chip import VIEW, ChipView
from hdmea_gui.views.chip_colours import colouring_of
from hdmea_gui.views.chip_figure import ChipFigure
from hdmea_gui.views.fan_out import chip_positions, fan_out
from hdmea_gui.views.lane_marks import LaneMarks
from hdmea_gui.views.theme import UNIT_COLOURS, Theme
from tests.views.seen import (
    CTRL,
    button,
    chooser,
    click,
    colour_bars,
    drag,
    items_of,
    line,
    on_screen,
    part,
    plots,
    texts,
)

if TYPE_CHECKING:
    from PySide6.QtWidgets import QComboBox
    from pytestqt.qtbot import QtBot

    from hdmea_gui.views.view import ViewContext


@pytest.fixture
def view(qtbot: QtBot, context: ViewContext) -> ChipView:
    view = VIEW.make(context)
    assert isinstance(view, ChipView)
    qtbot.addWidget(view)
    view.resize(640, 480)
    view.show()
    return view


def chip(view: ChipView) -> Any:
    (found,) = plots(view)
    return found


def dots(view: ChipView) -> dict[str, Any]:
    """Dots of units that do not pass the filter, of those that do, and both kinds of rings: by size."""
    items = sorted(items_of(chip(view), pg.ScatterPlotItem), key=lambda item: item.opts["size"])
    return dict(zip(("others", "units", "selected", "current"), items, strict=True))


def ids_of_dots(view: ChipView) -> list[str]:
    return [point.data() for point in dots(view)["units"].points()]


def colours_of_dots(view: ChipView) -> list[str]:
    return [point.brush().color().name() for point in dots(view)["units"].points()]


def legend(view: ChipView) -> str:
    text: str = chip(view).titleLabel.text
    return text


def columns(view: ChipView) -> QComboBox:
    return chooser(view, "Column that sets the colours")


def test_units_stand_at_their_electrodes(view: ChipView, session: PipelineSession) -> None:
    x, y = dots(view)["units"].getData()
    wanted = [(unit["col"], unit["row"]) for unit in session.units.values()]
    np.testing.assert_allclose(np.column_stack([x, y]), wanted)


def test_row_zero_is_on_top(view: ChipView) -> None:
    assert on_screen(chip(view), 30, 36).y() > on_screen(chip(view), 30, 35).y()


def test_the_recorded_region_is_outlined_and_in_sight(view: ChipView) -> None:
    x, y = line(chip(view), view.context.theme.quiet)
    assert (np.nanmin(x), np.nanmax(x) - np.nanmin(x)) == (19.5, 21)
    assert chip(view).box.viewRect().contains(QPointF(np.nanmin(x), np.nanmin(y)))


def test_units_are_coloured_by_any_column(view: ChipView, session: PipelineSession) -> None:
    columns(view).setCurrentText("rf.snr")
    snr = [
        unit["features"]["sta_dense_noise_15x15_sample"]["sta_geometry"]["snr"]
        for unit in session.units.values()
    ]
    (bar,) = colour_bars(view)
    assert bar.levels() == (min(snr), max(snr))
    assert bar.axis.labelText == "rf.snr"
    colours = Theme().sequential()
    assert colours_of_dots(view)[int(np.argmax(snr))] == colours.map(1.0, mode="qcolor").name()
    assert colours_of_dots(view)[int(np.argmin(snr))] == colours.map(0.0, mode="qcolor").name()


def test_texts_have_colours_and_a_legend(view: ChipView, context: ViewContext) -> None:
    columns(view).setCurrentText("label")
    assert "none" in legend(view)
    context.model.edit(["unit_001", "unit_002"], "label", "good <1>")
    assert "good &lt;1&gt;" in legend(view)
    colours = colours_of_dots(view)
    assert colours[0] == colours[1] == UNIT_COLOURS[0]
    assert colours[2] != colours[0]
    assert not colour_bars(view)


def test_a_click_selects_the_unit_under_it(
    view: ChipView, context: ViewContext, session: PipelineSession
) -> None:
    unit = session.units["unit_004"]
    click(chip(view), unit["col"], unit["row"])
    assert context.selection.current == "unit_004"
    x, y = dots(view)["current"].getData()
    assert (x[0], y[0]) == (unit["col"], unit["row"])


def test_a_click_on_nothing_selects_nothing_else(view: ChipView, context: ViewContext) -> None:
    click(chip(view), 28.5, 44.9)
    assert context.selection.current == "unit_001"


@pytest.mark.parametrize("tool", ["Lasso", "Rectangle"])
def test_what_is_drawn_around_is_selected(
    view: ChipView, context: ViewContext, session: PipelineSession, tool: str
) -> None:
    chooser(view, "Draw around").setCurrentText(tool)
    around = [(19.6, 30.6), (19.6, 37.5), (34.4, 37.5)]
    if tool == "Lasso":
        around += [(34.4, 30.6), (19.7, 30.6)]
    drag(chip(view), around)
    inside = [
        unit_id
        for unit_id, unit in session.units.items()
        if 19.6 < unit["col"] < 34.4 and 30.6 < unit["row"] < 37.5
    ]
    assert 0 < len(inside) < len(session.units)
    assert list(context.selection.units) == inside
    x, _ = line(chip(view), context.theme.foreground)  # of what was drawn around the units, nothing is left
    assert not x.size


def test_a_lasso_is_no_rectangle(view: ChipView, session: PipelineSession) -> None:
    sums = {unit_id: unit["col"] + unit["row"] for unit_id, unit in session.units.items()}
    assert any(total > 67 for total in sums.values())
    for side in (67, 100):
        triangle = [QPointF(0, 0), QPointF(side, 0), QPointF(0, side)]
        expected = [unit_id for unit_id, total in sums.items() if total < side]
        assert part(view, ChipFigure).units_within(triangle) == expected


def test_with_ctrl_units_join(view: ChipView, context: ViewContext, session: PipelineSession) -> None:
    chooser(view, "Draw around").setCurrentText("Rectangle")
    for unit_id in ("unit_005", "unit_003"):
        x, y = session.units[unit_id]["col"], session.units[unit_id]["row"]
        drag(chip(view), [(x - 0.6, y - 0.6), (x + 0.6, y + 0.6)], CTRL)
    assert context.selection.units == ("unit_001", "unit_003", "unit_005")
    drag(chip(view), [(28.1, 44.5), (28.9, 45.1)])  # around nothing
    assert context.selection.units == ("unit_001", "unit_003", "unit_005")


def test_units_that_do_not_pass_the_filter_are_small_and_not_picked(
    view: ChipView, context: ViewContext
) -> None:
    context.selection.show(["unit_002", "unit_003"])
    assert ids_of_dots(view) == ["unit_002", "unit_003"]
    others = dots(view)["others"]
    assert len(others.getData()[0]) == 6
    assert others.opts["size"] < dots(view)["units"].opts["size"]
    assert "2 units" in texts(view)
    x, y = others.getData()
    click(chip(view), x[-1], y[-1])
    assert context.selection.current == "unit_001"


def test_selecting_leaves_the_points_alone(view: ChipView, context: ViewContext) -> None:
    points, sight = dots(view)["units"].data, chip(view).box.viewRect()
    context.selection.select(["unit_003", "unit_006"])
    assert dots(view)["units"].data is points
    assert chip(view).box.viewRect() == sight
    assert len(dots(view)["selected"].getData()[0]) == 2


def test_new_columns_are_offered_after_a_step(view: ChipView, context: ViewContext) -> None:
    assert "novelty" not in [columns(view).itemText(row) for row in range(columns(view).count())]
    feature = {"data": {"novelty": 3.0}, "metadata": {}}
    context.model.apply(Update.of("Put", {("units", "unit_001", "features", "something"): feature}))
    columns(view).setCurrentText("novelty")
    assert colour_bars(view)[0].levels() == (3.0, 4.0)


def test_units_without_an_electrode_are_counted(qtbot: QtBot, bare: ViewContext) -> None:
    session = PipelineSession("plain")
    session.add_units({"unit_001": {"row": 0, "col": 0}, "unit_002": {"row": 3, "col": 4}, "unit_003": {}})
    bare.model.show(session)
    bare.selection.show(session.units)
    view = VIEW.make(bare)
    assert isinstance(view, ChipView)
    qtbot.addWidget(view)
    view.show()
    assert ids_of_dots(view) == ["unit_002"]
    assert "1 unit, 2 without an electrode" in texts(view)


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


def test_positions_are_the_vendors_from_1() -> None:
    positions = chip_positions([{"row": 1, "col": 65}, {"row": 0, "col": 0}])
    np.testing.assert_array_equal(positions, [[65, 1], [np.nan, np.nan]])


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
    axes = [chip(view).getAxis(side) for side in ("bottom", "left")]
    box, place = button(view, "Micrometres"), chip(view).box.viewRect()
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
    assert chip(view).box.viewRect() == place  # nothing moves
    box.click()
    assert [axis.labelText for axis in axes] == ["Column (electrode)", "Row (electrode)"]


def test_a_column_that_one_unit_out_of_many_has_is_offered(view: ChipView, qtbot: QtBot) -> None:
    session = PipelineSession("many")
    for number in range(1, 701):
        session.units[f"unit_{number:03d}"] = {"row": number % 50 + 1, "col": number // 50 + 1}
    session.units["unit_650"]["unit_meta"] = {"rarity": np.array([4.5])}
    view.context.model.show(session)
    view.context.selection.show(session.units)
    assert "rarity" not in view.context.columns.current, "not searched at once"
    qtbot.waitUntil(lambda: columns(view).findText("rarity") >= 0)
    columns(view).setCurrentText("rarity")
    colours = dict(zip(ids_of_dots(view), colours_of_dots(view), strict=True))
    assert colours.pop("unit_650") not in colours.values()


def hatchings(view: ChipView) -> list[Any]:
    return [item for item in items_of(chip(view), LaneMarks) if item.isVisible()]


def test_bad_lanes_are_hatched_and_a_click_adds_or_removes_one(view: ChipView, qtbot: QtBot) -> None:
    model = view.context.model
    model.apply(Update.of("Bad lanes", {BAD_LANES_PATH: ChipLanes("col").with_numbers({24}).as_stored()}))
    (hatching,) = hatchings(view)
    x, _ = hatching.getData()
    assert (x.min(), x.max()) == (23.5, 24.5)  # column 24
    assert "bad column 24" in " ".join(texts(view))
    chooser(view, "Draw around").setCurrentText("Bad columns")
    with qtbot.waitSignal(view.lanes_chosen) as chosen:
        click(chip(view), 26.0, 34.0)
    assert chosen.args[0].numbers == (24, 26)
    with qtbot.waitSignal(view.lanes_chosen) as chosen:
        click(chip(view), 24.0, 34.0)
    assert chosen.args[0].numbers == ()
    chooser(view, "Draw around").setCurrentText("Bad rows")
    with qtbot.waitSignal(view.lanes_chosen) as chosen:
        click(chip(view), 24.0, 34.0)
    assert (chosen.args[0].axis, chosen.args[0].numbers) == ("row", (24, 34))


def test_without_bad_lanes_nothing_is_hatched(view: ChipView) -> None:
    assert not hatchings(view)
