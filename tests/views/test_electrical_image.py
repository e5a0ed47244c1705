from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PySide6.QtCore import QPointF

from hdmea_gui.session import PipelineSession, Update
from hdmea_gui.session.bad_lanes import BAD_LANES_PATH, ChipLanes
from hdmea_gui.session.unit import IMAGE, image_of
from hdmea_gui.views.caption import Caption
from hdmea_gui.views.ei_figure import EIFigure
from hdmea_gui.views.ei_picture import picture_of, regions_of, waveforms_of
from hdmea_gui.views.electrical_image import VIEW, ElectricalImageView
from hdmea_gui.views.frame_player import FramePlayer
from hdmea_gui.views.lane_marks import LaneMarks
from tests.views.seen import (
    chooser,
    click,
    colour_bars,
    image,
    image_item,
    line,
    offered_step,
    part,
    plot,
    plots,
)

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from hdmea_gui.views.view import ViewContext


@pytest.fixture
def view(qtbot: QtBot, context: ViewContext) -> ElectricalImageView:
    view = VIEW.make(context)
    assert isinstance(view, ElectricalImageView)
    qtbot.addWidget(view)
    view.resize(640, 480)
    view.show()
    return view


def frame_map(view: ElectricalImageView) -> Any:
    return plot(view, "Row (electrode)", 0)


def peak_to_peak_map(view: ElectricalImageView) -> Any:
    return plot(view, "Row (electrode)", 1)


def waveform_map(view: ElectricalImageView) -> Any:
    return plot(view, "Row (electrode)", 2)


def time_course(view: ElectricalImageView) -> Any:
    return next(one for one in plots(view) if one.getAxis("bottom").labelText == "Time from spike (ms)")


def frame_bar(view: ElectricalImageView) -> Any:
    return colour_bars(view)[0]


def numbers(view: ElectricalImageView) -> str:
    return part(view, Caption).text()


def course_of_the_peak(view: ElectricalImageView) -> np.ndarray[Any, Any]:
    """The time course drawn for the electrode with the strongest signal."""
    return line(time_course(view), view.context.theme.foreground)[1]


def made_up(axes: tuple[str, str]) -> dict[str, Any]:
    """3 lags of 2 rows x 5 columns, strongest in row 1, column 3; the region begins at row 11, column 21."""
    frames = np.zeros((3, 2, 5), np.float32)
    frames[1, 1, 3] = -8.0
    frames[2, 1, 3] = 2.0
    frames[1, 0, 0] = 1.0
    data = frames if axes == ("row", "col") else frames.swapaxes(1, 2)
    metadata = {
        "axes": ["lag", *axes],
        "pre_samples": 1,
        "sampling_rate": 20000.0,
        "region_left": 21,
        "region_top": 11,
    }
    return {"data": np.ascontiguousarray(data), "metadata": metadata}


def put(context: ViewContext, feature: dict[str, Any]) -> None:
    context.model.apply(Update.of("Put", {("units", "unit_001", "features", IMAGE): feature}))


@pytest.mark.parametrize("axes", [("row", "col"), ("col", "row")])
def test_either_order_of_the_axes_is_drawn_in_chip_coordinates(
    view: ElectricalImageView, context: ViewContext, axes: tuple[str, str]
) -> None:
    put(context, made_up(axes))
    assert image(peak_to_peak_map(view)).shape == (2, 5)
    assert image(peak_to_peak_map(view)).argmax() == 1 * 5 + 3
    drawn = image_item(peak_to_peak_map(view))
    assert drawn.mapRectToParent(drawn.boundingRect()).getRect() == (20.5, 10.5, 5, 2)
    assert course_of_the_peak(view).tolist() == [0, -8, 2]
    click(peak_to_peak_map(view), 24, 12)  # where it stands on the chip
    assert line(time_course(view), view.context.theme.accent)[1].tolist() == [0, -8, 2]
    words = {"row": "row", "col": "column"}
    assert f"stored as lag, {words[axes[0]]}, {words[axes[1]]}" in numbers(view)


def test_row_zero_is_on_top_and_electrodes_are_square(view: ElectricalImageView) -> None:
    for chip in (frame_map(view), peak_to_peak_map(view), waveform_map(view)):
        origin, right, below = (
            chip.box.mapViewToScene(QPointF(*place)) for place in ((30, 35), (31, 35), (30, 36))
        )
        assert below.y() > origin.y()
        assert below.y() - origin.y() == pytest.approx(right.x() - origin.x(), rel=1e-6)


