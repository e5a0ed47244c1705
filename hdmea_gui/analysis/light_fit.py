"""Fit of the declared light of one presentation to the recorded light, at every lag."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from hdmea_gui.analysis.light_correlation import correlations
from hdmea_gui.analysis.light_noise import LightNoise, whitened

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_NATS = 12.0
"""Largest cost of one slot: a single odd slot must not decide."""

FAR = 8
"""Frames from which on an offset is another one: slow changes of the light do not tell nearer ones by themselves."""

UNKNOWN_NATS = 0.5
"""Cost of a slot of which nothing is known: that of one that fits."""

_RANK = 1e-6
_RIVALS_BLOCK = 4  # offsets
_PASSES = 2
_OUTLIER = 4.0  # standard deviations
_MOST_GOOD = 0.8
_LEAST_NOISE = 0.01  # of the light's own variation
_LEAST_CHANGE = 0.02  # of the light's own variation; less can be a drift of its gain
_N_DRIFT = 3
_NO_CHANGE = 1e-9


@dataclass(frozen=True)
class LightFit:
    """Fit of one presentation.

    Attributes
    ----------
    offset
        Slot s shows frame s + offset of the playlist.
    expected
        float64 (n_window,), raw counts. Expected light of each frame of the window, without drift.
    first_frame
        Frame of the playlist at which the window begins.
    trim
        Frames at both ends of the window whose slots are not compared, so that other offsets have frames for the rest.
    drift
        float64 (n_window,), raw counts. Slow change in each slot that is not the movie's.
    noise
        The rest.
    explained
        Share of the variance that the movie explains, of what drift and pauses do not.
    nats
        Evidence that the presentation is shown at this offset, or at this and another where frames were skipped in its
        middle, against any that is `FAR` or farther from both.
    """

    offset: int
    expected: np.ndarray
    first_frame: int
    trim: int
    drift: np.ndarray
    noise: LightNoise
    explained: float
    nats: float = 0.0

    @property
    def slots(self) -> slice:
        """Slots that are compared."""
        start = self.first_frame - self.offset
        return slice(start + self.trim, start + len(self.expected) - self.trim)

    def costs(self, means: np.ndarray, offset: int, unknown: float = UNKNOWN_NATS) -> np.ndarray:
        """Return the cost of an offset in each slot that is compared, float64 (n_compared,), nats.

        Parameters
        ----------
        means
            float64 (n_slots,), raw counts. Light in each slot.
        offset
            The offset.
        unknown
            Cost of a slot of which nothing is known.
        """
        residual = self._residual_at(means, offset)
        order = len(self.noise.weights)
        found = np.full(len(residual), np.nan)
        found[order:] = self._slot_costs(whitened(residual, self.noise.weights))
        return np.where(np.isnan(found), unknown / self.noise.inflation, found)

    def change(self, means: np.ndarray, before: int, after: int) -> tuple[np.ndarray, np.ndarray]:
        """Compare two offsets slot by slot, for the place of a change from one to the other.

        Parameters
        ----------
        means
            float64 (n_slots,), raw counts. Light in each slot.
        before, after
            The offsets.

        Returns
        -------
        gains
            float64 (n_compared,), nats. How much more the old offset costs than the new one; 0 where both expect the
            same light apart from slow changes, or where either is unknown.
        extra
            float64 (n_compared,), nats. Additional cost of a change at that slot: the noise is correlated, so the
            first slots after it are predicted from those before it.
        """
        old, new = self._residual_at(means, before), self._residual_at(means, after)
        order, n_slots = len(self.noise.weights), len(new)
        differs = np.abs(old - new) > _LEAST_CHANGE * float(np.std(self.expected))
        reached = np.convolve(differs, np.ones(order + 1), "full")[:n_slots] > 0
        alone = self._slot_costs(whitened(new, self.noise.weights))
        gains, extra = np.zeros(n_slots), np.zeros(n_slots)
        gains[order:] = np.nan_to_num(self._slot_costs(whitened(old, self.noise.weights)) - alone)
        gains[~reached] = 0.0
        for since in range(order):  # slots since the change
            mixed = new[order:].copy()
            for lag, weight in enumerate(self.noise.weights.tolist(), start=1):
                mixed -= weight * (new if lag <= since else old)[order - lag : n_slots - lag]
            extra[order - since : n_slots - since] += np.nan_to_num(self._slot_costs(mixed) - alone)
        return gains, extra

    def _residual_at(self, means: np.ndarray, offset: int) -> np.ndarray:
        """Recorded minus expected light in each slot that is compared; NaN where no frame is expected."""
        slots = self.slots
        moved = self.trim + offset - self.offset
        found = np.full(slots.stop - slots.start, np.nan)
        low, high = max(0, -moved), min(len(found), len(self.expected) - moved)
        if high > low:
            seen = (
                means[slots.start + low : slots.start + high] - self.drift[self.trim + low : self.trim + high]
            )
            found[low:high] = seen - self.expected[low + moved : high + moved]
        return found

    def _slot_costs(self, white: np.ndarray) -> np.ndarray:
        scaled = (white / self.noise.deviation) ** 2 / 2
        return np.asarray(np.minimum(scaled, MOST_NATS) / self.noise.inflation)


@dataclass(frozen=True)
class Window:
    """Frames of one presentation with their pauses, and what is declared about its light.

    Attributes
    ----------
    first_frame
        Frame of the playlist at which the window begins.
    light
        float64 (n_window, n_columns). Each column in its own unit; the light is an unknown mixture of them.
    n_pauses
        Number of the first columns that are levels of the pauses: alone they do not tell when the movie was shown.
    trim
        See `LightFit`.
    """

    first_frame: int
    light: np.ndarray
    n_pauses: int
    trim: int = 0

    @property
    def compared(self) -> slice:
        """Frames that are compared."""
        return slice(self.trim, len(self.light) - self.trim)

    def later(self, part: float) -> Window:
        """Return the window with its light a part of a frame later."""
        moved = np.concatenate([self.light[:1], self.light[:-1]])
        return replace(self, light=(1 - part) * self.light + part * moved)


def fit_light(
    means: np.ndarray, window: Window, offsets: np.ndarray, check_cancelled: Callable[[], None]
) -> LightFit | None:
    """Fit a presentation at the best of several offsets.

    Parameters
    ----------
    means
        float64 (n_slots,), raw counts. Light in each slot.
    window
        The presentation.
    offsets
        int64 (n_offsets,). Consecutive offsets to try; those at which the window is not within the slots are left out.
    check_cancelled
        Called again and again; may raise to cancel.

    Returns
    -------
    fit
        None if the window is nowhere within the slots, or its declared light does not change.
    """
    if not varying_columns(window.light[:, window.n_pauses :]).shape[1]:
        return None
    starts = window.first_frame - offsets
    offsets = offsets[(starts >= 0) & (starts + len(window.light) <= len(means))]
    light = varying_columns(window.light)
    if not len(offsets):
        return None
    weights = np.empty(0)
    fit = None
    for _ in range(_PASSES):
        columns = np.concatenate([drift_columns(len(light)), light], axis=1)
        compared = columns[window.compared]
        starts = window.first_frame + window.trim - offsets
        rest = _rest(means, starts, _basis(whitened(compared, weights)), weights, check_cancelled)
        fit = _fit_at(means, window, int(offsets[np.argmin(rest)]), columns, columns, weights)
        if not len(fit.noise.weights) and not len(weights):
            break
        weights = fit.noise.weights
    assert fit is not None  # noqa: S101 - there is at least one pass
    # of farther ones too few frames are compared
    rivals = _best_of_blocks(rest)
    rivals = rivals[np.abs(offsets[rivals] - fit.offset) <= len(light) // 2]
    rivals = np.append(rivals, np.argmin(rest))
    costs = np.empty(len(rivals))
    for number, offset in enumerate(offsets[rivals].tolist()):
        check_cancelled()
        costs[number] = fit.costs(means, offset).sum()
    return replace(fit, nats=_evidence(costs, offsets[rivals]))


def _best_of_blocks(rest: np.ndarray) -> np.ndarray:
    """Return the index with the least squares in each block of a few offsets, int64 (n_blocks,)."""
    padded = np.append(rest, np.full(-len(rest) % _RIVALS_BLOCK, np.inf)).reshape(-1, _RIVALS_BLOCK)
    return np.asarray(padded.argmin(axis=1) + _RIVALS_BLOCK * np.arange(len(padded)))


def best_offset(
    means: np.ndarray, window: Window, offsets: np.ndarray, check_cancelled: Callable[[], None]
) -> tuple[int, float]:
    """Return the offset with the least squares, and these; parameters as in `fit_light`, all within the slots."""
    columns = np.concatenate([drift_columns(len(window.light)), varying_columns(window.light)], axis=1)
    starts = window.first_frame + window.trim - offsets
    rest = _rest(means, starts, _basis(columns[window.compared]), np.empty(0), check_cancelled)
    best = int(np.argmin(rest))
    return int(offsets[best]), float(rest[best])


def _evidence(costs: np.ndarray, offsets: np.ndarray) -> float:
    """Evidence that a presentation is shown at the last offset, or at this and one other, rather than anywhere else."""
    rivals = np.abs(offsets - offsets[-1]) >= FAR
    if not rivals.any():
        return 0.0
    other = offsets[rivals][costs[rivals].argmin()]
    rest = rivals & (np.abs(offsets - other) >= FAR)
    return float(costs[rest].min() - costs[-1]) if rest.any() else 0.0


def refit_light(means: np.ndarray, window: Window, fit: LightFit, offsets: np.ndarray) -> LightFit:
    """Fit a presentation again, with the offset of each slot (n_slots,) and a gain that may change."""
    start = window.first_frame - fit.offset
    slots = np.arange(start, start + len(window.light))
    frames = np.clip(slots + offsets[slots] - window.first_frame, 0, len(window.light) - 1)
    light = varying_columns(window.light)
    t = np.linspace(-1, 1, len(light))[:, None]
    light = np.concatenate([light, light * t], axis=1)
    slow = drift_columns(len(light))
    again = _fit_at(
        means,
        window,
        fit.offset,
        np.concatenate([slow, light], axis=1),
        np.concatenate([slow, light[frames]], axis=1),
        fit.noise.weights,
    )
    return replace(again, nats=fit.nats)


def varying_columns(light: np.ndarray) -> np.ndarray:
    """Return the columns that change, scaled, float64 (n_window, n_varying)."""
    centred = light - light.mean(axis=0)
    scale = np.abs(centred).max(axis=0, initial=0.0)
    return np.asarray(centred[:, scale > _NO_CHANGE] / scale[scale > _NO_CHANGE])


def drift_columns(length: int) -> np.ndarray:
    """Return a constant, a linear and a quadratic drift, float64 (n_window, 3)."""
    t = np.linspace(-1, 1, length)
    return np.stack([np.ones_like(t), t, t**2], axis=1)


def _rest(
    means: np.ndarray,
    starts: np.ndarray,
    basis: np.ndarray,
    weights: np.ndarray,
    check_cancelled: Callable[[], None],
) -> np.ndarray:
    """Sum of squares that orthonormal columns do not explain at each start, float64 (n_starts,)."""
    first, last, length = int(starts.min()), int(starts.max()), len(basis)
    stretch = whitened(means[first : last + length + len(weights)], weights)
    stretch = stretch - stretch.mean()
    squares = np.concatenate([[0.0], np.cumsum(stretch**2)])
    total = squares[length:] - squares[:-length]
    explained = (correlations(stretch, basis, check_cancelled) ** 2).sum(axis=1)
    return np.asarray((total - explained)[starts - first])


def _fit_at(
    means: np.ndarray,
    window: Window,
    offset: int,
    by_frame: np.ndarray,
    by_slot: np.ndarray,
    weights: np.ndarray,
) -> LightFit:
    """Fit at one offset: columns of drift and light as the frames have them, and as the slots show them."""
    start = window.first_frame - offset
    by_slot = by_slot[window.compared]
    seen = means[start + window.trim : start + len(by_frame) - window.trim]
    white, columns = whitened(seen, weights), whitened(by_slot, weights)
    sizes = _robust(columns, white)
    left = float(np.sum((white - columns @ sizes) ** 2))
    n_pauses = varying_columns(window.light[:, : window.n_pauses]).shape[1]
    slow = columns[:, : _N_DRIFT + n_pauses]
    without = float(np.sum((white - slow @ np.linalg.lstsq(slow, white, rcond=_RANK)[0]) ** 2))
    expected = by_frame[:, _N_DRIFT:] @ sizes[_N_DRIFT:]
    return LightFit(
        offset=offset,
        expected=expected,
        first_frame=window.first_frame,
        trim=window.trim,
        drift=by_frame[:, :_N_DRIFT] @ sizes[:_N_DRIFT],
        # what the model leaves out is never quite 0
        noise=LightNoise.of(seen - by_slot @ sizes, _LEAST_NOISE * float(np.std(expected))),
        explained=1 - left / without if without > 0 else 0.0,
    )


def _robust(columns: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Least squares without the few slots that show another frame than expected, float64 (n_columns,)."""
    sizes = np.linalg.lstsq(columns, values, rcond=_RANK)[0]
    for _ in range(_PASSES):
        residual = np.abs(values - columns @ sizes)
        good = residual <= max(
            _OUTLIER * float(np.median(residual)) / 0.6745, _LEAST_NOISE * float(values.std())
        )
        if good.all() or good.mean() < _MOST_GOOD:
            break
        sizes = np.linalg.lstsq(columns[good], values[good], rcond=_RANK)[0]
    return np.asarray(sizes)


def _basis(columns: np.ndarray) -> np.ndarray:
    """Orthonormal columns that span the same space."""
    u, sizes, _ = np.linalg.svd(columns, full_matrices=False)
    return np.asarray(u[:, sizes > _RANK * sizes.max(initial=1e-300)])
