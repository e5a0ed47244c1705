from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyqtgraph as pg
import pytest

from hdmea_gui.analysis.correlogram import auto_correlogram, cross_correlogram
from hdmea_gui.session import PipelineSession
from hdmea_gui.views.correlograms import Correlograms
from hdmea_gui.views.spike_train import VIEW, SpikeTrainView
from hdmea_gui.views.theme import UNIT_COLOURS
from hdmea_gui.views.unit_legend import UnitLegend
from tests.views.seen import button, chooser, items_of, line, part, plot, plots

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from hdmea_gui.views.view import ViewContext


def open_view(qtbot: QtBot, context: ViewContext) -> SpikeTrainView:
    view = VIEW.make(context)
    assert isinstance(view, SpikeTrainView)
    qtbot.addWidget(view)
    view.resize(640, 480)
    view.show()
    return view


def titled(view: SpikeTrainView, title: str) -> Any:
    return next(one for one in plots(view) if one.titleLabel.text == title)


def intervals(view: SpikeTrainView) -> Any:
    return plot(view, "Intervals (%)")


def rate(view: SpikeTrainView) -> Any:
    return next(one for one in plots(view) if one.getAxis("left").labelText == "Rate (Hz)" and lies_low(one))


def lies_low(one: Any) -> bool:
    """Whether a plot is one of those over the recording, below the histograms."""
    scene = one.scene().sceneRect()
    return bool(one.sceneBoundingRect().top() > scene.top() + scene.height() / 4)


def amplitudes(view: SpikeTrainView) -> Any:
    return plot(view, "Peak (a.u.)")


def hints(view: SpikeTrainView) -> list[str]:
    """Texts over the cross-correlogram."""
    return [item.toPlainText() for item in items_of(titled(view, "Cross-correlogram"), pg.TextItem)]


def note(view: SpikeTrainView) -> str:
    return part(view, UnitLegend).text()


def test_histograms_are_those_of_the_train(
    qtbot: QtBot, shown: ViewContext, processed: PipelineSession
) -> None:
    view = open_view(qtbot, shown)
    spikes = processed.units["unit_001"]["spike_times"]
    rate_hz = processed.metadata["acquisition_rate"]
    ms = np.diff(spikes.astype(np.float64)) / rate_hz * 1e3
    expected = np.histogram(ms, np.arange(0, 101) - 1e-6)[0] / ms.size * 100
    assert line(intervals(view), UNIT_COLOURS[0])[1] == pytest.approx(expected)
    own = auto_correlogram(spikes, bin_samples=5, n_bins=50, rate_hz=rate_hz)
    lags, rates = line(titled(view, "Autocorrelogram"), UNIT_COLOURS[0])
    assert rates == pytest.approx(own.rate_hz)
    assert lags == pytest.approx(1e3 * own.edges_s)
    assert not line(titled(view, "Cross-correlogram"), UNIT_COLOURS[1])[1].size
    assert hints(view) == ["Select\ntwo\nor more\nunits"]
    assert f"{spikes.size} spikes" in note(view)


def test_intervals_can_be_logarithmic(qtbot: QtBot, shown: ViewContext) -> None:
    view = open_view(qtbot, shown)
    button(view, "Logarithmic intervals").setChecked(True)
    edges, shares = line(intervals(view), UNIT_COLOURS[0])
    assert edges[[0, -1]] == pytest.approx([-0.5, 4.5])
    assert shares.sum() == pytest.approx(100.0)
    axis = intervals(view).getAxis("bottom")
    assert axis.logTickStrings([0.0, 1.0, 3.0], 1.0, 1.0) == ["1", "10", "1000"]


def test_several_units_are_crossed_with_the_first(
    qtbot: QtBot, shown: ViewContext, processed: PipelineSession
) -> None:
    view = open_view(qtbot, shown)
    shown.selection.select(["unit_002", "unit_004"])
    trains = [processed.units[unit_id]["spike_times"] for unit_id in ("unit_002", "unit_004")]
    rate_hz = processed.metadata["acquisition_rate"]
    expected = cross_correlogram(*trains, bin_samples=5, n_bins=50, rate_hz=rate_hz)
    crossed = titled(view, "Cross-correlogram")
    assert line(crossed, UNIT_COLOURS[1])[1] == pytest.approx(expected.rate_hz)
    assert not line(crossed, UNIT_COLOURS[0])[1].size
    assert not hints(view)
    assert "unit_002 (reference)".replace(" ", "&nbsp;") in note(view)
    assert "positive lags: after the reference spike" in note(view)
    chooser(view, "Range of lags").setCurrentText("Lags to 1 s")
    assert line(crossed, UNIT_COLOURS[1])[0][-1] == pytest.approx(1010.0)


