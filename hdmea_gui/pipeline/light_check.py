"""Check of the placed movies against the recorded light, with a verdict for every presentation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from hdmea_gui.analysis.light_alignment import FARTHEST, SEARCH, align_light
from hdmea_gui.analysis.light_alone import place_by_light_alone
from hdmea_gui.analysis.light_fit import LightFit, Window, fit_light
from hdmea_gui.analysis.light_pixels import light_of_seen_pixels
from hdmea_gui.analysis.light_placement import Placement, placement
from hdmea_gui.analysis.slot_grid import SlotGrid, slot_grid
from hdmea_gui.pipeline.declared_light import DeclaredLight

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


Verdict = Literal["confirmed", "shifted", "cannot tell"]

EDGE_SLOTS = 3600
"""Slots added before the first pulse and after the last one, for frames whose pulses are missing."""

_COMPARED_PAUSE = 60
_SATURATED = 0.5
_AT_LIMIT = 0.02  # of the range of the light
_CONTRAST = 3.0  # of the noise
_NO_CONTRAST = "the photodiode shows too little contrast"
_ELSEWHERE = "the photodiode shows other light than this movie's"
_WELL_EXPLAINED = 0.3
_FAR_NOT_BETTER = 0.5  # share explained from which it is not looked for farther away


@dataclass(frozen=True)
class Shown:
    """One presentation of a movie.

    Attributes
    ----------
    movie
        The movie.
    first_frame
        Frame of the playlist at which it begins.
    declared
        What is declared about its light.
    """

    movie: str
    first_frame: int
    declared: DeclaredLight

    @property
    def n_frames(self) -> int:
        """Length, display frames."""
        return len(self.declared.columns)


@dataclass(frozen=True)
class PresentationCheck:
    """What the light says about one presentation.

    Attributes
    ----------
    movie
        The movie.
    verdict
        Whether it was shown where the count of pulses places it.
    reason
        Why that cannot be told.
    shift
        Frames by which it is ahead of the count at its start and at its end.
    nats
        Evidence for its place.
    """

    movie: str
    verdict: Verdict
    reason: str
    shift: tuple[int, int]
    nats: float


@dataclass(frozen=True)
class LightCheck:
    """What the light says about a whole recording.

    Attributes
    ----------
    presentations
        One per presentation, in the order shown.
    placement
        Where the light shows each frame; None if no presentation can be told.
    frame_ms
        Duration of a display frame, ms.
    rate_hz
        Acquisition rate, Hz.
    """

    presentations: tuple[PresentationCheck, ...]
    placement: Placement | None
    frame_ms: float
    rate_hz: float

    def stored(self) -> dict[str, dict[str, Any]]:
        """Return what is stored with each movie's sections."""
        movies = dict.fromkeys(each.movie for each in self.presentations)
        known = {"latency_ms": self.placement.latency_frames * self.frame_ms} if self.placement else {}
        return {
            movie: {
                "verdict": [each.verdict for each in self._of(movie)],
                "reason": [each.reason for each in self._of(movie)],
                "shift_frames": np.array([each.shift for each in self._of(movie)], np.int64),
                "confidence_nats": np.array([each.nats for each in self._of(movie)], np.float64),
            }
            | known
            for movie in movies
        }

    def _of(self, movie: str) -> list[PresentationCheck]:
        return [each for each in self.presentations if each.movie == movie]


def check_light(
    light: np.ndarray,
    frames: np.ndarray,
    shown: Sequence[Shown],
    pad: int,
    rate_hz: float,
    check_cancelled: Callable[[], None],
) -> LightCheck:
    """Compare where the count of pulses places the movies with where the light shows them.

    Parameters
    ----------
    light
        Any float (n_samples,), raw counts. Channel 1.
    frames
        Any integer (n_frames,), samples. The display frames counted.
    shown
        The presentations in order.
    pad
        Blank frames before and after each movie.
    rate_hz
        Acquisition rate, Hz.
    check_cancelled
        Called again and again; may raise to cancel.
    """
    grid = slot_grid(frames, len(light), EDGE_SLOTS)
    return check_means(grid.means(light), grid, shown, pad, rate_hz, check_cancelled)


def check_means(
    means: np.ndarray,
    grid: SlotGrid,
    shown: Sequence[Shown],
    pad: int,
    rate_hz: float,
    check_cancelled: Callable[[], None] = lambda: None,
) -> LightCheck:
    """Do the same with the light already averaged over the slots of the display.

    Parameters
    ----------
    means
        float64 (n_slots,), raw counts. Light in each slot.
    grid
        The slots.
    shown, pad, rate_hz, check_cancelled
        See `check_light`.
    """
    frame_ms = float(np.median(np.diff(grid.samples))) / rate_hz * 1e3
    told = [each for each in shown if each.declared.columns.shape[1]]
    offset = -int(grid.of_pulse[0])
    windows = [_best_window(each, means, pad, offset, check_cancelled) for each in told]
    alignment = align_light(means, windows, grid.anomalies, offset, check_cancelled) if windows else None
    if alignment is None:
        return LightCheck(tuple(_untold(each, means, grid) for each in shown), None, frame_ms, rate_hz)
    latencies = [each.declared.latency_ms for each in shown if each.declared.latency_ms is not None]
    placed = placement(grid, alignment, latencies[0] / frame_ms if latencies else None)
    fits = dict(zip(map(id, told), alignment.fits, strict=True))
    checks = (_check(each, placed, fits.get(id(each)), means) for each in shown)
    return LightCheck(tuple(checks), placed, frame_ms, rate_hz)


