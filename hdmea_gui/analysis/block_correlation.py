"""Sums of movie frames at each lag relative to a unit's events, for many units and pixels at once.

The sum over windows is the correlation of the event counts with each pixel. It is computed by Fourier transform in
short blocks of frames; at each frequency, one matrix product combines all units with all pixels. A complex product
takes three real products instead of four, hence the three parts of each spectrum.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Callable

_PRODUCT = 1 << 18  # multiplications up to which BLAS computes a product on the calling thread
# Bound on the rounding error, in units in the last place of |events| x |pixel|: about ten times what occurs.
_ERROR_FACTOR = 512

Reals = NDArray[np.floating[Any]]
Complexes = NDArray[np.complexfloating[Any, Any]]


@dataclass(frozen=True)
class Blocks:
    """Division of the frames: each block of window starts is combined with the frames its windows cover.

    Attributes
    ----------
    length
        Length of a transform, frames.
    step
        Number of window starts in a block.
    count
        Number of blocks.
    precision
        float32 where that suffices to distinguish integer sums, otherwise float64.
    """

    length: int
    step: int
    count: int
    precision: type[np.float32 | np.float64]

    @classmethod
    def of(cls, n_frames: int, n_lags: int, *, narrow: bool) -> Blocks:
        """Divide a movie into blocks.

        Parameters
        ----------
        n_frames, n_lags
            Length of the movie and of a window, frames.
        narrow
            Whether to compute in float32.

        Returns
        -------
        blocks
            The division.
        """
        # at least four windows long, so at most a quarter of each transform overlaps the next block
        length = max(64, 1 << (4 * n_lags - 1).bit_length())
        step = length - n_lags + 1
        return cls(length, step, -(-(n_frames - n_lags + 1) // step), np.float32 if narrow else np.float64)

    @property
    def n_frequencies(self) -> int:
        """Number of frequencies of a transform."""
        return self.length // 2 + 1

    def counts(self, firsts: list[NDArray[np.int64]]) -> Reals:
        """Count the window starts of each unit.

        Parameters
        ----------
        firsts
            One int64 (n_spikes,) per unit, frames. First frame of each window.

        Returns
        -------
        counts
            float32 or float64 (n_units, n_blocks, step), windows.
        """
        counts = [np.bincount(first, minlength=self.step * self.count) for first in firsts]
        return np.asarray(np.stack(counts).reshape(len(firsts), self.count, self.step), dtype=self.precision)


@dataclass(frozen=True)
class Workspace:
    """Scratch memory, used by one thread at a time.

    Attributes
    ----------
    parts
        float32 or float64 (3, n_frequencies, n_units, n_pixels).
    product
        complex64 or complex128 (n_frequencies, n_units, n_pixels).
    """

    parts: Reals
    product: Complexes

    @classmethod
    def of(cls, blocks: Blocks, n_units: int, n_pixels: int) -> Workspace:
        """Allocate memory for at most this many units and pixels."""
        shape = (blocks.n_frequencies, n_units, n_pixels)
        complexes = np.complex64 if blocks.precision is np.float32 else np.complex128
        return cls(np.empty((3, *shape), blocks.precision), np.empty(shape, complexes))


def is_exact_in_float32(firsts: list[NDArray[np.int64]], span: float, n_frames: int) -> bool:
    """Whether sums of integers are exact in float32 after rounding, for pixels between 0 and `span`.

    Parameters
    ----------
    firsts
        One int64 (n_spikes,) per unit, frames. First frame of each window.
    span
        Largest pixel value.
    n_frames
        Length of the movie, frames.

    Returns
    -------
    is_exact
        Whether the error is below one half for every unit.
    """
    error = _ERROR_FACTOR * span * float(np.sqrt(n_frames) * np.finfo(np.float32).eps) / 2
    # n spikes have a norm of at least sqrt(n), so this refusal needs no counting
    if error * np.sqrt(max(len(first) for first in firsts)) >= 0.5:
        return False
    counts = (np.bincount(first) for first in firsts)
    return error * float(np.sqrt(max((count * count).sum() for count in counts))) < 0.5


def movie_spectrum(movie: Callable[[slice], Reals], blocks: Blocks, report: Callable[[], None]) -> Reals:
    """Transform the frames that each block covers.

    Parameters
    ----------
    movie
        Function of a slice of frames that returns them as float32 or float64 (n_frames, n_pixels), in the
        blocks' precision.
    blocks
        Division of the frames.
    report
        Called after each block; may raise to cancel.

    Returns
    -------
    spectrum
        float32 or float64 (3, n_frequencies, n_blocks, n_pixels).
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
    """Return the conjugate transform of the counts of window starts.

    Parameters
    ----------
    counts
        float32 or float64 (n_units, n_blocks, step), windows.
    blocks
        Division of the frames.

    Returns
    -------
    spectrum
        float32 or float64 (3, n_frequencies, n_units, n_blocks).
    """
    from scipy.fft import rfft

    transform = rfft(counts, blocks.length, axis=2)
    real, imag = transform.real, -transform.imag
    return np.stack([real + imag, real, imag]).transpose(0, 3, 1, 2).copy()


def correlate(counted: Reals, shown: Reals, blocks: Blocks, workspace: Workspace) -> Reals:
    """Multiply the two spectra, sum over the blocks, and transform back.

    Parameters
    ----------
    counted
        float32 or float64 (3, n_frequencies, n_units, n_blocks). Spectrum of the counts.
    shown
        float32 or float64 (3, n_frequencies, n_blocks, n_pixels). Spectrum of the movie.
    blocks
        Division of the frames.
    workspace
        Scratch memory for at least these units and pixels.

    Returns
    -------
    sums
        float32 or float64 (length, n_units, n_pixels). Only the first n_lags entries are sums over whole windows.
    """
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
