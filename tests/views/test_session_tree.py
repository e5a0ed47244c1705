from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PySide6.QtWidgets import QPlainTextEdit, QSlider, QTreeView

from hdmea_gui.io.store.browse import browse
from hdmea_gui.session import PipelineSession, Update
from hdmea_gui.views.caption import Caption
from hdmea_gui.views.session_tree import VIEW, SessionTreeView
from hdmea_gui.views.value_plot import ImagePlot, LinePlot, described
from tests.views.seen import button, colour_bars, go_to, image, line, part, plots, texts, tree_model

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from hdmea_gui.models.tree_model import TreeModel, TreePath
    from hdmea_gui.sample import Sample
    from hdmea_gui.views.view import ViewContext


def open_view(qtbot: QtBot, context: ViewContext, *path: Any) -> SessionTreeView:
    view = VIEW.make(context)
    assert isinstance(view, SessionTreeView)
    qtbot.addWidget(view)
    view.resize(640, 480)
    view.show()
    if path:
        go_to(view, *path)
    return view


def tree(view: SessionTreeView) -> QTreeView:
    return part(view, QTreeView)


def model_of(view: SessionTreeView) -> TreeModel:
    return tree_model(tree(view))


def selected_path(view: SessionTreeView) -> TreePath:
    return model_of(view).node(tree(view).currentIndex()).path


def top_names(view: SessionTreeView) -> set[str]:
    model = model_of(view)
    return {model.data(model.index(row, 0)) for row in range(model.rowCount())}


def picture(view: SessionTreeView) -> LinePlot | ImagePlot | QPlainTextEdit:
    """What shows the selected item."""
    pages: list[Any] = [
        *view.findChildren(LinePlot),
        *view.findChildren(ImagePlot),
        *view.findChildren(QPlainTextEdit),
    ]
    found: LinePlot | ImagePlot | QPlainTextEdit
    (found,) = (page for page in pages if page.isVisible())
    return found


def image_shown(view: SessionTreeView) -> Any:
    shown = picture(view)
    assert isinstance(shown, ImagePlot)
    return image(shown.plot)


def line_shown(view: SessionTreeView) -> Any:
    shown = picture(view)
    assert isinstance(shown, LinePlot)
    return line(shown.plot, view.context.theme.accent)[1]


def slider(view: SessionTreeView) -> QSlider:
    return part(view, QSlider)


def test_everything_that_will_be_saved_is_there(qtbot: QtBot, shown: ViewContext) -> None:
    view = open_view(qtbot, shown)
    assert {"units", "stimulus", "metadata", "source_files", "steps", "completed_steps"} <= top_names(view)
    assert "2026.01.15-10.30.00-Rec" in texts(view)
    for path in (("units", "unit_002", "features"), ("stimulus", "section_time"), ("steps", "compute_sta")):
        assert model_of(view).index_of(path).isValid()


def test_a_line_shows_what_the_array_holds(
    qtbot: QtBot, shown: ViewContext, processed: PipelineSession
) -> None:
    view = open_view(qtbot, shown, "units", "unit_001", "waveform")
    assert line_shown(view) == pytest.approx(processed.units["unit_001"]["waveform"])
    assert not slider(view).isVisible()


def test_a_slider_leads_through_an_array_of_tables(
    qtbot: QtBot, shown: ViewContext, processed: PipelineSession
) -> None:
    view = open_view(qtbot, shown, "units", "unit_001", "features", "eimage_sta", "data")
    data = processed.units["unit_001"]["features"]["eimage_sta"]["data"]
    slider(view).setValue(13)
    assert np.array_equal(image_shown(view), data[13])
    assert f"14 of {len(data)}" in texts(view)
    (bar,) = colour_bars(picture(view))
    low, high = bar.levels()
    assert high == -low == pytest.approx(np.abs(data).max())


