"""The zero-phase Butterworth high-pass as one short matrix and two small states.

Forward and backward in turn, a Butterworth high-pass of order n has the real gain
1 - 1 / (1 + (w / w_c)^(2n)). The part taken away is a sum of n decaying oscillations on either side of each
sample (the partial fractions of that gain), so the filtered samples of a window follow exactly from

- the raw samples in the window,
- n numbers that sum up everything before it (the left state), and
- n numbers that sum up everything after it (the right state).

All three are linear in the samples: the mean of filtered windows is the same function of the mean raw window and
the mean states, and a long recording need only be summed, never filtered.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from hdmea_gui.errors import ValidationError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Complexes = NDArray[np.complex128]


@dataclass(frozen=True)
class ZeroPhaseHighpass:
    """A Butterworth high-pass run forward and backward, equal to scipy's ``sosfiltfilt``.

    Each oscillation is a complex mode p**k; those with conjugates stand for both. As real numbers, a state has
    one row a filter order: the real parts of all modes, then the imaginary parts of the oscillating ones.

    Parameters
    ----------
    cutoff_hz, rate_hz
        Cutoff of one pass (-3 dB) and sampling rate, Hz.
    order
        Order of one pass, at least 1.

    Raises
    ------
    ValidationError
        When the cutoff does not lie between 0 and half the sampling rate, or the order is below 1.
    """

    cutoff_hz: float
    order: int
    rate_hz: float

    def __post_init__(self) -> None:
        if not 0 < self.cutoff_hz < self.rate_hz / 2:
            raise ValidationError(
                f"The high-pass cutoff of {self.cutoff_hz:g} Hz does not fit a sampling rate of {self.rate_hz:g} Hz: "
                f"choose one above 0 and below {self.rate_hz / 2:g} Hz."
            )
        if self.order < 1:
            raise ValidationError(f"The filter order is {self.order}; it must be 1 or more.")

    @property
    def padding(self) -> int:
        """Samples by which ``sosfiltfilt`` extends either end, mirrored through the end point."""
        return 3 * (self.order + 1)

    @cached_property
    def _analog_poles(self) -> Complexes:
        """Poles in the left half plane on or above the real axis, of s = (z - 1) / (z + 1)."""
        angles = np.pi * (self.order - 1 + 2 * np.arange(1, self.n_modes + 1)) / (2 * self.order)
        poles = np.tan(np.pi * self.cutoff_hz / self.rate_hz) * np.exp(1j * angles)
        if self.order % 2:
            poles[-1] = poles[-1].real
        return np.asarray(poles, dtype=np.complex128)

    @property
    def n_modes(self) -> int:
        """Number of modes: one a conjugate pair, and one for the real pole of an odd order."""
        return (self.order + 1) // 2

    @property
    def n_oscillating(self) -> int:
        """Number of modes that stand for a conjugate pair; they come first."""
        return self.order // 2

    @cached_property
    def poles(self) -> Complexes:
        """Decay a sample of each mode, shape (n_modes,), of absolute value below 1."""
        s = self._analog_poles
        return np.asarray((1 + s) / (1 - s), dtype=np.complex128)

    @cached_property
    def _weights(self) -> Complexes:
        """Weight of each mode in the low-passed part (of one of the pair), shape (n_modes,)."""
        s = self._analog_poles
        return np.asarray(-s / self.order / (1 - s) ** 2, dtype=np.complex128)

    @cached_property
    def _pairs(self) -> Floats:
        """How often each mode counts: 2 for a conjugate pair, 1 for a real pole."""
        return np.where(np.arange(self.n_modes) < self.n_oscillating, 2.0, 1.0)

    def powers(self, exponents: NDArray[np.int64]) -> Complexes:
        """Modes after some samples, shape of ``exponents`` + (n_modes,)."""
        return np.asarray(self.poles ** np.asarray(exponents)[..., np.newaxis], dtype=np.complex128)

    def rows(self, modes: Complexes) -> Floats:
        """Real rows of complex modes: (n_modes, ...) to (order, ...)."""
        return np.concatenate([modes.real, modes.imag[: self.n_oscillating]])

    def modes(self, rows: Floats) -> Complexes:
        """Complex modes of real rows: (order, ...) to (n_modes, ...)."""
        modes = rows[: self.n_modes].astype(np.complex128)
        modes[: self.n_oscillating] += 1j * rows[self.n_modes :]
        return modes

    def moments(self, n_samples: int) -> Floats:
        """Matrix (order, n_samples) whose column k holds the modes after k samples, as rows."""
        return self.rows(self.powers(np.arange(n_samples)).T)

    def product(self, factors: Complexes) -> Floats:
        """Matrices (..., order, order) that multiply the modes of a state, held as rows, by (..., n_modes)."""
        full = np.zeros((*factors.shape[:-1], self.order, self.order))
        every = np.arange(self.n_modes)
        real, imag = every[: self.n_oscillating], self.n_modes + every[: self.n_oscillating]
        full[..., every, every] = factors.real
        full[..., imag, imag] = factors[..., real].real
        full[..., real, imag] = -factors[..., real].imag
        full[..., imag, real] = factors[..., real].imag
        return full

    def window_matrix(self, n_samples: int) -> Floats:
        """Matrix (n_samples, n_samples + 2 order) from raw window, left state and right state to filtered window."""
        distances = np.arange(n_samples)
        from_state = -self._pairs * self._weights * self.powers(distances)
        from_left = np.concatenate([from_state.real, -from_state.imag[:, : self.n_oscillating]], axis=1)
        kernel = np.empty(n_samples)
        kernel[0] = 1 + np.sum(
            self._pairs * (self._analog_poles / self.order / (1 - self._analog_poles)).real
        )
        kernel[1:] = from_state.real.sum(axis=1)[:-1]
        toeplitz = kernel[np.abs(distances[:, np.newaxis] - distances)]
        return np.concatenate([toeplitz, from_left, from_left[::-1]], axis=1)

    def state_before(self, head: Floats) -> Floats:
        """Left state before the first sample, shape (order, n_channels).

        ``sosfiltfilt`` mirrors the first samples through the end point and takes all before them as constant.

        Parameters
        ----------
        head
            The first ``padding`` + 1 samples, shape (padding + 1, n_channels).
        """
        return self.rows(self._extension(head, self.padding))

    def state_after(self, tail: Floats, left_state: Floats) -> Floats:
        """Right state after the last sample, shape (order, n_channels).

        At this end ``sosfiltfilt`` takes not the samples but the output of the forward pass as constant beyond
        the mirrored samples; what this changes in the backward pass lies within its modes.

        Parameters
        ----------
        tail
            The last ``padding`` + 1 samples, shape (padding + 1, n_channels).
        left_state
            Left state after the last sample, shape (order, n_channels).
        """
        mirrored = 2 * tail[-1] - tail[-2::-1]
        steady = self._columns(1 / (1 - self.poles)) * mirrored[-1]
        before_last = self._columns(self.poles ** (self.padding - 1)) * self.modes(left_state)
        before_last += self.powers(np.arange(self.padding - 1)).T @ mirrored[-2::-1]
        beyond = self._columns(self.poles**self.padding) * self._held_output(before_last - steady)
        return self.rows(self._extension(tail[::-1], self.padding) + beyond)

    def steady(self, level: Floats) -> Floats:
        """State on either side of samples that have always been constant, at ``level`` (n_channels,).

        Taking a constant from all samples takes this from every state and changes no filtered sample.
        """
        return self.rows(self._columns(1 / (1 - self.poles)) * level)

    def _extension(self, inward: Floats, padding: int) -> Complexes:
        """Modes of the mirrored and then constant samples beyond an end; ``inward`` begins at that end."""
        mirrored = 2 * inward[0] - inward[1 : padding + 1]
        constant = self._columns(self.poles**padding / (1 - self.poles)) * mirrored[-1]
        return np.asarray(self.powers(np.arange(padding)).T @ mirrored + constant, dtype=np.complex128)

    def _held_output(self, deviation: Complexes) -> Complexes:
        """Change of the right state when the forward output is held at its last value instead of decaying.

        ``deviation`` holds the left modes before the last sample minus those of a constant input.
        """
        s = np.concatenate([self._analog_poles, self._analog_poles[: self.n_oscillating].conj()])
        poles = (1 + s) / (1 - s)
        gaps = s[:, np.newaxis] - s + np.eye(self.order)
        residues = 2 * s**self.order / gaps.prod(axis=1) / (1 - s) ** 2
        decaying = residues[:, np.newaxis] * np.concatenate(
            [deviation, deviation[: self.n_oscillating].conj()]
        )
        held = decaying.sum(axis=0)
        crossed = 1 / (1 - self.poles[:, np.newaxis] * poles)
        difference = self._columns(1 / (1 - self.poles)) * held - crossed @ (poles[:, np.newaxis] * decaying)
        change = self._columns(-residues[: self.n_modes] / self._weights) * difference
        return np.asarray(change, dtype=np.complex128)

    @staticmethod
    def _columns(values: Complexes) -> Complexes:
        return values[:, np.newaxis]
