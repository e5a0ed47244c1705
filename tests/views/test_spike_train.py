from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from hdmea_gui.analysis.correlogram import auto_correlogram, cross_correlogram
from hdmea_gui.session import PipelineSession
from hdmea_gui.views.correlograms import Correlograms
from hdmea_gui.views.spike_train import VIEW, SpikeTrainView

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


def test_histograms_are_those_of_the_train(
    qtbot: QtBot, shown: ViewContext, processed: PipelineSession
) -> None:
    view = open_view(qtbot, shown)
    spikes = processed.units["unit_001"]["spike_times"]
    rate_hz = processed.metadata["acquisition_rate"]
    intervals = view._plots._interval_lines[0]
    ms = np.diff(spikes.astype(np.float64)) / rate_hz * 1e3
    expected = np.histogram(ms, np.arange(0, 101) - 1e-6)[0] / ms.size * 100
    assert intervals.yData == pytest.approx(expected)
    own = auto_correlogram(spikes, bin_samples=5, n_bins=50, rate_hz=rate_hz)
    assert view._plots._own_lines[0].yData == pytest.approx(own.rate_hz)
    assert view._plots._own_lines[0].xData == pytest.approx(1e3 * own.edges_s)
    assert not view._plots._crossed_lines[1].yData.size
    assert view._plots._hint.isVisible()
    assert f"{spikes.size} spikes" in view._legend.text()


def test_intervals_can_be_logarithmic(qtbot: QtBot, shown: ViewContext) -> None:
    view = open_view(qtbot, shown)
    view._log.setChecked(True)
    line = view._plots._interval_lines[0]
    assert line.xData[[0, -1]] == pytest.approx([-0.5, 4.5])
    assert line.yData.sum() == pytest.approx(100.0)
    axis = view._plots.intervals.getAxis("bottom")
    assert axis.logTickStrings([0.0, 1.0, 3.0], 1.0, 1.0) == ["1", "10", "1000"]


def test_several_units_are_crossed_with_the_first(
    qtbot: QtBot, shown: ViewContext, processed: PipelineSession
) -> None:
    view = open_view(qtbot, shown)
    shown.selection.select(["unit_002", "unit_004"])
    trains = [processed.units[unit_id]["spike_times"] for unit_id in ("unit_002", "unit_004")]
    rate_hz = processed.metadata["acquisition_rate"]
    expected = cross_correlogram(*trains, bin_samples=5, n_bins=50, rate_hz=rate_hz)
    assert view._plots._crossed_lines[1].yData == pytest.approx(expected.rate_hz)
    assert not view._plots._crossed_lines[0].yData.size
    assert not view._plots._hint.isVisible()
    assert "relative to unit_002" in view._legend.text()
    view._window.setCurrentText("Lags to 1 s")
    assert view._plots._crossed_lines[1].xData[-1] == pytest.approx(1010.0)


def test_the_rate_keeps_its_spikes_in_bins_of_any_length(
    qtbot: QtBot, shown: ViewContext, processed: PipelineSession
) -> None:
    view = open_view(qtbot, shown)
    line, box = view._plots._rate_lines[0], view._plots.rate.box
    counts = processed.units["unit_001"]["firing_rate_10hz"]
    whole = (line.yData * np.diff(line.xData)).sum()
    assert whole == pytest.approx(counts.sum() / 10)
    assert line.yData.size < counts.size / 5
    coarse = box.viewRange()[1][1]
    box.setXRange(100.0, 110.0, padding=0)
    assert np.diff(line.xData)[1] == pytest.approx(0.1)
    inside = (line.xData[:-1] >= 100) & (line.xData[:-1] < 109.9)
    assert line.yData[inside] == pytest.approx(counts[1000:1099])
    assert box.viewRange()[1][1] >= max(coarse, counts.max())
    shown.selection.select(["unit_003"])
    assert box.viewRange()[0] == pytest.approx([100.0, 110.0], abs=0.01)


def test_amplitudes_stand_at_their_spikes(
    qtbot: QtBot, shown: ViewContext, processed: PipelineSession
) -> None:
    view = open_view(qtbot, shown)
    unit = processed.units["unit_001"]
    dots = view._plots._dots[0]
    assert dots.xData[::2] == pytest.approx(unit["spike_times"] / processed.metadata["acquisition_rate"])
    middle = (dots.yData[::2] + dots.yData[1::2]) / 2
    assert middle == pytest.approx(unit["unit_meta"]["peak_amplitudes"], rel=1e-5)
    low, high = view._plots.amplitude.box.viewRange()[1]
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
    assert "0 spikes" in view._legend.text()
    bare.selection.select(["unit_002"])
    assert "1 spike" in view._legend.text()
    bare.selection.select(["unit_001", "unit_002"])
    assert not view._plots._dots[1].yData.size
