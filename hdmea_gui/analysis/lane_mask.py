"""Soft mask of bad lanes in electrical images.

A lane's shared noise is removed by subtracting the median of its electrodes at each lag. Electrodes that still carry
a signal far above the lane's residual noise are kept; the others are left out (NaN). The images that are stored stay
as they were measured.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_CLEAR = 9.0  # peak-to-peak amplitude of a signal over the SD of the lane; noise alone reaches 6 to 7
_NORMAL = 1.4826  # SD of a normal distribution over its median absolute deviation
_GAINS = (0.5, 1.5)
_WIDE = 3


@dataclass(frozen=True)
class Lanes:
    """Bad lanes of an image.

    Attributes
    ----------
    axis
        Spatial axis of the image along which lanes are counted, 0 or 1.
    indices
        0-based index of each lane along this axis; those outside the image are ignored.
    """

    axis: int
    indices: tuple[int, ...]

    def within(self, n_lines: int) -> list[int]:
        """Return the indices of the lanes that an image with this many lines has."""
        return sorted({index for index in self.indices if 0 <= index < n_lines})

    def are_wide_at(self, position: float) -> bool:
        """Whether a position along the axis lies in three or more adjacent lanes."""
        bad, nearest = set(self.indices), round(position)
        if nearest not in bad:
            return False
        first = last = nearest
        while first - 1 in bad:
            first -= 1
        while last + 1 in bad:
            last += 1
        return last - first + 1 >= _WIDE


def masked(image: NDArray[np.floating[Any]], lanes: Lanes) -> NDArray[np.floating[Any]]:
    """Return an image without the noise of its bad lanes.

    Parameters
    ----------
    image
        Any float (n_lags, n_axis_1, n_axis_2).
    lanes
        The bad lanes.

    Returns
    -------
    masked
        Same type and shape. In bad lanes, electrodes with a clear signal are corrected, the others NaN.
    """
    found = np.array(image)
    lines = found.swapaxes(1, 1 + lanes.axis)  # a view: (n_lags, n_lanes, n_electrodes)
    usual = _noise(lines)  # that of a dead lane is no measure of a signal
    for index in lanes.within(lines.shape[1]):
        line = lines[:, index]
        line -= _shared(line)
        own = np.maximum(_own_noise(line), max(_noise(line), usual))
        line[:, ~(np.ptp(line, axis=0) > _CLEAR * own)] = np.nan
    return found


def _shared(line: NDArray[np.floating[Any]]) -> NDArray[np.floating[Any]]:
    """Noise that the electrodes of a lane share, each with its own gain, (n_lags, n_electrodes)."""
    common = np.median(line, axis=1)
    power = float(common @ common)
    if power == 0:
        return np.zeros_like(line)
    # near 1: on a small region the median holds some of the signal, which must not be taken for noise
    return np.outer(common, np.clip(common @ line / power, *_GAINS))


def _own_noise(line: NDArray[np.floating[Any]]) -> NDArray[np.floating[Any]]:
    """SD of the noise of each electrode (n_electrodes,), from steps between frames: signals are smoother."""
    return np.asarray(_NORMAL / np.sqrt(2) * np.median(np.abs(np.diff(line, axis=0)), axis=0))


def _noise(signals: NDArray[np.floating[Any]]) -> float:
    """Robust SD of signals (n_lags, ...) around the level of each."""
    return _NORMAL * float(np.median(np.abs(signals - np.median(signals, axis=0))))


def interpolated(values: NDArray[np.floating[Any]], lanes: Lanes) -> NDArray[np.floating[Any]]:
    """Return an image or map whose NaN in bad lanes are interpolated across the lanes, for display.

    Parameters
    ----------
    values
        Any float (..., n_axis_1, n_axis_2). NaN where electrodes were left out.
    lanes
        The bad lanes.

    Returns
    -------
    interpolated
        Same type and shape.
    """
    found = np.array(values)
    lines = np.moveaxis(found, found.ndim - 2 + lanes.axis, 0)  # a view: (n_lanes, ...)
    bad = lanes.within(len(lines))
    good = np.setdiff1d(np.arange(len(lines)), bad)
    if not len(good):
        return found
    for index in bad:
        after = int(np.searchsorted(good, index))
        low, high = good[max(after - 1, 0)], good[min(after, len(good) - 1)]
        share = (index - low) / (high - low) if high > low else 0.0
        between = (1 - share) * lines[low] + share * lines[high]
        lines[index] = np.where(np.isnan(lines[index]), between, lines[index])
    return found
