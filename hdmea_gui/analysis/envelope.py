"""Long signals as they look on a screen: the smallest and the largest value in each column of pixels.

The extremes of blocks of several sizes are found once; after that any stretch is drawn from a few thousand
numbers, however long the recording is.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Callable

FIRST_BLOCK = 16
"""Samples in the smallest blocks."""

_GROWTH = 4  # blocks of one level in a block of the next
_SLAB = 1 << 20  # samples looked at in one go; a multiple of FIRST_BLOCK

FINE = 1 << 16
"""Stretches of up to so many samples are drawn from the samples themselves."""


@dataclass(frozen=True)
class Trace:
    """A line through the extremes of a stretch.

    Attributes
    ----------
    samples
        float64 [n_points], where the points stand, in samples.
    values
        float32 [n_points].
    """

    samples: NDArray[np.float64]
    values: NDArray[np.float32]


@dataclass(frozen=True)
class Envelope:
    """The extremes of a signal in blocks of every size.

    Attributes
    ----------
    n_samples
        Length of the signal.
    extremes
        float32 [2, n_blocks], minima and maxima of the smallest blocks, then of the next larger, and so on;
        as `block_extremes` gives them.
    """

    n_samples: int
    extremes: NDArray[np.float32]

    def between(self, start: int, stop: int, n_columns: int) -> Trace:
        """Give a line through the extremes of a stretch.

        Parameters
        ----------
        start, stop
            Samples.
        n_columns
            Columns of pixels that the stretch fills; the line has two to four points in each.
        """
        sizes, n_blocks = _levels(self.n_samples)
        first = list(accumulate(n_blocks, initial=0))
        wanted = max((stop - start) // max(n_columns, 1), 1)
        level = max((i for i, size in enumerate(sizes) if size <= wanted), default=0)
        size = sizes[level]
        blocks = self.extremes[:, first[level] : first[level] + n_blocks[level]]
        low = max(start // size, 0)
        high = min(-(-stop // size), n_blocks[level])
        return _reduced(blocks[:, low:high], low, size, max(wanted // size, 1))

    @property
    def limits(self) -> tuple[float, float]:
        """The smallest and the largest value of all; zeros where there is none."""
        if not self.extremes.shape[1]:
            return 0.0, 0.0
        low, high = np.fmin.reduce(self.extremes[0]), np.fmax.reduce(self.extremes[1])
        return float(low), float(high)


def fine_trace(piece: NDArray[np.number[Any]], start: int, n_columns: int) -> Trace:
    """Give a line through the samples of a short stretch, or through its extremes where they are many.

    Parameters
    ----------
    piece
        [n], the samples themselves.
    start
        Place of the first of them in the signal.
    n_columns
        Columns of pixels that the stretch fills.
    """
    values = np.asarray(piece, np.float32)
    if values.size <= 4 * n_columns:
        return Trace(np.arange(start, start + values.size, dtype=np.float64), values)
    return _reduced(np.stack([values, values]), start, 1, max(values.size // max(n_columns, 1), 1))


def block_extremes(
    signal: Any, *, difference: bool = False, progress: Callable[[int, int], None] | None = None
) -> NDArray[np.float32]:
    """Give the extremes of all blocks of all sizes, float32 [2, n_blocks]; not-a-numbers do not count.

    Parameters
    ----------
    signal
        [n_samples], anything that gives arrays when it is sliced.
    difference
        Take signal[i + 1] - signal[i] instead, which is one sample shorter.
    progress
        Is told (samples done, samples in all).
    """
    n_samples = max(len(signal) - difference, 0)
    _, n_blocks = _levels(n_samples)
    out = np.empty((2, sum(n_blocks)), np.float32)
    for start in range(0, n_samples, _SLAB):
        stop = min(start + _SLAB, n_samples)
        piece = _piece(signal, start, stop, difference=difference)
        _write_blocks(np.stack([piece, piece]), FIRST_BLOCK, out[:, start // FIRST_BLOCK :])
        if progress is not None:
            progress(stop, n_samples)
    at = 0
    for count in n_blocks[:-1]:
        _write_blocks(out[:, at : at + count], _GROWTH, out[:, at + count :])
        at += count
    return out


def _piece(signal: Any, start: int, stop: int, *, difference: bool) -> NDArray[np.float32]:
    if not difference:
        return np.asarray(signal[start:stop]).astype(np.float32)
    return np.diff(np.asarray(signal[start : stop + 1]).astype(np.float64)).astype(np.float32)


def _levels(n_samples: int) -> tuple[list[int], list[int]]:
    """Give the sizes of the blocks in samples, and how many there are of each."""
    sizes, n_blocks = [FIRST_BLOCK], [-(-n_samples // FIRST_BLOCK)]
    while n_blocks[-1] > _GROWTH:
        sizes.append(sizes[-1] * _GROWTH)
        n_blocks.append(-(-n_blocks[-1] // _GROWTH))
    return sizes, n_blocks


def _write_blocks(extremes: NDArray[np.float32], factor: int, out: NDArray[np.float32]) -> None:
    """Write the extremes of each `factor` neighbours; the last block may be shorter."""
    whole = extremes.shape[1] // factor
    for row, extreme in ((0, np.fmin), (1, np.fmax)):
        extreme.reduce(
            _halved(extremes[row, : whole * factor], factor, extreme), axis=1, out=out[row, :whole]
        )
        if extremes.shape[1] > whole * factor:
            out[row, whole] = extreme.reduce(extremes[row, whole * factor :])


def _halved(values: NDArray[np.float32], factor: int, extreme: np.ufunc) -> NDArray[np.float32]:
    """Give the groups of `factor` values as rows, made as short as halving can: several times faster to reduce."""
    while factor > 1 and factor % 2 == 0:
        values = extreme(values[::2], values[1::2])
        factor //= 2
    return values.reshape(-1, factor)


def _reduced(extremes: NDArray[np.float32], first: int, size: int, factor: int) -> Trace:
    """Give a line through groups of blocks; groups begin at multiples of their length, so nothing shimmers."""
    skipped = -first % factor
    head = extremes[:, :skipped] if factor > 1 else extremes[:, :0]
    body = extremes[:, head.shape[1] :]
    n_head = int(head.shape[1] > 0)
    groups = np.empty((2, n_head + -(-body.shape[1] // factor)), np.float32)
    if n_head:
        groups[:, 0] = np.fmin.reduce(head[0]), np.fmax.reduce(head[1])
    _write_blocks(body, factor, groups[:, n_head:])
    starts = (first + head.shape[1]) * size + np.arange(groups.shape[1] - n_head) * (factor * size)
    if n_head:
        starts = np.concatenate([[first * size], starts])
    samples = np.add.outer(starts, np.array([0.25, 0.75]) * factor * size).reshape(-1)
    return Trace(samples, groups.T.reshape(-1))
