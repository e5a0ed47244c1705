"""Patterns of a noise movie, each shown for several display frames, and whether they are white.

In white noise the pixels of a pattern are independent of each other and of the next pattern. Otherwise an STA is the
receptive field blurred by the movie's correlation (Chichilnisky 2001), and its test is not valid.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_TOLERATED = 0.05  # correlation; a field of 1 pixel appears about as much wider
_SD = 4.0  # short movies are correlated by chance
_AT_A_TIME = 1 << 22  # values


@dataclass(frozen=True)
class Whiteness:
    """Mean correlations of a noise movie.

    Attributes
    ----------
    along_x, along_y
        Between neighbouring pixels of a pattern.
    in_time
        Between a pixel in one pattern and in the next.
    tolerated
        Correlation up to which the movie counts as white.
    """

    along_x: float
    along_y: float
    in_time: float
    tolerated: float

    @property
    def largest(self) -> float:
        """Largest correlation in size, with its sign."""
        return max(self.along_x, self.along_y, self.in_time, key=abs)

    @property
    def is_white(self) -> bool:
        """Whether the STA of this movie is the receptive field itself."""
        return abs(self.largest) <= self.tolerated


def pattern_starts(movie: NDArray[Any]) -> NDArray[np.int64]:
    """Return the frames at which the movie changes, the first included; int64 (n_patterns,), frames."""
    flat = movie.reshape(len(movie), -1)
    step = max(_AT_A_TIME // max(flat.shape[1], 1), 1)
    changes = [
        (flat[first + 1 : first + 1 + step] != flat[first : first + step][: len(flat) - first - 1]).any(
            axis=1
        )
        for first in range(0, len(flat) - 1, step)
    ]
    return np.flatnonzero(np.concatenate([[len(flat) > 0], *changes]))


def whiteness(movie: NDArray[Any]) -> Whiteness:
    """Measure the correlations between neighbouring pixels and successive patterns.

    Parameters
    ----------
    movie
        Any integer or float (n_frames, height, width), grey levels.

    Returns
    -------
    whiteness
        The correlations; 0 where there are no neighbours or nothing varies.
    """
    starts = pattern_starts(movie)
    mean = np.asarray(movie[starts].mean(axis=0), np.float64)
    sums = np.zeros(4)  # products along x, along y, in time; squares
    step = max(_AT_A_TIME // max(mean.size, 1), 1)
    for first in range(0, len(starts), step):
        x = movie[starts[first : first + step + 1]] - mean  # with the first pattern of the next batch
        own = x[:step]
        pairs = ((own[..., 1:], own[..., :-1]), (own[:, 1:], own[:, :-1]), (x[1:], x[:-1]), (own, own))
        sums += [float(np.vdot(one, other)) for one, other in pairs]
    height, width = mean.shape
    n = len(starts)
    counts = np.array(
        [n * height * (width - 1), n * (height - 1) * width, (n - 1) * mean.size, n * mean.size]
    )
    variance = sums[3] / max(counts[3], 1)
    along_x, along_y, in_time = (sums[:3] / np.maximum(counts[:3], 1) / (variance or 1.0)).tolist()
    return Whiteness(along_x, along_y, in_time, max(_TOLERATED, _SD / float(np.sqrt(max(counts[3], 1)))))
