from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PySide6.QtGui import QPainter, QPicture
from PySide6.QtWidgets import QPushButton

from hdmea_gui.analysis.histogram import frame_rates
from hdmea_gui.pipeline.features.conditions import Conditions
from hdmea_gui.session import PipelineSession, Update
from hdmea_gui.views.plots import PlotArea
from hdmea_gui.views.raster_psth import VIEW, RasterView
from hdmea_gui.views.theme import UNIT_COLOURS
from hdmea_gui.views.trial_groups import rows_of, trial_groups
from hdmea_gui.views.unit_legend import UnitLegend
from tests.views.conftest import present
from tests.views.seen import chooser, line, part, plot, plots, spans
from tests.views.tuned import FRAME, RATE_HZ, other_outputs, tuned_session
from tests.views.tuned import STEP as INTENSITIES_MOVIE

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray
    from PySide6.QtWidgets import QComboBox
    from pytestqt.qtbot import QtBot

    from hdmea_gui.views.view import ViewContext

STEP = "step_up_5s_5i_b0_3x"
LIGHT = "iprgc_test"


def open_view(qtbot: QtBot, context: ViewContext, movie: str = STEP) -> RasterView:
    view = VIEW.make(context)
    assert isinstance(view, RasterView)
    qtbot.addWidget(view)
    view.resize(640, 480)
    view.show()
    movies(view).setCurrentText(movie)
    return view


def movies(view: RasterView) -> QComboBox:
    return chooser(view, "Movie whose trials are shown")


def smooth(view: RasterView, how: str) -> None:
    chooser(view, "Smoothing").setCurrentText(how)


def raster(view: RasterView) -> Any:
    return plots(view)[0]


def light(view: RasterView) -> Any:
    return plot(view, "Light (counts)")


def rate(view: RasterView) -> Any:
    return plot(view, "Rate (Hz)")


