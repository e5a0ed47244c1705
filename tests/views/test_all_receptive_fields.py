from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import Qt

from hdmea_gui.session import Update
from hdmea_gui.views.all_receptive_fields import VIEW, AllReceptiveFieldsView
from hdmea_gui.views.contact_sheet import Grid, grid_of, sheet_of
from hdmea_gui.views.fields_figure import FieldsFigure
from hdmea_gui.views.mosaic_plot import MosaicPlot
from hdmea_gui.views.sheet_plot import SheetPlot
from tests.views.seen import (
    CTRL,
    button,
    click,
    colour_bars,
    image,
    line,
    offered_step,
    part,
    plot_of,
    texts,
)

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from hdmea_gui.session import PipelineSession
    from hdmea_gui.views.view import ViewContext

FEATURE = "sta_dense_noise_15x15_sample"


@pytest.fixture
def view(qtbot: QtBot, context: ViewContext) -> AllReceptiveFieldsView:
    view = VIEW.make(context)
    assert isinstance(view, AllReceptiveFieldsView)
    qtbot.addWidget(view)
    view.resize(900, 500)
    view.show()
    return view


def spatial_map(session: PipelineSession, unit_id: str) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return np.asarray(session.units[unit_id]["features"][FEATURE]["sta_geometry"]["spatial_map"])


def grid_shown(view: AllReceptiveFieldsView) -> Grid:
    grid = plot_of(view, SheetPlot).grid
    assert isinstance(grid, Grid)
    return grid


