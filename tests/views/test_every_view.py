"""What holds of every entry of VIEWS."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractSpinBox, QCheckBox, QComboBox, QGraphicsView, QSpinBox, QWidget

from hdmea_gui.views import VIEWS
from hdmea_gui.views.choices import choice_of, choose
from hdmea_gui.views.computed import Computed
from hdmea_gui.views.plots import Box
from hdmea_gui.views.session_tree import SessionTreeView
from hdmea_gui.views.time_plots import TimeBox
from hdmea_gui.views.view import Empty, View
from tests.views.seen import go_to, wait_until_drawn

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from hdmea_gui.views.view import ViewContext, ViewSpec

AXES = {
    "receptive_field": ("Column (pixel)", "Row (pixel)", "Time from spike (ms)", "STA (grey levels)"),
    "all_receptive_fields": ("Column (pixel)", "Row (pixel)"),
    "electrical_image": ("Column (electrode)", "Row (electrode)", "Time from spike (ms)"),
    "chip": ("Column (electrode)", "Row (electrode)"),
    "raster_psth": ("Time from trial start (s)", "Trial", "Rate (Hz)", "Light (counts)"),
    "tuning": ("Frequency of the light (Hz)", "Amplitude (Hz)", "Phase (degrees)"),
    "spike_train": ("Interval (ms)", "Intervals (%)", "Lag (ms)", "Rate (Hz)", "Time in recording (s)"),
    "stimulus": ("Time in recording (s)",),
    "session_tree": ("Spike (index)", "Value (sample)"),
    "health": (),
}
"""Texts at the axes of each view's figure."""


@pytest.fixture(params=VIEWS, ids=lambda spec: spec.key)
def spec(request: pytest.FixtureRequest) -> ViewSpec:
    found: ViewSpec = request.param
    return found


@pytest.fixture
def view(spec: ViewSpec, qtbot: QtBot, context: ViewContext) -> View:
    view = spec.make(context)
    qtbot.addWidget(view)
    view.resize(800, 600)
    with qtbot.waitExposed(view):
        view.show()
    if isinstance(view, SessionTreeView):
        go_to(view, "units", "unit_001", "spike_times")
    return view


@pytest.mark.parametrize("ending", [".png", ".svg", ".pdf"])
def test_the_figure_is_written_with_quantities_and_units(
    ending: str, view: View, spec: ViewSpec, qtbot: QtBot, tmp_path: Path
) -> None:
    wait_until_drawn(view.context, qtbot)
    path = tmp_path / f"figure{ending}"
    view.export(path)
    if ending == ".png":
        assert QImage(str(path)).size() == view.figure().size() * 2
    elif ending == ".pdf":
        assert path.read_bytes().startswith(b"%PDF")
        assert path.stat().st_size > 2000
    else:
        tags = ElementTree.parse(path).iter("{http://www.w3.org/2000/svg}text")  # noqa: S314 - our own file
        texts = " ".join(tag.text or "" for tag in tags)
        assert [axis for axis in AXES[spec.key] if axis not in texts] == []


def test_keys_of_units_work_from_every_plot(view: View, qtbot: QtBot) -> None:
    selection = view.context.selection
    labels: list[str] = []
    view.label_requested.connect(labels.append)
    plots = view.findChildren(QGraphicsView)
    assert plots
    for plot in plots:
        first = selection.visible[0]
        selection.select((first,), first)
        QTest.keyClick(plot, Qt.Key.Key_Down)
        assert selection.current == selection.visible[1]
        QTest.keyClick(plot, Qt.Key.Key_Up)
        assert selection.current == first
        labels.clear()
        for key in (Qt.Key.Key_G, Qt.Key.Key_M, Qt.Key.Key_N, Qt.Key.Key_U):
            QTest.keyClick(plot, key)
        QTest.keyClick(plot, Qt.Key.Key_G, Qt.KeyboardModifier.ControlModifier)
        assert labels == ["good", "MUA", "noise", ""]
    wait_until_drawn(view.context, qtbot)


def test_keys_of_units_mean_nothing_in_controls(view: View, qtbot: QtBot) -> None:
    selection = view.context.selection
    selection.select(selection.visible[1:2], selection.visible[1])
    labels: list[str] = []
    view.label_requested.connect(labels.append)
    for control in inputs_of(view):
        for key in (Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_G, Qt.Key.Key_M, Qt.Key.Key_N, Qt.Key.Key_U):
            QTest.keyClick(control, key)
    assert selection.current == selection.visible[1]
    assert labels == []
    wait_until_drawn(view.context, qtbot)


def inputs_of(view: View) -> list[QWidget]:
    kinds = (QComboBox, QCheckBox, QAbstractSpinBox)
    return [widget for widget in view.findChildren(QWidget) if isinstance(widget, kinds)]