def test_frames_and_peak_to_peak_are_those_of_the_data(
    view: ElectricalImageView, session: PipelineSession
) -> None:
    feature = session.units["unit_001"]["features"][IMAGE]
    assert feature["metadata"]["axes"] == ["lag", "col", "row"]
    metadata = feature["metadata"]
    nanovolts = feature["data"] * metadata["conversion_factors"] * 10.0 ** metadata["exponent"] * 1e9
    assert frame_bar(view).axis.labelText == "Signal (nV)"
    part(view, FramePlayer).go_to(14)
    np.testing.assert_allclose(image(frame_map(view)), nanovolts[14].T, rtol=1e-5, atol=1e-4)
    peak_to_peak = (nanovolts.max(axis=0) - nanovolts.min(axis=0)).T
    np.testing.assert_allclose(image(peak_to_peak_map(view)), peak_to_peak, rtol=1e-5)
    assert (
        part(view, FramePlayer).lag_text == "0.80 ms"
    )  # sample 14, of which 10 are before the spike, at 5 kHz


def test_the_peak_and_the_soma_are_at_the_units_electrode(
    view: ElectricalImageView, context: ViewContext, session: PipelineSession
) -> None:
    for unit_id, unit in session.units.items():
        context.selection.select([unit_id])
        feature = unit["features"][IMAGE]
        metadata, factors = feature["metadata"], feature["metadata"]["conversion_factors"]
        col = unit["col"] - metadata["region_left"]  # both are counted from 1
        row = unit["row"] - metadata["region_top"]
        signal = feature["data"][:, col, row] * factors[col, row] * 10.0 ** metadata["exponent"] * 1e9
        np.testing.assert_allclose(course_of_the_peak(view), signal, rtol=1e-5)
        x, y = line(frame_map(view), context.theme.foreground, width=1.5)
        assert abs(np.mean([x.min(), x.max()]) - unit["col"]) < 1
        assert abs(np.mean([y.min(), y.max()]) - unit["row"]) < 1
        geometry = unit["features"][IMAGE]["geometry"]
        assert np.ptp(x) == pytest.approx(geometry["equivalent_diameter"], rel=1e-3)


def test_waveforms_lie_at_their_electrodes() -> None:
    feature = made_up(("row", "col"))
    picture = picture_of(feature["data"], feature, None)
    assert picture is not None
    waveforms = waveforms_of(picture, 1)
    path = waveforms.path.reshape(2, 3, 3, 2)  # rows 11 and 12, columns 23 to 25, three lags
    np.testing.assert_allclose(path[1, 1, :, 0], [23.55, 24.0, 24.45])
    np.testing.assert_allclose(path[1, 1, :, 1] - 12, np.array([0, 8, -2]) / waveforms.row_height)
    np.testing.assert_allclose(path[0, 0, :, 1], 11)
    assert waveforms.connect.reshape(6, 3).tolist() == [[1, 1, 0]] * 6


def test_contrast_narrows_the_colours_but_not_the_course(view: ElectricalImageView) -> None:
    limit, sight = frame_bar(view).levels()[1], time_course(view).box.viewRect()
    chooser(view, "Colour limits").setCurrentIndex(2)
    assert frame_bar(view).levels()[1] == pytest.approx(limit / 10)
    assert tuple(image_item(frame_map(view)).levels) == frame_bar(view).levels()
    assert time_course(view).box.viewRect() == sight


def test_another_unit_keeps_the_items(view: ElectricalImageView, context: ViewContext) -> None:
    scene = part(view, EIFigure).scene()
    items = scene.items()
    context.selection.select(["unit_004"])
    assert scene.items() == items
    assert numbers(view).startswith("unit_004")


def test_a_clicked_electrode_gets_its_time_course(
    view: ElectricalImageView, session: PipelineSession
) -> None:
    metadata = session.units["unit_001"]["features"][IMAGE]["metadata"]
    data = session.units["unit_001"]["features"][IMAGE]["data"]
    row, col = metadata["region_top"] + 2, metadata["region_left"] + 5
    click(frame_map(view), col + 0.2, row - 0.3)
    _, course = line(time_course(view), view.context.theme.accent)
    np.testing.assert_allclose(course, data[:, 5, 2] * metadata["conversion_factors"][5, 2], rtol=1e-5)


def test_an_empty_image_is_said(view: ElectricalImageView, context: ViewContext) -> None:
    feature = made_up(("row", "col"))
    feature["data"] = np.full((3, 2, 5), np.nan, np.float32)
    put(context, feature)
    assert view.message.startswith("The electrical image of unit_001 is empty")


def test_a_silent_electrode_stays_blank(view: ElectricalImageView, context: ViewContext) -> None:
    feature = made_up(("row", "col"))
    feature["data"][:, 0, 2] = np.nan
    put(context, feature)
    assert not view.message
    assert np.isnan(image(peak_to_peak_map(view))[0, 2])
    assert frame_bar(view).levels() == (-8, 8)


def test_without_images_it_offers_the_step(
    qtbot: QtBot, view: ElectricalImageView, context: ViewContext
) -> None:
    session = context.model.session
    assert session is not None
    paths = [("units", unit_id, "features", IMAGE) for unit_id in session.units]
    context.model.apply(Update.of("Remove", remove=paths[:1]))
    assert view.message == "unit_001 has no electrical image."
    context.model.apply(Update.of("Remove", remove=paths[1:]))
    with qtbot.waitSignal(view.step_requested) as asked:
        offered = offered_step(view)
        assert offered is not None
        offered.click()
    assert asked.args == ["compute_eimage_sta"]


