"""Placement of a playlist by the recorded light alone, without sync pulses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hdmea_gui.analysis.light_fit import FAR, LightFit, Window, best_offset, fit_light
from hdmea_gui.analysis.light_latency import light_latency
from hdmea_gui.analysis.slot_grid import SlotGrid

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_NOMINAL_HZ = (60.0, 75.0, 120.0, 50.0, 100.0, 85.0, 144.0)
_OFF = np.arange(-8, 9) * 2e-4  # displays are off their nominal rate: 59.94 Hz is 0.1 percent
_SEARCH = 40
_LEAST_NATS = 20.0
_LEAST_EXPLAINED = 0.05
_PASSES = 3


@dataclass(frozen=True)
class FrameLine:
    """Regular onsets of the frames of a playlist.

    Attributes
    ----------
    start
        Onset of frame 0, samples.
    period
        Duration of a frame, samples.
    fits
        Fit of each presentation; None where the light does not tell when it was shown.
    """

    start: float
    period: float
    fits: list[LightFit | None]

    def grid(self, n_samples: int) -> SlotGrid:
        """Return slots of one frame each, of which the first with frame 0 of the playlist begins at its onset."""
        return regular_grid(self.start % self.period, self.period, n_samples)


def regular_grid(start: float, period: float, n_samples: int) -> SlotGrid:
    """Return slots of equal length from a sample on."""
    samples = np.arange(start, n_samples, period)
    return SlotGrid(samples, np.arange(len(samples) - 1), np.empty((0, 2), np.int64))


def place_by_light_alone(
    light: np.ndarray, windows: Sequence[Window], rate_hz: float, check_cancelled: Callable[[], None]
) -> FrameLine | None:
    """Find when each frame of a playlist was shown, on a display of constant rate.

    Parameters
    ----------
    light
        Any float (n_samples,), raw counts. Channel 1.
    windows
        The presentations in order, with the pauses around them.
    rate_hz
        Acquisition rate, Hz.
    check_cancelled
        Called again and again; may raise to cancel.

    Returns
    -------
    line
        None if no presentation can be told.
    """
    for nominal_hz in _NOMINAL_HZ:
        line = _first_line(light, windows, rate_hz / nominal_hz, check_cancelled)
        if line is not None:
            break
    else:
        return None
    for _ in range(_PASSES):
        better = _refined(light, windows, line, check_cancelled)
        if better is None:
            break
        line = better
    return line


def _first_line(
    light: np.ndarray, windows: Sequence[Window], period: float, check_cancelled: Callable[[], None]
) -> FrameLine | None:
    """Line through the first presentation that can be told at any rate near a nominal one."""
    for window in windows:
        found: list[tuple[float, FrameLine]] = []
        for off in _OFF.tolist():
            grid = regular_grid(0.0, period * (1 + off), len(light))
            means = grid.means(light)
            reach = np.arange(window.first_frame + len(window.light) - len(means), window.first_frame + 1)
            if not len(reach):
                continue
            offset, left = best_offset(means, window, reach, check_cancelled)
            line = FrameLine(-offset * period * (1 + off), period * (1 + off), [])
            found.append((left / max(float(np.var(means)), 1e-12), line))
        if found:
            line = min(found, key=lambda each: each[0])[1]
            fit = _fit(light, window, line, check_cancelled)
            if fit is not None:
                return line
    return None


def _fit(
    light: np.ndarray, window: Window, line: FrameLine, check_cancelled: Callable[[], None]
) -> LightFit | None:
    grid = line.grid(len(light))
    expected = -round((line.start - grid.samples[0]) / line.period)
    fit = fit_light(grid.means(light), window, expected + np.arange(-_SEARCH, _SEARCH + 1), check_cancelled)
    is_told = fit is not None and fit.nats >= _LEAST_NATS and fit.explained >= _LEAST_EXPLAINED
    return fit if is_told and fit is not None and abs(fit.offset - expected) <= _SEARCH - FAR else None


def _refined(
    light: np.ndarray, windows: Sequence[Window], line: FrameLine, check_cancelled: Callable[[], None]
) -> FrameLine | None:
    """Line through the centres of the presentations, each placed by itself to a part of a frame."""
    grid = line.grid(len(light))
    means = grid.means(light)
    fits = [_fit(light, window, line, check_cancelled) for window in windows]
    centres, moments = [], []
    for window, fit in zip(windows, fits, strict=True):
        if fit is not None:
            part = light_latency(means, [(window, fit)], check_cancelled)
            part -= round(part)  # nearly a whole frame late is a little early at the next one
            exact = fit_light(
                means, window.later(part % 1), fit.offset + np.arange(-FAR - 1, FAR + 2), check_cancelled
            )
            if exact is None:
                continue
            centre = window.first_frame + len(window.light) / 2
            centres.append(centre)
            moments.append(grid.samples[0] + line.period * (centre - exact.offset + part % 1))
    if not centres:
        return None
    if len(centres) == 1:
        return FrameLine(moments[0] - centres[0] * line.period, line.period, fits)
    period, start = np.polyfit(centres, moments, 1)
    return FrameLine(float(start), float(period), fits)