def test_what_is_chosen_is_kept(view: View, spec: ViewSpec, qtbot: QtBot) -> None:
    choices = view.choices()
    for control in choices.values():
        change(control)
    state = view.state()
    assert state.keys() == choices.keys()
    other = spec.make(view.context)
    qtbot.addWidget(other)
    other.restore(state)
    with qtbot.waitExposed(other):
        other.show()
    wait_until_drawn(other.context, qtbot)
    assert other.state() == state
    for name, control in other.choices().items():
        if isinstance(control, QComboBox) and control.isEnabled():
            assert control.currentText() == state[name]
    view.context.scale.use_um(False)


def change(control: QWidget) -> None:
    """Choose something else, where there is something else."""
    if isinstance(control, QComboBox):
        choose(control, control.itemText(control.count() - 1))
    elif isinstance(control, QSpinBox):
        choose(control, control.value() + 1)
    elif isinstance(control, QCheckBox):
        choose(control, not control.isChecked())


def test_nonsense_that_was_kept_is_passed_over(view: View) -> None:
    before = view.state()
    view.restore({name: ["nonsense"] for name in before})
    assert view.state() == before


def test_every_control_that_chooses_how_something_is_drawn_is_kept(view: View) -> None:
    parts_of_the_recording = {"Part of the recording to show"}
    kept = set(view.choices().values())
    lost = [
        widget.toolTip()
        for widget in inputs_of(view)
        if widget not in kept and widget.toolTip() not in parts_of_the_recording
    ]
    assert lost == []


def test_a_control_of_an_unknown_kind_is_refused(qtbot: QtBot) -> None:
    widget = QWidget()
    qtbot.addWidget(widget)
    with pytest.raises(TypeError, match="QWidget"):
        choice_of(widget)


def test_the_users_part_stays_while_units_go_by(view: View, qtbot: QtBot) -> None:
    """Wherever a plot has been zoomed, other units and changes of the session leave it there."""
    wait_until_drawn(view.context, qtbot)
    boxes = {item for plot in view.findChildren(QGraphicsView) for item in plot.scene().items()}
    zoomed = [box for box in boxes if isinstance(box, Box)]
    for box in zoomed:
        (left, right), (low, high) = box.viewRange()
        box.setRange(
            xRange=(left + 0.45 * (right - left), left + 0.55 * (right - left)),
            yRange=(low + 0.45 * (high - low), low + 0.55 * (high - low)),
            padding=0,
        )
        box.sigRangeChangedManually.emit([True, True])
    before = {box: (box.viewRange()[0], box.viewRect()) for box in zoomed}
    view.context.model.edit(["unit_001"], "label", "good")
    wait_until_drawn(view.context, qtbot)
    for box, (seen, _) in before.items():
        assert box.viewRange()[0] == pytest.approx(seen)
    if isinstance(view, SessionTreeView):
        return  # which shows another array then
    view.context.selection.step(1)
    wait_until_drawn(view.context, qtbot)
    for box, (seen, rect) in before.items():
        if box.home is None or box.home.intersects(rect) or isinstance(box, TimeBox):
            assert box.viewRange()[0] == pytest.approx(seen)


@pytest.mark.parametrize("key", ["raster_psth", "spike_train", "stimulus"])
def test_a_session_that_does_not_tell_its_rate_says_so(
    qtbot: QtBot, shown: ViewContext, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    session = shown.model.session
    assert session is not None
    view = next(spec for spec in VIEWS if spec.key == key).make(shown)
    qtbot.addWidget(view)
    view.show()
    assert view.message == ""
    monkeypatch.delitem(session.metadata, "acquisition_rate")
    view.refresh()
    assert "no acquisition rate" in view.message


class _OneArray(View):
    """A view of one array, once it has been given one."""

    def make_content(self) -> QWidget:
        self.array: Computed | None = None
        self.n_drawn = 0
        return QWidget()

    def empty(self) -> Empty | None:
        if self.array is not None:
            self.context.arrays.get(self.array)
        return None

    def draw(self) -> None:
        self.n_drawn += 1


def test_a_view_is_not_drawn_again_for_arrays_that_others_have_asked_for(
    qtbot: QtBot, shown: ViewContext
) -> None:
    view = _OneArray(shown)
    qtbot.addWidget(view)
    view.resize(200, 200)
    view.show()
    assert view.n_drawn == 1
    others = Computed(np.ones, 3)
    with qtbot.waitSignal(shown.arrays.arrived):
        assert shown.arrays.get(others) is None
    assert view.n_drawn == 1
    view.array = Computed(np.ones, 3)
    view.refresh()
    with qtbot.waitSignal(shown.arrays.arrived):
        assert view.n_drawn == 2
    assert view.n_drawn == 3
