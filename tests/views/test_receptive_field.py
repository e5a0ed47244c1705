from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from hdmea_gui.session import Update
from hdmea_gui.views.caption import Caption
from hdmea_gui.views.frame_player import FramePlayer
from hdmea_gui.views.frames import round_limit
from hdmea_gui.views.receptive_field import VIEW, ReceptiveFieldView
from hdmea_gui.views.sta_figure import StaFigure
from hdmea_gui.views.sta_picture import FieldEllipse, ellipse_of, map_of, numbers_of, picture_of
from tests.views.seen import (
    button,
    chooser,
    click,
    colour_bars,
    drag,
    image,
    image_item,
    line,
    offered_step,
    part,
    plot,
    plots,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pytestqt.qtbot import QtBot

    from hdmea_gui.session import PipelineSession
    from hdmea_gui.views.view import ViewContext

MOVIE = "dense_noise_15x15_sample"
FEATURE = f"sta_{MOVIE}"


@pytest.fixture
def view(qtbot: QtBot, context: ViewContext) -> ReceptiveFieldView:
    view = VIEW.make(context)
    assert isinstance(view, ReceptiveFieldView)
    qtbot.addWidget(view)
    view.resize(640, 480)
    view.show()
    return view


def moving(view: ReceptiveFieldView) -> Any:
    """The map of one frame."""
    return plot(view, "Row (pixel)", 0)


def still(view: ReceptiveFieldView) -> Any:
    """The map at the peak."""
    return plot(view, "Row (pixel)", 1)


def time_course(view: ReceptiveFieldView) -> Any:
    return plot(view, "STA (grey levels)")


def lags(view: ReceptiveFieldView) -> NDArray[np.float64]:
    """Times at which the time course of the centre has a value."""
    return line(time_course(view), view.context.theme.foreground)[0]


def player(view: ReceptiveFieldView) -> FramePlayer:
    return part(view, FramePlayer)


def numbers(view: ReceptiveFieldView) -> str:
    return part(view, Caption).text()


def turn(view: ReceptiveFieldView, notches: int) -> None:
    """Turn the wheel over the middle of the left map."""
    area = part(view, StaFigure)
    place = area.mapFromScene(moving(view).box.sceneBoundingRect().center())
    event = QWheelEvent(
        QPointF(place),
        QPointF(area.viewport().mapToGlobal(place)),
        QPoint(),
        QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(area.viewport(), event)


def test_the_frame_is_the_sta_minus_its_mean(view: ReceptiveFieldView, session: PipelineSession) -> None:
    data = np.asarray(session.units["unit_001"]["features"][FEATURE]["data"], np.float64)
    player(view).go_to(37)
    np.testing.assert_allclose(image(moving(view)), data[37] - data.mean(), atol=1e-4)


def test_limits_are_symmetric_and_hold_everything(view: ReceptiveFieldView, session: PipelineSession) -> None:
    data = np.asarray(session.units["unit_001"]["features"][FEATURE]["data"], np.float64)
    low, high = image_item(moving(view)).levels
    assert low == -high
    assert np.abs(data - data.mean()).max() <= high
    (bar,) = colour_bars(view)
    assert tuple(image_item(still(view)).levels) == (low, high) == bar.levels()


def test_lags_are_negative_milliseconds(view: ReceptiveFieldView, session: PipelineSession) -> None:
    stamps = session.metadata["frame_timestamps"].astype(float) / session.metadata["acquisition_rate"] * 1e3
    frame_ms = (stamps[-1] - stamps[0]) / (len(stamps) - 1)
    assert player(view).lag_text.endswith(" ms")
    sample_ms = 1e3 / session.metadata["acquisition_rate"]
    np.testing.assert_allclose(lags(view) / np.arange(-60, 0), frame_ms, atol=sample_ms / 2)


def test_it_starts_at_the_peak_and_goes_back_there(
    view: ReceptiveFieldView, session: PipelineSession
) -> None:
    peak = session.units["unit_001"]["features"][FEATURE]["sta_geometry"]["peak_frame"]
    assert player(view).index == peak
    player(view).go_to(3)
    button(view, "Go to peak").click()
    assert player(view).index == peak


def test_the_wheel_steps_frames_and_does_not_zoom(view: ReceptiveFieldView) -> None:
    before, sight = player(view).index, moving(view).box.viewRect()
    turn(view, -3)
    assert player(view).index == before - 3
    assert moving(view).box.viewRect() == sight


def test_the_lag_line_chooses_the_nearest_frame(view: ReceptiveFieldView) -> None:
    times = lags(view)
    start, far = float(times[player(view).index]), float(time_course(view).box.viewRange()[1][1]) / 2
    drag(time_course(view), [(start, far), (-501.0, far)])
    per_px = time_course(view).box.viewPixelSize()[0]
    assert abs(times[player(view).index] + 501) <= 8.4 + 2 * per_px


def test_a_pixel_gets_its_time_course(view: ReceptiveFieldView, session: PipelineSession) -> None:
    data = np.asarray(session.units["unit_001"]["features"][FEATURE]["data"], np.float64)
    accent = view.context.theme.accent
    click(moving(view), 4.3, 2.8)
    assert part(view, StaFigure).pixel == (3, 4)
    _, course = line(time_course(view), accent)
    np.testing.assert_allclose(course, data[:, 3, 4] - data.mean(), atol=1e-4)
    assert "row 3, column 4" in time_course(view).titleLabel.text
    beside = moving(view).box.viewRect()
    click(moving(view), beside.right() - 0.2, beside.bottom() - 0.2)  # the map is square, its box is not
    assert part(view, StaFigure).pixel is None
    assert not line(time_course(view), accent)[0].size


def test_a_click_on_the_map_reaches_the_pixel_under_it(view: ReceptiveFieldView) -> None:
    click(still(view), 10, 2)
    assert part(view, StaFigure).pixel == (2, 10)


def test_the_centre_is_that_of_the_truth(view: ReceptiveFieldView, session: PipelineSession) -> None:
    feature = session.units["unit_001"]["features"][FEATURE]
    data, geometry = np.asarray(feature["data"], np.float64), feature["sta_geometry"]
    _, course = line(time_course(view), view.context.theme.foreground)
    off = np.abs(data - data.mean() - course[:, None, None]).max(axis=0)
    row, col = np.unravel_index(off.argmin(), off.shape)
    assert off.min() < 1e-3
    assert abs(row - geometry["center_row"]) <= 1
    assert abs(col - geometry["center_col"]) <= 1


def test_another_unit_keeps_items_zoom_and_frame(view: ReceptiveFieldView, context: ViewContext) -> None:
    box, scene = moving(view).box, part(view, StaFigure).scene()
    box.setRange(QRectF(2, 2, 4, 4), padding=0)
    box.sigRangeChangedManually.emit([True, True])
    player(view).go_to(20)
    sight, items = box.viewRect(), scene.items()
    context.selection.select(["unit_005"])
    assert box.viewRect() == sight
    assert scene.items() == items
    assert player(view).index == 20
    assert numbers(view).startswith("unit_005")
    box.go_home()
    assert box.viewRect().contains(QRectF(-0.5, -0.5, 15, 15))


def test_up_and_down_step_through_the_units(view: ReceptiveFieldView, context: ViewContext) -> None:
    area, colours = part(view, StaFigure), chooser(view, "Colour map")
    area.setFocus()
    QTest.keyClick(area, Qt.Key.Key_Down)
    assert context.selection.current == "unit_002"
    QTest.keyClick(area, Qt.Key.Key_Up)
    assert context.selection.current == "unit_001"
    QTest.keyClick(colours, Qt.Key.Key_Down)
    assert context.selection.current == "unit_001"
    assert colours.currentIndex() == 1


def test_playing_goes_round_and_ends_when_hidden(qtbot: QtBot, view: ReceptiveFieldView) -> None:
    player(view).go_to(58)
    play = button(view, "Play")
    play.click()
    qtbot.waitUntil(lambda: player(view).index < 10)
    assert play.text() == "Pause"
    view.hide()
    assert play.text() == "Play"


def test_an_empty_sta_is_said_and_the_keyboard_goes_on(
    view: ReceptiveFieldView, context: ViewContext
) -> None:
    nothing = np.full((60, 15, 15), np.nan, np.float32)
    view.activateWindow()
    part(view, StaFigure).setFocus()
    context.model.apply(Update.of("Break", {("units", "unit_001", "features", FEATURE, "data"): nothing}))
    assert "unit_001 is empty" in view.message
    focused = QApplication.focusWidget()
    assert isinstance(focused, QWidget)
    assert view.isAncestorOf(focused)
    QTest.keyClick(focused, Qt.Key.Key_Down)
    assert context.selection.current == "unit_002"
    assert not view.message


def test_without_an_sta_it_offers_the_step(
    qtbot: QtBot, view: ReceptiveFieldView, context: ViewContext
) -> None:
    session = context.model.session
    assert session is not None
    paths = [("units", unit_id, "features", FEATURE) for unit_id in session.units]
    context.model.apply(Update.of("Remove", remove=paths[:1]))
    assert view.message == f"unit_001 has no STA for {MOVIE}."
    context.model.apply(Update.of("Remove", remove=paths[1:]))
    with qtbot.waitSignal(view.step_requested) as asked:
        offered = offered_step(view)
        assert offered is not None
        offered.click()
    assert asked.args == ["compute_sta"]
    context.model.undo()
    context.model.undo()
    assert not view.message


def test_without_session_or_units(qtbot: QtBot, bare: ViewContext) -> None:
    view = VIEW.make(bare)
    qtbot.addWidget(view)
    view.show()
    assert view.message == "Open a recording or a session."
    assert offered_step(view) is None


def test_several_movies_can_be_chosen(view: ReceptiveFieldView, context: ViewContext) -> None:
    movies = chooser(view, "Noise movie")
    assert not movies.isVisible()
    other = {
        "data": np.arange(2 * 3 * 4, dtype=np.float32).reshape(2, 3, 4),
        "metadata": {"cover_range": [-2, 0]},
    }
    context.model.apply(Update.of("Add", {("units", "unit_001", "features", "sta_other_noise"): other}))
    assert movies.isVisible()
    movies.setCurrentText("other_noise")
    assert image(moving(view)).shape == (3, 4)
    assert part(view, StaFigure).pixel is None
    assert "other_noise" in numbers(view)


def test_an_sta_on_disk_is_drawn_when_it_comes(view: ReceptiveFieldView, context: ViewContext) -> None:
    class OnDisk:
        shape = (60, 15, 15)

        def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
            return values

    values = np.zeros((60, 15, 15), np.float32)
    values[50, 7, 8] = 9.0
    stored: Any = OnDisk()
    context.model.session.units["unit_002"]["features"][FEATURE]["data"] = stored  # type: ignore[union-attr]
    wanted: list[Any] = []
    context.arrays.wanted.connect(wanted.append)
    context.selection.select(["unit_002"])
    assert wanted == [stored]
    assert numbers(view).startswith("unit_001")
    context.arrays.put(stored, values)
    assert numbers(view).startswith("unit_002")
    player(view).go_to(50)
    assert image(moving(view)).argmax() == 7 * 15 + 8


def test_without_frame_times_lags_are_frames(view: ReceptiveFieldView, context: ViewContext) -> None:
    context.model.apply(Update.of("Remove", remove=[("metadata", "frame_timestamps")]))
    assert player(view).lag_text.endswith("frames")
    assert time_course(view).getAxis("bottom").labelText == "Time from spike (frames)"
    np.testing.assert_array_equal(lags(view), np.arange(-60, 0))


def test_the_ellipse_is_a_level_line_of_the_gaussian() -> None:
    fit = FieldEllipse(x=3.0, y=5.0, sigma_x=2.0, sigma_y=0.7, theta=0.6, amplitude=1.0, r_squared=1.0)
    turned = np.array([[np.cos(0.6), -np.sin(0.6)], [np.sin(0.6), np.cos(0.6)]])
    inverse = np.linalg.inv(turned @ np.diag([4.0, 0.49]) @ turned.T)
    away = fit.path(2.0) - [3.0, 5.0]
    np.testing.assert_allclose(np.einsum("ij,jk,ik->i", away, inverse, away), 4.0)
    for x, y in ((3.0, 5.0), (4.0, 5.5), (0.0, 9.0)):
        apart = np.array([x - 3.0, y - 5.0])
        assert fit.distance(x, y) == pytest.approx(np.sqrt(apart @ inverse @ apart))


def test_a_fit_that_did_not_come_off_has_no_ellipse(session: PipelineSession) -> None:
    feature = session.units["unit_001"]["features"][FEATURE]
    geometry = feature["sta_geometry"]
    assert ellipse_of(geometry) is not None
    geometry["gaussian_fit"]["sigma_x"] = np.nan
    assert ellipse_of(geometry) is None
    assert "no Gaussian fit" in numbers_of(feature)
    picture = picture_of(feature["data"], feature, 16.6)
    assert picture is not None
    assert picture.centre == (
        round(geometry["gaussian_fit"]["center_y"]),
        round(geometry["gaussian_fit"]["center_x"]),
    )


def test_an_sta_of_a_movie_that_left_the_playlist_says_so() -> None:
    feature = {
        "metadata": {"out_of_date": "noise-a is no longer in the playlist"},
        "sta_geometry": {"polarity": -1},
    }
    assert numbers_of(feature).startswith("out of date: noise-a is no longer in the playlist · OFF")


def test_the_map_of_a_plain_sta_is_its_strongest_frame() -> None:
    data = np.full((5, 3, 3), 10.0, np.float32)
    data[2, 1, 1] = -80.0
    data[4, 0, 0] = 40.0
    assert map_of(data)[1, 1] == pytest.approx(-80 - data.mean(dtype=float))


@pytest.mark.parametrize(
    ("value", "limit"),
    [(0.0, 1.0), (np.nan, 1.0), (1.0, 1.0), (1.01, 1.5), (47.0, 50.0), (0.0085, 0.01), (900, 1000)],
)
def test_limits_are_round(value: float, limit: float) -> None:
    assert round_limit(value) == pytest.approx(limit)


def test_the_maps_use_the_room_that_there_is(view: ReceptiveFieldView) -> None:
    figure = part(view, StaFigure)
    for width, height in ((620, 560), (1200, 420), (620, 560)):
        view.resize(width, height)
        view.refresh()
        area, box = figure.viewRect(), moving(view).box.sceneBoundingRect()
        side = min(box.width(), box.height())
        assert side > 0.3 * min(area.width(), area.height() * 1.5)
        assert time_course(view).box.sceneBoundingRect().width() > 0.3 * area.width()
        places = [item.sceneBoundingRect() for item in (*plots(view), *colour_bars(view))]
        assert len(places) == 4
        assert not any(one.intersects(other) for one, other in combinations(places, 2))
        assert all(area.contains(place) for place in places)
