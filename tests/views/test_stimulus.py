from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from hdmea_gui.session import PipelineSession, Update
from hdmea_gui.views.caption import Caption
from hdmea_gui.views.signal_curve import LongSignal, SignalCurve
from hdmea_gui.views.spans import Spans
from hdmea_gui.views.stimulus import VIEW, StimulusView
from hdmea_gui.views.stimulus_figure import LATE_COLOUR
from hdmea_gui.views.time_plots import TimeBox
from hdmea_gui.workers.fetcher import Fetcher
from tests.views.seen import (
    button,
    chooser,
    columns_of,
    heights,
    items_of,
    line,
    offered_step,
    part,
    plot,
    spans,
)

if TYPE_CHECKING:
    from PySide6.QtWidgets import QComboBox
    from pytestqt.qtbot import QtBot

    from hdmea_gui.views.view import ViewContext


def open_view(qtbot: QtBot, context: ViewContext) -> StimulusView:
    view = VIEW.make(context)
    assert isinstance(view, StimulusView)
    qtbot.addWidget(view)
    view.resize(640, 480)
    view.show()
    qtbot.waitUntil(lambda: bool(light_line(view)[0].size and sync_line(view)[0].size), timeout=20_000)
    return view


def light(view: StimulusView) -> Any:
    return plot(view, "Light (counts)")


def sync(view: StimulusView) -> Any:
    return plot(view, "Sync (counts)")


def light_line(view: StimulusView) -> tuple[Any, Any]:
    """Seconds and counts of channel 1."""
    return line(light(view), view.context.theme.foreground)


def sync_line(view: StimulusView) -> tuple[Any, Any]:
    """Seconds and counts of channel 2."""
    return line(sync(view), view.context.theme.quiet)


def intervals(view: StimulusView) -> Any:
    return plot(view, "Frames")


def places(view: StimulusView) -> QComboBox:
    return chooser(view, "Part of the recording")


def numbers(view: StimulusView) -> str:
    return part(view, Caption).text()


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
    seconds, counts = light_line(view)
    assert seconds.size < 4000
    assert (counts.min(), counts.max()) == (raw.min(), raw.max())
    assert seconds[[0, -1]] == pytest.approx([0, raw.size / rate_hz], abs=1.0)
    sync(view).box.look_at(50.0, 50.05)
    seconds, counts = light_line(view)
    first = round(seconds[0] * rate_hz)
    assert seconds.size >= 0.05 * rate_hz
    assert counts == pytest.approx(raw[first : first + counts.size])


def test_sections_and_trials_are_bounded(
    qtbot: QtBot, shown: ViewContext, processed: PipelineSession
) -> None:
    view = open_view(qtbot, shown)
    rate_hz = processed.metadata["acquisition_rate"]
    bounds = processed.stimulus["section_time"]
    expected = {(movie, *row) for movie, rows in bounds.items() for row in (rows / rate_hz).tolist()}
    shaded = spans(light(view))
    assert {(span.name, span.start, span.stop) for span in shaded} == expected
    assert [span.start for span in shaded] == sorted(span.start for span in shaded)
    below = [(span.start, span.stop) for span in spans(sync(view))]
    assert below == [(span.start, span.stop) for span in shaded]
    cut = processed.units["unit_003"]["spike_times_sectioned"]
    trials = np.unique(np.concatenate([held["trials_start_end"].reshape(-1) for held in cut.values()]))
    for one in (light(view), sync(view)):
        assert items_of(one, Spans)[0].moments == pytest.approx(trials / rate_hz)


def test_a_section_is_gone_to_and_the_name_follows_the_range(qtbot: QtBot, shown: ViewContext) -> None:
    view = open_view(qtbot, shown)
    place = places(view)
    names = [place.itemText(number) for number in range(place.count())]
    number = names.index("step_up_5s_5i_b0_3x")
    assert {"iprgc_test (1)", "iprgc_test (3)"} <= set(names)
    place.setCurrentIndex(number)
    place.activated.emit(number)
    span = spans(light(view))[number - 1]
    left, right = light(view).box.viewRange()[0]
    assert left < span.start < span.stop < right
    assert place.currentText() == "step_up_5s_5i_b0_3x"
    light_top = light(view).box.viewRange()[1][1]
    shown.selection.select(["unit_002"])
    assert light(view).box.viewRange()[1][1] == light_top
    sync(view).box.look_at(left, right + 10)
    assert place.currentIndex() == -1
    light(view).box.go_home()
    assert place.currentText() == "Whole recording"
    assert light(view).box.viewRange()[1][1] > light_top


