"""Parts that a raw recording is written from: regions, their sweeps, and the description of the channels."""

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
    start_us
        Start of the sweep in the recording, microseconds.
    n_frames
        Number of frames.
    frames
        int16 (n_frames, axis 1, axis 2), raw counts, in the region's axes: one array of all frames, an iterable
        of slabs in order, or a function of (first frame, last frame + 1) that is called in order with stretches
        of at most 2000 frames.
    """

    start_us: int
    n_frames: int
    frames: Frames

    def slabs(self) -> Iterable[np.ndarray]:
        """Return the frames in slabs (n_frames, axis 1, axis 2), in order."""
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
    """A rectangle of sensors and its recorded frames.

    Parameters
    ----------
    region_id
        Number of the region, from 1.
    left, top, right, bottom
        First and last column and row on the chip, 1-based and inclusive.
    sweeps
        Its sweeps, in order of time.
    axes
        Order of the two axes after the frame axis: ("col", "row") or ("row", "col").
    exponent, ad_zero
        Physical value = raw x conversion factor x 10^exponent.
    conversion_factors
        Any float, height x width numbers in any shape: one factor per sensor; 1 everywhere if None.
    factors_name
        Name of their column; no column if None.
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
        """Number of sensors along axis 1 and axis 2 of the frames."""
        width, height = self.right - self.left + 1, self.bottom - self.top + 1
        return (width, height) if self.axes == ("col", "row") else (height, width)

    def factors_text(self) -> str:
        """Return the conversion factors as MCS programs write them, with a space at the end."""
        width, height = self.frame_shape
        factors = np.ones(width * height) if self.conversion_factors is None else self.conversion_factors
        return "".join(f"{factor!r} " for factor in np.asarray(factors, dtype=float).ravel().tolist())


@dataclass(frozen=True)
class ChannelGroup:
    """Description of the analog channels in the meta table.

    Parameters
    ----------
    unit
        Physical unit.
    conversion_factor
        Physical value = raw x conversion factor x 10^exponent.
    exponent, ad_zero
        See `conversion_factor`.
    labels
        Names of the channels; "Analog 1" and so on if empty.
    """

    unit: str = "V"
    conversion_factor: float = 1.0
    exponent: int = -9
    ad_zero: int = 0
    labels: Sequence[str] = field(default_factory=tuple)
