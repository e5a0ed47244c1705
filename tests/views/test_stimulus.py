from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PySide6.QtWidgets import QPushButton

from hdmea_gui.session import PipelineSession, Update
from hdmea_gui.views.signal_curve import LongSignal, SignalCurve
from hdmea_gui.views.stimulus import VIEW, StimulusView
from hdmea_gui.views.time_plots import TimeBox
from hdmea_gui.workers.fetcher import Fetcher

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from hdmea_gui.views.view import ViewContext


def open_view(qtbot: QtBot, context: ViewContext) -> StimulusView:
    view = VIEW.make(context)
    assert isinstance(view, StimulusView)
    qtbot.addWidget(view)
    view.resize(640, 480)
    view.show()
    qtbot.waitUntil(lambda: all(curve.limits_shown for curve in view._plots._curves))
    return view


def with_dropped_frames(processed: PipelineSession) -> PipelineSession:
    """A recording whose display left out one frame, and later two in a row."""
    session = PipelineSession("dropped")
    session.metadata = dict(processed.metadata)
    session.metadata["frame_timestamps"] = np.delete(
        processed.metadata["frame_timestamps"], [500, 3000, 3001]
    )
    session.stimulus = processed.stimulus
    session.units = processed.units
    return session


def test_the_whole_recording_is_seen_and_any_part_of_it(
    qtbot: QtBot, shown: ViewContext, processed: PipelineSession
) -> None:
    view = open_view(qtbot, shown)
    raw = processed.stimulus["light_reference"]["raw_ch1"]
    rate_hz = processed.metadata["acquisition_rate"]
    curve = view._plots._curves[0]
    assert curve.xData.size < 4000
    assert (curve.yData.min(), curve.yData.max()) == (raw.min(), raw.max())
    assert curve.xData[[0, -1]] == pytest.approx([0, raw.size / rate_hz], abs=1.0)
    view._plots.sync.box.look_at(50.0, 50.05)
    first = round(curve.xData[0] * rate_hz)
    assert curve.xData.size >= 0.05 * rate_hz
    assert curve.yData == pytest.approx(raw[first : first + curve.yData.size])


def test_sections_and_trials_are_bounded(
    qtbot: QtBot, shown: ViewContext, processed: PipelineSession
) -> None:
    view = open_view(qtbot, shown)
    rate_hz = processed.metadata["acquisition_rate"]
    spans = view._plots._spans[0]._spans
    bounds = processed.stimulus["section_time"]
    expected = {(movie, *row) for movie, rows in bounds.items() for row in (rows / rate_hz).tolist()}
    assert {(span.name, span.start, span.stop) for span in spans} == expected
    assert [span.start for span in spans] == sorted(span.start for span in spans)
    cut = processed.units["unit_003"]["spike_times_sectioned"]
    trials = np.unique(np.concatenate([held["trials_start_end"].reshape(-1) for held in cut.values()]))
    assert view._plots._spans[0]._moments == pytest.approx(trials / rate_hz)


def test_a_section_is_gone_to_and_the_name_follows_the_range(qtbot: QtBot, shown: ViewContext) -> None:
    view = open_view(qtbot, shown)
    names = [view._place.itemText(number) for number in range(view._place.count())]
    number = names.index("step_up_5s_5i_b0_3x")
    assert {"iprgc_test (1)", "iprgc_test (3)"} <= set(names)
    view._place.setCurrentIndex(number)
    view._place.activated.emit(number)
    span = view._sections[number - 1]
    left, right = view._plots.light.box.viewRange()[0]
    assert left < span.start < span.stop < right
    assert view._place.currentText() == "step_up_5s_5i_b0_3x"
    light_top = view._plots.light.box.viewRange()[1][1]
    shown.selection.select(["unit_002"])
    assert view._plots.light.box.viewRange()[1][1] == light_top
    view._plots.sync.box.look_at(left, right + 10)
    assert view._place.currentIndex() == -1
    view._plots.light.box.go_home()
    assert view._place.currentText() == "Whole recording"
    assert view._plots.light.box.viewRange()[1][1] > light_top


def test_dropped_frames_are_counted_marked_and_visited(
    qtbot: QtBot, bare: ViewContext, processed: PipelineSession
) -> None:
    bare.model.show(with_dropped_frames(processed))
    view = open_view(qtbot, bare)
    assert "3 dropped in 2 places" in view._numbers.text()
    stamps = processed.metadata["frame_timestamps"] / processed.metadata["acquisition_rate"]
    moments = stamps[[499, 2999]]
    assert view._plots._dropped._moments == pytest.approx(moments)
    late = view._plots._bars[1]
    assert np.count_nonzero(late.yData >= 0) == 2
    box = view._plots.sync.box
    for expected in (*moments, moments[0]):
        view._next.click()
        assert np.mean(box.viewRange()[0]) == pytest.approx(expected, abs=0.01)