def test_the_reference_is_said_of_more_units_than_are_drawn(
    qtbot: QtBot, shown: ViewContext, processed: PipelineSession
) -> None:
    view = open_view(qtbot, shown)
    shown.selection.select(list(processed.units))
    assert "unit_001&nbsp;(reference)" in note(view)
    assert "6 of 8 selected units" in note(view)


def test_the_rate_keeps_its_spikes_in_bins_of_any_length(
    qtbot: QtBot, shown: ViewContext, processed: PipelineSession
) -> None:
    view = open_view(qtbot, shown)
    box = rate(view).box
    counts = processed.units["unit_001"]["firing_rate_10hz"]
    edges, rates = line(rate(view), UNIT_COLOURS[0])
    assert (rates * np.diff(edges)).sum() == pytest.approx(counts.sum() / 10)
    assert rates.size < counts.size / 5
    coarse = box.viewRange()[1][1]
    box.setXRange(100.0, 110.0, padding=0)
    edges, rates = line(rate(view), UNIT_COLOURS[0])
    assert np.diff(edges)[1] == pytest.approx(0.1)
    inside = (edges[:-1] >= 100) & (edges[:-1] < 109.9)
    assert rates[inside] == pytest.approx(counts[1000:1099])
    assert box.viewRange()[1][1] >= max(coarse, counts.max())
    shown.selection.select(["unit_003"])
    assert box.viewRange()[0] == pytest.approx([100.0, 110.0], abs=0.01)


def test_amplitudes_stand_at_their_spikes(
    qtbot: QtBot, shown: ViewContext, processed: PipelineSession
) -> None:
    view = open_view(qtbot, shown)
    unit = processed.units["unit_001"]
    seconds, ends = line(amplitudes(view), UNIT_COLOURS[0])
    assert seconds[::2] == pytest.approx(unit["spike_times"] / processed.metadata["acquisition_rate"])
    middle = (ends[::2] + ends[1::2]) / 2
    assert middle == pytest.approx(unit["unit_meta"]["peak_amplitudes"], rel=1e-5)
    low, high = amplitudes(view).box.viewRange()[1]
    assert low <= middle.min() <= middle.max() <= high


def test_many_pairs_are_counted_elsewhere_and_once(qtbot: QtBot, bare: ViewContext) -> None:
    spikes = np.sort(np.random.default_rng(1).integers(0, 200_000, 20_000))
    correlograms = Correlograms(bare.arrays)
    assert correlograms.of(spikes, spikes, 1.0, 1000.0) is None
    with qtbot.waitSignal(bare.arrays.arrived):
        pass
    found = correlograms.of(spikes, spikes, 1.0, 1000.0)
    assert found is not None
    expected = auto_correlogram(spikes, bin_samples=20, n_bins=50, rate_hz=1000.0)
    assert found.counts.tolist() == expected.counts.tolist()
    assert correlograms.of(spikes, spikes, 1.0, 1000.0) is found
    few = spikes[:50]
    assert correlograms.of(few, few, 0.05, 1000.0) is correlograms.of(few, few, 0.05, 1000.0)


def test_units_without_spikes_rate_or_amplitudes_are_drawn(qtbot: QtBot, bare: ViewContext) -> None:
    session = PipelineSession("demo")
    session.metadata = {"acquisition_rate": 1000.0}
    session.units = {
        "unit_001": {},
        "unit_002": {"spike_times": np.array([5], np.uint64), "unit_meta": {"peak_amplitudes": np.ones(3)}},
    }
    bare.model.show(session)
    view = open_view(qtbot, bare)
    bare.selection.select(["unit_001"])
    assert "0 spikes" in note(view)
    bare.selection.select(["unit_002"])
    assert "1 spike" in note(view)
    bare.selection.select(["unit_001", "unit_002"])
    assert not line(amplitudes(view), UNIT_COLOURS[1])[1].size
