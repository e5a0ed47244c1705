"""The spike-triggered average: the mean movie around the spikes of each unit (Chichilnisky 2001).

The sum over windows is the correlation of the unit's spike counts a frame with each pixel. It is computed for
short blocks of frames by Fourier transform; between the transforms all units meet all pixels in one matrix product
a frequency, which takes a fraction of the work of adding the windows, whatever the movie shows. The sums of an
integer movie are integers, so rounding makes them exact.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hdmea_gui.errors import ValidationError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


_PRODUCT = 1 << 18  # multiplications up to which BLAS leaves a product to the thread that asks for it
_UNITS = 16  # units in a task
_TASK_BYTES = 1 << 24  # sums of a task, so that tasks are short and fit the cache
_PIXELS = 256  # pixels transformed at once
_MOST_THREADS = 4


@dataclass(frozen=True)
class SpikeTriggeredAverages:
    """Mean movies around spikes.

    Attributes
    ----------
    averages
        float32 (units, lags, height, width), in the movie's values; NaN for a unit without a used spike.
    n_used
        int64 (units,), spikes averaged.
    n_excluded
        int64 (units,), spikes whose window does not fit in the movie.
    """

    averages: NDArray[np.float32]
    n_used: NDArray[np.int64]
    n_excluded: NDArray[np.int64]


def spike_triggered_average(
    movie: NDArray[Any],
    spike_frames: Sequence[NDArray[np.integer[Any]]],
    window: tuple[int, int] = (-60, 0),
    *,
    progress: Callable[[int, int], None] | None = None,
) -> SpikeTriggeredAverages:
    """Give the mean movie around the spikes of every unit.

    Parameters
    ----------
    movie
        (frames, height, width), any real dtype.
    spike_frames
        For each unit the movie frame of every spike.
    window
        First lag and the one after the last, in frames relative to the spike.
    progress
        Called as progress(done, total) several times a second. May raise to cancel.

    Raises
    ------
    ValidationError
        When the window is empty or the movie is not three-dimensional.
    """
    start, stop = window
    if start >= stop:
        raise ValidationError(
            f"The window of lags from {start} to {stop} frames is empty: its start must come first."
        )
    if movie.ndim != 3:
        raise ValidationError(f"A movie has frames, height and width; this one has {movie.ndim} dimensions.")
    firsts = [_fitting(spikes, start, len(movie) - (stop - start)) for spikes in spike_frames]
    n_used = np.array([len(first) for first in firsts], dtype=np.int64)
    n_spikes = np.array([np.size(spikes) for spikes in spike_frames], dtype=np.int64)
    averages = np.empty((len(firsts), stop - start, *movie.shape[1:]), np.float32)
    if n_used.any():
        _average(movie.reshape(len(movie), -1), firsts, averages.reshape(*averages.shape[:2], -1), progress)
    else:
        averages.fill(np.nan)
    return SpikeTriggeredAverages(averages, n_used, n_spikes - n_used)


def _fitting(spikes: NDArray[np.integer[Any]], start: int, last: int) -> NDArray[np.int64]:
    """First frames of the windows that fit in the movie."""
    first = np.asarray(spikes).astype(np.int64).reshape(-1) + start
    return first[(first >= 0) & (first <= last)]


@dataclass(frozen=True)
class _Blocks:
    """How the frames are cut: each block of window starts meets the frames that its windows reach."""

    length: int  # of the transform, at least one block and a window
    step: int  # window starts in a block
    count: int

    @classmethod
    def of(cls, n_frames: int, n_lags: int) -> _Blocks:
        length = max(64, 1 << (4 * n_lags - 1).bit_length())
        step = length - n_lags + 1
        return cls(length, step, -(-(n_frames - n_lags + 1) // step))


def _average(
    movie: NDArray[Any],
    firsts: list[NDArray[np.int64]],
    out: NDArray[np.float32],
    progress: Callable[[int, int], None] | None,
) -> None:
    """Fill `out`, (units, lags, pixels), with small tasks that a few threads share."""
    blocks = _Blocks.of(len(movie), out.shape[1])
    tiles = _slices(out.shape[2], _PIXELS)
    width = min(_PIXELS, out.shape[2])
    n_units = max(1, min(_UNITS, len(firsts), _TASK_BYTES // (8 * blocks.length * width)))
    shares = _slices(len(firsts), n_units)
    steps = _Steps(len(tiles) * (blocks.count + len(shares)), progress)
    n_threads = min(_MOST_THREADS, os.cpu_count() or 1)
    spare: SimpleQueue[_Workspace] = SimpleQueue()
    for _ in range(n_threads):
        spare.put(_Workspace.of(blocks.length // 2 + 1, n_units, width))
    with ThreadPoolExecutor(n_threads) as pool:
        for pixels in tiles:
            spectrum = _movie_spectrum(movie[:, pixels], blocks, steps)
            running = [
                pool.submit(
                    _average_units, firsts[share], spectrum, blocks, out[share, :, pixels], movie.dtype, spare
                )
                for share in shares
            ]
            try:
                for future in running:
                    future.result()
                    steps.advance()
            finally:
                for future in running:
                    future.cancel()


@dataclass(frozen=True)
class _Workspace:
    """Memory that tasks use in turn: (3, frequencies, units, pixels) and (frequencies, units, pixels)."""

    parts: NDArray[np.float64]
    product: NDArray[np.complex128]

    @classmethod
    def of(cls, *shape: int) -> _Workspace:
        return cls(np.empty((3, *shape)), np.empty(shape, np.complex128))


def _slices(size: int, step: int) -> list[slice]:
    return [slice(first, min(first + step, size)) for first in range(0, size, step)]


class _Steps:
    """Counts what is done and tells it."""

    def __init__(self, total: int, progress: Callable[[int, int], None] | None) -> None:
        self._total, self._progress, self._done = total, progress, 0

    def advance(self) -> None:
        self._done += 1
        if self._progress is not None:
            self._progress(self._done, self._total)


def _movie_spectrum(movie: NDArray[Any], blocks: _Blocks, steps: _Steps) -> NDArray[np.float64]:
    """Transform the frames that each block reaches: (frames, pixels) to (3, frequencies, blocks, pixels).

    The three are what a complex product needs of one factor when it is made of three real ones instead of four.
    """
    from scipy.fft import rfft

    spectrum = np.empty((3, blocks.length // 2 + 1, blocks.count, movie.shape[1]))
    for block in range(blocks.count):
        reached = movie[block * blocks.step :][: blocks.length]
        transform = rfft(reached.astype(np.float64), blocks.length, axis=0)
        spectrum[0, :, block] = transform.real
        spectrum[1, :, block] = transform.imag - transform.real
        spectrum[2, :, block] = transform.real + transform.imag
        steps.advance()
    return spectrum


def _count_spectrum(counts: NDArray[np.int64], blocks: _Blocks) -> NDArray[np.float64]:
    """Transform the window starts, conjugated: (units, starts) to (3, frequencies, units, blocks), as above."""
    from scipy.fft import rfft

    transform = rfft(counts.reshape(-1, blocks.count, blocks.step).astype(np.float64), blocks.length, axis=2)
    real, imag = transform.real, -transform.imag
    return np.stack([real + imag, real, imag]).transpose(0, 3, 1, 2).copy()


def _average_units(
    firsts: list[NDArray[np.int64]],
    spectrum: NDArray[np.float64],
    blocks: _Blocks,
    out: NDArray[np.float32],
    dtype: np.dtype[Any],
    spare: SimpleQueue[_Workspace],
) -> None:
    """Fill `out`, (units, lags, pixels); `dtype` is the movie's."""
    counts = np.stack([np.bincount(first, minlength=blocks.step * blocks.count) for first in firsts])
    workspace = spare.get()
    try:
        sums = _correlate(_count_spectrum(counts, blocks), spectrum, blocks.length, workspace)[: out.shape[1]]
    finally:
        spare.put(workspace)
    n_windows = counts.sum(axis=1).astype(np.float64)
    n_windows[n_windows == 0] = np.nan
    means = np.rint(sums) if dtype.kind in "iub" else sums
    out[...] = (means / n_windows[:, np.newaxis]).transpose(1, 0, 2)


def _correlate(
    counted: NDArray[np.float64], spectrum: NDArray[np.float64], length: int, workspace: _Workspace
) -> NDArray[np.float64]:
    """Multiply the spectra, sum over the blocks, and transform back: (length, units, pixels)."""
    from scipy.fft import irfft

    n_units, n_blocks = counted.shape[2:]
    n_pixels = spectrum.shape[3]
    parts = workspace.parts[:, :, :n_units, :n_pixels]
    product = workspace.product[:, :n_units, :n_pixels]
    for pixels in _slices(n_pixels, max(1, _PRODUCT // (n_units * n_blocks))):
        np.matmul(counted, spectrum[..., pixels], out=parts[..., pixels])
    np.subtract(parts[0], parts[2], out=product.real)
    np.add(parts[0], parts[1], out=product.imag)
    return np.asarray(irfft(product, length, axis=0), dtype=np.float64)
