"""Responses to light onset and offset.

All values are firing rates in Hz, read from the mean PSTH: the baseline is reported separately and
never subtracted.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from hdmea_gui.analysis import CannotCompute
from hdmea_gui.analysis.histogram import TrialRates, quality_index, smooth_rates


@dataclass(frozen=True)
class Transient:
    """Largest peak after an event.

    Attributes
    ----------
    value
        Rate at the peak, Hz. NaN without a peak.
    latency_ms
        Time from the event to the peak, ms. NaN without a peak.
    """

    value: float
    latency_ms: float


@dataclass(frozen=True)
class StepResponse:
    """Response of a unit to a light step.

    Attributes
    ----------
    baseline_rate
        Mean over the dark bins before the light, Hz.
    on_peak_value, off_peak_value
        Largest peak in the first second of light, and of the dark after it, Hz. NaN without a peak.
    on_latency_ms, off_latency_ms
        Time from light onset or offset to the middle of the peak's bin, ms. NaN without a peak.
    on_sustained_response, off_sustained_response
        Mean over the last second of light, and of the dark after it, Hz.
    on_off_ratio
        (on - off) / (on + off) of the peak values; 1 or -1 if only one of them exists.
    response_quality
        Quality index of Baden et al. 2016 over the whole trial. NaN for a single trial or no spikes.
    psth
        float32 (n_bins,), Hz. Mean of the smoothed trials.
    psth_time_s
        float32 (n_bins,), s from the start of the trial. Middle of each bin.
    """

    baseline_rate: float
    on_peak_value: float
    off_peak_value: float
    on_latency_ms: float
    off_latency_ms: float
    on_sustained_response: float
    off_sustained_response: float
    on_off_ratio: float
    response_quality: float
    psth: NDArray[np.float32]
    psth_time_s: NDArray[np.float32]


def step_response(
    trials: TrialRates,
    on_bin: int,
    off_bin: int,
    end_bin: int | None = None,
    *,
    cutoff_hz: float = 10.0,
    filter_order: int = 5,
) -> StepResponse:
    """Measure the response to a light step within the trial.

    Parameters
    ----------
    trials
        Unsmoothed rates. Trials cut short by the end of the recording are ignored.
    on_bin, off_bin
        Bins (display frames from the start of the trial) of light onset and offset.
    end_bin
        Bin at which the dark after the light ends; by default the end of the trial.
    cutoff_hz, filter_order
        Low-pass filter applied to each trial before means and peaks are taken; a cutoff of 0 disables
        smoothing.

    Returns
    -------
    response
        Baseline, peaks, latencies, sustained rates, index, quality and PSTH.

    Raises
    ------
    CannotCompute
        If the light does not fit into the trial, or no trial is complete.
    """
    smooth = smoothed(trials, cutoff_hz, filter_order)
    end = smooth.rates.shape[1] if end_bin is None else end_bin
    need_bins(smooth, 0, on_bin, off_bin, end)
    psth = smooth.rates.mean(axis=0)
    dark = psth[:on_bin]
    spread = float(dark.std())
    on = find_transient(psth, smooth.edges_s, on_bin, off_bin, spread)
    off = find_transient(psth, smooth.edges_s, off_bin, end, spread)
    return StepResponse(
        baseline_rate=float(dark.mean()),
        on_peak_value=on.value,
        off_peak_value=off.value,
        on_latency_ms=on.latency_ms,
        off_latency_ms=off.latency_ms,
        on_sustained_response=_last_second(psth, smooth.edges_s, on_bin, off_bin),
        off_sustained_response=_last_second(psth, smooth.edges_s, off_bin, end),
        on_off_ratio=contrast_index(on.value, off.value),
        response_quality=quality_index(smooth.rates),
        psth=psth.astype(np.float32),
        psth_time_s=smooth.time_s.astype(np.float32),
    )


def smoothed(trials: TrialRates, cutoff_hz: float, order: int) -> TrialRates:
    """Return the complete trials, each low-pass filtered (see `smooth_rates`)."""
    whole = trials.complete()
    return TrialRates(smooth_rates(whole.rates, whole.bin_rate_hz, cutoff_hz, order), whole.edges_s)


def need_bins(trials: TrialRates, *marks: int) -> None:
    """Raise CannotCompute unless the marks (bins) are ascending and within the trial."""
    n_bins = trials.rates.shape[1]
    if any(b <= a for a, b in pairwise(marks)) or marks[0] < 0 or marks[-1] > n_bins:
        shown = ", ".join(str(m) for m in marks)
        raise CannotCompute(
            f"the light's timing (frames {shown}) does not fit into trials of {n_bins} frames"
        )


def find_transient(
    psth: NDArray[np.float64], edges_s: NDArray[np.float64], event: int, end: int, baseline_sd: float
) -> Transient:
    """Find the largest peak in the first second after an event.

    A peak is a local maximum with a prominence of at least 2 standard deviations of the baseline and
    greater than zero. The rate after the window is taken as the minimum within it, so that a sustained
    response without a trough after its maximum keeps its peak. A response that is still rising at the
    end of the window has no peak, nor has one that only falls from the event on.

    Parameters
    ----------
    psth
        float64 (n_bins,), Hz.
    edges_s
        float64 (n_bins + 1,), s.
    event, end
        Bin of the event, and the one after the last bin of its response.
    baseline_sd
        Standard deviation of the baseline, Hz.

    Returns
    -------
    transient
        Rate and latency of the peak.
    """
    from scipy.signal import find_peaks, peak_prominences

    stop = min(int(np.searchsorted(edges_s, edges_s[event] + 1.0 - 1e-9)), end)
    seen = psth[event : min(stop + 1, end)]  # the extra bin shows whether the last one is a maximum
    peaks = find_peaks(seen)[0]
    peaks = peaks[peaks < stop - event]
    floored = np.append(psth[event:stop], psth[event:stop].min(initial=np.inf))
    prominence = peak_prominences(floored, peaks)[0]
    # 1e-9: with a silent baseline, whose SD is 0, rounding would count as a peak
    peaks = peaks[(prominence >= 2 * baseline_sd) & (prominence > 1e-9)]
    if peaks.size == 0:
        return Transient(float("nan"), float("nan"))
    best = event + int(peaks[np.argmax(seen[peaks])])
    middle = (edges_s[best] + edges_s[best + 1]) / 2
    return Transient(float(psth[best]), float(middle - edges_s[event]) * 1e3)


def contrast_index(first: float, second: float) -> float:
    """Return (first - second) / (first + second); 1 or -1 if one of them is NaN, NaN if both are."""
    if np.isnan(second):
        return float("nan") if np.isnan(first) else 1.0
    if np.isnan(first):
        return -1.0
    total = first + second
    return (first - second) / total if total > 0 else float("nan")


def _last_second(psth: NDArray[np.float64], edges_s: NDArray[np.float64], start: int, end: int) -> float:
    # whole bins, as close to one second as possible: display frames are not exact fractions of it
    first = int(np.abs(edges_s - (edges_s[end] - 1.0)).argmin())
    return float(psth[max(first, start) : end].mean())
