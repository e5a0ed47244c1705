"""Responses to sinusoidal light: amplitude and phase of the firing rate at each frequency."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hdmea_gui.analysis.histogram import TrialRates

ALPHA = 0.01
_COVERAGE = 0.95
_FEWEST_BINS = 4  # of a part: three coefficients pass through three bins
_FEWEST_PARTS = 3


@dataclass(frozen=True)
class FrequencyStep:
    """Part of the trial with light at one frequency.

    Attributes
    ----------
    start_bin, end_bin
        First bin, and the one after the last, from the start of the trial.
    frequency_hz
        Frequency of the light, Hz.
    """

    start_bin: int
    end_bin: int
    frequency_hz: float


@dataclass(frozen=True)
class FrequencyResponse:
    """Sine fitted to the rate during each step.

    The rate is offset + amplitude * sin(2 pi f t + phase), with t in seconds from the start of the step.

    Attributes
    ----------
    frequency_hz, amplitude, offset
        float64 (n_steps,), Hz. Amplitude and offset are NaN for a step that extends beyond the trial.
    phase
        float64 (n_steps,), rad. In (-pi, pi]; NaN if the rate does not follow the light significantly.
    r_squared
        float64 (n_steps,). Fraction of the variance explained by the sine; NaN for a constant rate.
    modulation_p
        float64 (n_steps,). p-value of the modulation, from the scatter of the response over the cycles of all trials
        (Victor and Mast 1991), so that its size is the same for few and many trials; up to 0.01 the rate follows the
        light. NaN for a constant rate or fewer than three cycles in all.
    amplitude_interval, phase_interval
        float64 (n_steps, 2), Hz and rad. Intervals of 95 %, from the same scatter; that of the phase may exceed pi, and
        is NaN without a phase.
    preferred_frequency
        Frequency of the largest amplitude among the steps with a phase, Hz. NaN if no step has one.
    """

    frequency_hz: NDArray[np.float64]
    amplitude: NDArray[np.float64]
    phase: NDArray[np.float64]
    offset: NDArray[np.float64]
    r_squared: NDArray[np.float64]
    modulation_p: NDArray[np.float64]
    amplitude_interval: NDArray[np.float64]
    phase_interval: NDArray[np.float64]
    preferred_frequency: float


def frequency_response(trials: TrialRates, steps: Sequence[FrequencyStep]) -> FrequencyResponse:
    """Fit a sine of known frequency to the mean of the unsmoothed trials, step by step (least squares).

    Bins are placed at their middle. A bin averages over its duration T, which reduces the amplitude by
    a factor of sin(pi f T) / (pi f T): by 4.5 % for 10 Hz in 60 Hz bins. This is not corrected.

    Parameters
    ----------
    trials
        Unsmoothed rates. Trials cut short by the end of the recording are ignored.
    steps
        Position and frequency of each step within the trial.

    Returns
    -------
    response
        Fit of each step and the preferred frequency.

    Raises
    ------
    CannotCompute
        If no trial is complete.
    """
    whole = trials.complete()
    psth = whole.rates.mean(axis=0)
    fits = np.array([_fit_step(psth, whole, step) for step in steps], dtype=np.float64).reshape(-1, 6)
    amplitude, phase, offset, r_squared, p, error = fits.T
    phase = np.where(p <= ALPHA, phase, np.nan)
    frequency = np.array([step.frequency_hz for step in steps], dtype=np.float64)
    followed = np.flatnonzero(np.isfinite(phase))
    preferred = frequency[followed[np.argmax(amplitude[followed])]] if followed.size else np.nan
    return FrequencyResponse(
        frequency,
        amplitude,
        phase,
        offset,
        r_squared,
        p,
        np.maximum(_around(amplitude, error), 0),
        _around(phase, np.arcsin(np.minimum(error / np.where(amplitude > 0, amplitude, np.nan), 1))),
        float(preferred),
    )


def _around(values: NDArray[np.float64], half: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.stack([values - half, values + half], axis=1)


def _fit_step(psth: NDArray[np.float64], trials: TrialRates, step: FrequencyStep) -> tuple[float, ...]:
    """Return amplitude, phase, offset, r squared, p, and half the width of the interval of the amplitude."""
    if step.start_bin < 0 or step.end_bin > psth.size or step.end_bin - step.start_bin < _FEWEST_BINS:
        return (np.nan,) * 6
    own = slice(step.start_bin, step.end_bin)
    rate = psth[own]
    angle = 2 * np.pi * step.frequency_hz * (trials.time_s[own] - trials.edges_s[step.start_bin])
    design = np.stack([np.sin(angle), np.cos(angle), np.ones_like(angle)], axis=1)
    sine, cosine, offset = np.linalg.lstsq(design, rate, rcond=None)[0].tolist()
    spread = float(((rate - rate.mean()) ** 2).sum())
    left = float(((rate - design @ [sine, cosine, offset]) ** 2).sum())
    amplitude, phase = float(np.hypot(sine, cosine)), float(np.arctan2(cosine, sine))
    if np.ptp(rate) == 0:
        return amplitude, phase, offset, np.nan, np.nan, np.nan
    return amplitude, phase, offset, 1 - left / spread, *_modulation(trials.rates[:, own], angle, design)


def _modulation(
    rates: NDArray[np.float64], angle: NDArray[np.float64], design: NDArray[np.float64]
) -> tuple[float, float]:
    """Return the p-value of a modulation, and half the width of an interval of its amplitude.

    The sine is fitted to each cycle of each trial, or to several where a cycle has fewer than four bins. Without a
    modulation the fits scatter around 0 alike in all directions, with the variance that they themselves show.
    """
    from scipy.special import betaincinv

    n_cycles = np.ceil(_FEWEST_BINS * np.median(np.diff(angle)) / (2 * np.pi))
    part = np.floor(angle / (2 * np.pi * n_cycles) + 1e-9).astype(np.int64)
    n_parts = int(np.floor((angle[-1] + np.median(np.diff(angle))) / (2 * np.pi * n_cycles)))
    found = [
        np.linalg.lstsq(design[part == number], rates[:, part == number].T, rcond=None)[0][:2].T
        for number in range(n_parts)
        if np.count_nonzero(part == number) >= _FEWEST_BINS
    ]
    fits = np.concatenate([np.empty((0, 2)), *found])
    n = len(fits)
    if n < _FEWEST_PARTS:
        return np.nan, np.nan
    mean = fits.mean(axis=0)
    scatter, size = float(((fits - mean) ** 2).sum()), n * float((mean**2).sum())
    if scatter + size == 0:
        return np.nan, np.nan
    # the tail of F(2, 2 n - 2) has a closed form, and so has the quantile of t, squared, in the beta distribution
    p = (scatter / (scatter + size)) ** (n - 1)
    degrees = 2 * n - 2
    x = float(betaincinv(0.5, degrees / 2, _COVERAGE))
    return p, float(np.sqrt(degrees * x / (1 - x) * scatter / degrees / n))
