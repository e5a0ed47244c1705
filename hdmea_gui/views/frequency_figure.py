"""Figure of the response to sinusoidal light: amplitude and phase of the rate over frequency, with intervals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hdmea_gui.analysis.frequency_response import ALPHA
from hdmea_gui.views.frames import round_limit
from hdmea_gui.views.marked_curve import MarkedCurve, Marks
from hdmea_gui.views.plots import PlotArea, share_space
from hdmea_gui.views.theme import UNIT_COLOURS, Theme
from hdmea_gui.views.time_plots import time_plot

if TYPE_CHECKING:
    from collections.abc import Mapping

_MARGIN = 0.15  # of the axis of frequencies, in decades
_TURN, _LIMIT = 360.0, 195.0  # degrees
_PHASES = [(float(phase), f"{phase}".replace("-", "−")) for phase in range(-180, 181, 90)]


@dataclass(frozen=True)
class FrequencyPicture:
    """Response of a unit at each frequency, as stored.

    Parameters
    ----------
    frequency_hz : ndarray
        float64 (n_frequencies,).
    amplitude, phase : Marks
        Over the logarithm of the frequency; Hz and degrees.
    """

    frequency_hz: NDArray[np.float64]
    amplitude: Marks
    phase: Marks


def frequency_picture(data: Mapping[str, Any]) -> FrequencyPicture:
    """Return the response from the outputs of the feature; those without intervals are drawn without."""
    frequency = np.asarray(data["frequency_hz"], np.float64)
    x, follows = np.log10(frequency), _follows(data)
    return FrequencyPicture(
        frequency,
        Marks(x, np.asarray(data["amplitude"], np.float64), follows, data.get("amplitude_interval")),
        Marks(x, np.rad2deg(data["phase"]), follows, _degrees(data.get("phase_interval"))),
    )


def _degrees(interval: NDArray[np.float64] | None) -> NDArray[np.float64] | None:
    return None if interval is None else np.rad2deg(interval)


def _follows(data: Mapping[str, Any]) -> NDArray[np.bool_]:
    """Whether the rate follows the light at each frequency."""
    # without the test of an earlier version, nothing is said to be significant
    p = data.get("modulation_p", np.full(np.shape(data["frequency_hz"]), np.nan))
    return np.asarray(p) <= ALPHA


def frequency_words(data: Mapping[str, Any]) -> str:
    """Return at which frequency the response is largest, where there is none, and where it is unknown, as text."""
    if "modulation_p" not in data:
        return "Without test and intervals: extract the features again"
    frequency, p = np.asarray(data["frequency_hz"]), np.asarray(data["modulation_p"])
    words = []
    if _follows(data).any():
        words.append(f"Largest amplitude at {float(data['preferred_frequency']):g} Hz")
    if (p > ALPHA).any():
        without = _listed(frequency[p > ALPHA])
        words.append(f"No phase at {without}: the rate does not follow the light (p > {ALPHA:g})")
    if np.isnan(p).any():
        words.append(
            f"Not tested at {_listed(frequency[np.isnan(p)])}: fewer than three cycles, or a constant rate"
        )
    return " · ".join(words)


def _listed(frequency: NDArray[np.float64]) -> str:
    return ", ".join(f"{one:g}" for one in frequency.tolist()) + " Hz"


class FrequencyFigure(PlotArea):
    """Amplitude above phase."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self.setAccessibleName("Frequency tuning")
        self._phase = time_plot("Frequency of the light (Hz)", "Phase (degrees)")
        self._amplitude = time_plot("", "Amplitude (Hz)", self._phase.box)
        self.addItem(self._amplitude, 0, 0)
        self.addItem(self._phase, 1, 0)
        share_space(self.ci, (1, 1), (1,))
        self._curves = [MarkedCurve(plot) for plot in (self._amplitude, self._phase)]
        self._phase.getAxis("left").setTicks([_PHASES])
        self._phase.box.set_vertical(-_LIMIT, _LIMIT)
        self._phase.box.setLimits(yMin=-_LIMIT, yMax=_LIMIT)
        self.apply_theme()

    def apply_theme(self) -> None:
        """Apply the theme's colours."""
        super().apply_theme()
        for curve in self._curves:
            curve.set_colours(UNIT_COLOURS[0], self._theme.background)

    def show_picture(self, picture: FrequencyPicture) -> None:
        """Show the response of a unit."""
        x = np.log10(picture.frequency_hz)
        ticks = [(float(place), f"{one:g}") for place, one in zip(x, picture.frequency_hz, strict=True)]
        for plot in (self._amplitude, self._phase):
            plot.getAxis("bottom").setTicks([ticks])
        self._phase.box.set_extent(float(x.min()) - _MARGIN, float(x.max()) + _MARGIN)
        self._amplitude.box.set_vertical(0.0, round_limit(1.05 * picture.amplitude.limits[1]))
        self._curves[0].show_marks(picture.amplitude)
        self._curves[1].show_marks(picture.phase, _TURN)
