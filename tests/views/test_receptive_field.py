from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton

from hdmea_gui.session import Update
from hdmea_gui.views.frames import round_limit
from hdmea_gui.views.receptive_field import VIEW, ReceptiveFieldView
from hdmea_gui.views.sta_picture import FieldEllipse, ellipse_of, map_of, numbers_of, picture_of

if TYPE_CHECKING:
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


def turn(view: ReceptiveFieldView, notches: int) -> None:
    """Turn the wheel over the middle of the left map."""
    plots = view._sta_plots
    place = plots.mapFromScene(plots._moving.box.sceneBoundingRect().center())
    event = QWheelEvent(
        QPointF(place),
        QPointF(plots.viewport().mapToGlobal(place)),
        QPoint(),
        QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(plots.viewport(), event)


def test_the_frame_is_the_sta_minus_its_mean(view: ReceptiveFieldView, session: PipelineSession) -> None:
    data = np.asarray(session.units["unit_001"]["features"][FEATURE]["data"], np.float64)
    view._player.go_to(37)
    np.testing.assert_allclose(view._sta_plots._moving.image.image, data[37] - data.mean(), atol=1e-4)


def test_limits_are_symmetric_and_hold_everything(view: ReceptiveFieldView, session: PipelineSession) -> None:
    data = np.asarray(session.units["unit_001"]["features"][FEATURE]["data"], np.float64)
    low, high = view._sta_plots._moving.image.levels
    assert low == -high
    assert np.abs(data - data.mean()).max() <= high
    assert tuple(view._sta_plots._still.image.levels) == (low, high) == view._sta_plots._bar.levels()


def test_lags_are_negative_milliseconds(view: ReceptiveFieldView, session: PipelineSession) -> None:
    stamps = session.metadata["frame_timestamps"].astype(float) / session.metadata["acquisition_rate"] * 1e3
    frame_ms = (stamps[-1] - stamps[0]) / (len(stamps) - 1)
    lags = view._player._lags
    assert lags.unit == "ms"
    sample_ms = 1e3 / session.metadata["acquisition_rate"]
    np.testing.assert_allclose(lags.values / np.arange(-60, 0), frame_ms, atol=sample_ms / 2)


def test_it_starts_at_the_peak_and_goes_back_there(
    view: ReceptiveFieldView, session: PipelineSession
) -> None:
    peak = session.units["unit_001"]["features"][FEATURE]["sta_geometry"]["peak_frame"]
    assert view._player.index == peak
    view._player.go_to(3)
    (button,) = [button for button in view.findChildren(QPushButton) if button.text() == "Go to peak"]
    button.click()
    assert view._player.index == peak


def test_the_wheel_steps_frames_and_does_not_zoom(view: ReceptiveFieldView) -> None:
    before, sight = view._player.index, view._sta_plots._moving.box.viewRect()
    turn(view, -3)
    assert view._player.index == before - 3
    assert view._sta_plots._moving.box.viewRect() == sight


def test_the_lag_line_chooses_the_nearest_frame(view: ReceptiveFieldView) -> None:
    view._sta_plots.lag_dragged.emit(-501.0)
    chosen = view._player._lags.values[view._player.index]
    assert abs(chosen + 501) <= 8.4


def test_a_pixel_gets_its_course(view: ReceptiveFieldView, session: PipelineSession) -> None:
    data = np.asarray(session.units["unit_001"]["features"][FEATURE]["data"], np.float64)
    plots = view._sta_plots
    plots._moving.box.clicked.emit(QPointF(4.3, 2.8), Qt.KeyboardModifier.NoModifier)
    assert plots.pixel == (3, 4)
    _, time_course = plots._time_course._cursor.getData()
    np.testing.assert_allclose(time_course, data[:, 3, 4] - data.mean(), atol=1e-4)
    plots._moving.box.clicked.emit(QPointF(40, 3), Qt.KeyboardModifier.NoModifier)
    assert plots.pixel is None


def test_a_click_on_the_map_reaches_the_pixel_under_it(view: ReceptiveFieldView) -> None:
    plots = view._sta_plots
    place = plots.mapFromScene(plots._still.box.mapViewToScene(QPointF(10, 2)))
    QTest.mouseClick(plots.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)
    assert plots.pixel == (2, 10)


def test_the_centre_is_that_of_the_truth(view: ReceptiveFieldView, session: PipelineSession) -> None:
    geometry = session.units["unit_001"]["features"][FEATURE]["sta_geometry"]
    row, col = view._sta_plots._centre[1]
    assert abs(row - geometry["center_row"]) <= 1
    assert abs(col - geometry["center_col"]) <= 1


def test_another_unit_keeps_items_zoom_and_frame(view: ReceptiveFieldView, context: ViewContext) -> None:
    plots = view._sta_plots
    plots._moving.box.setRange(QRectF(2, 2, 4, 4), padding=0)
    plots._moving.box.sigRangeChangedManually.emit([True, True])
    view._player.go_to(20)
    sight, items = plots._moving.box.viewRect(), plots.scene().items()
    context.selection.select(["unit_005"])
    assert plots._moving.box.viewRect() == sight
    assert plots.scene().items() == items
    assert view._player.index == 20
    assert view._numbers.text().startswith("unit_005")
    plots._moving.box.go_home()
    assert plots._moving.box.viewRect().contains(QRectF(-0.5, -0.5, 15, 15))


def test_up_and_down_step_through_the_units(view: ReceptiveFieldView, context: ViewContext) -> None:
    view._sta_plots.setFocus()
    QTest.keyClick(view._sta_plots, Qt.Key.Key_Down)
    assert context.selection.current == "unit_002"
    QTest.keyClick(view._sta_plots, Qt.Key.Key_Up)
    assert context.selection.current == "unit_001"
    QTest.keyClick(view._colours, Qt.Key.Key_Down)
    assert context.selection.current == "unit_001"
    assert view._colours.currentIndex() == 1


def test_playing_goes_round_and_ends_when_hidden(qtbot: QtBot, view: ReceptiveFieldView) -> None:
    view._player.go_to(58)
    view._player._play.click()
    qtbot.waitUntil(lambda: view._player.index < 10)
    view.hide()
    assert not view._player.is_playing


def test_an_empty_sta_is_said_and_the_keyboard_goes_on(
    view: ReceptiveFieldView, context: ViewContext
) -> None:
    nothing = np.full((60, 15, 15), np.nan, np.float32)
    view._sta_plots.setFocus()
    context.model.apply(Update.of("Break", {("units", "unit_001", "features", FEATURE, "data"): nothing}))
    assert "unit_001 is empty" in view.message
    QTest.keyClick(view._empty_page, Qt.Key.Key_Down)
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
        view._empty_button.click()
    assert asked.args == ["compute_sta"]
    context.model.undo()
    context.model.undo()
    assert not view.message


def test_without_session_or_units(qtbot: QtBot, bare: ViewContext) -> None:
    view = VIEW.make(bare)
    qtbot.addWidget(view)
    view.show()
    assert view.message == "Open a recording or a session."
    assert not view._empty_button.isVisible()


def test_several_movies_can_be_chosen(view: ReceptiveFieldView, context: ViewContext) -> None:
    assert not view._movie.isVisible()
    other = {
        "data": np.arange(2 * 3 * 4, dtype=np.float32).reshape(2, 3, 4),
        "metadata": {"cover_range": [-2, 0]},
    }
    context.model.apply(Update.of("Add", {("units", "unit_001", "features", "sta_other_noise"): other}))
    assert view._movie.isVisible()
    view._movie.setCurrentText("other_noise")
    assert view._sta_plots._moving.image.image.shape == (3, 4)
    assert view._sta_plots.pixel is None
    assert "other_noise" in view._numbers.text()


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
    assert view._numbers.text().startswith("unit_001")
    context.arrays.put(stored, values)
    assert view._numbers.text().startswith("unit_002")
    view._player.go_to(50)
    row, col = np.unravel_index(view._sta_plots._moving.image.image.argmax(), (15, 15))
    assert (row, col) == (7, 8)


def test_without_frame_times_lags_are_frames(view: ReceptiveFieldView, context: ViewContext) -> None:
    context.model.apply(Update.of("Remove", remove=[("metadata", "frame_timestamps")]))
    assert view._player._lags.unit == "frames"
    assert view._player.lag_text.endswith("frames")


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
    plots = view._sta_plots
    for width, height in ((620, 560), (1200, 420), (620, 560)):
        view.resize(width, height)
        view.refresh()
        area, box = plots.viewRect(), plots._moving.box.sceneBoundingRect()
        side = min(box.width(), box.height())
        assert side > 0.3 * min(area.width(), area.height() * 1.5)
        assert plots._time_course.box.sceneBoundingRect().width() > 0.3 * area.width()
        places = [
            plot.sceneBoundingRect() for plot in (plots._moving, plots._still, plots._bar, plots._time_course)
        ]
        assert not any(one.intersects(other) for one, other in combinations(places, 2))
        assert all(area.contains(place) for place in places)
