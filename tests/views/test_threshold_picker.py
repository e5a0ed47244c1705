from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QWidget

from hdmea_gui.analysis.trials import analog_onsets
from hdmea_gui.pipeline.steps.add_section_time_analog import Params
from hdmea_gui.session import PipelineSession
from hdmea_gui.views.threshold_picker import ThresholdPicker

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from hdmea_gui.sample import Sample
    from hdmea_gui.views.view import ViewContext


def open_picker(qtbot: QtBot, context: ViewContext, **values: Any) -> ThresholdPicker:
    picker = ThresholdPicker(context)
    qtbot.addWidget(picker)
    picker.set_values(values)
    picker.resize(640, 480)
    picker.show()
    qtbot.waitUntil(lambda: picker._found is not None)
    return picker


def test_the_onsets_are_those_that_the_step_finds(
    qtbot: QtBot, shown: ViewContext, processed: PipelineSession, small_sample: Sample
) -> None:
    picker = open_picker(
        qtbot,
        shown,
        threshold=small_sample.analog_threshold,
        duration_s=small_sample.analog_duration_s,
        after_last_frame=True,
    )
    found = processed.stimulus["section_time"]["iprgc_test"][:, 0]
    assert picker._onsets is not None
    assert picker._onsets.tolist() == found.tolist()
    rate_hz = processed.metadata["acquisition_rate"]
    assert picker._plots._onsets.xData[::2] == pytest.approx(found / rate_hz)
    spans = picker._plots._trials._spans
    assert [span.start for span in spans] == pytest.approx(found / rate_hz)
    assert {round(span.stop - span.start, 6) for span in spans} == {small_sample.analog_duration_s}


def test_values_are_parameters_of_the_step(qtbot: QtBot, shown: ViewContext) -> None:
    chosen: dict[str, Any] = {
        "threshold": 5e4,
        "duration_s": 4.0,
        "min_distance_s": 3.2,
        "after_last_frame": True,
        "limit": 2,
    }
    picker = open_picker(qtbot, shown, **chosen)
    assert picker.values() == chosen
    assert Params(**picker.values()) == Params(**chosen)
    assert picker.n_onsets == 2
    assert [round(span.stop - span.start, 6) for span in picker._plots._apart._spans] == [3.2, 3.2]
    picker.set_values({"limit": None})
    assert picker.values()["limit"] is None
    assert picker.n_onsets == 3


def test_dragging_the_line_counts_at_once(
    qtbot: QtBot, shown: ViewContext, processed: PipelineSession
) -> None:
    picker = open_picker(qtbot, shown, threshold=5e4)
    channel = processed.stimulus["light_reference"]["raw_ch1"]
    plots = picker._plots
    counts = []
    picker.changed.connect(lambda: counts.append(picker.n_onsets))
    for threshold in (40_000.0, 15_000.0, 6000.0):
        plots._line.setValue(threshold)
        plots._line.sigDragged.emit(plots._line)
        assert picker.values()["threshold"] == threshold
        assert picker.n_onsets == analog_onsets(channel, threshold).size
        assert f"{picker.n_onsets} onsets" in picker._words.text()
    assert counts == sorted(counts)
    assert counts[0] < counts[-1]


def send_mouse(target: QWidget, kind: QEvent.Type, place: QPoint) -> None:
    button = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseMove else Qt.MouseButton.LeftButton
    held = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseButtonRelease else Qt.MouseButton.LeftButton
    there = QPointF(target.mapToGlobal(place))
    none = Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(target, QMouseEvent(kind, QPointF(place), there, button, held, none))


def test_the_line_is_dragged_with_the_mouse(qtbot: QtBot, shown: ViewContext) -> None:
    picker = open_picker(qtbot, shown, threshold=5e4)
    plots = picker._plots
    box, viewport = plots.changes.box, plots.viewport()
    middle = float(np.mean(box.viewRange()[0]))
    extent = box.viewRange()

    def place(counts: float) -> QPoint:
        found: QPoint = plots.mapFromScene(box.mapViewToScene(QPointF(middle, counts)))
        return found

    send_mouse(viewport, QEvent.Type.MouseButtonPress, place(5e4))
    for counts in (4e4, 3e4, 2e4):
        send_mouse(viewport, QEvent.Type.MouseMove, place(counts))
    send_mouse(viewport, QEvent.Type.MouseButtonRelease, place(2e4))
    assert picker.values()["threshold"] == pytest.approx(2e4, rel=0.1)
    assert plots._line.value() == pytest.approx(picker.values()["threshold"], rel=0.01)
    assert box.viewRange() == extent


def test_without_a_threshold_one_is_suggested(qtbot: QtBot, shown: ViewContext) -> None:
    picker = open_picker(qtbot, shown)
    assert picker.values()["threshold"] == pytest.approx(4e4, rel=0.1)
    assert picker.n_onsets == 3
    assert "2 trials begin before the previous one ends" in picker._words.text()
    assert "clipped at the end" in picker._words.text()


def test_noise_and_silence_are_told(qtbot: QtBot, shown: ViewContext) -> None:
    picker = open_picker(qtbot, shown, threshold=5e4)
    picker._threshold.setValue(0.01)
    assert "within the noise" in picker._words.text()
    assert picker.n_onsets == 0
    picker._threshold.setValue(1e9)
    assert "No light onset" in picker._words.text()
    assert not picker._plots._onsets.xData.size


def test_a_recording_on_disk_is_looked_at_elsewhere(
    qtbot: QtBot, from_disk: ViewContext, small_sample: Sample
) -> None:
    picker = open_picker(qtbot, from_disk, threshold=small_sample.analog_threshold)
    assert picker.n_onsets == 3
    assert picker._plots._curves[1].limits is not None


def test_without_light_nothing_can_be_picked(qtbot: QtBot, bare: ViewContext) -> None:
    bare.model.show(PipelineSession("demo"))
    picker = ThresholdPicker(bare)
    qtbot.addWidget(picker)
    picker.show()
    assert "no light channel" in picker._words.text()
    assert not picker.isEnabled()
    assert picker.values()["threshold"] is None
