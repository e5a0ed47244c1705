"""What a photodiode sees of a movie, if it does not see the whole screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

_LEAST_Z = 6.0
_AT_ONCE = 8


def light_of_seen_pixels(
    means: np.ndarray,
    first_frame: int,
    pixels: np.ndarray,
    offsets: np.ndarray,
    check_cancelled: Callable[[], None],
) -> np.ndarray | None:
    """Return the light of the pixels that the recorded light follows, float64 (n_frames,); None if it follows none.

    Parameters
    ----------
    means
        float64 (n_slots,), raw counts. Light in each slot of the display.
    first_frame
        Frame of the playlist at which the movie begins.
    pixels
        float32 (n_frames, n_pixels). Light in parts of the screen.
    offsets
        int64 (n_offsets,). Consecutive offsets of the frames from the slots to try.
    check_cancelled
        Called again and again; may raise to cancel.
    """
    length = len(pixels)
    starts = first_frame - offsets
    starts = starts[(starts >= 0) & (starts + length <= len(means))]
    if not len(starts):
        return None
    changing = pixels - pixels.mean(axis=0)
    changing = changing / np.maximum(changing.std(axis=0), 1e-9)
    first, last = int(starts.min()), int(starts.max())
    stretch = np.diff(means[first : last + length])
    # changes of the light, so that slow ones do not count
    stretch = (stretch - stretch.mean()) / max(float(stretch.std()), 1e-12)
    moves = np.diff(changing, axis=0)
    power = np.sqrt((moves**2).sum(axis=0)).clip(1e-9)
    z = _correlations(stretch, moves / power, check_cancelled)
    score = np.clip(z**2 - _LEAST_Z**2, 0, None).sum(axis=1)
    weights = z[int(score.argmax())]
    weights = np.where(np.abs(weights) > _LEAST_Z, weights, 0.0)
    return pixels @ weights if weights.any() else None


def _correlations(
    stretch: np.ndarray, columns: np.ndarray, check_cancelled: Callable[[], None]
) -> np.ndarray:
    """Correlation of each column with the stretch at every lag, float32 (n_lags, n_columns)."""
    n_lags = len(stretch) - len(columns) + 1
    size = 1 << int(np.ceil(np.log2(len(stretch) + len(columns))))
    spectrum = np.fft.rfft(stretch, size)
    found = np.empty((n_lags, columns.shape[1]), np.float32)
    for start in range(0, columns.shape[1], _AT_ONCE):
        check_cancelled()
        part = np.fft.rfft(columns[:, start : start + _AT_ONCE], size, axis=0)
        found[:, start : start + _AT_ONCE] = np.fft.irfft(spectrum[:, None] * part.conj(), size, axis=0)[
            :n_lags
        ]
    return found