def test_dropped_frames_are_counted_marked_and_visited(
    qtbot: QtBot, bare: ViewContext, processed: PipelineSession
) -> None:
    bare.model.show(with_dropped_frames(processed))
    view = open_view(qtbot, bare)
    assert "3 dropped in 2 places" in numbers(view)
    stamps = processed.metadata["frame_timestamps"] / processed.metadata["acquisition_rate"]
    moments = stamps[[499, 2999]]
    per_px = sync(view).box.viewPixelSize()[0]
    assert columns_of(sync(view), LATE_COLOUR) == pytest.approx(moments, abs=1.5 * per_px)
    assert np.count_nonzero(heights(intervals(view), LATE_COLOUR) >= 0) == 2
    box = sync(view).box
    for expected in (*moments, moments[0]):
        button(view, "Next dropped frame").click()
        assert np.mean(box.viewRange()[0]) == pytest.approx(expected, abs=0.01)


def test_regular_frames_are_praised(qtbot: QtBot, shown: ViewContext, processed: PipelineSession) -> None:
    view = open_view(qtbot, shown)
    n_frames = processed.metadata["frame_timestamps"].size
    assert numbers(view).startswith(f"{n_frames} display frames at ")
    assert "none dropped" in numbers(view)
    assert not button(view, "Next dropped frame").isEnabled()
    regular = heights(intervals(view), shown.theme.accent)
    assert np.rint(10 ** regular[regular >= 0]).sum() == n_frames - 1


def test_frames_that_come_too_soon_are_told_and_visited(
    qtbot: QtBot, bare: ViewContext, processed: PipelineSession
) -> None:
    session = with_dropped_frames(processed)
    stamps = np.asarray(processed.metadata["frame_timestamps"])
    half_way = (stamps[1000] + stamps[1001]) // 2
    session.metadata = session.metadata | {"frame_timestamps": np.insert(stamps, 1001, half_way)}
    bare.model.show(session)
    view = open_view(qtbot, bare)
    assert "2 too early" in numbers(view)
    assert "none dropped" not in numbers(view)
    button(view, "Next dropped frame").click()
    expected = stamps[1000] / processed.metadata["acquisition_rate"]
    assert np.mean(sync(view).box.viewRange()[0]) == pytest.approx(expected, abs=0.01)


def test_changes_elsewhere_do_not_move_it(
    qtbot: QtBot, bare: ViewContext, processed: PipelineSession
) -> None:
    bare.model.show(with_dropped_frames(processed))
    view = open_view(qtbot, bare)
    sync(view).box.look_at(10.0, 20.0)
    bare.model.apply(Update.of("x", {("stimulus", "section_time", "new"): np.array([[0, 9000]])}))
    assert light(view).box.viewRange()[0] == pytest.approx([10.0, 20.0], abs=0.01)
    assert "new" in {span.name for span in spans(light(view))}


def test_channels_reduced_to_one_kilohertz_will_do(
    qtbot: QtBot, bare: ViewContext, processed: PipelineSession
) -> None:
    session = with_dropped_frames(processed)
    held = processed.stimulus["light_reference"]
    session.stimulus = {"light_reference": {name: held[name] for name in ("1khz_ch1", "1khz_ch2")}}
    bare.model.show(session)
    view = open_view(qtbot, bare)
    assert sync(view).box.viewRange()[0][1] == pytest.approx(held["1khz_ch1"].size / 1000)


def test_without_light_it_says_where_it_comes_from(qtbot: QtBot, bare: ViewContext) -> None:
    view = VIEW.make(bare)
    qtbot.addWidget(view)
    view.show()
    asked: list[str] = []
    view.step_requested.connect(asked.append)
    bare.model.show(PipelineSession("demo"))
    offered = offered_step(view)
    assert offered is not None
    offered.click()
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