def test_the_same_place_of_the_next_unit_follows(
    qtbot: QtBot, shown: ViewContext, processed: PipelineSession
) -> None:
    view = open_view(qtbot, shown, "units", "unit_001", "features", "eimage_sta", "data")
    slider(view).setValue(20)
    shown.selection.step(1)
    assert selected_path(view) == ("units", "unit_002", "features", "eimage_sta", "data")
    data = processed.units["unit_002"]["features"]["eimage_sta"]["data"]
    assert np.array_equal(image_shown(view), data[20])
    assert not tree(view).isExpanded(model_of(view).index_of(("units", "unit_001")))
    go_to(view, "steps")
    shown.selection.step(1)
    assert selected_path(view) == ("steps",)


def test_a_step_tells_how_it_was_run(qtbot: QtBot, shown: ViewContext) -> None:
    view = open_view(qtbot, shown, "steps", "compute_eimage_sta")
    shown_text = picture(view)
    assert isinstance(shown_text, QPlainTextEdit)
    words = shown_text.toPlainText()
    for expected in ("outcome: done", "    cutoff_hz: 100", "program_version: 0.1.0"):
        assert expected in words
    assert "started_at: 20" in words


def test_attributes_and_units_are_told(qtbot: QtBot, shown: ViewContext) -> None:
    view = open_view(qtbot, shown, "stimulus", "light_reference", "10hz_ch1")
    assert "rate_hz = 10" in part(view, Caption).text()
    (drawn,) = plots(picture(view))
    assert drawn.getAxis("left").labelText == "Value (counts)"


def test_a_change_keeps_what_is_open_and_selected(qtbot: QtBot, bare: ViewContext) -> None:
    session = PipelineSession("demo")
    session.units = {"unit_001": {"label": "", "inner": {"x": 1}}, "unit_002": {"label": ""}}
    bare.model.show(session)
    view = open_view(qtbot, bare, "units", "unit_001", "inner", "x")
    bare.model.edit(["unit_002"], "label", "good")
    assert selected_path(view) == ("units", "unit_001", "inner", "x")
    assert tree(view).isExpanded(model_of(view).index_of(("units", "unit_001", "inner")))
    index = model_of(view).index_of(("units", "unit_002", "label"))
    assert model_of(view).data(index.siblingAtColumn(1)) == "good"
    bare.model.apply(Update.of("x", {}, [("units", "unit_001", "inner")]))
    assert selected_path(view) == ()


def test_a_file_takes_the_place_of_the_session_and_gives_it_back(
    qtbot: QtBot, shown: ViewContext, small_sample: Sample
) -> None:
    view = open_view(qtbot, shown, "units", "unit_001", "waveform")
    back = button(view, "Back to the session")
    assert not back.isVisible()
    view.show_file(browse(small_sample.cmcr_path))
    assert top_names(view) == {"Acquisition"}
    assert any("(read-only)" in text for text in texts(view))
    go_to(view, "Acquisition", "Sensor Data", "SensorData 1 1")
    qtbot.waitUntil(lambda: image_shown(view).ndim == 2)
    shown.selection.step(1)
    assert selected_path(view)[0] == "Acquisition"
    back.click()
    assert "units" in top_names(view)
    assert not back.isVisible()


def test_channels_of_a_file_are_lines(qtbot: QtBot, bare: ViewContext, small_sample: Sample) -> None:
    view = open_view(qtbot, bare)
    assert "No session" in texts(view)
    view.show_file(browse(small_sample.cmcr_path))
    go_to(view, "Acquisition", "Analog Data", "ChannelData 1")
    slider(view).setValue(1)
    qtbot.waitUntil(lambda: line_shown(view).size > 0)
    light = browse(small_sample.cmcr_path).tree["Acquisition"]["Analog Data"]["ChannelData 1"][1]
    assert (line_shown(view).min(), line_shown(view).max()) == (light.min(), light.max())


def test_a_file_is_asked_for(qtbot: QtBot, bare: ViewContext) -> None:
    view = open_view(qtbot, bare)
    with qtbot.waitSignal(view.file_requested):
        button(view, "Browse a file...").click()


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
