"""Clocks of a recording: microseconds, acquisition samples, display frames, and rates over time."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

_US_PER_S = 1_000_000
START_UP_PULSES = 4  # sent by the projector before the first frame
LEAST_RISE = 0.1  # of the 99.9th percentile, as in the lab's scripts
_MOST_PULSES_PER_SAMPLE = 1 / 8  # noise peaks about every third sample, pulses are tens of samples apart
_BLOCK = 1 << 20  # samples processed at a time, so that a long channel is never copied whole
_TOLERANCE = 1e-4
TOLERANCE_SAMPLES = 2
"""Accuracy of what files state: the end of the data may be that of the last sample, or its start."""


def lengths_agree(n_samples: float, expected: float) -> bool:
    """Return whether two lengths in samples are the same within the accuracy of what files state."""
    return abs(n_samples - expected) <= _TOLERANCE * n_samples + TOLERANCE_SAMPLES


def samples_of_microseconds(t_us: npt.ArrayLike, rate_hz: float) -> np.ndarray:
    """Return the acquisition sample nearest to each time, exactly: round(t_us x rate / 1e6).

    Parameters
    ----------
    t_us
        Any integer, any shape, microseconds. Times in the recording, none negative.
    rate_hz
        Acquisition rate, Hz.

    Returns
    -------
    samples
        uint64, shape of `t_us`, samples. A time exactly between two samples is rounded to the even one, as
        by `round`.

    Raises
    ------
    ValueError
        If a time is negative or the rate is not positive.

    Notes
    -----
    Rates of the form 1e6 / tick with an integer tick, which most files have, are computed by integer division. For
    other rates the relative error of the floating-point product is below 1e-15, so only times closer than that
    (or than 1e-6 sample, if larger) to a half need exact fractions.
    """
    times = np.asarray(t_us)
    times = times.astype(np.int64) if times.dtype != np.int64 else times
    if not rate_hz > 0:
        raise ValueError(f"the acquisition rate must be positive, not {rate_hz}")
    if times.size and times.min() < 0:
        raise ValueError("spike times must not be negative (before the start of the recording)")
    tick_us = round(_US_PER_S / rate_hz)
    if tick_us >= 1 and _US_PER_S / tick_us == rate_hz:
        return _rounded_quotient(times, tick_us).astype(np.uint64)
    return _rounded_product(times, rate_hz).astype(np.uint64)


def _rounded_quotient(times: np.ndarray, tick_us: int) -> np.ndarray:
    """Return times / tick, rounded half to even, int64."""
    whole, rest = np.divmod(times, np.int64(tick_us))
    twice = 2 * rest
    up = (twice > tick_us) | ((twice == tick_us) & (whole % 2 == 1))
    return np.asarray(whole + up, np.int64)


def _rounded_product(times: np.ndarray, rate_hz: float) -> np.ndarray:
    """Return times x rate / 1e6, rounded half to even, int64; exact for the float value of the rate."""
    product = times * (rate_hz / _US_PER_S)
    rounded = np.asarray(np.rint(product), np.int64)
    close = np.abs(np.abs(product - rounded) - 0.5) < _tolerance(product)
    ratio = Fraction(rate_hz) / _US_PER_S
    for index in np.flatnonzero(close).tolist():
        rounded.flat[index] = round(int(times.flat[index]) * ratio)
    return rounded


def _tolerance(product: np.ndarray) -> float:
    largest = float(product.max()) if product.size else 0.0
    return max(1e-6, largest * 1e-15)


def frame_of_sample(samples: npt.ArrayLike, frame_timestamps: np.ndarray) -> np.ndarray:
    """Return the display frame on screen at each sample: the last one that started at or before it.

    Parameters
    ----------
    samples
        Any integer, any shape, samples.
    frame_timestamps
        Any integer (n_frames,), samples. Onset of each display frame, ascending.

    Returns
    -------
    frames
        int64, shape of `samples`, display frames. Samples before the first frame are assigned to frame 0.

    Raises
    ------
    ValueError
        If there are no frames.
    """
    if len(frame_timestamps) == 0:
        raise ValueError("there are no display frames")
    # signed: unsigned and signed integers together would be compared as floats, exact only to 2**53
    starts = np.asarray(frame_timestamps).astype(np.int64, copy=False)
    wanted = np.asarray(samples).astype(np.int64, copy=False)
    found = np.searchsorted(starts, wanted, side="right") - 1
    return np.clip(found, 0, len(starts) - 1).astype(np.int64, copy=False)


def pulse_onsets(
    sync: np.ndarray, scale: float, progress: Callable[[int, int], None] | None = None
) -> np.ndarray:
    """Return the peaks of the differenced channel that reach a tenth of a scale, as in the lab's scripts.

    There the scale is the channel's 99.9th percentile, and the first four pulses, sent at start-up, are dropped.

    Parameters
    ----------
    sync
        Any integer or float (n_samples,), raw counts.
    scale
        Height of a pulse, raw counts.
    progress
        Called as progress(done, total) for the second half of the work; may raise to cancel.

    Returns
    -------
    onsets
        int64 (n_pulses,), samples. Empty if there are so many that they are noise.
    """
    rises = _where_rising(np.asarray(sync), scale, progress or _silent)
    if rises is None:
        return np.empty(0, np.int64)
    places, heights = rises
    from scipy.signal import find_peaks

    peaks = find_peaks(heights, height=LEAST_RISE)[0]
    if len(peaks) > _MOST_PULSES_PER_SAMPLE * len(sync):
        return np.empty(0, np.int64)
    return np.asarray(places[peaks], np.int64)


def _silent(_done: int, _total: int) -> None:
    """Report nothing."""


def _where_rising(
    sync: np.ndarray, scale: float, progress: Callable[[int, int], None]
) -> tuple[np.ndarray, np.ndarray] | None:
    """Return the steps that can be peaks, with their neighbours: positions and heights, both (n_steps,).

    A peak of at least 0.1 is part of a run of steps of at least 0.1, and the smaller steps next to the run
    decide whether it is one. All other steps can be omitted, which saves gigabytes on a long recording.
    """
    if len(sync) < 2 or not scale > 0:
        return None
    places = []
    for start in range(0, len(sync) - 1, _BLOCK):
        progress(len(sync) + start, 2 * len(sync))
        step = np.diff(sync[start : start + _BLOCK + 1].astype(np.float64) / scale)
        places.append(np.flatnonzero(step >= LEAST_RISE) + start)
    high = np.concatenate(places)
    beside = np.concatenate([high - 1, high, high + 1])
    kept = np.unique(
        beside[(beside >= 0) & (beside < len(sync) - 1)]
    )  # each once and in order, for find_peaks
    heights = sync[kept + 1].astype(np.float64) / scale - sync[kept].astype(np.float64) / scale
    return kept, heights


def upper_percentile(
    values: np.ndarray, percent: float, progress: Callable[[int, int], None] = _silent
) -> float:
    """Return a percentile, linearly interpolated in double precision for any numeric dtype.

    Parameters
    ----------
    values
        Any integer or float (n_values,).
    percent
        Percentile, 0 to 100; fast near 100.
    progress
        Called as progress(done, total), where total is twice the number of values; may raise to cancel.

    Returns
    -------
    percentile
        In the unit of the values; 0 if there are none.
    """
    if len(values) == 0:
        return 0.0
    place = (len(values) - 1) * (percent / 100)
    low = int(place)
    high = min(low + 1, len(values) - 1)
    top = largest_values(values, len(values) - low, progress)
    ordered = np.partition(top, (0, high - low))
    below, above = float(ordered[0]), float(ordered[high - low])
    # From the nearer end, as np.percentile does, so that both agree to the last bit.
    part = place - low
    return below + (above - below) * part if part < 0.5 else above - (above - below) * (1 - part)


def largest_values(
    values: np.ndarray, count: int, progress: Callable[[int, int], None] = _silent
) -> np.ndarray:
    """Return the largest values, (count,), in any order, found block by block."""
    found = values[:0]
    for start in range(0, len(values), _BLOCK):
        progress(start, 2 * len(values))
        found = np.concatenate([found, values[start : start + _BLOCK]])
        if len(found) > count:
            found = np.partition(found, len(found) - count)[len(found) - count :]
    return found


def firing_rate_hz(
    samples: np.ndarray, rate_hz: float, duration_s: float, bin_s: float = 0.1
) -> npt.NDArray[np.float32]:
    """Return the firing rate in consecutive bins of the recording.

    Parameters
    ----------
    samples
        Any integer (n_spikes,), samples.
    rate_hz
        Acquisition rate, Hz.
    duration_s
        Length of the recording, s; rounded to the microsecond, the resolution of the files.
    bin_s
        Bin width, s.

    Returns
    -------
    rates
        float32 (n_bins,), Hz. ceil(duration / bin) bins; spikes after the last bin are not counted.
    """
    # Fractions: 0.1 s as a float would add or drop a bin for some durations.
    bin_width = Fraction(round(bin_s * _US_PER_S), _US_PER_S)
    n_bins = max(0, -(-Fraction(round(duration_s * _US_PER_S), _US_PER_S) // bin_width))
    # most rates are 1e6 / tick: the limit recovers that fraction from the rounded float.
    per_bin = Fraction(rate_hz).limit_denominator(1000) * bin_width
    spikes = np.asarray(samples).astype(np.int64, copy=False)
    # Integers throughout: sample k lies in bin floor(k / samples per bin).
    bins = spikes * np.int64(per_bin.denominator) // np.int64(per_bin.numerator)
    counts = np.bincount(bins[bins < n_bins], minlength=n_bins)
    return np.asarray(counts / float(bin_width), np.float32)


def block_means(
    signal: np.ndarray,
    rate_hz: float,
    target_hz: float,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[npt.NDArray[np.float32], float]:
    """Reduce a signal to a lower rate by averaging blocks of samples.

    Parameters
    ----------
    signal
        Any integer or float (n_samples,).
    rate_hz, target_hz
        Rate of the signal, and the desired rate, Hz.
    progress
        Called as progress(done, total), in samples, about ten times per second; may raise to cancel.

    Returns
    -------
    means
        float32 (n_blocks,), in the signal's unit. Each is the mean of floor(rate / target) samples, at least
        one; an incomplete last block is dropped.
    real_rate_hz
        Actual rate of the means, Hz.
    """
    # 1e-12: a quotient that rounding puts just below a whole number still counts as that number
    factor = max(1, int(rate_hz / target_hz * (1 + 1e-12)))
    n_blocks = len(signal) // factor
    blocks = np.asarray(signal)[: n_blocks * factor].reshape(n_blocks, factor)
    means = np.empty(n_blocks, np.float32)
    at_once = max(1, _BLOCK // factor)
    for start in range(0, n_blocks, at_once):
        (progress or _silent)(start * factor, len(signal))
        part = slice(start, start + at_once)
        means[part] = blocks[part].mean(axis=1, dtype=np.float64)
    return means, rate_hz / factor
