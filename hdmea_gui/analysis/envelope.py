"""Envelopes of long signals for drawing: the smallest and largest value in each pixel column.

The extremes of blocks of several sizes are computed once; any stretch is then drawn from a few thousand numbers,
regardless of the length of the recording.
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
"""Number of samples in the smallest blocks."""

_GROWTH = 4  # blocks of one level in a block of the next
_SLAB = 1 << 20  # samples processed at a time; a multiple of FIRST_BLOCK

FINE = 1 << 16
"""Stretches of up to this many samples are drawn from the samples themselves."""


@dataclass(frozen=True)
class Trace:
    """Polyline through the extremes of a stretch.

    Attributes
    ----------
    samples
        float64 (n_points,), samples. Positions of the points.
    values
        float32 (n_points,), in the signal's unit.
    """

    samples: NDArray[np.float64]
    values: NDArray[np.float32]


@dataclass(frozen=True)
class Envelope:
    """Extremes of a signal in blocks of every size.

    Attributes
    ----------
    n_samples
        Length of the signal, samples.
    extremes
        float32 (2, n_blocks), in the signal's unit. Minima and maxima of the smallest blocks, then of the next
        larger ones, and so on, as returned by `block_extremes`.
    """

    n_samples: int
    extremes: NDArray[np.float32]

    def between(self, start: int, stop: int, n_columns: int) -> Trace:
        """Return a polyline through the extremes of a stretch.

        Parameters
        ----------
        start, stop
            First sample, and the one after the last.
        n_columns
            Number of pixel columns that the stretch fills; the line has two to four points per column.

        Returns
        -------
        trace
            The polyline.
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
        """Smallest and largest value of the signal; zeros for an empty signal."""
        if not self.extremes.shape[1]:
            return 0.0, 0.0
        low, high = np.fmin.reduce(self.extremes[0]), np.fmax.reduce(self.extremes[1])
        return float(low), float(high)


def fine_trace(piece: NDArray[np.number[Any]], start: int, n_columns: int) -> Trace:
    """Return a polyline through the samples of a short stretch, or through its extremes if there are many.

    Parameters
    ----------
    piece
        Any integer or float (n_samples,). The samples of the stretch.
    start
        Position of the first of them in the signal, samples.
    n_columns
        Number of pixel columns that the stretch fills.

    Returns
    -------
    trace
        The polyline.
    """
    values = np.asarray(piece, np.float32)
    if values.size <= 4 * n_columns:
        return Trace(np.arange(start, start + values.size, dtype=np.float64), values)
    return _reduced(np.stack([values, values]), start, 1, max(values.size // max(n_columns, 1), 1))


def block_extremes(
    signal: Any, *, difference: bool = False, progress: Callable[[int, int], None] | None = None
) -> NDArray[np.float32]:
    """Compute the extremes of all blocks of all sizes; NaN is ignored.

    Parameters
    ----------
    signal
        Any integer or float (n_samples,). Anything that returns arrays when sliced, such as an HDF5 dataset.
    difference
        Whether to use signal[i + 1] - signal[i] instead, which is one sample shorter.
    progress
        Called as progress(done, total), in samples; may raise to cancel.

    Returns
    -------
    extremes
        float32 (2, n_blocks), in the signal's unit. Minima and maxima, smallest blocks first.
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
    # float64: unsigned counts would wrap round where the signal falls
    return np.diff(np.asarray(signal[start : stop + 1]).astype(np.float64)).astype(np.float32)


def _levels(n_samples: int) -> tuple[list[int], list[int]]:
    """Return the block sizes in samples, and the number of blocks of each size."""
    sizes, n_blocks = [FIRST_BLOCK], [-(-n_samples // FIRST_BLOCK)]
    while n_blocks[-1] > _GROWTH:
        sizes.append(sizes[-1] * _GROWTH)
        n_blocks.append(-(-n_blocks[-1] // _GROWTH))
    return sizes, n_blocks


def _write_blocks(extremes: NDArray[np.float32], factor: int, out: NDArray[np.float32]) -> None:
    """Write the extremes of each group of `factor` neighbours; the last group may be shorter."""
    whole = extremes.shape[1] // factor
    for row, extreme in ((0, np.fmin), (1, np.fmax)):  # unlike min and max, these skip NaN
        extreme.reduce(
            _halved(extremes[row, : whole * factor], factor, extreme), axis=1, out=out[row, :whole]
        )
        if extremes.shape[1] > whole * factor:
            out[row, whole] = extreme.reduce(extremes[row, whole * factor :])


def _halved(values: NDArray[np.float32], factor: int, extreme: np.ufunc) -> NDArray[np.float32]:
    """Return the groups of `factor` values as rows, shortened by halving: several times faster to reduce."""
    while factor > 1 and factor % 2 == 0:
        values = extreme(values[::2], values[1::2])
        factor //= 2
    return values.reshape(-1, factor)


def _reduced(extremes: NDArray[np.float32], first: int, size: int, factor: int) -> Trace:
    """Return a polyline through groups of blocks."""
    # Groups begin at multiples of their length: the curve would flicker if they moved with the view.
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
    # minimum and maximum at a quarter and three quarters of each group, so the points are evenly spaced
    samples = np.add.outer(starts, np.array([0.25, 0.75]) * factor * size).reshape(-1)
    return Trace(samples, groups.T.reshape(-1))
