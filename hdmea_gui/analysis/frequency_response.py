"""Responses to sinusoidal light: amplitude and phase of the firing rate at each frequency."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hdmea_gui.analysis.histogram import TrialRates

_MIN_R_SQUARED = 0.1  # the lab's scripts have no phase below it either


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
        float64 (n_steps,), rad. In (-pi, pi]; NaN if r_squared is below 0.1 or NaN.
    r_squared
        float64 (n_steps,). Fraction of the variance explained by the sine; NaN for a constant rate.
    preferred_frequency
        Frequency of the largest amplitude among the steps with a phase, Hz. NaN if no step has one.
    """

    frequency_hz: NDArray[np.float64]
    amplitude: NDArray[np.float64]
    phase: NDArray[np.float64]
    offset: NDArray[np.float64]
    r_squared: NDArray[np.float64]
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
    fits = np.array([_fit_step(psth, whole, step) for step in steps], dtype=np.float64).reshape(-1, 4)
    amplitude, phase, offset, r_squared = fits.T
    frequency = np.array([step.frequency_hz for step in steps], dtype=np.float64)
    followed = np.flatnonzero(np.isfinite(phase))
    preferred = frequency[followed[np.argmax(amplitude[followed])]] if followed.size else np.nan
    return FrequencyResponse(frequency, amplitude, phase, offset, r_squared, float(preferred))


def _fit_step(psth: NDArray[np.float64], trials: TrialRates, step: FrequencyStep) -> tuple[float, ...]:
    # three coefficients: with fewer than four bins the sine would pass through all of them
    if step.start_bin < 0 or step.end_bin > psth.size or step.end_bin - step.start_bin < 4:
        return (np.nan,) * 4
    rate = psth[step.start_bin : step.end_bin]
    since = trials.time_s[step.start_bin : step.end_bin] - trials.edges_s[step.start_bin]
    angle = 2 * np.pi * step.frequency_hz * since
    design = np.stack([np.sin(angle), np.cos(angle), np.ones_like(angle)], axis=1)
    sine, cosine, offset = np.linalg.lstsq(design, rate, rcond=None)[0].tolist()
    spread = float(((rate - rate.mean()) ** 2).sum())
    left = float(((rate - design @ [sine, cosine, offset]) ** 2).sum())
    r_squared = 1 - left / spread if np.ptp(rate) > 0 else np.nan
    phase = np.arctan2(cosine, sine) if r_squared >= _MIN_R_SQUARED else np.nan
    return float(np.hypot(sine, cosine)), float(phase), offset, r_squared
