"""Responses to long lights that trigger their own trials, as for intrinsically photosensitive cells (ipRGCs)."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hdmea_gui.analysis import CannotCompute
from hdmea_gui.analysis.histogram import TrialRates, split_half_correlation
from hdmea_gui.analysis.light_response import ResponseClass, measure_responses
from hdmea_gui.analysis.response_test import Change

if TYPE_CHECKING:
    from collections.abc import Sequence

BIN_S = 0.1
_GAP_BINS = 20  # a response that pauses for less has not ended
_SHORTEST_S = 0.5  # of the dark before the light, and of the light


@dataclass(frozen=True)
class TriggeredResponse:
    """Response of a unit to a light that begins its trials.

    Attributes
    ----------
    response_class
        "on", "off" (only after the light), "on_off", "suppressed", "none" or "not_tested".
    baseline_rate
        Mean rate in the dark before the light, Hz.
    response_value
        Mean rate in the light minus the baseline, Hz; negative for a suppression.
    response_value_p
        p-value of the response, corrected for all windows looked at.
    latency_ms, onset_ms
        Time from light onset to the peak, and until a tenth of the response's spikes have come, ms. NaN without a
        significant rise.
    latency_ms_interval, onset_ms_interval
        float64 (2,), ms. Bootstrap intervals of 95 %.
    duration_s
        Time from light onset until the rate above the baseline is, for 2 s, less than half of its highest second, s.
        NaN without a significant rise.
    after_response, after_response_p
        Mean rate in the dark after the light minus the baseline, Hz, and its p-value; NaN if the end of the light is
        unknown.
    trial_correlation
        Mean correlation between the responses of two halves of the trials; no trial is in both.
    n_trials
        Number of complete trials.
    detectable_hz
        Change of the rate over a second that would be found in four of five units, Hz.
    psth
        float32 (n_bins,), Hz. Mean of the trials in bins of 100 ms.
    psth_time_s
        float32 (n_bins,), s from light onset. Middle of each bin.
    """

    response_class: ResponseClass
    baseline_rate: float
    response_value: float
    response_value_p: float
    latency_ms: float
    onset_ms: float
    latency_ms_interval: NDArray[np.float64]
    onset_ms_interval: NDArray[np.float64]
    duration_s: float
    after_response: float
    after_response_p: float
    trial_correlation: float
    n_trials: int
    detectable_hz: float
    psth: NDArray[np.float32]
    psth_time_s: NDArray[np.float32]


def light_duration_s(template: NDArray[np.floating[Any]], rate_hz: float) -> float | None:
    """Return how long the light of a trial lasts, s, from its mean time course; None if it never ends.

    Parameters
    ----------
    template
        Any float (n_samples,), raw counts. Light from its onset to the end of the trial.
    rate_hz
        Sampling rate, Hz.
    """
    n_bins = int(template.size / (BIN_S * rate_hz))
    if n_bins < 2:
        return None
    edges = np.rint(np.arange(n_bins) * BIN_S * rate_hz).astype(np.int64)
    light = np.add.reduceat(template, edges, dtype=np.float64) / np.diff(np.append(edges, template.size))
    low, high = float(light.min()), float(light.max())
    dark = np.flatnonzero(light < (low + high) / 2)
    if not high > low or not dark.size or dark[0] == 0:
        return None
    return float(dark[0] * BIN_S)


def triggered_response(
    spikes_s: Sequence[NDArray[np.float64]],
    before_s: float,
    after_s: float,
    light_s: float | None = None,
) -> TriggeredResponse:
    """Measure the response to a light that begins at time 0 of every trial.

    Parameters
    ----------
    spikes_s
        One float64 (n_spikes,) per trial, s from light onset. Spikes from `before_s` before it to `after_s` after it.
    before_s, after_s
        Dark before the light, and length of the trial after its onset, s.
    light_s
        Duration of the light, s; None if unknown.

    Returns
    -------
    response
        Response, latency, duration, after-response and reliability, with their evidence.

    Raises
    ------
    CannotCompute
        If there is no trial, or no dark before the light.
    """
    if not spikes_s:
        raise CannotCompute("no trial is complete")
    if before_s < _SHORTEST_S:
        raise CannotCompute(
            f"the trials have less than {_SHORTEST_S:g} s of dark before the light as a baseline"
        )
    rates = _rates([times + before_s for times in spikes_s], before_s + after_s)
    end_s = float(rates.edges_s[-1])
    dark = ((0.0, before_s),)
    has_end = light_s is not None and _SHORTEST_S <= light_s <= after_s - _SHORTEST_S
    marks = [before_s, before_s + light_s, end_s] if light_s is not None and has_end else [before_s, end_s]
    changes = [Change(start, stop, (dark,)) for start, stop in pairwise(marks)]
    measured = measure_responses(rates, changes, cutoff_hz=0, filter_order=5)
    response, after = measured.responses[0], measured.responses[1] if has_end else None
    psth = rates.rates.mean(axis=0)
    return TriggeredResponse(
        response_class=measured.response_class([0], [1] if has_end else []),
        baseline_rate=response.baseline_hz,
        response_value=response.epoch_hz,
        response_value_p=response.p,
        latency_ms=response.latency.peak_ms,
        onset_ms=response.latency.onset_ms,
        latency_ms_interval=np.array(response.latency.peak_interval),
        onset_ms_interval=np.array(response.latency.onset_interval),
        duration_s=_duration_s(psth, before_s, response.baseline_hz) if response.sign > 0 else float("nan"),
        after_response=float("nan") if after is None else after.epoch_hz,
        after_response_p=float("nan") if after is None else after.p,
        trial_correlation=split_half_correlation(_in_seconds(rates.rates)),
        n_trials=len(spikes_s),
        detectable_hz=measured.detectable_hz,
        psth=psth.astype(np.float32),
        psth_time_s=(rates.time_s - before_s).astype(np.float32),
    )


def _rates(spikes_s: list[NDArray[np.float64]], length_s: float) -> TrialRates:
    edges = np.arange(int(length_s / BIN_S + 1e-9) + 1) * BIN_S
    kept = tuple(np.sort(times[(times >= 0) & (times < edges[-1])]) for times in spikes_s)
    counts = np.stack([np.histogram(times, edges)[0].astype(np.float64) for times in kept])
    return TrialRates(counts / BIN_S, np.asarray(edges, np.float64), kept)


def _in_seconds(rates: NDArray[np.float64]) -> NDArray[np.float64]:
    per_second = round(1 / BIN_S)
    n = rates.shape[1] // per_second
    return np.asarray(rates[:, : n * per_second].reshape(len(rates), n, per_second).mean(axis=2))


def _duration_s(psth: NDArray[np.float64], before_s: float, baseline_hz: float) -> float:
    since = round(before_s / BIN_S)
    smooth = np.convolve(psth[since:] - baseline_hz, np.full(round(1 / BIN_S), BIN_S), mode="same")
    peak = int(smooth.argmax())
    is_above = smooth >= smooth[peak] / 2
    ends = (end for end in range(peak, smooth.size) if not is_above[end : end + _GAP_BINS].any())
    return next(ends, smooth.size) * BIN_S
