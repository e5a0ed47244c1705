"""Contributions of the windows of a stretch to the sums of their units, in a single pass through its frames.

What the windows take from a slab of frames is the same for all channels: `SlabWeights`, made once for each slab.
`WindowStates` accumulates the filter states before and after each window, `WindowMeans` the mean of the stretch for
unfiltered images, and `add_windows` the raw frames, each for a band of channels; bands are independent.

Frames are measured from a reference level per channel, which may change between two slabs (`shift`): float32 sums
thus keep their digits for the signal, however far the recording drifts.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hdmea_gui.analysis.zero_phase import ZeroPhaseHighpass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    CheckCancelled = Callable[[], None]  # called often; raises when the computation should end

_RUN = 128  # frames summed at once
_BLOCK = 16  # frames between two filter states: more need more weights per window, fewer more states
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


@dataclass(frozen=True)
class Taken:
    """Weights with which some units take rows of an array.

    Attributes
    ----------
    units
        int64 (n_units,). Indices of the units.
    weights
        Sparse float32 (n_units * n_rows, n_taken).
    """

    units: NDArray[np.int64]
    weights: Any

    @classmethod
    def of(
        cls,
        units: NDArray[np.int64],
        rows: NDArray[np.int64],
        taken: NDArray[np.int64],
        values: NDArray[np.floating[Any]],
        shape: tuple[int, int],
    ) -> Taken:
        """Collect weights that are given one by one.

        Parameters
        ----------
        units, rows, taken
            int64 (n,). Unit, row of the unit, and row taken, of each weight.
        values
            Any float (n,). The weights; those for the same place add up.
        shape
            Number of rows of a unit, and number of rows that can be taken.
        """
        from scipy.sparse import csr_matrix

        present, places = np.unique(units, return_inverse=True)
        places = places.reshape(-1) * shape[0] + rows
        weights = (values.astype(np.float32), (places, taken))
        return cls(present, csr_matrix(weights, shape=(len(present) * shape[0], shape[1])))

    def add(self, sums: NDArray[np.float32], values: NDArray[np.float32]) -> None:
        """Add what the units take from values (n_taken, n_channels) to sums (n_all_units, n_rows, n_channels)."""
        if len(self.units):
            sums[self.units] += (self.weights @ values).reshape(len(self.units), *sums.shape[1:])


@dataclass(frozen=True)
class SlabWeights:
    """What the windows of a stretch take from a slab of frames.

    Attributes
    ----------
    start, n_frames
        Range of the slab in the stretch, frames.
    firsts, units
        int64 (n_windows,). Windows that end in the slab, unit by unit: their first frame, counted from n_lags - 1
        frames before the slab, and their unit.
    left, right
        Filter states before windows that start in the slab and after those that end in it: what they take from the
        frames of the slab. Both are empty without a filter.
    left_states, right_states
        The same: what they take from the states at the start of each block of frames (for the right, also at the end
        of the slab).
    """

    start: int
    n_frames: int
    firsts: NDArray[np.int64]
    units: NDArray[np.int64]
    left: Taken
    right: Taken
    left_states: Taken
    right_states: Taken

    @classmethod
    def of(
        cls, windows: Windows, highpass: ZeroPhaseHighpass | None, start: int, n_frames: int
    ) -> SlabWeights:
        """Make the weights of a slab."""
        inside = windows.ending_in(start, start + n_frames)
        # unit by unit, so that the sums of a unit stay in the cache
        order = np.argsort(windows.units[inside], kind="stable")
        raw = (windows.ends[inside][order] - start - 1, windows.units[inside][order])
        if highpass is None:
            return cls(start, n_frames, *raw, *[Taken(np.empty(0, np.int64), None)] * 4)
        begun = slice(*np.searchsorted(windows.starts, [start, start + n_frames]))
        # of a window that ends with the slab, the state after it is known from the next slabs only
        ended = slice(
            np.searchsorted(windows.ends, start, side="right"),
            np.searchsorted(windows.ends, start + n_frames),
        )
        left = _State(windows.units[begun], windows.starts[begun] - start, n_frames, highpass)
        right = _State(windows.units[ended], windows.ends[ended] - start, n_frames, highpass)
        return cls(start, n_frames, *raw, left.before(), right.after(), left.from_block(), right.from_next())


@dataclass(frozen=True)
class _State:
    """Filter states at some frames of a slab, which belong to units."""

    units: NDArray[np.int64]
    frames: NDArray[np.int64]
    n_frames: int
    highpass: ZeroPhaseHighpass

    def before(self) -> Taken:
        """Return what the left states take from the frames since the start of their block."""
        block, within = np.divmod(self.frames, _BLOCK)
        places = np.arange(_BLOCK)
        return self._from_frames(block, within[:, np.newaxis] - 1 - places)

    def after(self) -> Taken:
        """Return what the right states take from the frames up to the end of their block."""
        block, within = np.divmod(self.frames, _BLOCK)
        places = np.arange(_BLOCK)
        return self._from_frames(block, places - within[:, np.newaxis])

    def from_block(self) -> Taken:
        """Return what the left states take from the state at the start of their block."""
        block, within = np.divmod(self.frames, _BLOCK)
        return self._from_states(block, within)

    def from_next(self) -> Taken:
        """Return what the right states take from the state at the start of the next block."""
        following = self.frames // _BLOCK + 1
        return self._from_states(following, np.minimum(following * _BLOCK, self.n_frames) - self.frames)

    def _from_frames(self, block: NDArray[np.int64], exponents: NDArray[np.int64]) -> Taken:
        """Weigh frames of the blocks by powers of the poles; exponents (n_states, _BLOCK) below 0 do not count."""
        taken = block[:, np.newaxis] * _BLOCK + np.arange(_BLOCK)
        state, place = np.nonzero((exponents >= 0) & (taken < self.n_frames))
        order = self.highpass.order
        values = self.highpass.moments(_BLOCK)[:, exponents[state, place]]
        return Taken.of(
            np.tile(self.units[state], order),
            np.repeat(np.arange(order), len(state)),
            np.tile(taken[state, place], order),
            values.reshape(-1),
            (order, self.n_frames),
        )

    def _from_states(self, blocks: NDArray[np.int64], distances: NDArray[np.int64]) -> Taken:
        order, n_states = self.highpass.order, len(self.units)
        values = self.highpass.product(self.highpass.powers(distances))
        state, row, column = (index.reshape(-1) for index in np.indices((n_states, order, order)))
        n_blocks = -(-self.n_frames // _BLOCK)
        return Taken.of(
            self.units[state],
            row,
            blocks[state] * order + column,
            values.reshape(-1),
            (order, (n_blocks + 1) * order),
        )


def add_windows(
    raw: NDArray[np.float32],
    weights: SlabWeights,
    frames: NDArray[np.float32],
    check_cancelled: CheckCancelled,
) -> None:
    """Add the frames of the windows that end in a slab, in place.

    Parameters
    ----------
    raw
        float32 (n_units, n_lags, n_channels), raw counts. The sums.
    weights
        Weights of the slab.
    frames
        float32 (n_lags - 1 + n_frames, n_channels), raw counts. The frames of the slab and those before it.
    check_cancelled
        Called before each window; may raise to cancel.
    """
    n_lags = raw.shape[1]
    for first, unit in zip(weights.firsts.tolist(), weights.units.tolist(), strict=True):
        check_cancelled()
        sums = raw[unit]
        sums += frames[first : first + n_lags]


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

    def add_slab(self, frames: NDArray[np.float32], weights: SlabWeights) -> None:
        """Add the next frames of the stretch.

        Parameters
        ----------
        frames
            float32 (n_frames, n_channels), raw counts. From the reference level.
        weights
            Weights of the slab.
        """
        for first in range(0, len(frames), _RUN):
            self._total += frames[first : first + _RUN].sum(axis=0, dtype=np.float64)
        self._total += len(frames) * self._level
        self._n_frames += len(frames)
        inside = self._windows.ending_in(weights.start, weights.start + len(frames))
        for unit, n_windows in zip(*np.unique(self._windows.units[inside], return_counts=True), strict=True):
            self._levels[unit] += n_windows * self._level

    def close(self) -> None:
        """Subtract the means, after all frames have been added."""
        mean = self._total / self._n_frames
        for unit, n_windows in enumerate(np.bincount(self._windows.units)):
            self._raw[unit] += (self._levels[unit] - n_windows * mean).astype(np.float32)


class WindowStates:
    """Adds the filter states before and after each window.

    A slab is divided into blocks. The product of a block with two small tables is the change of the state on either
    side. A forward pass through the blocks yields the left state at the start of every block, a backward pass the
    right one, so far as this slab determines it; the states of the windows follow from these and from the frames of
    one block. The contribution of later slabs to the right state of a past window depends only on its distance, so
    each unit needs one weight per mode for all its past windows together.

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
        table = highpass.moments(_BLOCK).astype(np.float32)
        self._table = np.concatenate([table[:, ::-1], table])
        self._steps = highpass.product(highpass.powers(np.arange(_BLOCK + 1)))

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

    def add_slab(self, frames: NDArray[np.float32], weights: SlabWeights) -> None:
        """Add the next frames of the stretch; parameters as in `WindowMeans.add_slab`."""
        n_frames, order = len(frames), self._highpass.order
        changes = self._changes(frames)
        left = self._walk_forward(n_frames, changes[:, :order])
        right, first = self._walk_backward(n_frames, changes[:, order:])
        for taken, sums, values in (
            (weights.left, self._sums.left, frames),
            (weights.right, self._sums.right, frames),
            (weights.left_states, self._sums.left, left),
            (weights.right_states, self._sums.right, right),
        ):
            self._check_cancelled()
            taken.add(sums, values)
        self._add_pending(first)
        self._pending *= self._highpass.poles**n_frames
        stop = weights.start + n_frames
        inside = self._windows.ending_in(weights.start, stop)
        distances = stop - self._windows.ends[inside]
        np.add.at(self._pending, self._windows.units[inside], self._highpass.powers(distances))

    def close(self) -> None:
        """Add the contribution from beyond the last frame, after all frames have been added."""
        self._add_pending(self._highpass.state_after(self._tail, self._state))

    def _changes(self, frames: NDArray[np.float32]) -> NDArray[np.float32]:
        """Contributions of each block to the left state at its end and the right state at its start, in that order."""
        n_whole, order = len(frames) // _BLOCK, self._highpass.order
        whole, rest = frames[: n_whole * _BLOCK], frames[n_whole * _BLOCK :]
        changes = np.empty((n_whole + bool(len(rest)), 2 * order, frames.shape[1]), np.float32)
        blocks = whole.reshape(n_whole, _BLOCK, frames.shape[1])
        for first in range(0, n_whole, _RUN):
            self._check_cancelled()
            run = slice(first, min(first + _RUN, n_whole))
            np.matmul(self._table, blocks[run], out=changes[run])
        if len(rest):
            changes[-1, :order] = self._table[:order, _BLOCK - len(rest) :] @ rest
            changes[-1, order:] = self._table[order:, : len(rest)] @ rest
        return changes

    def _walk_forward(self, n_frames: int, changes: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the left states at the start of each block and after the last, float32 (all of their rows, ...)."""
        states = np.empty((len(changes) + 1, *changes.shape[1:]), np.float32)
        for number, change in enumerate(changes):
            states[number] = self._state
            self._state = self._steps[min(_BLOCK, n_frames - number * _BLOCK)] @ self._state
            self._state += change
        states[-1] = self._state
        return states.reshape(-1, states.shape[-1])

    def _walk_backward(
        self, n_frames: int, changes: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
        """Return the right states at the start of each block and after the last, and the first of them."""
        states = np.zeros((len(changes) + 1, *changes.shape[1:]), np.float32)
        state = np.zeros(changes.shape[1:])
        for number in range(len(changes) - 1, -1, -1):
            state = self._steps[min(_BLOCK, n_frames - number * _BLOCK)] @ state
            state += changes[number]
            states[number] = state
        return states.reshape(-1, states.shape[-1]), state

    def _add_pending(self, state: NDArray[np.float64]) -> None:
        """Add the right state at the end of the frames so far to every past window, weighted by its distance."""
        # the weights decay with distance: units without recent spikes need no product
        waiting = np.abs(self._pending).max(axis=1) > _NEGLIGIBLE
        self._pending[~waiting] = 0
        factors = self._highpass.product(self._pending).astype(np.float32)
        known = state.astype(np.float32)
        for unit in np.flatnonzero(waiting):
            self._sums.right[unit] += factors[unit] @ known
