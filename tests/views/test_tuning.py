from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import pyqtgraph as pg
import pytest
from PySide6.QtWidgets import QApplication, QLabel

from hdmea_gui.pipeline import extract_features
from hdmea_gui.views.direction_figure import DirectionFigure, cells_around, cells_beside
from hdmea_gui.views.direction_picture import DirectionPicture, Sweeps
from hdmea_gui.views.polar_plot import Dial, PolarPlot
from hdmea_gui.views.theme import UNIT_COLOURS
from hdmea_gui.views.tuning import VIEW, TuningView
from hdmea_gui.views.unit_legend import UnitLegend
from tests.views.conftest import present
from tests.views.seen import chooser, items_of, line, lines, offered_step, part, plot, plot_of, plots
from tests.views.tuned import (
    BAR,
    DIRECTIONS,
    FREQUENCIES,
    INTENSITIES,
    RATE_HZ,
    STEP,
    WAVE,
    other_feature,
    other_outputs,
    tuned_session,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray
    from pytestqt.qtbot import QtBot

    from hdmea_gui.session import PipelineSession
    from hdmea_gui.views.view import ViewContext

BLUE, RED = UNIT_COLOURS[:2]


@pytest.fixture
def opened(bare: ViewContext, tuned: PipelineSession) -> ViewContext:
    present(bare, tuned)
    return bare


def open_view(qtbot: QtBot, context: ViewContext, movie: str) -> TuningView:
    view = VIEW.make(context)
    assert isinstance(view, TuningView)
    qtbot.addWidget(view)
    view.resize(800, 600)
    view.show()
    chooser(view, "Movie whose tuning is shown").setCurrentText(movie)
    return view


def outputs(context: ViewContext, movie: str, unit_id: str = "unit_001") -> dict[str, Any]:
    assert context.model.session is not None
    found: dict[str, Any] = context.model.session.units[unit_id]["features"][movie]["data"]
    return found


def said(view: TuningView) -> str:
    """What the legend and the line of numbers say."""
    return "\n".join(label.text() for label in view.findChildren(QLabel) if label.isVisible())


def dots(where: Any) -> tuple[NDArray[Any], NDArray[Any]]:
    """Places of the points in a plot."""
    (found,) = items_of(where, pg.ScatterPlotItem)
    x, y = found.getData()
    return x, y


# Directions


def polar(view: TuningView) -> Any:
    return plot_of(view, PolarPlot)


def ring_hz(view: TuningView) -> float:
    (dial,) = items_of(polar(view), Dial)
    return float(dial.limit_hz)


def test_the_mean_rate_points_where_the_bar_moves(qtbot: QtBot, opened: ViewContext) -> None:
    view = open_view(qtbot, opened, BAR)
    x, y = line(polar(view), BLUE)
    rate, angle = outputs(opened, BAR)["rate"], np.deg2rad(DIRECTIONS)
    assert x[:-1] * ring_hz(view) == pytest.approx(rate * np.cos(angle))
    assert y[:-1] * ring_hz(view) == pytest.approx(rate * np.sin(angle))
    assert (x[-1], y[-1]) == (x[0], y[0])
    best = int(np.argmax(y))
    assert DIRECTIONS[best] == 90
    on_screen = polar(view).vb.mapViewToScene(pg.Point(x[best], y[best]))
    assert on_screen.y() > polar(view).vb.mapViewToScene(pg.Point(0, 0)).y() + 10  # 90 degrees is down


def test_every_trial_is_a_dot_and_their_mean_is_the_stored_rate(qtbot: QtBot, opened: ViewContext) -> None:
    view = open_view(qtbot, opened, BAR)
    x, y = dots(polar(view))
    rates = np.hypot(x, y).reshape(8, 5) * ring_hz(view)
    assert rates.mean(axis=1) == pytest.approx(outputs(opened, BAR)["rate"])
    assert rates.max() <= ring_hz(view)


def test_the_arrow_is_the_vector_sum(qtbot: QtBot, opened: ViewContext) -> None:
    view = open_view(qtbot, opened, BAR)
    x, y = line(polar(view), RED)
    found = outputs(opened, BAR)
    assert np.hypot(x[1], y[1]) == pytest.approx(found["dsi"])
    assert np.rad2deg(np.arctan2(y[1], x[1])) % 360 == pytest.approx(found["preferred_direction"])
    assert f"DSI {found['dsi']:.2f}" in said(view)
    assert "0° is right on the screen, 90° is down" in said(view)
    assert "vector sum: outer ring is DSI = 1" in said(view)


def test_a_selectivity_that_is_not_significant_is_said_and_not_coloured(
    qtbot: QtBot, opened: ViewContext, tuned: PipelineSession
) -> None:
    view = open_view(qtbot, opened, BAR)
    with other_outputs(opened, tuned, BAR, dsi=0.1, dsi_p_value=0.4):
        assert not line(polar(view), RED)[0].size
        assert line(polar(view), opened.theme.quiet)[0].size
        assert "Direction: not selective (DSI 0.10, p = 0.4)" in said(view)


def test_a_selectivity_that_was_never_tested_is_said_so(
    qtbot: QtBot, opened: ViewContext, tuned: PipelineSession
) -> None:
    view = open_view(qtbot, opened, BAR)
    with other_outputs(opened, tuned, BAR, osi=1.0, osi_p_value=np.nan):
        assert "Orientation: not tested (OSI 1.00)" in said(view)


def test_angles_are_rounded_within_the_circle(
    qtbot: QtBot, opened: ViewContext, tuned: PipelineSession
) -> None:
    view = open_view(qtbot, opened, BAR)
    selective = {"dsi_p_value": 0.001, "osi_p_value": 0.001}
    with other_outputs(
        opened, tuned, BAR, preferred_direction=359.7, preferred_orientation=179.7, **selective
    ):
        assert "Direction: 0° → (" in said(view)
        assert "Orientation: along 0° (" in said(view)


def test_a_raster_lies_where_its_direction_points(qtbot: QtBot, opened: ViewContext) -> None:
    view = open_view(qtbot, opened, BAR)
    view.resize(600, 700)
    QApplication.processEvents()
    centre = polar(view).mapToScene(polar(view).rect().center())
    rasters = [one for one in plots(view) if one.isVisible() and one.titleLabel.text.strip()]
    assert len(rasters) == 8
    for one in rasters:
        degrees = float(one.titleLabel.text.split("°")[0])
        away = one.mapToScene(one.rect().center()) - centre
        for ahead, offset in (
            (np.cos(np.deg2rad(degrees)), away.x()),
            (np.sin(np.deg2rad(degrees)), away.y()),
        ):
            assert np.sign(round(ahead, 6)) == (np.sign(offset) if abs(offset) > 60 else 0)


def test_in_a_wide_figure_the_rasters_stand_beside_the_polar_plot(qtbot: QtBot, opened: ViewContext) -> None:
    view = open_view(qtbot, opened, BAR)
    view.resize(900, 420)
    QApplication.processEvents()
    centre = polar(view).mapToScene(polar(view).rect().center())
    places = {
        float(one.titleLabel.text.split("°")[0]): one.mapToScene(one.rect().center()) - centre
        for one in plots(view)
        if one.isVisible() and one.titleLabel.text.strip()
    }
    at_right = [
        degrees for degrees, away in sorted(places.items(), key=lambda item: item[1].y()) if away.x() > 0
    ]
    at_left = [
        degrees for degrees, away in sorted(places.items(), key=lambda item: item[1].y()) if away.x() < 0
    ]
    assert (at_right, at_left) == ([315, 0, 45, 90], [270, 225, 180, 135])
    assert polar(view).rect().height() > 0.8 * view.findChildren(DirectionFigure)[0].height()
    assert line(plots_of_direction(view, 90), BLUE)[0].size


def plots_of_direction(view: TuningView, degrees: int) -> Any:
    (found,) = (
        one for one in plots(view) if one.titleLabel.text.startswith(f"{degrees}°") and one.isVisible()
    )
    return found


def test_rasters_hold_the_spikes_of_their_sweep(
    qtbot: QtBot, opened: ViewContext, tuned: PipelineSession
) -> None:
    view = open_view(qtbot, opened, BAR)
    cut = tuned.units["unit_001"]["spike_times_sectioned"][BAR]
    rasters = [one for one in plots(view) if "°" in one.titleLabel.text and one.isVisible()]
    assert len(rasters) == 8
    for one in rasters:
        number = DIRECTIONS.index(int(one.titleLabel.text.split("°")[0]))
        expected = []
        for trial, spikes in cut["trials_spike_times"].items():
            start = cut["trials_start_end"][trial, 0] + number * 60 * 167
            inside = spikes[(spikes >= start) & (spikes < start + 60 * 167)]
            expected.append((inside - start) / RATE_HZ)
        seconds, rows = line(one, BLUE)
        assert np.sort(seconds[::2]) == pytest.approx(np.sort(np.concatenate(expected)))
        assert rows.min(initial=0.5) >= 0.5
        assert rows.max(initial=5.5) <= 5.5


@pytest.mark.parametrize(
    ("directions", "right", "below"),
    [
        (range(0, 360, 45), (1, 2), (2, 1)),
        (range(0, 360, 90), (1, 2), (2, 1)),
        (range(0, 360, 30), (2, 4), (4, 2)),
    ],
)
def test_any_number_of_directions_has_a_ring(
    directions: range, right: tuple[int, int], below: tuple[int, int]
) -> None:
    cells = cells_around([float(one) for one in directions])
    assert len(set(cells.values())) == len(directions)
    assert (cells[0.0], cells[90.0]) == (right, below)
    beside = cells_beside([float(one) for one in directions])
    assert len(set(beside.values())) == len(directions)
    assert {column for _, column in beside.values()} == {0, 2}


def picture_of(directions: Sequence[float]) -> DirectionPicture:
    sweeps = tuple(Sweeps(one, np.ones(2), np.array([0.5]), np.array([1])) for one in directions)
    degrees = np.array(directions)
    return DirectionPicture(degrees, np.ones(degrees.size), (0.1, 0.0), False, sweeps, 2, 1.0)


def every(number: int) -> list[float]:
    return [turn * 360 / number for turn in range(number)]


@pytest.mark.parametrize("size", [(600, 700), (900, 420)], ids=["high", "wide"])
@pytest.mark.parametrize(
    "in_turn",
    [
        (every(12), every(8), every(12)),
        (every(24), every(4), every(16)),
        ([0.0, 180.0], every(8)),
        ([0.0, 180.0, 270.0], every(12)),
        ([90.0], [180.0]),
        (every(7), every(11), every(14), every(13)),
    ],
    ids=lambda in_turn: "-".join(str(len(one)) for one in in_turn),
)
def test_after_other_directions_the_plots_lie_side_by_side(
    qtbot: QtBot, bare: ViewContext, in_turn: tuple[list[float], ...], size: tuple[int, int]
) -> None:
    figure = DirectionFigure(bare.theme)
    qtbot.addWidget(figure)
    figure.resize(*size)
    figure.show()
    for directions in in_turn:
        figure.show_picture(picture_of(directions))
        QApplication.processEvents()
        drawn = plots(figure)
        assert len(drawn) == len(directions) + 1
        places = [one.mapRectToScene(one.rect()).adjusted(1, 1, -1, -1) for one in drawn]
        assert all(place.width() > 20 and place.height() > 20 for place in places)
        assert not [pair for pair in combinations(places, 2) if pair[0].intersects(pair[1])]
        assert all(line(one, BLUE)[0].size for one in drawn)


def test_a_silent_unit_has_no_index(qtbot: QtBot, opened: ViewContext) -> None:
    view = open_view(qtbot, opened, BAR)
    opened.selection.select(["unit_003"])
    assert "Direction: no spikes, so there is no DSI" in said(view)
    assert not line(polar(view), RED)[0].size


# Frequencies


def test_amplitude_and_phase_have_their_intervals(qtbot: QtBot, opened: ViewContext) -> None:
    view = open_view(qtbot, opened, WAVE)
    found = outputs(opened, WAVE)
    amplitude, phase = plot(view, "Amplitude (Hz)"), plot(view, "Phase (degrees)")
    x, y = dots(amplitude)
    assert x == pytest.approx(np.log10(FREQUENCIES))
    assert y == pytest.approx(found["amplitude"])
    bars = [ys for _, ys in items_with_pairs(amplitude)]
    assert np.sort(np.concatenate(bars).reshape(-1, 2), axis=1) == pytest.approx(found["amplitude_interval"])
    follows = np.isfinite(found["phase"])
    assert follows.tolist() == [True, True, True, True, False]
    assert dots(phase)[1] == pytest.approx(np.rad2deg(found["phase"][follows]))
    assert "No phase at 10 Hz" in said(view)
    assert "firing&nbsp;rate" in said(view)
    assert "bars: 95 % confidence intervals" in said(view)


def test_phases_are_joined_the_shorter_way_round(
    qtbot: QtBot, opened: ViewContext, tuned: PipelineSession
) -> None:
    view = open_view(qtbot, opened, WAVE)
    phase = np.deg2rad([-150.0, -170.0, 130.0, 30.0, np.nan])
    interval = np.stack([phase - 0.5, phase + 0.5], axis=1)
    with other_outputs(opened, tuned, WAVE, phase=phase, phase_interval=interval):
        drawn = plot(view, "Phase (degrees)")
        assert dots(drawn)[1] == pytest.approx([-150, -170, 130, 30])
        _, y = line(drawn, BLUE, 1.5)
        assert np.nanmax(np.abs(np.diff(y))) == pytest.approx(100)
        assert np.isclose(y, 130).any()
        ends = np.concatenate([ys for _, ys in items_with_pairs(drawn)]).reshape(-1, 2)
        assert np.isclose(ends, [190 - np.rad2deg(0.5), 190 + np.rad2deg(0.5)]).all(axis=1).any()


@pytest.mark.parametrize(
    ("p", "words"),
    [
        (
            [np.nan, 0.001, 0.001, 0.001, 0.3],
            "Largest amplitude at 2 Hz · No phase at 10 Hz: the rate does not follow the light (p > 0.01)"
            " · Not tested at 0.5 Hz: fewer than three cycles, or a constant rate",
        ),
        (
            [np.nan] * 5,
            "Not tested at 0.5, 1, 2, 4, 10 Hz: fewer than three cycles, or a constant rate",
        ),
    ],
    ids=["one", "all"],
)
def test_what_was_never_tested_is_not_said_to_be_without_response(
    qtbot: QtBot, opened: ViewContext, tuned: PipelineSession, p: list[float], words: str
) -> None:
    view = open_view(qtbot, opened, WAVE)
    with other_outputs(opened, tuned, WAVE, modulation_p=np.array(p), preferred_frequency=2.0):
        assert said(view).splitlines()[-1].endswith(words)


def items_with_pairs(where: Any) -> list[tuple[NDArray[Any], NDArray[Any]]]:
    found = items_of(where, pg.PlotCurveItem)
    return [(item.xData, item.yData) for item in found if item.opts["connect"] == "pairs" and item.xData.size]


def test_results_without_a_test_say_so(qtbot: QtBot, opened: ViewContext, tuned: PipelineSession) -> None:
    view = open_view(qtbot, opened, WAVE)
    feature = tuned.units["unit_001"]["features"][WAVE]
    names = ("frequency_hz", "amplitude", "phase", "offset", "r_squared", "preferred_frequency")
    data = {name: feature["data"][name] for name in names}
    with other_feature(opened, WAVE, data, feature["metadata"]):
        assert "Without test and intervals: extract the features again" in said(view)
        assert items_with_pairs(plot(view, "Amplitude (Hz)")) == []


# Conditions


def test_the_response_is_drawn_over_intensity(qtbot: QtBot, opened: ViewContext) -> None:
    view = open_view(qtbot, opened, STEP)
    found, response = outputs(opened, STEP), plot(view, "Response (Hz)")
    x, y = line(response, RED)
    assert x == pytest.approx(INTENSITIES)
    assert y == pytest.approx(found["on_peak_value_by_condition"])
    filled = [
        brush.color() == pg.mkColor(RED)
        for item in items_of(response, pg.ScatterPlotItem)
        if item.opts["pen"].color() == pg.mkColor(RED)
        for brush in item.data["brush"]
    ]
    assert filled == (found["on_peak_value_p_by_condition"] <= 0.01).tolist() == [False, True, True]
    assert line(plot(view, "Latency (ms)"), RED, 1.5)[1] == pytest.approx(
        found["on_latency_ms_by_condition"], nan_ok=True
    )
    quality = plot(view, "Quality")
    assert any(
        np.allclose(item.yData, found["response_quality_by_condition"])
        for item in items_of(quality, pg.PlotCurveItem)
        if item.yData is not None and item.yData.size == 3
    )
    assert quality.getAxis("bottom").labelText == "Light intensity (0 to 255)"
    assert "64: none · 128: on · 255: on" in said(view)
    assert "split-half&nbsp;correlation" in part(view, UnitLegend).text()
    assert "floor&nbsp;of&nbsp;the&nbsp;quality&nbsp;index" in part(view, UnitLegend).text()


def test_two_colours_and_conditions_without_intensity(
    qtbot: QtBot, opened: ViewContext, tuned: PipelineSession
) -> None:
    view = open_view(qtbot, opened, STEP)
    feature = tuned.units["unit_001"]["features"][STEP]
    values = np.array([3.0, 20.0])
    data = {
        "condition": ["dim", "bright"],
        "response_class_by_condition": ["none", "on_off"],
        "response_quality_by_condition": np.array([0.3, 0.8]),
    }
    for number, colour in enumerate(("green", "blue")):
        for side in ("on", "off"):
            data[f"{colour}_{side}_response_by_condition"] = values - 10 * number
            data[f"{colour}_{side}_response_p_by_condition"] = np.array([0.5, 1e-4])
        data[f"{colour}_latency_ms_by_condition"] = np.array([np.nan, 80.0])
    with other_feature(opened, STEP, data, feature["metadata"]):
        for name in ("green&nbsp;ON", "green&nbsp;OFF", "blue&nbsp;ON", "blue&nbsp;OFF"):
            assert part(view, UnitLegend).text().count(name) == 1
        assert "dim: none · bright: on off" in said(view)
        assert plot(view, "Quality").getAxis("bottom").labelText == "Condition"
        response = plot(view, "Response (Hz)")
        x, y = lines(response, UNIT_COLOURS[2], 1.5)[0]
        assert (x.tolist(), y.tolist()) == ([1, 2], [3, 20])
        low, high = response.box.viewRange()[1]
        assert low <= -7
        assert high >= 20


# Absence


def test_what_is_absent_says_why(qtbot: QtBot, opened: ViewContext, tuned: PipelineSession) -> None:
    view = open_view(qtbot, opened, BAR)
    feature = tuned.units["unit_001"]["features"][BAR]
    absent = feature["metadata"] | {"absent_reason": "no trial contains every direction"}
    with other_feature(opened, BAR, {}, absent):
        assert view.message == f"unit_001 has no tuning in {BAR}: no trial contains every direction."
        assert offered_step(view) is None
    assert view.message == ""
    with other_feature(opened, BAR, feature["data"], feature["metadata"] | {"extractor_version": "2.0.0"}):
        assert view.message == f"The features of {BAR} are out of date."
        assert offered_step(view) is not None


def test_without_a_tuned_movie_it_offers_the_trials(qtbot: QtBot, bare: ViewContext) -> None:
    session = tuned_session(n_units=2)
    for unit in session.units.values():
        unit["spike_times_sectioned"], unit["features"] = {}, {}
    present(bare, session)
    view = open_view(qtbot, bare, "")
    assert "No movie with several directions, frequencies or conditions" in view.message
    assert offered_step(view) is not None


def only_step(**changes: Any) -> PipelineSession:
    """A session whose only movie has trials of three intensities, changed and extracted anew."""
    session = tuned_session(n_units=2)
    for movie in (BAR, WAVE):
        for unit in session.units.values():
            del unit["spike_times_sectioned"][movie], unit["features"][movie]
        del session.stimulus["section_time"][movie], session.stimulus["definitions"][movie]
    session.stimulus["definitions"][STEP] |= changes
    return session


def test_a_movie_timed_by_light_has_no_tuning_and_offers_no_step(qtbot: QtBot, bare: ViewContext) -> None:
    session = only_step()
    session.stimulus["section_info"] = {STEP: {"source": "analog"}}
    extract_features(features=None, session=session)
    present(bare, session)
    assert "on_peak_value" not in outputs(bare, STEP)
    view = open_view(qtbot, bare, "")
    assert view.message == "No movie of this recording has several directions, frequencies or conditions."
    assert offered_step(view) is None
    assert chooser(view, "Movie whose tuning is shown").findText(STEP) < 0


def test_noise_in_groups_of_trials_has_no_tuning(qtbot: QtBot, bare: ViewContext) -> None:
    session = only_step(kind="noise")
    for unit in session.units.values():
        del unit["features"][STEP]
    present(bare, session)
    view = open_view(qtbot, bare, "")
    assert view.message.startswith("No movie of this recording")
    assert offered_step(view) is None


def test_what_cannot_be_computed_offers_no_step(qtbot: QtBot, bare: ViewContext) -> None:
    session = only_step()
    session.stimulus["section_info"] = {STEP: {"source": "analog"}}
    del session.units["unit_001"]["features"][STEP]["data"]["condition"]
    present(bare, session)
    view = open_view(qtbot, bare, STEP)
    assert view.message.startswith(f"unit_001 has no tuning in {STEP}, and none can be computed")
    assert offered_step(view) is None


def test_without_trials_the_stored_rates_are_drawn(qtbot: QtBot, bare: ViewContext) -> None:
    session = tuned_session(n_units=2)
    for unit in session.units.values():
        unit["spike_times_sectioned"] = {}
    present(bare, session)
    view = open_view(qtbot, bare, BAR)
    assert view.message == ""
    assert line(polar(view), BLUE)[0].size == 9
    assert not dots(polar(view))[0].size
    assert not [one for one in plots(view) if one.isVisible() and "°" in one.titleLabel.text]
    assert "no rasters: trials or their timing are missing" in said(view)


def test_every_kind_of_tuning_is_exported(qtbot: QtBot, opened: ViewContext, tmp_path: Path) -> None:
    for movie, expected in ((BAR, "Screen"), (WAVE, "Phase (degrees)"), (STEP, "Response (Hz)")):
        view = open_view(qtbot, opened, movie)
        view.export(tmp_path / "figure.svg")
        written = (tmp_path / "figure.svg").read_text(encoding="utf-8")
        assert expected in written
        assert movie in written
