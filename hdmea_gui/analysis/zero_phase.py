"""Zero-phase Butterworth high-pass, expressed as one short matrix and two small states.

Run forward and backward, a Butterworth high-pass of order n has the real gain 1 - 1 / (1 + (w / w_c)^(2n)). The
part that it removes is a sum of n decaying oscillations on either side of each sample (the partial fractions of that
gain), so the filtered samples of a window follow exactly from

- the raw samples in the window,
- n numbers that summarise everything before it (the left state), and
- n numbers that summarise everything after it (the right state).

All three are linear in the samples: the mean of the filtered windows is the same function of the mean raw window and
the mean states, so a long recording need only be summed, never filtered.
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
    """Butterworth high-pass run forward and backward, equivalent to scipy's ``sosfiltfilt``.

    Each oscillation is a complex mode p**k; one mode represents each conjugate pair. In real form a state has one row
    per filter order: the real parts of all modes, then the imaginary parts of the oscillating ones.

    Parameters
    ----------
    cutoff_hz, rate_hz
        Cutoff of a single pass (-3 dB) and sampling rate, Hz.
    order
        Order of a single pass, at least 1.

    Raises
    ------
    ValidationError
        If the cutoff is not between 0 and half the sampling rate, or the order is below 1.
    """

    cutoff_hz: float
    order: int
    rate_hz: float

    def __post_init__(self) -> None:
        if not 0 < self.cutoff_hz < self.rate_hz / 2:
            raise ValidationError(
                f"A high-pass cutoff of {self.cutoff_hz:g} Hz is not possible at a sampling rate of {self.rate_hz:g} "
                f"Hz. Choose a cutoff above 0 and below {self.rate_hz / 2:g} Hz."
            )
        if self.order < 1:
            raise ValidationError(f"The filter order is {self.order}; it must be at least 1.")

    @property
    def padding(self) -> int:
        """Number of samples by which ``sosfiltfilt`` extends either end, mirrored through the end point."""
        return 3 * (self.order + 1)

    @cached_property
    def _analog_poles(self) -> Complexes:
        """Poles of s = (z - 1) / (z + 1) in the left half plane, on or above the real axis."""
        angles = np.pi * (self.order - 1 + 2 * np.arange(1, self.n_modes + 1)) / (2 * self.order)
        poles = np.tan(np.pi * self.cutoff_hz / self.rate_hz) * np.exp(1j * angles)
        if self.order % 2:
            poles[-1] = poles[-1].real  # rounding leaves it an imaginary part
        return np.asarray(poles, dtype=np.complex128)

    @property
    def n_modes(self) -> int:
        """Number of modes: one per conjugate pair, and one for the real pole of an odd order."""
        return (self.order + 1) // 2

    @property
    def n_oscillating(self) -> int:
        """Number of modes that represent a conjugate pair; they come first."""
        return self.order // 2

    @cached_property
    def poles(self) -> Complexes:
        """Decay per sample of each mode, complex128 (n_modes,). Absolute values below 1."""
        s = self._analog_poles
        return np.asarray((1 + s) / (1 - s), dtype=np.complex128)

    @cached_property
    def _weights(self) -> Complexes:
        """Weight of each mode in the low-passed part (of one mode of the pair), complex128 (n_modes,)."""
        s = self._analog_poles
        return np.asarray(-s / self.order / (1 - s) ** 2, dtype=np.complex128)

    @cached_property
    def _pairs(self) -> Floats:
        """Multiplicity of each mode: 2 for a conjugate pair, 1 for a real pole."""
        return np.where(np.arange(self.n_modes) < self.n_oscillating, 2.0, 1.0)

    def powers(self, exponents: NDArray[np.int64]) -> Complexes:
        """Return the modes after some samples.

        Parameters
        ----------
        exponents
            Any integer, any shape, samples.

        Returns
        -------
        powers
            complex128, shape of `exponents` + (n_modes,).
        """
        return np.asarray(self.poles ** np.asarray(exponents)[..., np.newaxis], dtype=np.complex128)

    def rows(self, modes: Complexes) -> Floats:
        """Convert complex modes to real rows: complex128 (n_modes, ...) to float64 (order, ...)."""
        return np.concatenate([modes.real, modes.imag[: self.n_oscillating]])

    def modes(self, rows: Floats) -> Complexes:
        """Convert real rows to complex modes: float64 (order, ...) to complex128 (n_modes, ...)."""
        modes = rows[: self.n_modes].astype(np.complex128)
        modes[: self.n_oscillating] += 1j * rows[self.n_modes :]
        return modes

    def moments(self, n_samples: int) -> Floats:
        """Return the matrix, float64 (order, n_samples), whose column k holds the modes after k samples as rows."""
        return self.rows(self.powers(np.arange(n_samples)).T)

    def product(self, factors: Complexes) -> Floats:
        """Return matrices that multiply the modes of a state, held as rows, by factors.

        Parameters
        ----------
        factors
            complex128 (..., n_modes).

        Returns
        -------
        matrices
            float64 (..., order, order).
        """
        full = np.zeros((*factors.shape[:-1], self.order, self.order))
        every = np.arange(self.n_modes)
        real, imag = every[: self.n_oscillating], self.n_modes + every[: self.n_oscillating]
        full[..., every, every] = factors.real
        full[..., imag, imag] = factors[..., real].real
        full[..., real, imag] = -factors[..., real].imag
        full[..., imag, real] = factors[..., real].imag
        return full

    def window_matrix(self, n_samples: int) -> Floats:
        """Return the matrix from raw window, left state and right state to the filtered window.

        Parameters
        ----------
        n_samples
            Length of the window, samples.

        Returns
        -------
        matrix
            float64 (n_samples, n_samples + 2 order).
        """
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
        """Return the left state before the first sample.

        ``sosfiltfilt`` mirrors the first samples through the end point and assumes a constant before them.

        Parameters
        ----------
        head
            float64 (padding + 1, n_channels), raw counts. The first samples.

        Returns
        -------
        state
            float64 (order, n_channels), raw counts.
        """
        return self.rows(self._extension(head, self.padding))

    def state_after(self, tail: Floats, left_state: Floats) -> Floats:
        """Return the right state after the last sample.

        At this end ``sosfiltfilt`` assumes that not the samples but the output of the forward pass is constant beyond
        the mirrored samples; the resulting change in the backward pass is a combination of its modes.

        Parameters
        ----------
        tail
            float64 (padding + 1, n_channels), raw counts. The last samples.
        left_state
            float64 (order, n_channels), raw counts. Left state after the last sample.

        Returns
        -------
        state
            float64 (order, n_channels), raw counts.
        """
        mirrored = 2 * tail[-1] - tail[-2::-1]
        steady = self._columns(1 / (1 - self.poles)) * mirrored[-1]
        before_last = self._columns(self.poles ** (self.padding - 1)) * self.modes(left_state)
        before_last += self.powers(np.arange(self.padding - 1)).T @ mirrored[-2::-1]
        beyond = self._columns(self.poles**self.padding) * self._held_output(before_last - steady)
        return self.rows(self._extension(tail[::-1], self.padding) + beyond)

    def steady(self, level: Floats) -> Floats:
        """Return the state on either side of samples that have always been constant.

        Subtracting a constant from all samples subtracts this from every state and changes no filtered sample.

        Parameters
        ----------
        level
            float64 (n_channels,), raw counts. The constant.

        Returns
        -------
        state
            float64 (order, n_channels), raw counts.
        """
        return self.rows(self._columns(1 / (1 - self.poles)) * level)

    def _extension(self, inward: Floats, padding: int) -> Complexes:
        """Modes of the mirrored and then constant samples beyond an end; `inward` begins at that end."""
        mirrored = 2 * inward[0] - inward[1 : padding + 1]
        constant = self._columns(self.poles**padding / (1 - self.poles)) * mirrored[-1]
        return np.asarray(self.powers(np.arange(padding)).T @ mirrored + constant, dtype=np.complex128)

    def _held_output(self, deviation: Complexes) -> Complexes:
        """Change of the right state if the forward output is held at its last value instead of decaying.

        `deviation` holds the left modes before the last sample minus those of a constant input.
        """
        s = np.concatenate([self._analog_poles, self._analog_poles[: self.n_oscillating].conj()])
        poles = (1 + s) / (1 - s)
        gaps = s[:, np.newaxis] - s + np.eye(self.order)  # 1 for a pole's distance to itself
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
