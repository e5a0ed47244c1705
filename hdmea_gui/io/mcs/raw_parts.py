"""The parts that a raw recording is written from: regions, their sweeps, and what the channels mean."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

Frames = np.ndarray | Iterable[np.ndarray] | Callable[[int, int], np.ndarray]
FactorsName = Literal["Conversion Factors", "ConversionFactors"]

_SLAB_FRAMES = 2000


@dataclass(frozen=True)
class SweepData:
    """One stretch of sensor frames.

    Parameters
    ----------
    start_us : int
        When it begins, in microseconds of the recording.
    n_frames : int
        How many frames it has.
    frames : array, iterable of arrays, or callable
        int16 frames (n, axis 1, axis 2) in the region's axes: all of them, slabs one after the other, or
        a function of (first frame, last frame + 1), called with rising stretches of at most 2000 frames.
    """

    start_us: int
    n_frames: int
    frames: Frames

    def slabs(self) -> Iterable[np.ndarray]:
        """Give the frames in pieces (n, axis 1, axis 2), in order."""
        if isinstance(self.frames, np.ndarray):
            return [self.frames]
        if callable(self.frames):
            return self._called_slabs(self.frames)
        return self.frames

    def _called_slabs(self, frames: Callable[[int, int], np.ndarray]) -> Iterable[np.ndarray]:
        for start in range(0, self.n_frames, _SLAB_FRAMES):
            yield frames(start, min(start + _SLAB_FRAMES, self.n_frames))


@dataclass(frozen=True)
class RegionData:
    """A rectangle of sensors and what it recorded.

    Parameters
    ----------
    region_id : int
        Number of the region, from 1.
    left, top, right, bottom : int
        First and last column and row on the chip, 1-based and inclusive.
    sweeps : sequence of SweepData
        Its stretches of frames.
    axes : ("col", "row") or ("row", "col")
        Order of the two axes behind the frames.
    exponent, ad_zero : int
        Physical value = raw x conversion factor x 10^exponent.
    conversion_factors : array, optional
        One factor a sensor, height x width numbers in any shape; 1 everywhere when missing.
    factors_name : str, optional
        Name of their column; None leaves the column out.
    """

    region_id: int
    left: int
    top: int
    right: int
    bottom: int
    sweeps: Sequence[SweepData]
    axes: tuple[str, str] = ("col", "row")
    exponent: int = -9
    ad_zero: int = 0
    conversion_factors: np.ndarray | None = None
    factors_name: FactorsName | None = "Conversion Factors"

    @property
    def frame_shape(self) -> tuple[int, int]:
        """Sensors along axis 1 and axis 2 of the frames."""
        width, height = self.right - self.left + 1, self.bottom - self.top + 1
        return (width, height) if self.axes == ("col", "row") else (height, width)

    def factors_text(self) -> str:
        """Give the conversion factors as MCS programs write them, with the space at the end."""
        width, height = self.frame_shape
        factors = np.ones(width * height) if self.conversion_factors is None else self.conversion_factors
        return "".join(f"{factor!r} " for factor in np.asarray(factors, dtype=float).ravel().tolist())


@dataclass(frozen=True)
class ChannelGroup:
    """What the meta table says of the analog channels.

    Parameters
    ----------
    unit : str
        Physical unit.
    conversion_factor : float
        Physical value = raw x conversion factor x 10^exponent.
    exponent, ad_zero : int
        See `conversion_factor`.
    labels : sequence of str
        Names of the channels; "Analog 1" and so on when empty.
    """

    unit: str = "V"
    conversion_factor: float = 1.0
    exponent: int = -9
    ad_zero: int = 0
    labels: Sequence[str] = field(default_factory=tuple)
