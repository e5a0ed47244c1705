from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest

from hdmea_gui.session import Update
from hdmea_gui.views.all_receptive_fields import VIEW, AllReceptiveFieldsView
from hdmea_gui.views.contact_sheet import Grid, grid_of, sheet_of

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from hdmea_gui.session import PipelineSession
    from hdmea_gui.views.view import ViewContext

FEATURE = "sta_dense_noise_15x15_sample"
PLAIN = Qt.KeyboardModifier.NoModifier
CTRL = Qt.KeyboardModifier.ControlModifier


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


def tile(view: AllReceptiveFieldsView, index: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    grid = view._plots._sheet.grid
    assert grid is not None
    row, col = grid.corner(index)
    return np.asarray(view._plots._sheet.image.image[row : row + grid.height, col : col + grid.width])


def test_every_visible_unit_has_its_map_in_the_order_of_the_table(
    view: AllReceptiveFieldsView, context: ViewContext, session: PipelineSession
) -> None:
    context.selection.show(["unit_004", "unit_002", "unit_007"])
    for index, unit_id in enumerate(("unit_004", "unit_002", "unit_007")):
        values = spatial_map(session, unit_id)
        np.testing.assert_allclose(tile(view, index), values / np.abs(values).max(), rtol=1e-6)
    assert view._count.text() == "3 of 3 units"


def test_limits_can_be_shared(view: AllReceptiveFieldsView, session: PipelineSession) -> None:
    assert view._plots._bar.levels() == (-1, 1)
    view._shared.setChecked(True)
    largest = max(np.abs(spatial_map(session, unit_id)).max() for unit_id in session.units)
    assert largest <= view._plots._bar.levels()[1] <= 1.5 * largest
    np.testing.assert_allclose(tile(view, 2), spatial_map(session, "unit_003"))
    assert view._plots._bar.axis.labelText == "STA (grey levels)"


def test_a_click_on_a_tile_selects(view: AllReceptiveFieldsView, context: ViewContext) -> None:
    plots = view._plots
    grid = plots._sheet.grid
    assert grid is not None
    row, col = grid.corner(4)
    place = plots.mapFromScene(plots._sheet.box.mapViewToScene(QPointF(col + 3, row + 9)))
    QTest.mouseClick(plots.viewport(), Qt.MouseButton.LeftButton, PLAIN, place)
    assert context.selection.current == "unit_005"
    assert context.selection.units == ("unit_005",)


def test_ctrl_adds_and_removes(view: AllReceptiveFieldsView, context: ViewContext) -> None:
    view._plots.picked.emit("unit_003", CTRL)
    assert list(context.selection.units) == ["unit_001", "unit_003"]
    assert context.selection.current == "unit_003"
    view._plots.picked.emit("unit_003", CTRL)
    assert list(context.selection.units) == ["unit_001"]
    view._plots.picked.emit("unit_001", CTRL)
    assert list(context.selection.units) == ["unit_001"]


def test_the_current_tile_is_framed(view: AllReceptiveFieldsView, context: ViewContext) -> None:
    context.selection.select(["unit_002", "unit_006"], "unit_006")
    sheet = view._plots._sheet
    assert sheet.grid is not None
    row, col = sheet.grid.corner(5)
    x, y = sheet._current.getData()
    assert np.nanmin(x) < col - 0.5 < col + 14.5 < np.nanmax(x)
    assert np.nanmin(y) < row - 0.5 < row + 14.5 < np.nanmax(y)
    assert np.isnan(sheet._chosen.getData()[0]).sum() == 1  # the other one has the frame of the current one


def test_the_mosaic_holds_every_fitted_ellipse_on_and_off_apart(
    view: AllReceptiveFieldsView, session: PipelineSession
) -> None:
    fits = [unit["features"][FEATURE]["sta_geometry"]["gaussian_fit"] for unit in session.units.values()]
    for curve, sign in ((view._plots._mosaic._on, 1), (view._plots._mosaic._off, -1)):
        x, y = curve.getData()
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
    place = QPointF(fit["center_x"], fit["center_y"])
    seen = []
    for _ in range(8):
        view._plots._mosaic.box.clicked.emit(place, PLAIN)
        seen.append(context.selection.current)
    assert seen[0] in {"unit_003", "unit_006"}
    assert {"unit_003", "unit_006"} <= set(seen)
    view._plots._mosaic.box.clicked.emit(QPointF(-30, -30), PLAIN)
    assert context.selection.current == seen[-1]


def test_selecting_draws_no_map_anew(view: AllReceptiveFieldsView, context: ViewContext) -> None:
    image, items = view._plots._sheet.image.image, view._plots.scene().items()
    context.selection.select(["unit_003", "unit_004"])
    assert view._plots._sheet.image.image is image
    assert view._plots.scene().items() == items


def test_a_new_sta_is_seen(view: AllReceptiveFieldsView, context: ViewContext) -> None:
    data = np.zeros((60, 15, 15), np.float32)
    data[30, 4, 9] = 50.0
    feature = {"data": data, "metadata": {"cover_range": [-60, 0]}}
    context.model.apply(Update.of("Put", {("units", "unit_001", "features", FEATURE): feature}))
    assert tile(view, 0).argmax() == 4 * 15 + 9


def test_empty_stas_are_left_out(view: AllReceptiveFieldsView, context: ViewContext) -> None:
    nothing = {"data": np.full((60, 15, 15), np.nan, np.float32), "metadata": {}}
    context.model.apply(Update.of("Put", {("units", "unit_001", "features", FEATURE): nothing}))
    assert view._count.text() == "7 of 8 units"
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
        view._empty_button.click()
    assert asked.args == ["compute_sta"]


def test_the_sheet_is_laid_out_for_its_room(view: AllReceptiveFieldsView, qtbot: QtBot) -> None:
    sheet = view._plots._sheet
    assert sheet.grid is not None
    wide = sheet.grid.columns
    view.resize(500, 800)
    qtbot.waitUntil(lambda: sheet.grid is not None and sheet.grid.columns < wide)


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
