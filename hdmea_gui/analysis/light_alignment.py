"""Alignment of a playlist with the light that a photodiode recorded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hdmea_gui.analysis.light_fit import FAR, LightFit, Window, fit_light, refit_light
from hdmea_gui.analysis.light_latency import light_latency
from hdmea_gui.analysis.light_path import Jump, light_path

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

SEARCH = 256
"""Frames by which the first presentation may lie elsewhere than the count suggests."""
_NEAR = 96
"""The same where the presentation before or an earlier fit tells about where."""
FARTHEST = 3600
"""The same where nothing is found nearer."""
_REACH = 160
_LEAST_NATS = 20.0
_LEAST_EXPLAINED = 0.05
_LIKELY = 0.1
"""Least share of the variance that a movie explains at a place that others tell."""
_CERTAIN = 0.5
"""The same at a place that is far from where it should be."""


@dataclass(frozen=True)
class Alignment:
    """Course of the playlist over the display's slots.

    Attributes
    ----------
    offsets
        int64 (n_slots,). Slot s shows frame s + offset of the playlist.
    jumps
        Changes of the offset.
    untold
        int64 (n_untold,). Slots of irregular intervals of which it is not known whether frames came late.
    latency
        Delay of the light after the slot's start beyond the offset, 0 to 1 frame.
    fits
        Fit of each presentation; None where the light does not tell when it was shown.
    """

    offsets: np.ndarray
    jumps: list[Jump]
    untold: np.ndarray
    latency: float
    fits: list[LightFit | None]


def align_light(
    means: np.ndarray,
    windows: Sequence[Window],
    anomalies: np.ndarray,
    offset: int,
    check_cancelled: Callable[[], None] = lambda: None,
) -> Alignment | None:
    """Align presentations with the recorded light.

    Parameters
    ----------
    means
        float64 (n_slots,), raw counts. Light in each slot of the display.
    windows
        The presentations in order, with the pauses around them.
    anomalies
        int64 (n_anomalies, 2), see `SlotGrid`.
    offset
        Offset that the count of pulses suggests for the first presentation.
    check_cancelled
        Called again and again; may raise to cancel.

    Returns
    -------
    alignment
        None if no presentation can be told.
    """
    fits = _fits(means, windows, offset, check_cancelled)
    told = [(window, fit) for window, fit in zip(windows, fits, strict=True) if fit is not None]
    if not told:
        return None
    latency = light_latency(means, told, check_cancelled)
    later = [window.later(latency) for window in windows]
    fits = _again(means, later, fits, check_cancelled)
    fits = _with_likely(means, later, fits, check_cancelled)
    known = [(window, fit) for window, fit in zip(later, fits, strict=True) if fit is not None]
    if not known:
        return None
    offsets, _, _ = light_path(means, [fit for _, fit in known], anomalies, _REACH, check_cancelled)
    check_cancelled()
    again = [refit_light(means, window, fit, offsets) for window, fit in known]
    offsets, jumps, untold = light_path(means, again, anomalies, _REACH, check_cancelled)
    return Alignment(offsets, jumps, untold, latency, fits)


def _fits(
    means: np.ndarray, windows: Sequence[Window], offset: int, check_cancelled: Callable[[], None]
) -> list[LightFit | None]:
    """Fit each presentation wherever it is certain to be, or near the one before it."""
    fits: list[LightFit | None] = []
    nearest, beyond = offset, 0
    for window in windows:
        tries = (_told(means, window, nearest, reach, check_cancelled) for reach in (SEARCH, _NEAR))
        fit = next((fit for fit in tries if fit is not None), None)
        if fit is None or fit.explained < _CERTAIN:
            far = _anywhere(means, window, nearest, _reach(window, windows), beyond, check_cancelled)
            fit = far or fit
        fits.append(fit)
        if fit is not None:
            nearest, beyond = fit.offset, fit.slots.stop
    return fits


def _reach(window: Window, windows: Sequence[Window]) -> int:
    """How far a presentation is looked for: not nearer to another one of the same movie, which has the same light."""
    alike = [
        abs(other.first_frame - window.first_frame) // 2
        for other in windows
        if other is not window and other.light.shape == window.light.shape
    ]
    return min([FARTHEST, *alike])


def _anywhere(
    means: np.ndarray,
    window: Window,
    nearest: int,
    reach: int,
    beyond: int,
    check_cancelled: Callable[[], None],
) -> LightFit | None:
    """Fit a presentation anywhere after a slot, if it is certain there."""
    offsets = nearest + np.arange(-reach, reach + 1)
    offsets = offsets[window.first_frame - offsets + window.trim >= beyond]
    fit = fit_light(means, window, offsets, check_cancelled) if len(offsets) else None
    is_certain = fit is not None and fit.explained > _CERTAIN and fit.nats > _LEAST_NATS
    return fit if is_certain else None


def _again(
    means: np.ndarray,
    windows: Sequence[Window],
    fits: list[LightFit | None],
    check_cancelled: Callable[[], None],
) -> list[LightFit | None]:
    """Fit each presentation near its earlier fit, or near the one before it."""
    nearest = next(fit.offset for fit in fits if fit is not None)
    found = []
    for window, fit in zip(windows, fits, strict=True):
        nearest = fit.offset if fit is not None else nearest
        found.append(_told(means, window, nearest, _NEAR, check_cancelled))
    return found


def _told(
    means: np.ndarray, window: Window, offset: int, reach: int, check_cancelled: Callable[[], None]
) -> LightFit | None:
    """Fit within a reach of an offset, if it tells where the presentation lies and that is not at its end."""
    fit = fit_light(means, window, offset + np.arange(-reach, reach + 1), check_cancelled)
    if fit is None or fit.explained < _LEAST_EXPLAINED or fit.nats < _LEAST_NATS:
        return None
    return fit if abs(fit.offset - offset) < reach else None


def _with_likely(
    means: np.ndarray,
    windows: Sequence[Window],
    fits: list[LightFit | None],
    check_cancelled: Callable[[], None],
) -> list[LightFit | None]:
    """Add presentations that alone could lie elsewhere, if the light fits where those beside them lie."""
    known = [number for number, fit in enumerate(fits) if fit is not None]
    found = list(fits)
    for number, window in enumerate(windows):
        if fits[number] is not None or not known:
            continue
        beside = {max((k for k in known if k < number), default=known[0])}
        beside.add(min((k for k in known if k > number), default=known[-1]))
        centres = [fit.offset for k in beside if (fit := fits[k]) is not None]
        tries = [
            fit_light(means, window, centre + np.arange(1 - FAR, FAR), check_cancelled) for centre in centres
        ]
        best = max((fit for fit in tries if fit is not None), key=lambda fit: fit.explained, default=None)
        found[number] = best if best is not None and best.explained > _LIKELY else None
    return found
