"""Frames around a spike, ready to be drawn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Pixel = tuple[int, int]
"""Row and column."""

_ROUND = np.array([1, 1.5, 2, 3, 4, 5, 6, 8, 10])


def round_limit(value: float) -> float:
    """Return the round number at or above a positive value; limits that change less often are easier to compare."""
    if not np.isfinite(value) or value <= 0:
        return 1.0
    power = 10.0 ** np.floor(np.log10(value))
    # a value that is round already must not be rounded up because of its last bit
    return float(_ROUND[np.searchsorted(_ROUND, value / power * (1 - 1e-9))] * power)


@dataclass(frozen=True)
class Lags:
    """Times of frames relative to the spike.

    Parameters
    ----------
    values : ndarray
        float64 (n_lags,), in `unit`. Negative before the spike.
    unit : str
        "ms"; "frames" or "samples" if their duration is unknown.
    """

    values: NDArray[np.float64]
    unit: str

    def text(self, index: int) -> str:
        """Return a lag as text, with a true minus sign."""
        lag = float(self.values[index])
        decimals = 0 if self.unit != "ms" else 1 if abs(lag) >= 10 else 2
        return f"{lag:.{decimals}f} {self.unit}".replace("-", "−")

    def nearest(self, lag: float) -> int:
        """Return the index of the frame nearest to a lag."""
        return int(np.abs(self.values - lag).argmin())


@dataclass(frozen=True)
class Frames:
    """Frames, their times and their position.

    Parameters
    ----------
    values : ndarray
        float32 (n_lags, n_rows, n_cols).
    lags : Lags
        Times of the frames.
    limit : float
        Round number at or above the largest absolute value.
    left, top : int
        Column and row of the first pixel.
    contrast : float
        Fraction of the limit at which the last colour is reached.
    """

    values: NDArray[np.float32]
    lags: Lags
    limit: float
    left: int = 0
    top: int = 0
    contrast: float = 1.0

    @property
    def colour_limit(self) -> float:
        """Value shown in the last colour."""
        return self.limit * self.contrast

    def time_course(self, pixel: Pixel) -> NDArray[np.float32] | None:
        """Return the values of one pixel, float32 (n_lags,), or None outside the frames."""
        row, col = pixel[0] - self.top, pixel[1] - self.left
        rows, cols = self.values.shape[1:]
        return self.values[:, row, col] if 0 <= row < rows and 0 <= col < cols else None
