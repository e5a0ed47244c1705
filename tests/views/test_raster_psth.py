from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PySide6.QtWidgets import QPushButton

from hdmea_gui.analysis.histogram import frame_rates
from hdmea_gui.session import PipelineSession, Update
from hdmea_gui.views.plots import PlotArea
from hdmea_gui.views.raster_psth import VIEW, RasterView
from hdmea_gui.views.theme import UNIT_COLOURS
from hdmea_gui.views.unit_legend import UnitLegend
from tests.views.seen import chooser, line, part, plot, spans

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
    return plot(view, "Trial")


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
