"""Frames around a spike, as they are drawn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Pixel = tuple[int, int]
"""Row and column."""

_ROUND = np.array([1, 1.5, 2, 3, 4, 5, 6, 8, 10])


def round_limit(value: float) -> float:
    """The round number at or above a positive value: limits that change less often are easier to compare."""
    if not np.isfinite(value) or value <= 0:
        return 1.0
    power = 10.0 ** np.floor(np.log10(value))
    return float(_ROUND[np.searchsorted(_ROUND, value / power * (1 - 1e-9))] * power)


@dataclass(frozen=True)
class Lags:
    """When frames are, relative to the spike.

    Parameters
    ----------
    values : ndarray
        float64 (n_lags,), negative before the spike.
    unit : str
        Milliseconds; frames or samples where nothing tells how long these are.
    """

    values: NDArray[np.float64]
    unit: str

    def text(self, index: int) -> str:
        """A lag in words, with a minus sign as wide as a plus."""
        lag = float(self.values[index])
        decimals = 0 if self.unit != "ms" else 1 if abs(lag) >= 10 else 2
        return f"{lag:.{decimals}f} {self.unit}".replace("-", "−")

    def nearest(self, lag: float) -> int:
        """Index of the frame nearest to a lag."""
        return int(np.abs(self.values - lag).argmin())


@dataclass(frozen=True)
class Frames:
    """Frames and where they lie.

    Parameters
    ----------
    values : ndarray
        float32 (n_lags, rows, columns).
    lags : Lags
        When each is.
    limit : float
        A round number that no value exceeds.
    left, top : int
        Column and row of the first pixel.
    contrast : float
        Part of the limit that takes the last colour.
    """

    values: NDArray[np.float32]
    lags: Lags
    limit: float
    left: int = 0
    top: int = 0
    contrast: float = 1.0

    @property
    def colour_limit(self) -> float:
        """The value that takes the last colour."""
        return self.limit * self.contrast

    def time_course(self, pixel: Pixel) -> NDArray[np.float32] | None:
        """The values of one pixel, float32 (n_lags,); None beyond the frames."""
        row, col = pixel[0] - self.top, pixel[1] - self.left
        rows, cols = self.values.shape[1:]
        return self.values[:, row, col] if 0 <= row < rows and 0 <= col < cols else None
