"""Sums of movie frames at each lag from a unit's events, for many units and pixels at once.

A sum over windows is the correlation of event counts with each pixel. It is computed for short blocks of frames
by Fourier transform; between the transforms all units meet all pixels in one matrix product a frequency. A complex
product is made of three real ones instead of four, hence the three parts of each spectrum.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Callable

_PRODUCT = 1 << 18  # multiplications up to which BLAS leaves a product to the thread that asks for it
_ERROR_FACTOR = (
    512  # rounding error in units of the last place of |events| x |pixel|: some ten times what occurs
)

Reals = NDArray[np.floating[Any]]
Complexes = NDArray[np.complexfloating[Any, Any]]


@dataclass(frozen=True)
class Blocks:
    """How the frames are cut: each block of window starts meets the frames that its windows reach.

    Attributes
    ----------
    length
        Length of a transform.
    step
        Window starts in a block.
    count
        Blocks.
    precision
        float32, where that is enough to tell integer sums apart, or float64.
    """

    length: int
    step: int
    count: int
    precision: type[np.float32 | np.float64]

    @classmethod
    def of(cls, n_frames: int, n_lags: int, *, narrow: bool) -> Blocks:
        """Cut a movie; a narrow one is computed in float32."""
        length = max(64, 1 << (4 * n_lags - 1).bit_length())
        step = length - n_lags + 1
        return cls(length, step, -(-(n_frames - n_lags + 1) // step), np.float32 if narrow else np.float64)

    @property
    def n_frequencies(self) -> int:
        """Frequencies of a transform."""
        return self.length // 2 + 1

    def counts(self, firsts: list[NDArray[np.int64]]) -> Reals:
        """Count the window starts of each unit: (units, blocks, step)."""
        counts = [np.bincount(first, minlength=self.step * self.count) for first in firsts]
        return np.asarray(np.stack(counts).reshape(len(firsts), self.count, self.step), dtype=self.precision)


@dataclass(frozen=True)
class Workspace:
    """Memory that one thread at a time uses: (3, frequencies, units, pixels) and (frequencies, units, pixels)."""

    parts: Reals
    product: Complexes

    @classmethod
    def of(cls, blocks: Blocks, n_units: int, n_pixels: int) -> Workspace:
        """Give memory for so many units and pixels."""
        shape = (blocks.n_frequencies, n_units, n_pixels)
        complexes = np.complex64 if blocks.precision is np.float32 else np.complex128
        return cls(np.empty((3, *shape), blocks.precision), np.empty(shape, complexes))


def is_exact_in_float32(firsts: list[NDArray[np.int64]], span: float, n_frames: int) -> bool:
    """Whether float32 tells the integer sums apart, for pixels between 0 and `span`."""
    error = _ERROR_FACTOR * span * float(np.sqrt(n_frames) * np.finfo(np.float32).eps) / 2
    if error * np.sqrt(max(len(first) for first in firsts)) >= 0.5:
        return False
    counts = (np.bincount(first) for first in firsts)
    return error * float(np.sqrt(max((count * count).sum() for count in counts))) < 0.5


def movie_spectrum(movie: Callable[[slice], Reals], blocks: Blocks, report: Callable[[], None]) -> Reals:
    """Transform the frames that each block reaches, to (3, frequencies, blocks, pixels).

    Parameters
    ----------
    movie
        Gives some frames, (frames, pixels), in the blocks' precision.
    blocks
        How the frames are cut.
    report
        Called after each block.
    """
    from scipy.fft import rfft

    transformed = []
    for first in range(0, blocks.count * blocks.step, blocks.step):
        transform = rfft(movie(slice(first, first + blocks.length)), blocks.length, axis=0)
        transformed.append(
            np.stack([transform.real, transform.imag - transform.real, transform.real + transform.imag])
        )
        report()
    return np.stack(transformed, axis=2)


def count_spectrum(counts: Reals, blocks: Blocks) -> Reals:
    """Transform the counts, (units, blocks, step), and conjugate, to (3, frequencies, units, blocks)."""
    from scipy.fft import rfft

    transform = rfft(counts, blocks.length, axis=2)
    real, imag = transform.real, -transform.imag
    return np.stack([real + imag, real, imag]).transpose(0, 3, 1, 2).copy()


def correlate(counted: Reals, shown: Reals, blocks: Blocks, workspace: Workspace) -> Reals:
    """Multiply the two spectra, sum over the blocks, and transform back, to (lags and more, units, pixels)."""
    from scipy.fft import irfft

    n_units, n_pixels = counted.shape[2], shown.shape[3]
    parts = workspace.parts[:, :, :n_units, :n_pixels]
    product = workspace.product[:, :n_units, :n_pixels]
    width = max(1, _PRODUCT // (n_units * blocks.count))
    for first in range(0, n_pixels, width):
        pixels = slice(first, first + width)
        np.matmul(counted, shown[..., pixels], out=parts[..., pixels])
    np.subtract(parts[0], parts[2], out=product.real)
    np.add(parts[0], parts[1], out=product.imag)
    return np.asarray(irfft(product, blocks.length, axis=0))