def test_regular_frames_are_praised(qtbot: QtBot, shown: ViewContext, processed: PipelineSession) -> None:
    view = open_view(qtbot, shown)
    n_frames = processed.metadata["frame_timestamps"].size
    assert view._numbers.text().startswith(f"{n_frames} display frames at ")
    assert "none dropped" in view._numbers.text()
    assert not view._next.isEnabled()
    regular = view._plots._bars[0]
    assert np.rint(10 ** regular.yData[regular.yData >= 0]).sum() == n_frames - 1


def test_changes_elsewhere_do_not_move_it(
    qtbot: QtBot, bare: ViewContext, processed: PipelineSession
) -> None:
    bare.model.show(with_dropped_frames(processed))
    view = open_view(qtbot, bare)
    view._plots.sync.box.look_at(10.0, 20.0)
    bare.model.apply(Update.of("x", {("stimulus", "section_time", "new"): np.array([[0, 9000]])}))
    assert view._plots.light.box.viewRange()[0] == pytest.approx([10.0, 20.0], abs=0.01)
    assert "new" in {span.name for span in view._plots._spans[0]._spans}


def test_channels_reduced_to_one_kilohertz_will_do(
    qtbot: QtBot, bare: ViewContext, processed: PipelineSession
) -> None:
    session = with_dropped_frames(processed)
    held = processed.stimulus["light_reference"]
    session.stimulus = {"light_reference": {name: held[name] for name in ("1khz_ch1", "1khz_ch2")}}
    bare.model.show(session)
    view = open_view(qtbot, bare)
    assert view._plots.sync.box.viewRange()[0][1] == pytest.approx(held["1khz_ch1"].size / 1000)


def test_without_light_it_says_where_it_comes_from(qtbot: QtBot, bare: ViewContext) -> None:
    view = VIEW.make(bare)
    qtbot.addWidget(view)
    view.show()
    asked: list[str] = []
    view.step_requested.connect(asked.append)
    bare.model.show(PipelineSession("demo"))
    button = view._empty_button
    assert isinstance(button, QPushButton)
    button.click()
    assert asked == ["load_recording"]


class Counting:
    """A signal on disk that remembers how much of it was read."""

    def __init__(self, values: np.ndarray[Any, Any]) -> None:
        self.values = values
        self.n_read = 0

    def __len__(self) -> int:
        return int(self.values.size)

    def __getitem__(self, key: slice) -> np.ndarray[Any, Any]:
        piece = self.values[key]
        self.n_read += int(piece.size)
        return piece


def test_a_long_signal_on_disk_is_read_once_and_then_in_pieces(qtbot: QtBot, bare: ViewContext) -> None:
    values = np.random.default_rng(2).normal(size=1_000_000).astype(np.float32)
    stored = Counting(values)
    signal = LongSignal(bare.arrays, stored)
    assert signal.trace(0, values.size, 500) is None
    with qtbot.waitSignal(bare.arrays.arrived):
        pass
    coarse = signal.trace(0, values.size, 500)
    assert coarse is not None
    assert coarse.values.max() == values.max()
    assert stored.n_read == values.size
    placeholder = signal.trace(200_000, 201_000, 500)
    assert placeholder is not None  # from the envelope, until the piece has come
    with qtbot.waitSignal(bare.arrays.arrived):
        pass
    for start in (200_000, 200_500, 210_000):
        fine = signal.trace(start, start + 1000, 500)
        assert fine is not None
        assert fine.values.tolist() == values[start : start + 1000].tolist()
    assert stored.n_read < 1.2 * values.size


@pytest.mark.parametrize(("start", "stop"), [(0, 499_999), (130_900, 131_500)])
def test_differences_are_drawn_alike_from_memory_and_from_disk(
    qtbot: QtBot, bare: ViewContext, start: int, stop: int
) -> None:
    values = np.random.default_rng(3).normal(size=500_000)
    here, there = (LongSignal(bare.arrays, array, difference=True) for array in (values, Counting(values)))
    assert here.n_samples == there.n_samples == 499_999

    def lines() -> list[list[float]]:
        traces = [signal.trace(start, stop, 1000) for signal in (here, there)]
        return [[] if trace is None else trace.values.tolist() for trace in traces]

    qtbot.waitUntil(lambda: lines()[0] == lines()[1] != [])
    inside = np.diff(values)[start:stop]
    drawn = lines()[1]
    assert (min(drawn), max(drawn)) == pytest.approx((inside.min(), inside.max()), rel=1e-5)
    if inside.size == 600:
        assert drawn == pytest.approx(inside, rel=1e-5)


def test_the_envelope_is_made_by_the_fetcher_that_the_window_uses(qtbot: QtBot, bare: ViewContext) -> None:
    bare.arrays.wanted.disconnect()
    fetcher = Fetcher()
    bare.arrays.wanted.connect(fetcher.fetch)
    fetcher.fetched.connect(bare.arrays.put)
    values = np.arange(3_000_000, dtype=np.int32)
    curve = SignalCurve(TimeBox())
    curve.show_signal(LongSignal(bare.arrays, values))
    assert curve.limits is None
    with qtbot.waitSignal(bare.arrays.arrived):
        pass
    assert curve.limits == (0.0, 2_999_999.0)