def test_images_of_the_labs_scripts_are_drawn_with_what_is_not_known(
    qtbot: QtBot, bare: ViewContext, reference: Path
) -> None:
    session = PipelineSession.load(reference / "lab_immediate.h5")
    bare.model.show(session)
    bare.selection.show(session.units)
    bare.selection.select(["unit_001"])
    view = VIEW.make(bare)
    assert isinstance(view, ElectricalImageView)
    qtbot.addWidget(view)
    view.show()
    text = numbers(view)
    assert "other scripts" in text
    assert "(assumed)" in text
    assert "position on the chip unknown" in text
    assert frame_bar(view).axis.labelText == "Signal (counts)"


def test_after_a_round_trip_the_picture_is_the_same(processed: PipelineSession, saved: Path) -> None:
    loaded = PipelineSession.load(saved)
    for session in (processed, loaded):
        assert regions_of(session.units.values()) == regions_of(processed.units.values())
    one, other = (
        picture_of(np.asarray(feature["data"]), feature, None)
        for feature in (session.units["unit_003"]["features"][IMAGE] for session in (processed, loaded))
    )
    assert one is not None
    assert other is not None
    np.testing.assert_array_equal(one.frames.values, other.frames.values)
    assert (one.unit, one.axes, one.electrode, one.frames.left, one.soma) == (
        other.unit,
        other.axes,
        other.electrode,
        other.frames.left,
        other.soma,
    )


def test_regions_are_in_columns_and_rows() -> None:
    units = [{"features": {IMAGE: made_up(axes)}} for axes in (("row", "col"), ("col", "row"))]
    assert regions_of(units) == [(20.5, 10.5, 5, 2)]


def test_micrometres_are_shared_by_all_maps_and_written_into_figures(
    qtbot: QtBot, context: ViewContext, tmp_path: Path
) -> None:
    view = VIEW.make(context)
    qtbot.addWidget(view)
    view.resize(800, 600)
    with qtbot.waitExposed(view):
        view.show()
    context.scale.set_pitch(32.0)
    context.scale.use_um(True)
    view.export(tmp_path / "figure.svg")
    text = (tmp_path / "figure.svg").read_text(encoding="utf-8")
    assert text.count("Column (µm)") == 3
    assert "(electrode)" not in text
    assert re.search(r"diameter \d+ µm", text)
    context.scale.use_um(False)
    view.export(tmp_path / "figure.svg")
    text = (tmp_path / "figure.svg").read_text(encoding="utf-8")
    assert text.count("Column (electrode)") == 3
    assert "µm" not in text


def test_the_plots_change_places_with_the_room(view: ElectricalImageView) -> None:
    maps = (frame_map(view), peak_to_peak_map(view), waveform_map(view))
    figure = part(view, EIFigure)
    for width, height in ((1200, 460), (620, 560), (1200, 460)):
        view.resize(width, height)
        view.refresh()
        tops = {round(one.sceneBoundingRect().top()) for one in maps}
        assert len(tops) == (1 if width > height * 2 else 2)
        for one in (*maps, time_course(view)):
            box = one.box.sceneBoundingRect()
            assert box.width() > 0.15 * width
            assert box.right() <= figure.viewRect().right()


def test_bad_lanes_are_masked_interpolated_and_hatched(
    view: ElectricalImageView, context: ViewContext
) -> None:
    feature = image_of(context.model.session.units["unit_001"])  # type: ignore[union-attr]
    assert feature is not None
    data = np.array(feature["data"])
    row, col = (int(feature["geometry"][name]) for name in ("peak_row", "peak_col"))
    bad = (row + 5) % data.shape[2]  # axes are column, row
    top = int(feature["metadata"]["region_top"])
    data[:, :, bad] += 1000 * np.random.default_rng(0).standard_normal((len(data), 1), dtype=np.float32)
    put(context, {**feature, "data": data})
    before = image(peak_to_peak_map(view))
    assert before[bad].min() > 1000 * 2
    lanes = ChipLanes("row").with_numbers({bad + top})
    context.model.apply(Update.of("Bad lanes", {BAD_LANES_PATH: lanes.as_stored()}))
    after = image(peak_to_peak_map(view))
    assert np.isfinite(after).all()
    assert after[bad].max() < before[row, col]
    assert after[row, col] == pytest.approx(before[row, col])
    assert f"bad row {bad + top} (hatched)" in numbers(view)
    hatched = [one for one in frame_map(view).items if isinstance(one, LaneMarks)]
    _, y = hatched[0].getData()
    assert (y.min(), y.max()) == (bad + top - 0.5, bad + top + 0.5)
