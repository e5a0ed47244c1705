from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from hdmea_gui.io.store.browse import browse
from hdmea_gui.session import PipelineSession, Update
from hdmea_gui.views.session_tree import VIEW, SessionTreeView
from hdmea_gui.views.value_plot import described

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from hdmea_gui.sample import Sample
    from hdmea_gui.views.view import ViewContext


def open_view(qtbot: QtBot, context: ViewContext, *path: Any) -> SessionTreeView:
    view = VIEW.make(context)
    assert isinstance(view, SessionTreeView)
    qtbot.addWidget(view)
    view.resize(640, 480)
    view.show()
    view._go_to(path)
    return view


def top_names(view: SessionTreeView) -> set[str]:
    model = view._tree_model
    return {model.data(model.index(row, 0)) for row in range(model.rowCount())}


def test_everything_that_will_be_saved_is_there(qtbot: QtBot, shown: ViewContext) -> None:
    view = open_view(qtbot, shown)
    assert {"units", "stimulus", "metadata", "source_files", "steps", "completed_steps"} <= top_names(view)
    assert view._title.text() == "2026.01.15-10.30.00-Rec"
    for path in (("units", "unit_002", "features"), ("stimulus", "section_time"), ("steps", "compute_sta")):
        assert view._tree_model.index_of(path).isValid()


def test_a_line_shows_what_the_array_holds(
    qtbot: QtBot, shown: ViewContext, processed: PipelineSession
) -> None:
    view = open_view(qtbot, shown, "units", "unit_001", "waveform")
    picture = view._picture
    assert picture._pages.currentWidget() is picture._line
    assert picture._line._curve.yData == pytest.approx(processed.units["unit_001"]["waveform"])
    assert picture._frames.isHidden()


def test_a_slider_leads_through_an_array_of_tables(
    qtbot: QtBot, shown: ViewContext, processed: PipelineSession
) -> None:
    view = open_view(qtbot, shown, "units", "unit_001", "features", "eimage_sta", "data")
    data = processed.units["unit_001"]["features"]["eimage_sta"]["data"]
    picture = view._picture
    assert picture._pages.currentWidget() is picture._image
    picture._slider.setValue(13)
    assert np.array_equal(picture._image._image.image, data[13])
    assert picture._number.text() == f"14 of {len(data)}"
    levels = picture._image._image.levels
    assert levels[1] == -levels[0] == pytest.approx(np.abs(data).max())


def test_the_same_place_of_the_next_unit_follows(
    qtbot: QtBot, shown: ViewContext, processed: PipelineSession
) -> None:
    view = open_view(qtbot, shown, "units", "unit_001", "features", "eimage_sta", "data")
    view._picture._slider.setValue(20)
    shown.selection.step(1)
    assert view._path() == ("units", "unit_002", "features", "eimage_sta", "data")
    data = processed.units["unit_002"]["features"]["eimage_sta"]["data"]
    assert np.array_equal(view._picture._image._image.image, data[20])
    assert not view._tree.isExpanded(view._tree_model.index_of(("units", "unit_001")))
    view._go_to(("steps",))
    shown.selection.step(1)
    assert view._path() == ("steps",)


def test_a_step_tells_how_it_was_run(qtbot: QtBot, shown: ViewContext) -> None:
    view = open_view(qtbot, shown, "steps", "compute_eimage_sta")
    picture = view._picture
    assert picture._pages.currentWidget() is picture._text
    words = picture._text.toPlainText()
    for line in ("outcome: done", "    cutoff_hz: 100", "program_version: 0.1.0"):
        assert line in words
    assert "started_at: 20" in words


def test_attributes_and_units_are_told(qtbot: QtBot, shown: ViewContext) -> None:
    view = open_view(qtbot, shown, "stimulus", "light_reference", "10hz_ch1")
    assert "rate_hz = 10" in view._notes.text()
    assert view._picture._line.plot.getAxis("left").labelText == "Value (counts)"


def test_a_change_keeps_what_is_open_and_selected(qtbot: QtBot, bare: ViewContext) -> None:
    session = PipelineSession("demo")
    session.units = {"unit_001": {"label": "", "inner": {"x": 1}}, "unit_002": {"label": ""}}
    bare.model.show(session)
    view = open_view(qtbot, bare, "units", "unit_001", "inner", "x")
    bare.model.edit(["unit_002"], "label", "good")
    assert view._path() == ("units", "unit_001", "inner", "x")
    assert view._tree.isExpanded(view._tree_model.index_of(("units", "unit_001", "inner")))
    index = view._tree_model.index_of(("units", "unit_002", "label"))
    assert view._tree_model.data(index.siblingAtColumn(1)) == "good"
    bare.model.apply(Update.of("x", {}, [("units", "unit_001", "inner")]))
    assert view._path() == ()


def test_a_file_takes_the_place_of_the_session_and_gives_it_back(
    qtbot: QtBot, shown: ViewContext, small_sample: Sample
) -> None:
    view = open_view(qtbot, shown, "units", "unit_001", "waveform")
    assert view._back.isHidden()
    view.show_file(browse(small_sample.cmcr_path))
    assert top_names(view) == {"Acquisition"}
    assert "(read-only)" in view._title.text()
    view._go_to(("Acquisition", "Sensor Data", "SensorData 1 1"))
    picture = view._picture
    qtbot.waitUntil(lambda: picture._image._image.image is not None)
    shown.selection.step(1)
    assert view._path()[0] == "Acquisition"
    view._back.click()
    assert "units" in top_names(view)
    assert view._back.isHidden()


def test_channels_of_a_file_are_lines(qtbot: QtBot, bare: ViewContext, small_sample: Sample) -> None:
    view = open_view(qtbot, bare)
    assert view._title.text() == "No session"
    view.show_file(browse(small_sample.cmcr_path))
    view._go_to(("Acquisition", "Analog Data", "ChannelData 1"))
    picture = view._picture
    assert picture._pages.currentWidget() is picture._line
    picture._slider.setValue(1)
    qtbot.waitUntil(lambda: picture._line._curve.limits_shown is not None)
    light = browse(small_sample.cmcr_path).tree["Acquisition"]["Analog Data"]["ChannelData 1"][1]
    assert picture._line._curve.limits == (light.min(), light.max())


def test_a_file_is_asked_for(qtbot: QtBot, bare: ViewContext) -> None:
    view = open_view(qtbot, bare)
    with qtbot.waitSignal(view.file_requested):
        view._other.click()


def test_values_that_are_no_picture_are_words(tmp_path: Path) -> None:
    assert described({"a": {"b": None}, "c": [1, 2]}, {}).splitlines() == ["a", "    b: none", "c: [1, 2]"]
    table = np.array([(1, b"x")], [("id", "i4"), ("name", "S4")])
    assert described(table, {"n": np.array([3])}).splitlines() == [
        "id: 1",
        "name: x",
        "",
        "Attributes",
        "    n: 3",
    ]
    assert described(np.array(["p", "q"], object), {}) == "p\nq"
    assert described(tmp_path, {}) == str(tmp_path)
    assert len(described({str(n): n for n in range(5000)}, {}).splitlines()) < 500