def rate_of(view: RasterView, number: int = 0) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Edges of bins and mean rates of a unit."""
    return line(rate(view), UNIT_COLOURS[number])


def ticks(view: RasterView, number: int = 0) -> NDArray[np.float64]:
    """Seconds of the ticks of a unit, ascending."""
    return np.sort(line(raster(view), UNIT_COLOURS[number])[0][::2])


def note(view: RasterView) -> str:
    return part(view, UnitLegend).text()


def trials_of(session: PipelineSession, unit_id: str, movie: str) -> dict[str, Any]:
    cut: dict[str, Any] = session.units[unit_id]["spike_times_sectioned"][movie]
    return cut


def expected_ticks(session: PipelineSession, unit_id: str, movie: str) -> NDArray[np.float64]:
    cut = trials_of(session, unit_id, movie)
    rate_hz = session.metadata["acquisition_rate"]
    starts = cut["trials_start_end"][:, 0]
    found = [(spikes - starts[trial]) / rate_hz for trial, spikes in cut["trials_spike_times"].items()]
    return np.sort(np.concatenate(found))


@pytest.mark.parametrize("movie", [STEP, LIGHT, "moving_h_bar_s5_d8_3x"])
def test_every_spike_of_every_trial_is_a_tick(
    qtbot: QtBot, shown: ViewContext, processed: PipelineSession, movie: str
) -> None:
    view = open_view(qtbot, shown, movie)
    expected = expected_ticks(processed, "unit_001", movie)
    assert ticks(view) == pytest.approx(expected)
    _, rows = line(raster(view), UNIT_COLOURS[0])
    assert rows.min() >= 0.5
    assert rows.max() <= 3.5


def test_the_rate_is_the_mean_over_trials_in_display_frames(
    qtbot: QtBot, shown: ViewContext, processed: PipelineSession
) -> None:
    view = open_view(qtbot, shown)
    smooth(view, "No smoothing")
    cut = trials_of(processed, "unit_001", STEP)
    frames, rate_hz = processed.metadata["frame_timestamps"], processed.metadata["acquisition_rate"]
    rates = frame_rates(list(cut["trials_spike_times"].values()), cut["trials_start_end"], frames, rate_hz)
    edges, shown_hz = rate_of(view)
    assert shown_hz == pytest.approx(rates.rates.mean(axis=0))
    assert edges == pytest.approx(rates.edges_s)
    smooth(view, "Smoothed 4.8 Hz")
    _, smoothed = rate_of(view)
    assert smoothed.max() < rates.rates.mean(axis=0).max()
    assert smoothed.mean() == pytest.approx(rates.rates.mean(), rel=0.02)


def test_margins_are_shaded_and_their_spikes_drawn(
    qtbot: QtBot, shown: ViewContext, processed: PipelineSession
) -> None:
    view = open_view(qtbot, shown, LIGHT)
    for one in (raster(view), light(view), rate(view)):
        (margin,) = spans(one)
        assert (margin.start, margin.stop) == (-2.0, 0.0)
    assert ticks(view).min() < 0
    assert rate(view).box.viewRange()[0] == pytest.approx([-2.0, 4.0])
    assert rate_of(view)[0][0] == pytest.approx(-2.0)
    n_spikes = sum(
        len(spikes) for spikes in trials_of(processed, "unit_001", LIGHT)["trials_spike_times"].values()
    )
    smooth(view, "No smoothing")
    edges, shown_hz = rate_of(view)
    assert 3 * (shown_hz * np.diff(edges)).sum() == pytest.approx(n_spikes, abs=2)


def test_the_light_rises_where_the_movie_says(qtbot: QtBot, shown: ViewContext) -> None:
    view = open_view(qtbot, shown)
    seconds, counts = line(light(view), shown.theme.foreground)
    bright = seconds[counts > 0.5 * counts.max()]
    assert (bright.min(), bright.max()) == pytest.approx((1.0, 6.0), abs=0.05)


def test_units_are_told_apart_and_six_are_enough(
    qtbot: QtBot, shown: ViewContext, processed: PipelineSession
) -> None:
    view = open_view(qtbot, shown)
    ids = list(processed.units)
    shown.selection.select(ids[:3])
    for number in range(3):
        assert ticks(view, number) == pytest.approx(expected_ticks(processed, ids[number], STEP))
    assert ticks(view, 3).size == 0
    assert all(colour in note(view) for colour in UNIT_COLOURS[:3])  # each unit has its ticks' colour there
    shown.selection.select(ids)
    assert view.unit_ids() == tuple(ids[:6])
    assert "6 of 8 selected units" in note(view)
    shown.selection.select(ids[:1])
    assert ticks(view, 1).size == 0
    assert rate_of(view, 1)[1].size == 0


def test_another_unit_keeps_movie_and_zoom(
    qtbot: QtBot, shown: ViewContext, processed: PipelineSession
) -> None:
    view = open_view(qtbot, shown, "green_blue_3s_3i_3x")
    box, scene = raster(view).box, part(view, PlotArea).scene()
    items = list(scene.items())
    box.setXRange(2.0, 4.0, padding=0)
    shown.selection.select(["unit_005"])
    assert movies(view).currentText() == "green_blue_3s_3i_3x"
    assert box.viewRange()[0] == pytest.approx([2.0, 4.0])
    assert rate(view).box.viewRange()[0] == pytest.approx([2.0, 4.0], abs=0.01)
    assert ticks(view) == pytest.approx(expected_ticks(processed, "unit_005", "green_blue_3s_3i_3x"))
    assert set(scene.items()) == set(items)
    box.go_home()
    assert rate(view).box.viewRange()[0] == pytest.approx([0.0, 12.0], abs=0.05)


def test_what_is_on_disk_is_drawn_when_it_comes(qtbot: QtBot, from_disk: ViewContext) -> None:
    view = open_view(qtbot, from_disk, "moving_h_bar_s5_d8_3x")
    qtbot.waitUntil(lambda: line(light(view), from_disk.theme.foreground)[0].size > 0)
    assert ticks(view).size > 100


def test_without_trials_it_offers_the_steps_in_turn(qtbot: QtBot, bare: ViewContext) -> None:
    session = PipelineSession("demo")
    session.metadata = {"acquisition_rate": 1000.0}
    session.units = {"unit_001": {"spike_times": np.arange(5, dtype=np.uint64)}}
    bare.model.show(session)
    view = open_view(qtbot, bare)
    asked: list[str] = []
    view.step_requested.connect(asked.append)
    button = view.findChild(QPushButton)
    assert isinstance(button, QPushButton)
    bare.selection.select(["unit_001"])
    button.click()
    bare.model.apply(Update.of("x", {("stimulus", "section_time", "m"): np.array([[0, 10]])}))
    button.click()
    assert asked == ["add_section_time", "section_spike_times"]
    bare.model.show(None)
    assert not button.isVisible()


def test_a_movie_that_a_unit_lacks_is_said_so(qtbot: QtBot, bare: ViewContext) -> None:
    cut = {"trials_spike_times": {}, "trials_start_end": np.empty((0, 2), np.int64)}
    session = PipelineSession("demo")
    session.metadata = {"acquisition_rate": 1000.0}
    session.units = {"unit_001": {}, "unit_002": {"spike_times_sectioned": {"m": cut}}}
    bare.model.show(session)
    bare.selection.select(["unit_001"])
    view = open_view(qtbot, bare, "m")
    assert "no trials of this movie" in note(view)
    bare.selection.select(["unit_002"])
    assert "0 trials" in note(view)
    assert ticks(view).size == 0


def test_an_exported_figure_names_its_movie(qtbot: QtBot, shown: ViewContext, tmp_path: Path) -> None:
    view = open_view(qtbot, shown)
    view.export(tmp_path / "figure.svg")
    assert f"{STEP} · 3 trials" in (tmp_path / "figure.svg").read_text(encoding="utf-8")
    assert STEP not in note(view)


# Conditions


@pytest.fixture
def opened(bare: ViewContext, tuned: PipelineSession) -> ViewContext:
    present(bare, tuned)
    return bare


def conditions(view: RasterView) -> QComboBox:
    return chooser(view, "Condition whose trials are shown")


def coloured(context: ViewContext) -> dict[str, str]:
    """Colours of the conditions by name."""
    groups = trial_groups(Conditions(("64", "128", "255"), 5, (64.0, 128.0, 255.0)), 15, context.theme)
    return {group.name: group.colour.name() for group in groups}


def test_trials_are_ordered_and_coloured_by_condition(
    qtbot: QtBot, opened: ViewContext, tuned: PipelineSession
) -> None:
    view = open_view(qtbot, opened, INTENSITIES_MOVIE)
    cut = trials_of(tuned, "unit_001", INTENSITIES_MOVIE)
    colours = coloured(opened)
    assert len(set(colours.values())) == 3
    for name, first_trial, first_row in (("255", 10, 0), ("128", 5, 5), ("64", 0, 10)):
        seconds, rows = line(raster(view), colours[name])
        expected = [
            (cut["trials_spike_times"][trial] - cut["trials_start_end"][trial, 0]) / RATE_HZ
            for trial in range(first_trial, first_trial + 5)
        ]
        assert np.sort(seconds[::2]) == pytest.approx(np.sort(np.concatenate(expected)))
        assert first_row + 0.5 <= rows.min() < rows.max() <= first_row + 5.5
        assert f"{colours[name]}" in note(view)
    assert row_names(view) == [(3, "255"), (8, "128"), (13, "64")]


def row_names(view: RasterView) -> list[tuple[int, str]]:
    """Names at the axis of trials, and the rows at which they stand."""
    drawn = plot(view, "Intensity")
    axis, picture = drawn.getAxis("left"), QPicture()
    painter = QPainter(picture)
    _, _, texts = axis.generateDrawSpecs(painter)
    painter.end()
    return [
        (round(drawn.vb.mapSceneToView(axis.mapToScene(place.center())).y()), text)
        for place, _, text in sorted(texts, key=lambda one: one[0].top())
    ]


def test_rates_and_lights_are_those_of_each_condition(
    qtbot: QtBot, opened: ViewContext, tuned: PipelineSession
) -> None:
    view = open_view(qtbot, opened, INTENSITIES_MOVIE)
    smooth(view, "No smoothing")
    cut = trials_of(tuned, "unit_001", INTENSITIES_MOVIE)
    spikes, bounds = list(cut["trials_spike_times"].values()), cut["trials_start_end"]
    frames = tuned.metadata["frame_timestamps"]
    for number, (name, colour) in enumerate(sorted(coloured(opened).items(), key=lambda item: int(item[0]))):
        own = slice(5 * number, 5 * number + 5)
        expected = frame_rates(spikes[own], bounds[own], frames, RATE_HZ).rates.mean(axis=0)
        assert line(rate(view), colour)[1] == pytest.approx(expected)
        assert line(light(view), colour)[1].max() == int(name)
    found = tuned.units["unit_001"]["features"][INTENSITIES_MOVIE]["data"]["response_quality_by_condition"]
    for name, quality in zip(("64", "128", "255"), found, strict=True):
        assert f"{name}&nbsp;(quality&nbsp;{quality:.2f})" in note(view)


def test_an_unknown_quality_is_not_written(qtbot: QtBot, opened: ViewContext, tuned: PipelineSession) -> None:
    view = open_view(qtbot, opened, INTENSITIES_MOVIE)
    qualities = np.array([0.25, 0.5, np.nan])
    with other_outputs(opened, tuned, INTENSITIES_MOVIE, response_quality_by_condition=qualities):
        assert "128&nbsp;(quality&nbsp;0.50)" in note(view)
        assert "255" in note(view)
        assert note(view).count("quality") == 2
        assert "nan" not in note(view)


def test_one_condition_can_be_shown_alone(qtbot: QtBot, opened: ViewContext) -> None:
    view = open_view(qtbot, opened, INTENSITIES_MOVIE)
    conditions(view).setCurrentText("128")
    colours = coloured(opened)
    _, rows = line(raster(view), colours["128"])
    assert 0.5 <= rows.min() < rows.max() <= 5.5
    for other in ("64", "255"):
        assert not line(raster(view), colours[other])[0].size
        assert not line(rate(view), colours[other])[0].size
    assert "5 trials" in note(view)
    chooser(view, "Movie").setCurrentText("moving_h_bar_s5_d8_3x")
    assert not conditions(view).isVisible()
    chooser(view, "Movie").setCurrentText(INTENSITIES_MOVIE)
    assert conditions(view).currentText() == "All conditions"


def test_rates_of_several_units_are_of_one_condition(qtbot: QtBot, opened: ViewContext) -> None:
    view = open_view(qtbot, opened, INTENSITIES_MOVIE)
    opened.selection.select(["unit_001"])
    _, brightest = line(rate(view), coloured(opened)["255"])
    opened.selection.select(["unit_001", "unit_002"])
    assert rate_of(view)[1] == pytest.approx(brightest)
    assert "mean rates: condition 255 only" in note(view)
    assert row_names(view) == [(3, "255"), (8, "128"), (13, "64")]
    conditions(view).setCurrentText("64")
    assert rate_of(view)[1].max() < 0.5 * brightest.max()
    assert "mean rates" not in note(view)


@pytest.mark.parametrize("how", ["noise", "timed by light"])
def test_trials_that_are_not_measured_by_condition_stay_in_order(
    qtbot: QtBot, bare: ViewContext, how: str
) -> None:
    session = tuned_session(n_units=2)
    if how == "noise":
        session.stimulus["definitions"][INTENSITIES_MOVIE]["kind"] = "noise"
    else:
        session.stimulus["section_info"] = {INTENSITIES_MOVIE: {"source": "analog"}}
    present(bare, session)
    view = open_view(qtbot, bare, INTENSITIES_MOVIE)
    assert not conditions(view).isVisible()
    assert raster(view).getAxis("left").labelText == "Trial"
    cut = trials_of(session, "unit_001", INTENSITIES_MOVIE)
    _, rows = line(raster(view), UNIT_COLOURS[0])
    in_rows = np.histogram(rows[::2], np.arange(10) + 0.5)[0]
    assert in_rows.tolist() == [len(spikes) for spikes in cut["trials_spike_times"].values()]


def test_events_in_frames_are_not_drawn_where_light_times_the_trials(qtbot: QtBot, bare: ViewContext) -> None:
    session = tuned_session(n_units=2)
    bar = "moving_h_bar_s5_d8_3x"
    session.stimulus["section_info"] = {bar: {"source": "analog"}}
    present(bare, session)
    view = open_view(qtbot, bare, bar)
    assert not [span for span in spans(light(view)) if span.name]
    assert "0° is right" not in note(view)


def test_sweeps_within_a_trial_are_named(qtbot: QtBot, opened: ViewContext) -> None:
    view = open_view(qtbot, opened, "moving_h_bar_s5_d8_3x")
    named = [span for span in spans(light(view)) if span.name]
    assert [span.name for span in named] == [
        "0° →",
        "45° ↘",
        "90° ↓",
        "135° ↙",
        "180° ←",
        "225° ↖",
        "270° ↑",
        "315° ↗",
    ]
    assert [span.start for span in named] == pytest.approx(np.arange(8) * 60 * FRAME / RATE_HZ)
    assert len(spans(raster(view))) == 8
    assert "0° is right on the screen, 90° is down" in note(view)
    chooser(view, "Movie").setCurrentText("freq_step_5st_3x")
    assert [span.name for span in spans(light(view)) if span.name] == [
        "0.5 Hz",
        "1 Hz",
        "2 Hz",
        "4 Hz",
        "10 Hz",
    ]


def test_many_or_unordered_conditions_have_their_own_colours(shown: ViewContext) -> None:
    for number, intensities in ((5, ()), (12, ()), (9, tuple(np.arange(9.0)))):
        names = tuple(map(str, range(number)))
        groups = trial_groups(Conditions(names, 2, intensities), 2 * number, shown.theme)
        assert len({group.colour.name() for group in groups}) == number
        rows = np.sort(rows_of(groups, 2 * number))
        assert rows.tolist() == list(range(2 * number))
