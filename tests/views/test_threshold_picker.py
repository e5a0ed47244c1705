from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyqtgraph as pg
import pytest
from PySide6.QtWidgets import QDoubleSpinBox, QLabel

from hdmea_gui.analysis.trials import analog_onsets
from hdmea_gui.pipeline.steps.add_section_time_analog import Params
from hdmea_gui.session import PipelineSession
from hdmea_gui.views.stimulus_figure import LATE_COLOUR
from hdmea_gui.views.threshold_picker import ThresholdPicker
from tests.views.seen import drag, field, items_of, line, plot, spans

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
    qtbot.waitUntil(lambda: "onset" in summary(picker) and "Finding" not in summary(picker), timeout=20_000)
    return picker


def summary(picker: ThresholdPicker) -> str:
    """The text below the plots."""
    (found,) = (label for label in picker.findChildren(QLabel) if label.wordWrap())
    return found.text()


def light(picker: ThresholdPicker) -> Any:
    return plot(picker, "Light (counts)")


def changes(picker: ThresholdPicker) -> Any:
    return plot(picker, "Change (counts/sample)")


def marks(picker: ThresholdPicker) -> Any:
    """Seconds of the onsets that are marked."""
    return line(changes(picker), LATE_COLOUR)[0][::2]


def threshold_line(picker: ThresholdPicker) -> Any:
    (found,) = items_of(changes(picker), pg.InfiniteLine)
    return found


def drag_to(picker: ThresholdPicker, counts: float) -> None:
    """Drag the line of the threshold with the mouse."""
    middle = float(np.mean(changes(picker).box.viewRange()[0]))
    drag(changes(picker), [(middle, threshold_line(picker).value()), (middle, counts)])


def type_threshold(picker: ThresholdPicker, counts: float) -> None:
    box = field(picker, "Threshold")
    assert isinstance(box, QDoubleSpinBox)
    box.setValue(counts)


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
    rate_hz = processed.metadata["acquisition_rate"]
    assert np.rint(marks(picker) * rate_hz).tolist() == found.tolist()
    assert picker.n_onsets == found.size
    trials = spans(light(picker))
    assert [span.start for span in trials] == pytest.approx(found / rate_hz)
    assert {round(span.stop - span.start, 6) for span in trials} == {small_sample.analog_duration_s}


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
    assert [round(span.stop - span.start, 6) for span in spans(changes(picker))] == [3.2, 3.2]
    picker.set_values({"limit": None})
    assert picker.values()["limit"] is None
    assert picker.n_onsets == 3


def test_dragging_the_line_counts_at_once(
    qtbot: QtBot, shown: ViewContext, processed: PipelineSession
) -> None:
    picker = open_picker(qtbot, shown, threshold=5e4)
    channel = processed.stimulus["light_reference"]["raw_ch1"]
    counts = []
    picker.changed.connect(lambda: counts.append(picker.n_onsets))
    for wanted in (40_000.0, 15_000.0, 6000.0):
        drag_to(picker, wanted)
        threshold = picker.values()["threshold"]
        assert threshold == pytest.approx(wanted, abs=2 * changes(picker).box.viewPixelSize()[1])
        assert picker.n_onsets == analog_onsets(channel, threshold).size
        assert f"{picker.n_onsets} onsets" in summary(picker)
    assert counts == sorted(counts)
    assert counts[0] < counts[-1]


def test_the_line_is_dragged_with_the_mouse(qtbot: QtBot, shown: ViewContext) -> None:
    picker = open_picker(qtbot, shown, threshold=5e4)
    box = changes(picker).box
    extent = box.viewRange()
    drag_to(picker, 2e4)
    assert picker.values()["threshold"] == pytest.approx(2e4, rel=0.1)
    assert threshold_line(picker).value() == pytest.approx(picker.values()["threshold"], rel=0.01)
    assert box.viewRange() == extent


def test_without_a_threshold_one_is_suggested(qtbot: QtBot, shown: ViewContext) -> None:
    picker = open_picker(qtbot, shown)
    assert picker.values()["threshold"] == pytest.approx(4e4, rel=0.1)
    assert picker.n_onsets == 3
    assert "2 trials begin before the previous one ends" in summary(picker)
    assert "clipped at the end" in summary(picker)


def test_noise_and_silence_are_told(qtbot: QtBot, shown: ViewContext) -> None:
    picker = open_picker(qtbot, shown, threshold=5e4)
    type_threshold(picker, 0.01)
    assert "within the noise" in summary(picker)
    assert picker.n_onsets == 0
    type_threshold(picker, 1e9)
    assert "No light onset" in summary(picker)
    assert not marks(picker).size


def test_a_recording_on_disk_is_looked_at_elsewhere(
    qtbot: QtBot, from_disk: ViewContext, small_sample: Sample
) -> None:
    picker = open_picker(qtbot, from_disk, threshold=small_sample.analog_threshold)
    assert picker.n_onsets == 3
    assert line(changes(picker), from_disk.theme.quiet)[0].size


def test_without_light_nothing_can_be_picked(qtbot: QtBot, bare: ViewContext) -> None:
    bare.model.show(PipelineSession("demo"))
    picker = ThresholdPicker(bare)
    qtbot.addWidget(picker)
    picker.show()
    assert "no light channel" in summary(picker)
    assert not picker.isEnabled()
    assert picker.values()["threshold"] is None
