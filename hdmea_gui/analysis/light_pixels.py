"""What a photodiode sees of a movie, if it does not see the whole screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hdmea_gui.analysis.light_correlation import correlations

if TYPE_CHECKING:
    from collections.abc import Callable

_LEAST_Z = 6.0
_DRIFT = 120  # frames
_MOST_PIXELS = 40
_RIDGE = 0.01


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
    first, last = int(starts.min()), int(starts.max())
    stretch = _without_drift(means[first : last + length, None])[:, 0]
    stretch = stretch / max(float(stretch.std()), 1e-12)
    changing = _without_drift(pixels)
    power = np.sqrt((changing**2).sum(axis=0)).clip(1e-9)
    z = correlations(stretch, changing / power, check_cancelled)
    score = np.clip(z**2 - _LEAST_Z**2, 0, None).sum(axis=1)
    lag = int(score.argmax())
    followed = np.argsort(-np.abs(z[lag]))[:_MOST_PIXELS]
    followed = followed[np.abs(z[lag, followed]) > _LEAST_Z]
    if not followed.size:
        return None
    weights = _weights(changing[:, followed], stretch[lag : lag + length])
    return np.asarray(pixels[:, followed] @ weights)


def _weights(columns: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return the weights of neighbouring pixels, whose light is alike, by ridge regression, float64 (n_columns,)."""
    products = columns.T @ columns
    ridge = _RIDGE * np.trace(products) / len(products)
    return np.asarray(np.linalg.solve(products + ridge * np.eye(len(products)), columns.T @ values))


def _without_drift(values: np.ndarray) -> np.ndarray:
    """Return values (n_frames, ...) less their mean over the time around, so that slow changes do not count."""
    half = min(_DRIFT // 2, len(values) // 2)
    sums = np.concatenate([np.zeros((1, *values.shape[1:])), np.cumsum(values, axis=0, dtype=np.float64)])
    frames = np.arange(len(values))
    low, high = np.maximum(frames - half, 0), np.minimum(frames + half + 1, len(values))
    return np.asarray(values - (sums[high] - sums[low]) / (high - low)[:, None])
