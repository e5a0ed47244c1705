"""The spike-triggered average: the mean movie around the spikes of each unit (Chichilnisky 2001).

The sum over windows is the correlation of the unit's spike counts per frame with each pixel (block_correlation.py).
For any movie this takes a fraction of the work of adding the windows. The sums of an integer movie are integers, so
rounding makes them exact; with few grey levels, as in binary noise, float32 has enough digits for that.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hdmea_gui.analysis.block_correlation import (
    Blocks,
    Reals,
    Workspace,
    correlate,
    count_spectrum,
    is_exact_in_float32,
    movie_spectrum,
)
from hdmea_gui.errors import ValidationError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


_UNITS = 16  # units in a task
_TASK_BYTES = 1 << 24  # sums of a task, so that tasks are short and fit the cache
_PIXELS = 256  # pixels transformed at once
_FRAMES = 256  # frames examined at a time for their grey levels
_MOST_THREADS = 4  # each needs its own workspace


@dataclass(frozen=True)
class SpikeTriggeredAverages:
    """Mean movies around spikes.

    Attributes
    ----------
    averages
        float32 (n_units, n_lags, height, width), grey levels. NaN for a unit without a used spike.
    n_used
        int64 (n_units,), spikes. Number averaged.
    n_excluded
        int64 (n_units,), spikes. Number whose window does not fit into the movie.
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
    """Compute the mean movie around the spikes of every unit.

    Parameters
    ----------
    movie
        Any integer or float (n_frames, height, width), grey levels.
    spike_frames
        One any integer (n_spikes,) per unit, movie frames.
    window
        First lag, and the one after the last, in frames relative to the spike.
    progress
        Called as progress(done, total) several times per second; may raise to cancel.

    Returns
    -------
    averages
        Mean movies and spike counts.

    Raises
    ------
    ValidationError
        If the window is empty or the movie is not three-dimensional.
    """
    start, stop = window
    if start >= stop:
        raise ValidationError(
            f"The window from {start} to {stop} frames is empty: its start must be before its end."
        )
    if movie.ndim != 3:
        raise ValidationError(
            f"A movie must have 3 dimensions (frames, height, width); this one has {movie.ndim} dimensions."
        )
    firsts = [_fitting(spikes, start, len(movie) - (stop - start)) for spikes in spike_frames]
    n_used = np.array([len(first) for first in firsts], dtype=np.int64)
    n_spikes = np.array([np.size(spikes) for spikes in spike_frames], dtype=np.int64)
    averages = np.empty((len(firsts), stop - start, *movie.shape[1:]), np.float32)
    if n_used.any():
        out = averages.reshape(*averages.shape[:2], -1)
        _Averager(movie.reshape(len(movie), -1), firsts, out).run(progress)
    else:
        averages.fill(np.nan)
    return SpikeTriggeredAverages(averages, n_used, n_spikes - n_used)


def _fitting(spikes: NDArray[np.integer[Any]], start: int, last: int) -> NDArray[np.int64]:
    """First frames of the windows that fit into the movie."""
    first = np.asarray(spikes).astype(np.int64).reshape(-1) + start
    return first[(first >= 0) & (first <= last)]


@dataclass(frozen=True)
class _Levels:
    """Grey levels of the movie, expressed as low + step x level, with levels from 0 to `span`."""

    low: int = 0
    step: int = 1
    span: float = np.inf

    @classmethod
    def of(cls, movie: NDArray[Any], runs: list[slice], steps: _Steps) -> _Levels:
        present = np.zeros(256, dtype=bool)
        for frames in runs:
            if movie.dtype == np.uint8:
                present[movie[frames]] = True
            steps.advance()
        if movie.dtype != np.uint8:
            return cls()
        values = np.flatnonzero(present)
        low, high = int(values[0]), int(values[-1])
        step = max(1, int(np.gcd.reduce(values - low)))  # 1 for a movie of a single grey level
        return cls(low, step, (high - low) / step)


class _Averager:
    """Fills `out`, (n_units, n_lags, n_pixels), in small tasks distributed over a few threads."""

    def __init__(
        self, movie: NDArray[Any], firsts: list[NDArray[np.int64]], out: NDArray[np.float32]
    ) -> None:
        self._movie, self._firsts, self._out = movie, firsts, out
        self._levels = _Levels()
        self._blocks = Blocks.of(len(movie), out.shape[1], narrow=False)
        self._spare: SimpleQueue[Workspace] = SimpleQueue()

    def run(self, progress: Callable[[int, int], None] | None) -> None:
        """Process the pixels tile by tile; an exception from `progress` ends it with no thread left running."""
        tiles, runs = _slices(self._out.shape[2], _PIXELS), _slices(len(self._movie), _FRAMES)
        width = min(_PIXELS, self._out.shape[2])
        n_units = max(1, min(_UNITS, len(self._firsts), _TASK_BYTES // (8 * self._blocks.length * width)))
        shares = _slices(len(self._firsts), n_units)
        steps = _Steps(len(runs) + len(tiles) * (self._blocks.count + len(shares)), progress)
        self._look_at_levels(runs, steps)
        n_threads = min(_MOST_THREADS, os.cpu_count() or 1)
        for _ in range(n_threads):
            self._spare.put(Workspace.of(self._blocks, n_units, width))
        with ThreadPoolExecutor(n_threads) as pool:
            for pixels in tiles:
                shown = movie_spectrum(partial(self._levels_of, pixels), self._blocks, steps.advance)
                running = [pool.submit(self._average, share, pixels, shown) for share in shares]
                try:
                    for future in running:
                        future.result()
                        steps.advance()
                finally:
                    for future in running:
                        future.cancel()

    def _look_at_levels(self, runs: list[slice], steps: _Steps) -> None:
        """Determine whether the movie has few enough grey levels for float32 to be exact."""
        self._levels = _Levels.of(self._movie, runs, steps)
        n_frames = len(self._movie)
        narrow = is_exact_in_float32(self._firsts, self._levels.span, n_frames)
        self._blocks = Blocks.of(n_frames, self._out.shape[1], narrow=narrow)

    def _levels_of(self, pixels: slice, frames: slice) -> Reals:
        shifted = self._movie[frames, pixels].astype(np.float64) - self._levels.low
        return np.asarray(shifted / self._levels.step, dtype=self._blocks.precision)

    def _average(self, share: slice, pixels: slice, shown: Reals) -> None:
        firsts, workspace = self._firsts[share], self._spare.get()
        try:
            counted = count_spectrum(self._blocks.counts(firsts), self._blocks)
            sums = correlate(counted, shown, self._blocks, workspace)[: self._out.shape[1]]
        finally:
            self._spare.put(workspace)
        if self._movie.dtype.kind in "iub":
            sums = np.rint(sums)
        # NaN, not 0: a unit without a used spike has no average, and a division by 0 would warn
        n_windows = np.array([len(first) or np.nan for first in firsts])[:, np.newaxis]
        values = sums.astype(np.float64) * self._levels.step + self._levels.low * n_windows
        self._out[share, :, pixels] = (values / n_windows).transpose(1, 0, 2)


class _Steps:
    """Counts and reports the completed steps."""

    def __init__(self, total: int, progress: Callable[[int, int], None] | None) -> None:
        self._total, self._progress, self._done = total, progress, 0

    def advance(self) -> None:
        self._done += 1
        if self._progress is not None:
            self._progress(self._done, self._total)


def _slices(size: int, step: int) -> list[slice]:
    return [slice(first, min(first + step, size)) for first in range(0, size, step)]
