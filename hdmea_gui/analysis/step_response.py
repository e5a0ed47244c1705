"""Responses to light going on and off again.

All values are firing rates in Hz as they stand in the mean PSTH: the baseline is given beside them
and never subtracted.
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
    """The largest peak after an event: its rate in Hz and its delay in ms; both NaN without a peak."""

    value: float
    latency_ms: float


@dataclass(frozen=True)
class StepResponse:
    """Response of a unit to a light step.

    Attributes
    ----------
    baseline_rate
        Hz, mean over the dark bins before the light.
    on_peak_value, off_peak_value
        Hz, largest peak in the first second of light, and of the dark after it; NaN: no peak.
    on_latency_ms, off_latency_ms
        From the light's change to the middle of the peak's bin; NaN: no peak.
    on_sustained_response, off_sustained_response
        Hz, mean over the last second of light, and of the dark after it.
    on_off_ratio
        (on - off) / (on + off) of the peak values; 1 and -1 where only one of them exists.
    response_quality
        Quality index of Baden et al. 2016 over the whole trial; NaN for one trial or silence.
    psth
        float32 [n_bins], Hz, mean of the smoothed trials.
    psth_time_s
        float32 [n_bins], middle of each bin from the trial's start.
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
    """Measure the response to light that goes on at one bin of the trial and off at another.

    Parameters
    ----------
    trials
        Unsmoothed rates; trials cut short by the recording's end are left out.
    on_bin, off_bin
        Bins (display frames from the trial's start) at which the light goes on and off.
    end_bin
        Bin at which the dark after the light ends; the trial's end by default.
    cutoff_hz, filter_order
        Of the low-pass that smooths each trial before means and peaks; a cut-off of 0 does not smooth.

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
    """Give the complete trials, each low-pass filtered (see `smooth_rates`)."""
    whole = trials.complete()
    return TrialRates(smooth_rates(whole.rates, whole.bin_rate_hz, cutoff_hz, order), whole.edges_s)


def need_bins(trials: TrialRates, *marks: int) -> None:
    """Raise CannotCompute unless the marks ascend and lie within the trial."""
    n_bins = trials.rates.shape[1]
    if any(b <= a for a, b in pairwise(marks)) or marks[0] < 0 or marks[-1] > n_bins:
        shown = ", ".join(str(m) for m in marks)
        raise CannotCompute(
            f"the light's timing (frames {shown}) does not fit into trials of {n_bins} frames"
        )


def find_transient(
    psth: NDArray[np.float64], edges_s: NDArray[np.float64], event: int, end: int, baseline_sd: float
) -> Transient:
    """Give the largest peak in the first second after an event.

    A peak is a local maximum with a prominence of at least 2 standard deviations of the baseline,
    and more than none. What follows the window counts as its floor, so that a response that stays
    up, and so has no trough on its right, keeps its peak; one that still rises at the window's end
    has none, and neither has one that only falls from the event on.

    Parameters
    ----------
    psth
        float64 [n_bins], Hz.
    edges_s
        float64 [n_bins + 1], seconds.
    event, end
        Bin of the event, and the one after the last that belongs to its response.
    baseline_sd
        Hz.
    """
    from scipy.signal import find_peaks, peak_prominences

    stop = min(int(np.searchsorted(edges_s, edges_s[event] + 1.0 - 1e-9)), end)
    seen = psth[event : min(stop + 1, end)]  # one bin more shows whether the last one is a maximum
    peaks = find_peaks(seen)[0]
    peaks = peaks[peaks < stop - event]
    floored = np.append(psth[event:stop], psth[event:stop].min(initial=np.inf))
    prominence = peak_prominences(floored, peaks)[0]
    peaks = peaks[(prominence >= 2 * baseline_sd) & (prominence > 1e-9)]
    if peaks.size == 0:
        return Transient(float("nan"), float("nan"))
    best = event + int(peaks[np.argmax(seen[peaks])])
    middle = (edges_s[best] + edges_s[best + 1]) / 2
    return Transient(float(psth[best]), float(middle - edges_s[event]) * 1e3)


def contrast_index(first: float, second: float) -> float:
    """Give (first - second) / (first + second); 1 or -1 where one is NaN, NaN where both are."""
    if np.isnan(second):
        return float("nan") if np.isnan(first) else 1.0
    if np.isnan(first):
        return -1.0
    total = first + second
    return (first - second) / total if total > 0 else float("nan")


def _last_second(psth: NDArray[np.float64], edges_s: NDArray[np.float64], start: int, end: int) -> float:
    # whole bins, as near to a second as they come
    first = int(np.abs(edges_s - (edges_s[end] - 1.0)).argmin())
    return float(psth[max(first, start) : end].mean())
