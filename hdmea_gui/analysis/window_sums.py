"""Contributions of the windows of a stretch to the sums of their units, in a single pass through its frames.

`WindowStates` accumulates the filter states before and after each window, `WindowMeans` the mean of the stretch for
unfiltered images, and `add_windows` the raw frames.

Frames are measured from a reference level per channel, which may change between two slabs (`shift`): float32 sums
thus keep their digits for the signal, however far the recording drifts.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from hdmea_gui.analysis.zero_phase import ZeroPhaseHighpass

    # prepares some frames of a slab just before they are summed, so that they are still in the cache
    Fill = Callable[[slice], None]
    CheckCancelled = Callable[[], None]  # called often; raises when the computation should end

_RUN = 128  # frames summed by one matrix product
# multiplications up to which BLAS stays on one thread; waking another takes longer than the work
_PRODUCT = 1 << 18
_NEGLIGIBLE = 1e-12  # weight below which past windows no longer change float32 sums


@dataclass(frozen=True)
class Windows:
    """Windows of a stretch in temporal order.

    Attributes
    ----------
    starts
        int64 (n_windows,), frames. First frame of each window, ascending.
    units
        int64 (n_windows,). Index of the unit of each window.
    length
        Length of a window, frames.
    """

    starts: NDArray[np.int64]
    units: NDArray[np.int64]
    length: int

    @cached_property
    def ends(self) -> NDArray[np.int64]:
        """Frame after the last one of each window, int64 (n_windows,), frames."""
        return self.starts + self.length

    def astride(self, frame: int) -> NDArray[np.int64]:
        """Return the units of the windows that begin before a frame and end after it, int64 (n_windows,)."""
        first = int(np.searchsorted(self.ends, frame, side="right"))
        return self.units[first : int(np.searchsorted(self.starts, frame))]

    def ending_in(self, start: int, stop: int) -> slice:
        """Return the windows whose end is in (start, stop], as a slice."""
        return slice(*np.searchsorted(self.ends, [start, stop], side="right"))


@dataclass(frozen=True)
class UnitSums:
    """Sums over the windows of each unit.

    Attributes
    ----------
    raw
        float32 (n_units, n_lags, n_channels), raw counts. Frames of the windows.
    left, right
        float32 (n_units, filter order, n_channels), raw counts. Filter states before and after the windows.
    """

    raw: NDArray[np.float32]
    left: NDArray[np.float32]
    right: NDArray[np.float32]


def bands(matrix: NDArray[np.float32], n_channels: int) -> Iterator[slice]:
    """Divide the channels so that the matrix product with one band of them stays on one BLAS thread.

    Parameters
    ----------
    matrix
        float32 (n, m). Left factor of the product.
    n_channels
        Number of channels.

    Yields
    ------
    band
        A band of channels.
    """
    width = max(1, _PRODUCT // matrix.size)
    for first in range(0, n_channels, width):
        yield slice(first, first + width)


def add_windows(
    raw: NDArray[np.float32],
    windows: Windows,
    frames: NDArray[np.float32],
    start: int,
    stop: int,
    check_cancelled: CheckCancelled,
) -> None:
    """Add the frames of the windows that end in (start, stop], in place.

    Parameters
    ----------
    raw
        float32 (n_units, n_lags, n_channels), raw counts. The sums.
    windows
        All windows of the stretch.
    frames
        float32 (n_frames, n_channels), raw counts. Frames from start - (n_lags - 1) on, at least to `stop`.
    start, stop
        Range of the stretch, frames.
    check_cancelled
        Called before each window; may raise to cancel.
    """
    inside = windows.ending_in(start, stop)
    firsts, units = windows.ends[inside] - start - 1, windows.units[inside]
    # unit by unit, so that the sums of a unit stay in the cache
    for index in np.argsort(units, kind="stable"):
        check_cancelled()
        sums = raw[units[index]]
        sums += frames[firsts[index] : firsts[index] + windows.length]


class WindowMeans:
    """Subtracts each channel's mean over the stretch from its windows.

    Parameters
    ----------
    sums
        Sums to change.
    windows
        All windows of the stretch.
    level
        float64 (n_channels,), raw counts. Initial reference level of the frames.
    """

    def __init__(self, sums: UnitSums, windows: Windows, level: NDArray[np.float64]) -> None:
        n_units, _, n_channels = sums.raw.shape
        self._raw, self._windows, self._level = sums.raw, windows, level
        self._levels = np.zeros((n_units, n_channels))
        self._total = np.zeros(n_channels)
        self._n_frames = 0

    def shift(self, change: NDArray[np.float64], _start: int) -> None:
        """Lower the reference level by `change`, float64 (n_channels,), raw counts: frames become larger."""
        self._level = self._level - change

    def add_slab(self, frames: NDArray[np.float32], start: int, fill: Fill) -> None:
        """Add the next frames of the stretch.

        Parameters
        ----------
        frames
            float32 (n_frames, n_channels), raw counts. From the reference level, once `fill` has prepared them.
        start
            Position of the first of them in the stretch, frames.
        fill
            Prepares a slice of the frames.
        """
        for first in range(0, len(frames), _RUN):
            run = slice(first, first + _RUN)
            fill(run)
            self._total += frames[run].sum(axis=0, dtype=np.float64)
        self._total += len(frames) * self._level
        self._n_frames += len(frames)
        inside = self._windows.ending_in(start, start + len(frames))
        for unit, n_windows in zip(*np.unique(self._windows.units[inside], return_counts=True), strict=True):
            self._levels[unit] += n_windows * self._level

    def close(self) -> None:
        """Subtract the means, after all frames have been added."""
        mean = self._total / self._n_frames
        for unit, n_windows in enumerate(np.bincount(self._windows.units)):
            self._raw[unit] += (self._levels[unit] - n_windows * mean).astype(np.float32)


class WindowStates:
    """Adds the filter states before and after each window.

    The starts and ends of windows divide a slab into runs. The product of a run with two small tables is the change
    of the state on either side. A forward pass through the runs yields the left state at the start of every window, a
    backward pass the right state at the end of every window, so far as this slab determines it. The contribution of
    later slabs to the right state of a past window depends only on its distance, so each unit needs one weight per
    mode for all its past windows together.

    Parameters
    ----------
    highpass
        The filter.
    sums
        Sums to change.
    windows
        All windows of the stretch.
    head, tail
        float64 (padding + 1, n_channels), raw counts. First and last frames of the stretch, from the initial
        reference level.
    check_cancelled
        Called about a thousand times per second; may raise to cancel.
    """

    def __init__(
        self,
        highpass: ZeroPhaseHighpass,
        sums: UnitSums,
        windows: Windows,
        head: NDArray[np.float64],
        tail: NDArray[np.float64],
        check_cancelled: CheckCancelled,
    ) -> None:
        self._highpass, self._sums, self._windows, self._tail = highpass, sums, windows, tail
        self._check_cancelled = check_cancelled
        self._state = highpass.state_before(head)
        self._pending = np.zeros((len(sums.raw), highpass.n_modes), np.complex128)
        self._moments = highpass.moments(_RUN).astype(np.float32)
        self._steps = highpass.product(highpass.powers(np.arange(_RUN + 1)))

    def shift(self, change: NDArray[np.float64], start: int) -> None:
        """Lower the reference level of the frames from now on, and of windows astride frame `start`.

        Earlier windows keep the level at which they were summed, so for them the following frames are smaller by the
        same amount.

        Parameters
        ----------
        change
            float64 (n_channels,), raw counts. By how much the frames become larger.
        start
            First frame at the new level, frames.
        """
        steady = self._highpass.steady(change)
        self._tail = self._tail + change
        self._state = self._state + steady
        for unit, n_windows in zip(*np.unique(self._windows.astride(start), return_counts=True), strict=True):
            self._sums.left[unit] += (n_windows * steady).astype(np.float32)
        self._add_pending(-steady)

    def add_slab(self, frames: NDArray[np.float32], start: int, fill: Fill) -> None:
        """Add the next frames of the stretch; parameters as in `WindowMeans.add_slab`."""
        stop = start + len(frames)
        cuts = self._cuts(start, stop)
        changes = self._changes(frames, cuts - start, fill)
        self._walk_forward(cuts, changes[:, : self._highpass.order])
        right = self._walk_backward(cuts, changes[:, self._highpass.order :])
        self._add_pending(right)
        self._pending *= self._highpass.poles ** len(frames)
        inside = self._windows.ending_in(start, stop)
        distances = stop - self._windows.ends[inside]
        np.add.at(self._pending, self._windows.units[inside], self._highpass.powers(distances))

    def close(self) -> None:
        """Add the contribution from beyond the last frame, after all frames have been added."""
        self._add_pending(self._highpass.state_after(self._tail, self._state))

    def _cuts(self, start: int, stop: int) -> NDArray[np.int64]:
        edges = [
            times[slice(*np.searchsorted(times, [start, stop]))]
            for times in (self._windows.starts, self._windows.ends)
        ]
        return np.unique(np.concatenate([np.arange(start, stop, _RUN), *edges, [stop]]))

    def _changes(
        self, frames: NDArray[np.float32], cuts: NDArray[np.int64], fill: Fill
    ) -> NDArray[np.float32]:
        """Contributions of each run to the left state at its end and the right state at its start, in that order."""
        order, n_channels = self._highpass.order, frames.shape[1]
        changes = np.empty((len(cuts) - 1, 2 * order, n_channels), np.float32)
        for change, first, after in zip(changes, cuts[:-1], cuts[1:], strict=True):
            self._check_cancelled()
            fill(slice(first, after))
            table = self._moments[:, : after - first]
            both = np.concatenate([table[:, ::-1], table])
            for band in bands(both, n_channels):
                np.matmul(both, frames[first:after, band], out=change[:, band])
        return changes

    def _walk_forward(self, cuts: NDArray[np.int64], changes: NDArray[np.float32]) -> None:
        at = _owners(self._windows.starts, self._windows.units, cuts[:-1])
        for units, step, change in zip(at, self._steps[np.diff(cuts)], changes, strict=True):
            self._check_cancelled()
            _add_state(self._sums.left, units, self._state)
            self._state = step @ self._state
            self._state += change

    def _walk_backward(self, cuts: NDArray[np.int64], changes: NDArray[np.float32]) -> NDArray[np.float64]:
        at = _owners(self._windows.ends, self._windows.units, cuts[1:])
        state = np.zeros(changes.shape[1:])
        for units, step, change in zip(
            at[::-1], self._steps[np.diff(cuts)][::-1], changes[::-1], strict=True
        ):
            self._check_cancelled()
            _add_state(self._sums.right, units, state)
            state = step @ state
            state += change
        return state

    def _add_pending(self, state: NDArray[np.float64]) -> None:
        """Add the right state at the end of the frames so far to every past window, weighted by its distance."""
        # the weights decay with distance: units without recent spikes need no product
        waiting = np.abs(self._pending).max(axis=1) > _NEGLIGIBLE
        self._pending[~waiting] = 0
        factors = self._highpass.product(self._pending).astype(np.float32)
        known = state.astype(np.float32)
        for unit in np.flatnonzero(waiting):
            self._sums.right[unit] += factors[unit] @ known


def _owners(
    times: NDArray[np.int64], units: NDArray[np.int64], cuts: NDArray[np.int64]
) -> list[NDArray[np.int64]]:
    """Units of the windows whose (ascending) time is each of the cuts."""
    first, after = np.searchsorted(times, cuts, side="left"), np.searchsorted(times, cuts, side="right")
    return [units[a:b] for a, b in zip(first, after, strict=True)]


def _add_state(sums: NDArray[np.float32], units: NDArray[np.int64], state: NDArray[np.float64]) -> None:
    if len(units):
        added = state.astype(np.float32)
        for unit in units:
            sums[unit] += added
