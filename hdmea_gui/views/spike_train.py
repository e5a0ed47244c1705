"""Spike train: intervals, correlograms, firing rate and amplitudes of the selected units."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtWidgets import QCheckBox, QWidget

from hdmea_gui.analysis.correlogram import interval_histogram, share_of_short_intervals
from hdmea_gui.session.recording import RecordingReader
from hdmea_gui.session.unit import RATE_10HZ, peak_amplitudes_of, spike_times_of
from hdmea_gui.views.caption import Chooser, column_of, row_of
from hdmea_gui.views.correlograms import Correlograms
from hdmea_gui.views.explain import explain
from hdmea_gui.views.per_state import PerState
from hdmea_gui.views.plot_view import PlotView
from hdmea_gui.views.spike_train_figure import REFRACTORY_MS, SpikeTrainFigure
from hdmea_gui.views.theme import UNIT_COLOURS
from hdmea_gui.views.unit_legend import UnitLegend
from hdmea_gui.views.view import NO_RATE, Empty, ViewSpec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_WINDOWS_S = {"Lags to 50 ms": 0.05, "Lags to 200 ms": 0.2, "Lags to 1 s": 1.0}
_EVEN_MS = np.arange(0.0, 101.0)
_LOG_MS = np.logspace(-0.5, 4.5, 76)  # 0.3 ms to 30 s, 15 bins per decade


class SpikeTrainView(PlotView):
    """Spike trains of the selected units over the whole recording."""

    least_height = 340
    interests = (("units",), ("metadata",))
    follows_current = False
    follows_units = True

    def make_controls(self) -> QWidget:
        """Make the controls of lags and of the interval axis."""
        self._correlograms = Correlograms(self.context.arrays)
        self._duration_s = PerState(self.context.model, lambda session: RecordingReader(session).duration_s)
        self._log = QCheckBox("Logarithmic intervals")
        explain(self._log, "Show interspike intervals from 0.3 ms to 30 s on a logarithmic axis.")
        self._window = Chooser("Range of lags in the correlograms", _WINDOWS_S)
        self._window.setMinimumContentsLength(14)
        self._log.toggled.connect(self.refresh)
        self._window.currentIndexChanged.connect(self.refresh)
        return row_of(self._window, self._log)

    def make_figure(self) -> QWidget:
        """Make the legend and the plots."""
        self._legend = UnitLegend()
        self._plots = SpikeTrainFigure(self.context.theme)
        return column_of(self._legend, self._plots)

    def choices(self) -> dict[str, QWidget]:
        """Return the controls of lags and of the interval axis."""
        return {"lags": self._window, "log_intervals": self._log}

    def shown_units(self) -> dict[str, dict[str, Any]]:
        """Return the units drawn, by id."""
        session = self.context.model.session
        units = {} if session is None else session.units
        selected = [unit_id for unit_id in self.context.selection.units if unit_id in units]
        return {unit_id: units[unit_id] for unit_id in selected[: len(UNIT_COLOURS)]}

    def empty(self) -> Empty | None:
        """Return the message for no units or no acquisition rate."""
        session = self.context.model.session
        if session is None or not self.shown_units():
            return self.no_unit()
        return None if RecordingReader(session).has_rate else NO_RATE

    def draw(self) -> None:
        """Draw the selected units; arrays still being read from disk are drawn when they arrive."""
        session, units = self.context.model.session, self.shown_units()
        if session is None:
            return
        rate_hz = RecordingReader(session).rate_hz
        get = self.context.arrays.get
        trains = [get(spike_times_of(unit)) for unit in units.values()]
        self._legend.show_units(self._names(tuple(units)), self._note(trains, rate_hz))
        self._draw_intervals(trains, rate_hz)
        self._draw_correlograms(trains, rate_hz)
        rates = [get(unit[RATE_10HZ]) if RATE_10HZ in unit else None for unit in units.values()]
        self._plots.show_rates(rates, self._duration_s.get() or 1.0)
        self._plots.show_amplitudes(
            [
                self._amplitudes(unit, train, rate_hz)
                for unit, train in zip(units.values(), trains, strict=True)
            ]
        )

    def _names(self, unit_ids: tuple[str, ...]) -> tuple[str, ...]:
        """Return the ids of units, of several the first as the reference of the cross-correlograms."""
        return unit_ids if len(unit_ids) < 2 else (f"{unit_ids[0]} (reference)", *unit_ids[1:])

    def _note(self, trains: Sequence[NDArray[Any] | None], rate_hz: float) -> str:
        n_selected, train = len(self.context.selection.units), trains[0]
        if len(trains) > 1:
            hidden = f" · {len(trains)} of {n_selected} selected units" if n_selected > len(trains) else ""
            return "positive lags: after the reference spike" + hidden
        if train is None:
            return ""
        spikes = "1 spike" if train.size == 1 else f"{train.size} spikes"
        short = share_of_short_intervals(train, REFRACTORY_MS / 1e3, rate_hz)
        if np.isnan(short):
            return spikes
        return f"{spikes}, {short:.2g} % of intervals shorter than {REFRACTORY_MS:g} ms"

    def _draw_intervals(self, trains: Sequence[NDArray[Any] | None], rate_hz: float) -> None:
        log = self._log.isChecked()
        edges = _LOG_MS if log else _EVEN_MS
        shares = [
            None if train is None else interval_histogram(train, edges / 1e3, rate_hz) for train in trains
        ]
        self._plots.show_intervals(edges, shares, log=log)

    def _draw_correlograms(self, trains: Sequence[NDArray[Any] | None], rate_hz: float) -> None:
        window_s = _WINDOWS_S[self._window.currentText()]
        of = self._correlograms.of
        self._plots.show_own(
            [None if train is None else of(train, train, window_s, rate_hz) for train in trains]
        )
        first = trains[0]
        self._plots.show_crossed(
            [
                None if number == 0 or train is None or first is None else of(first, train, window_s, rate_hz)
                for number, train in enumerate(trains)
            ]
        )

    def _amplitudes(
        self, unit: dict[str, Any], train: NDArray[Any] | None, rate_hz: float
    ) -> tuple[NDArray[np.float64], NDArray[np.floating]] | None:
        stored = peak_amplitudes_of(unit)
        values = None if stored is None else self.context.arrays.get(stored)
        if values is None or train is None or values.shape != train.shape:
            return None
        return train / rate_hz, values


VIEW = ViewSpec(
    key="spike_train",
    title="Spike train",
    tip="Interspike intervals, correlograms, firing rate and spike amplitudes over the recording.",
    area="lower",
    make=SpikeTrainView,
)
