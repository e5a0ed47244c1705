"""Receptive fields of ON-OFF cells, whose STA is flat: light and dark raise the rate alike.

A spike-triggered variance of single pixels shows nothing in binary noise, whose square is constant, so the movie is
smoothed with Gaussians first. The number of spikes that follow each pattern is correlated with the square of its
smoothed contrast. In a white movie that correlation has variance 1 for any spike train. A cell with a single threshold
also responds to the square; therefore both light and dark must raise the rate above that at medium contrast.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hdmea_gui.analysis.noise_patterns import pattern_starts

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

FEWEST_SPIKES = 300
_ALPHA = 0.001  # 5.3 standard deviations in a movie of 15 x 15 pixels
_BOX = 4  # frames
_LAGS = np.arange(3, 30)  # frames from the middle of a box to the spike
_SIGMAS = (0.8, 1.4)  # pixels
_REACH = 4.0  # standard deviations
_TAIL, _MIDDLE = 1.0, 0.5  # standard deviations of the contrast
_ABOVE = 3.0  # standard errors by which either tail must exceed the middle
_AT_A_TIME = 1 << 24  # values


@dataclass(frozen=True)
class OnOffField:
    """Evidence of an ON-OFF receptive field.

    Attributes
    ----------
    p
        p-value of the response to contrast of either sign, corrected for pixels, lags and widths; 1 if only one sign
        raises the rate, NaN with fewer than 300 spikes.
    row, col
        Pixel in its centre.
    """

    p: float
    row: int
    col: int

    @property
    def is_significant(self) -> bool:
        """Whether the unit has an ON-OFF receptive field."""
        return self.p <= _ALPHA


@dataclass
class _Best:
    z: float = 0.0
    row: int = 0
    col: int = 0
    has_both: bool = False


def find_on_off_fields(
    movie: NDArray[Any],
    spike_frames: Sequence[NDArray[np.integer[Any]]],
    progress: Callable[[int, int], None] | None = None,
) -> list[OnOffField]:
    """Test every unit for an ON-OFF receptive field.

    Parameters
    ----------
    movie
        Any integer or float (n_frames, height, width), grey levels; white noise.
    spike_frames
        One any integer (n_spikes,) per unit, movie frames.
    progress
        Called as progress(done, total); may raise to cancel.

    Returns
    -------
    fields
        One for each unit.
    """
    starts = pattern_starts(movie)
    enough = [number for number, spikes in enumerate(spike_frames) if len(spikes) >= FEWEST_SPIKES]
    best = {number: _Best() for number in enough}
    strips = _strips(len(starts), *movie.shape[1:]) if enough and len(starts) > 1 else []
    done, total = 0, len(strips) * len(enough)
    for rows in strips:
        contrasts = [_contrast(movie, starts, rows, sigma) for sigma in _SIGMAS]
        squares = [_standardised(contrast**2) for contrast in contrasts]
        for number in enough:
            if progress is not None:
                progress(done, total)
            done += 1
            followers = _followers(spike_frames[number], starts, len(movie))
            for contrast, square in zip(contrasts, squares, strict=True):
                _look(followers, contrast, square, rows, best[number])
    n_tests = len(_LAGS) * len(_SIGMAS) * int(np.prod(movie.shape[1:]))
    return [
        OnOffField(
            min(math.erfc(best[number].z / math.sqrt(2)) * n_tests, 1.0) if best[number].has_both else 1.0,
            best[number].row,
            best[number].col,
        )
        if number in best
        else OnOffField(float("nan"), 0, 0)
        for number in range(len(spike_frames))
    ]


def _strips(n_patterns: int, height: int, width: int) -> list[range]:
    """Return the rows to process together."""
    n_rows = max(_AT_A_TIME // (n_patterns * width), 1)
    return [range(first, min(first + n_rows, height)) for first in range(0, height, n_rows)]


def _contrast(
    movie: NDArray[Any], starts: NDArray[np.int64], rows: range, sigma: float
) -> NDArray[np.float32]:
    """Return the patterns smoothed around the pixels of some rows, float32 (n_patterns, n_pixels), in SDs."""
    reach = int(np.ceil(_REACH * sigma))
    seen = range(max(rows.start - reach, 0), min(rows.stop + reach, movie.shape[1]))
    patterns = movie[starts, seen.start : seen.stop].astype(np.float32)
    patterns -= patterns.mean(axis=0)
    cols = range(movie.shape[2])
    smooth = _bank(rows, seen, sigma) @ patterns @ _bank(cols, cols, sigma).T
    return _standardised(np.asarray(smooth.reshape(len(starts), -1), np.float32))


def _bank(at: range, seen: range, sigma: float) -> NDArray[np.float32]:
    distance = np.array(at)[:, None] - np.array(seen)[None, :]
    return np.asarray(np.exp(-((distance / sigma) ** 2) / 2), np.float32)


def _standardised(values: NDArray[np.float32]) -> NDArray[np.float32]:
    centred = values - values.mean(axis=0)
    sd = centred.std(axis=0)
    return np.asarray(centred / np.where(sd > 0, sd, 1))


def _followers(
    spikes: NDArray[np.integer[Any]], starts: NDArray[np.int64], n_frames: int
) -> NDArray[np.float32]:
    """Return the spikes that follow each pattern by each lag, float32 (n_lags, n_patterns), minus their mean.

    A spike counts for the pattern by the share of its box of frames in which that was shown.
    """
    inside = np.asarray(spikes)[(np.asarray(spikes) >= 0) & (np.asarray(spikes) < n_frames)]
    counts = np.bincount(inside, minlength=n_frames + _LAGS[-1] + _BOX).cumsum()
    total = np.concatenate([[0], counts, np.full(_BOX, counts[-1])])
    first = np.arange(n_frames)[None, :] + _LAGS[:, None] - _BOX // 2
    boxes = (total[first + _BOX] - total[first]).astype(np.float32)
    followers = np.add.reduceat(boxes, starts, axis=1)
    return np.asarray(followers - followers.mean(axis=1, keepdims=True))


def _look(
    followers: NDArray[np.float32],
    contrast: NDArray[np.float32],
    square: NDArray[np.float32],
    rows: range,
    best: _Best,
) -> None:
    """Keep the pixel and lag with the largest correlation, if it exceeds the best so far."""
    sizes = np.linalg.norm(followers, axis=1, keepdims=True)
    z = followers @ square / np.where(sizes > 0, sizes, 1)
    lag, pixel = np.unravel_index(int(z.argmax()), z.shape)
    if z[lag, pixel] > best.z:
        row, col = divmod(int(pixel), square.shape[1] // len(rows))
        best.z, best.row, best.col = float(z[lag, pixel]), rows.start + row, col
        best.has_both = _has_both(followers[lag], contrast[:, pixel])


def _has_both(followers: NDArray[np.float32], contrast: NDArray[np.float32]) -> bool:
    """Whether the rate is higher after light as well as after dark than after medium contrast."""
    middle = followers[np.abs(contrast) < _MIDDLE]
    tails = (followers[contrast > _TAIL], followers[contrast < -_TAIL])
    if not all(part.size for part in (middle, *tails)):
        return False
    errors = [float(followers.std() * np.sqrt(1 / tail.size + 1 / middle.size)) for tail in tails]
    return all(
        float(tail.mean() - middle.mean()) > _ABOVE * error for tail, error in zip(tails, errors, strict=True)
    )
