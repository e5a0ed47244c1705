"""Responses to light onset and offset: differences from the dark before the light, each with its evidence."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hdmea_gui.analysis.histogram import TrialRates, quality_index, split_half_correlation
from hdmea_gui.analysis.light_response import (
    ResponseClass,
    contrast_index,
    mean_rate,
    measure_responses,
    need_bins,
)
from hdmea_gui.analysis.response_test import Change


@dataclass(frozen=True)
class StepResponse:
    """Response of a unit to a light step.

    Attributes
    ----------
    response_class
        "on", "off", "on_off", "suppressed" (fewer spikes in the light or after it), "none", or "not_tested" if a
        response of `MUST_FIND_HZ` could have been missed.
    baseline_rate
        Mean over the dark before the light, Hz.
    on_peak_value, off_peak_value
        Peak of the smoothed PSTH in the first second of light, and of the dark after it, minus the baseline, Hz;
        negative for a suppression. Also given, with its p, if it is not significant; NaN without a spike.
    on_peak_value_p, off_peak_value_p
        p-value of the response, corrected for all windows looked at.
    on_latency_ms, off_latency_ms
        Time from light onset or offset to the peak, ms. NaN without a significant rise.
    on_onset_ms, off_onset_ms
        Time until a tenth of the response's spikes have come, ms. NaN without a significant rise.
    on_latency_ms_interval, off_latency_ms_interval, on_onset_ms_interval, off_onset_ms_interval
        float64 (2,), ms. Bootstrap intervals of 95 %.
    on_sustained_response, off_sustained_response
        Mean over the last second of light, and of the dark after it, minus the baseline, Hz.
    on_off_ratio
        (on - off) / (|on| + |off|) of the spikes above the baseline soon after the change, equally long for both; a
        response that is not significant counts as 0. NaN without a response.
    n_trials
        Number of complete trials.
    detectable_hz
        Change of the rate over a second that would be found in four of five units, Hz.
    response_quality
        Quality index of Baden et al. 2016 over the whole trial. NaN for a single trial or no spikes.
    quality_floor
        Its value for trials that have nothing in common, 1 / n_trials.
    split_half_correlation
        Correlation of the mean responses of two halves of the trials; 0 for trials that have nothing in common.
    psth
        float32 (n_bins,), Hz. Mean of the smoothed trials.
    psth_time_s
        float32 (n_bins,), s from the start of the trial. Middle of each bin.
    """

    response_class: ResponseClass
    baseline_rate: float
    on_peak_value: float
    off_peak_value: float
    on_peak_value_p: float
    off_peak_value_p: float
    on_latency_ms: float
    off_latency_ms: float
    on_onset_ms: float
    off_onset_ms: float
    on_latency_ms_interval: NDArray[np.float64]
    off_latency_ms_interval: NDArray[np.float64]
    on_onset_ms_interval: NDArray[np.float64]
    off_onset_ms_interval: NDArray[np.float64]
    on_sustained_response: float
    off_sustained_response: float
    on_off_ratio: float
    n_trials: int
    detectable_hz: float
    response_quality: float
    quality_floor: float
    split_half_correlation: float
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
        Unsmoothed rates and spikes. Trials cut short by the end of the recording are ignored.
    on_bin, off_bin
        Bins (display frames from the start of the trial) of light onset and offset.
    end_bin
        Bin at which the dark after the light ends; by default the end of the trial.
    cutoff_hz, filter_order
        Low-pass filter applied to each trial for the PSTH, the peak rates and the quality; a cutoff of 0 disables
        smoothing. Whether and when a unit responds does not depend on it.

    Returns
    -------
    response
        Class, baseline, responses with their evidence, latencies, index, quality and PSTH.

    Raises
    ------
    CannotCompute
        If the light does not fit into the trial, or no trial is complete.
    """
    whole = trials.complete()
    end = whole.rates.shape[1] if end_bin is None else end_bin
    need_bins(whole, 0, on_bin, off_bin, end)
    changes = step_changes(*(float(whole.edges_s[mark]) for mark in (on_bin, off_bin, end)))
    measured = measure_responses(whole, changes, cutoff_hz=cutoff_hz, filter_order=filter_order)
    on, off = measured.responses
    n_trials = len(whole.rates)
    return StepResponse(
        response_class=measured.response_class([0], [1]),
        baseline_rate=mean_rate(whole.spike_times(), ((0.0, changes[0].at_s),)),
        on_peak_value=on.peak_hz,
        off_peak_value=off.peak_hz,
        on_peak_value_p=on.p,
        off_peak_value_p=off.p,
        on_latency_ms=on.latency.peak_ms,
        off_latency_ms=off.latency.peak_ms,
        on_onset_ms=on.latency.onset_ms,
        off_onset_ms=off.latency.onset_ms,
        on_latency_ms_interval=np.array(on.latency.peak_interval),
        off_latency_ms_interval=np.array(off.latency.peak_interval),
        on_onset_ms_interval=np.array(on.latency.onset_interval),
        off_onset_ms_interval=np.array(off.latency.onset_interval),
        on_sustained_response=on.sustained_hz,
        off_sustained_response=off.sustained_hz,
        on_off_ratio=contrast_index(on.significant_spikes, off.significant_spikes),
        n_trials=n_trials,
        detectable_hz=measured.detectable_hz,
        response_quality=quality_index(measured.smooth.rates),
        quality_floor=1 / n_trials,
        split_half_correlation=split_half_correlation(measured.smooth.rates),
        psth=measured.smooth.rates.mean(axis=0).astype(np.float32),
        psth_time_s=whole.time_s.astype(np.float32),
    )


def step_changes(on_s: float, off_s: float, end_s: float) -> tuple[Change, Change]:
    """Return the changes of a light step and their baselines, from its times (s from the start of the trial).

    The dark is that before the light and, if the dark after it is long enough, its last second. The response to the
    light's end must differ from the last second of light as well: a cell that has not stopped firing has none.
    """
    dark: tuple[tuple[float, float], ...] = ((max(on_s - 1.0, 0.0), on_s),)
    if end_s - off_s >= 3.0:  # s; by then a response to the light's end is over
        dark = (*dark, (end_s - 1.0, end_s))
    last_light = ((max(off_s - 1.0, on_s), off_s),)
    return Change(on_s, off_s, (dark,)), Change(off_s, end_s, (dark, last_light))