def tile(view: AllReceptiveFieldsView, index: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    grid = grid_shown(view)
    row, col = grid.corner(index)
    return np.asarray(image(plot_of(view, SheetPlot))[row : row + grid.height, col : col + grid.width])


def click_tile(
    view: AllReceptiveFieldsView, index: int, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier
) -> None:
    row, col = grid_shown(view).corner(index)
    click(plot_of(view, SheetPlot), col + 3, row + 9, modifiers)


def test_every_visible_unit_has_its_map_in_the_order_of_the_table(
    view: AllReceptiveFieldsView, context: ViewContext, session: PipelineSession
) -> None:
    context.selection.show(["unit_004", "unit_002", "unit_007"])
    for index, unit_id in enumerate(("unit_004", "unit_002", "unit_007")):
        values = spatial_map(session, unit_id)
        np.testing.assert_allclose(tile(view, index), values / np.abs(values).max(), rtol=1e-6)
    assert "3 of 3 units" in texts(view)


def test_limits_can_be_shared(view: AllReceptiveFieldsView, session: PipelineSession) -> None:
    (bar,) = colour_bars(view)
    assert bar.levels() == (-1, 1)
    button(view, "Same colour limits").setChecked(True)
    largest = max(np.abs(spatial_map(session, unit_id)).max() for unit_id in session.units)
    assert largest <= bar.levels()[1] <= 1.5 * largest
    np.testing.assert_allclose(tile(view, 2), spatial_map(session, "unit_003"))
    assert bar.axis.labelText == "STA (grey levels)"


def test_a_click_on_a_tile_selects(view: AllReceptiveFieldsView, context: ViewContext) -> None:
    click_tile(view, 4)
    assert context.selection.current == "unit_005"
    assert context.selection.units == ("unit_005",)


def test_ctrl_adds_and_removes(view: AllReceptiveFieldsView, context: ViewContext) -> None:
    click_tile(view, 2, CTRL)
    assert list(context.selection.units) == ["unit_001", "unit_003"]
    assert context.selection.current == "unit_003"
    click_tile(view, 2, CTRL)
    assert list(context.selection.units) == ["unit_001"]
    click_tile(view, 0, CTRL)
    assert list(context.selection.units) == ["unit_001"]


def test_the_current_tile_is_framed(view: AllReceptiveFieldsView, context: ViewContext) -> None:
    context.selection.select(["unit_002", "unit_006"], "unit_006")
    sheet, ink = plot_of(view, SheetPlot), context.theme.foreground
    row, col = grid_shown(view).corner(5)
    x, y = line(sheet, ink, width=3)
    assert np.nanmin(x) < col - 0.5 < col + 14.5 < np.nanmax(x)
    assert np.nanmin(y) < row - 0.5 < row + 14.5 < np.nanmax(y)
    others, _ = line(sheet, ink, width=1)
    assert np.isnan(others).sum() == 1  # the other one has the frame of the current one


def test_the_mosaic_holds_every_fitted_ellipse_on_and_off_apart(
    view: AllReceptiveFieldsView, session: PipelineSession
) -> None:
    fits = [unit["features"][FEATURE]["sta_geometry"]["gaussian_fit"] for unit in session.units.values()]
    mosaic = plot_of(view, MosaicPlot)
    for name, sign in (("ON", 1), ("OFF", -1)):
        colour = re.search(rf"color:(#\w+)'>{name}<", mosaic.titleLabel.text)
        assert colour is not None
        x, y = line(mosaic, colour[1])
        ends = np.flatnonzero(np.isnan(x))
        wanted = [fit for fit in fits if fit["amplitude"] * sign > 0]
        centres = [
            (part_x[:-1].mean(), part_y[:-1].mean())  # the last point of an ellipse is its first
            for part_x, part_y in zip(np.split(x, ends + 1)[:-1], np.split(y, ends + 1)[:-1], strict=True)
            for part_x, part_y in [(part_x[:-1], part_y[:-1])]
        ]
        np.testing.assert_allclose(centres, [(fit["center_x"], fit["center_y"]) for fit in wanted], atol=1e-6)


def test_a_click_into_the_mosaic_selects_and_goes_on_where_ellipses_overlap(
    view: AllReceptiveFieldsView, context: ViewContext, session: PipelineSession
) -> None:
    geometry = session.units["unit_003"]["features"][FEATURE]["sta_geometry"]
    context.model.apply(
        Update.of("Move", {("units", "unit_006", "features", FEATURE, "sta_geometry"): dict(geometry)})
    )
    fit = geometry["gaussian_fit"]
    mosaic = plot_of(view, MosaicPlot)
    seen = []
    for _ in range(8):
        click(mosaic, fit["center_x"], fit["center_y"])
        seen.append(context.selection.current)
    assert seen[0] in {"unit_003", "unit_006"}
    assert {"unit_003", "unit_006"} <= set(seen)
    corner = mosaic.box.viewRect().topLeft()
    click(mosaic, corner.x() + 0.2, corner.y() + 0.2)
    assert context.selection.current == seen[-1]


def test_selecting_draws_no_map_anew(view: AllReceptiveFieldsView, context: ViewContext) -> None:
    scene, sheet = part(view, FieldsFigure).scene(), plot_of(view, SheetPlot)
    drawn, items = sheet.image.image, scene.items()
    context.selection.select(["unit_003", "unit_004"])
    assert sheet.image.image is drawn
    assert scene.items() == items


def test_a_new_sta_is_seen(view: AllReceptiveFieldsView, context: ViewContext) -> None:
    data = np.zeros((60, 15, 15), np.float32)
    data[30, 4, 9] = 50.0
    feature = {"data": data, "metadata": {"cover_range": [-60, 0]}}
    context.model.apply(Update.of("Put", {("units", "unit_001", "features", FEATURE): feature}))
    assert tile(view, 0).argmax() == 4 * 15 + 9


def test_empty_stas_are_left_out(view: AllReceptiveFieldsView, context: ViewContext) -> None:
    nothing = {"data": np.full((60, 15, 15), np.nan, np.float32), "metadata": {}}
    context.model.apply(Update.of("Put", {("units", "unit_001", "features", FEATURE): nothing}))
    assert "7 of 8 units" in texts(view)
    context.selection.show(["unit_001"])
    assert view.message == "No unit that passes the filter has a receptive field."


def test_without_stas_it_offers_the_step(
    qtbot: QtBot, view: AllReceptiveFieldsView, context: ViewContext
) -> None:
    session = context.model.session
    assert session is not None
    context.model.apply(
        Update.of("Remove", remove=[("units", key, "features", FEATURE) for key in session.units])
    )
    with qtbot.waitSignal(view.step_requested) as asked:
        offered = offered_step(view)
        assert offered is not None
        offered.click()
    assert asked.args == ["compute_sta"]


def test_the_sheet_is_laid_out_for_its_room(view: AllReceptiveFieldsView, qtbot: QtBot) -> None:
    wide = grid_shown(view).columns
    view.resize(500, 800)
    qtbot.waitUntil(lambda: grid_shown(view).columns < wide)


@pytest.mark.parametrize(("count", "aspect"), [(1, 1.0), (8, 2.0), (300, 0.6), (1000, 1.4)])
def test_the_grid_wastes_least(count: int, aspect: float) -> None:
    grid = grid_of([(15, 15)] * count, aspect)
    assert grid.rows * grid.columns >= count

    def size(columns: int) -> float:
        """Edge of a tile in an area of height 1."""
        return min(aspect / (16 * columns), 1 / (16 * -(-count // columns)))

    assert size(grid.columns) == pytest.approx(max(size(columns) for columns in range(1, count + 1)))


def test_every_pixel_of_the_sheet_belongs_to_its_tile() -> None:
    maps = [np.full((3, 4), number, np.float32) for number in range(7)]
    grid = Grid(7, 3, 3, 4)
    sheet = sheet_of(maps, grid)
    assert sheet.shape == (11, 14)
    for row, col in np.ndindex(sheet.shape):
        if np.isfinite(sheet[row, col]):
            assert grid.index_at(row, col) == sheet[row, col]
    assert np.isfinite(sheet).sum() == 7 * 12
    assert grid.index_at(10, 13) is None
    assert grid.index_at(-2, 0) is None
    assert grid.index_at(0, 15) is None


def test_large_maps_are_thinned() -> None:
    large = np.arange(300 * 200, dtype=np.float32).reshape(300, 200)
    grid = grid_of([large.shape], 1.0)
    sheet = sheet_of([large], grid)
    assert max(sheet.shape) <= 64
    assert np.nanmax(sheet) == large[::5, ::4].max()