def check_light_alone(
    light: np.ndarray,
    shown: Sequence[Shown],
    pad: int,
    rate_hz: float,
    check_cancelled: Callable[[], None],
) -> LightCheck:
    """Place the movies by the light of a recording without display frames; parameters as in `check_light`."""
    told = [each for each in shown if each.declared.columns.shape[1]]
    windows = [_window(each, each.declared.columns, pad) for each in told]
    line = place_by_light_alone(light, windows, rate_hz, check_cancelled)
    if line is None:
        checks = (
            PresentationCheck(each.movie, "cannot tell", each.declared.reason or _NO_CONTRAST, (0, 0), 0.0)
            for each in shown
        )
        return LightCheck(tuple(checks), None, float("nan"), rate_hz)
    grid = line.grid(len(light))
    content = np.arange(grid.n_slots) - round((line.start - grid.samples[0]) / line.period)
    placed = Placement(grid, content, np.zeros(grid.n_slots, np.int64), 0.0, (), np.empty(0))
    fits = dict(zip(map(id, told), line.fits, strict=True))
    checks = (_check_alone(each, fits.get(id(each))) for each in shown)
    return LightCheck(tuple(checks), placed, line.period / rate_hz * 1e3, rate_hz)


def _check_alone(each: Shown, fit: LightFit | None) -> PresentationCheck:
    if fit is None:
        return PresentationCheck(each.movie, "cannot tell", each.declared.reason or _NO_CONTRAST, (0, 0), 0.0)
    return PresentationCheck(each.movie, "confirmed", "", (0, 0), fit.nats)


def _window(each: Shown, columns: np.ndarray, pad: int) -> Window:
    """Frames of a presentation, with a free level in the pause before and in that after it."""
    n_frames = each.n_frames
    light = np.zeros((n_frames + 2 * pad, columns.shape[1] + 2))
    light[:pad, 0], light[pad + n_frames :, 1] = 1, 1
    light[pad : pad + n_frames, 2:] = columns
    return Window(each.first_frame - pad, light, 2, max(0, pad - _COMPARED_PAUSE))


def _best_window(
    each: Shown, means: np.ndarray, pad: int, offset: int, check_cancelled: Callable[[], None]
) -> Window:
    """Window with the light of the whole screen, or with that of a part of it if the photodiode sees only that."""
    whole = _window(each, each.declared.columns, pad)
    if each.declared.pixels is None:
        return whole
    best, explained = whole, 0.0
    for reach in (SEARCH, FARTHEST):
        offsets = offset + np.arange(-reach, reach + 1)
        fit = fit_light(means, whole, offsets, check_cancelled)
        if fit is not None and fit.explained > _WELL_EXPLAINED:
            return whole
        explained = max(explained, fit.explained if fit is not None else 0.0)
        seen = light_of_seen_pixels(means, each.first_frame, each.declared.pixels, offsets, check_cancelled)
        part = _window(each, seen[:, None], pad) if seen is not None else whole
        better = fit_light(means, part, offsets, check_cancelled)
        if better is not None and better.explained > explained:
            best, explained = part, better.explained
        if explained > _FAR_NOT_BETTER:
            break
    return best


def _check(each: Shown, placed: Placement, fit: LightFit | None, means: np.ndarray) -> PresentationCheck:
    if fit is None:
        return _untold(each, means, placed.grid)
    content = np.flatnonzero(
        (placed.content >= each.first_frame) & (placed.content < each.first_frame + each.n_frames)
    )
    shift = placed.shift[content] if content.size else np.zeros(1, np.int64)
    verdict: Verdict = "shifted" if shift.any() else "confirmed"
    return PresentationCheck(each.movie, verdict, "", (int(shift[0]), int(shift[-1])), fit.nats)


def _untold(each: Shown, means: np.ndarray, grid: SlotGrid) -> PresentationCheck:
    reason = each.declared.reason or _why_not(each, means, grid)
    return PresentationCheck(each.movie, "cannot tell", reason, (0, 0), 0.0)


def _why_not(each: Shown, means: np.ndarray, grid: SlotGrid) -> str:
    start = each.first_frame + int(grid.of_pulse[0])
    seen = means[start : start + each.n_frames]
    if not seen.size:
        return "it was not recorded"
    of_movies = means[grid.of_pulse[0] : grid.of_pulse[-1] + 1]
    near = _AT_LIMIT * float(np.ptp(of_movies))
    if max(np.mean(of_movies.max() - seen < near), np.mean(seen - of_movies.min() < near)) > _SATURATED:
        return "the photodiode is saturated, or sees nothing of it"
    noise = float(np.median(np.abs(np.diff(seen)))) / 0.6745 if len(seen) > 1 else 0.0
    return _ELSEWHERE if float(seen.std()) > _CONTRAST * noise else _NO_CONTRAST
