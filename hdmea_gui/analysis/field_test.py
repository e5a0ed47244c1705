"""Whether an STA holds a receptive field, against the unit's own noise.

In a white noise movie the deviations of an STA have the same variance at every lag, whatever the spike train: bursts
and slow modulation change it equally before and after the response. The earliest lags, to which the unit cannot have
responded, measure it from thousands of values. Single pixels and Gaussians of two widths are projected on boxes of
four frames, and the largest projection is compared with the t distribution, corrected for all of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

ALPHA = 0.005
_BOX = 4  # frames; noise movies usually hold each pattern for this long
_NEAREST, _FARTHEST = 1, 31  # frames before the spike, within which a response lies
_SIGMAS = (0.8, 1.4)  # pixels
_INDEPENDENT = 2 / 3  # share of the projections that are independent: the filters overlap


@dataclass(frozen=True)
class FieldTest:
    """Test of an STA.

    Attributes
    ----------
    p
        Probability of the largest projection without a receptive field, corrected for pixels, lags and filters. NaN if
        no lag is early enough to measure the noise.
    z
        That projection over its standard deviation, with its sign.
    frame
        Index of the lag in the middle of its box.
    """

    p: float
    z: float
    frame: int

    @property
    def is_significant(self) -> bool:
        """Whether there is a receptive field."""
        return self.p <= ALPHA


def find_field(sta: NDArray[np.floating[Any]], window_start: int) -> FieldTest:
    """Test whether an STA deviates anywhere from its noise.

    Parameters
    ----------
    sta
        Any float (n_lags, height, width), grey levels.
    window_start
        Lag of the first entry, display frames.

    Returns
    -------
    test
        Its result.
    """
    from scipy.stats import t

    boxes = _boxes(np.asarray(sta, np.float64))
    first = np.arange(len(boxes)) + window_start  # lag of the first frame of each box
    is_response = (first + _BOX - 1 <= -_NEAREST) & (first >= -_FARTHEST)
    is_noise = first + _BOX - 1 < -_FARTHEST - 1
    if not is_noise.any():  # a short window: the earliest quarter
        is_noise = np.arange(len(boxes)) < max(len(sta) // 4 - _BOX + 1, 1)
        is_response &= ~is_noise
    n_pixels = boxes[0].size
    sd = float(np.sqrt((boxes[is_noise] ** 2).mean()))
    if not is_response.any() or sd == 0:
        return FieldTest(float("nan"), float("nan"), 0)
    z = np.stack([_filtered(boxes[is_response], sigma) for sigma in (0.0, *_SIGMAS)]) / sd
    best = np.unravel_index(int(np.abs(z).argmax()), z.shape)
    degrees = n_pixels * max(int(is_noise.sum()) / _BOX, 1)
    p = 2 * float(t.sf(abs(float(z[best])), degrees)) * z.size * _INDEPENDENT
    return FieldTest(
        min(max(p, 1e-300), 1.0), float(z[best]), int(np.flatnonzero(is_response)[best[1]]) + _BOX // 2
    )


def _boxes(sta: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the means (n_boxes, height, width) over runs of frames, of the deviations from the mean of each pixel."""
    deviation = sta - sta.mean(axis=0)  # the mean of a pixel is a property of the movie
    width = min(_BOX, len(sta))
    total = np.concatenate([np.zeros((1, *sta.shape[1:])), deviation.cumsum(axis=0)])
    return np.asarray((total[width:] - total[:-width]) / width)


def _filtered(boxes: NDArray[np.float64], sigma: float) -> NDArray[np.float64]:
    """Project boxes on Gaussians around each pixel, of length 1, also at the edge: their noise is that of a pixel."""
    if sigma == 0:
        return boxes
    rows, cols = (_bank(size, sigma) for size in boxes.shape[1:])
    return np.asarray(rows @ boxes @ cols.T)


def _bank(size: int, sigma: float) -> NDArray[np.float64]:
    at = np.arange(size)
    bank = np.exp(-(((at[:, None] - at[None, :]) / sigma) ** 2) / 2)
    return np.asarray(bank / np.sqrt((bank**2).sum(axis=1, keepdims=True)))
