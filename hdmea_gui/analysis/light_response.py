"""The response of a unit to one change of the light: how much, when, and on what evidence."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

import numpy as np

from hdmea_gui.analysis import CannotCompute
from hdmea_gui.analysis.histogram import TrialRates, smooth_rates
from hdmea_gui.analysis.response_latency import Latency, no_latency, response_latency
from hdmea_gui.analysis.response_test import Change, Evidence, find_responses

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

ResponseClass = Literal["on", "off", "on_off", "suppressed", "none", "not_tested"]

MUST_FIND_HZ = 10.0
"""A unit in which a change of this rate for a second could be missed is not called unresponsive."""

_POWER_SD = 4.5  # standard deviations needed to find a response in four of five units
_SHORTEST_S = 0.1  # after a change, in which responses are compared
_FEWEST_SPIKES = 11  # with a silent baseline, what the test needs


@dataclass(frozen=True)
class LightResponse:
    """Response to one change of the light.

    Attributes
    ----------
    sign
        1 for more spikes, -1 for fewer (suppression), 0 without a significant response.
    p
        Its p-value, corrected for all windows looked at.
    peak_hz
        Peak of the smoothed PSTH in the first second minus the baseline, Hz; of a suppression, the trough. NaN if there
        is no spike in that second.
    baseline_hz
        Mean rate of the baseline, Hz.
    epoch_hz
        Mean rate in the whole epoch minus the baseline, Hz.
    excess_spikes
        Spikes a trial above the baseline in the part of the first second that holds the responses.
    early_spikes
        Spikes a trial in that part.
    fano
        Overdispersion of the unit's counts in a second, at least 1.
    sustained_hz
        Mean rate in the last second of the epoch minus the baseline, Hz.
    latency
        Onset and peak; NaN without a response, and for a suppression.
    """

    sign: int
    p: float
    peak_hz: float
    baseline_hz: float
    epoch_hz: float
    excess_spikes: float
    early_spikes: float
    fano: float
    sustained_hz: float
    latency: Latency

    @property
    def significant_spikes(self) -> float:
        """Spikes a trial above the baseline soon after the change; 0 without a response."""
        # a brief response that a suppression follows can have fewer spikes in all than the baseline
        return self.excess_spikes if self.sign * self.excess_spikes > 0 else 0.0


@dataclass(frozen=True)
class Measured:
    """Responses to all changes of a trial, and what they were measured from.

    Attributes
    ----------
    responses
        One per change.
    smooth
        The complete trials, smoothed, for drawing and for peak rates.
    raw
        The complete trials.
    detectable_hz
        Change of the rate over a second that the test would find in four of five units, Hz.
    """

    responses: list[LightResponse]
    smooth: TrialRates
    raw: TrialRates
    detectable_hz: float

    def response_class(self, on: Sequence[int], off: Sequence[int]) -> ResponseClass:
        """Return the class, given which responses are to light onset and which to its offset."""
        signs = [response.sign for response in self.responses]
        has_on, has_off = any(signs[i] > 0 for i in on), any(signs[i] > 0 for i in off)
        if has_on or has_off:
            return "on_off" if has_on and has_off else "on" if has_on else "off"
        if -1 in signs:
            return "suppressed"
        return "none" if self.detectable_hz <= MUST_FIND_HZ else "not_tested"


def measure_responses(
    trials: TrialRates, changes: Sequence[Change], *, cutoff_hz: float, filter_order: int
) -> Measured:
    """Measure the response to each change of the light.

    Parameters
    ----------
    trials
        Unsmoothed rates and spikes. Trials cut short by the end of the recording are ignored.
    changes
        The changes of the light.
    cutoff_hz, filter_order
        Low-pass filter for the peak rates (see `smooth_rates`).

    Returns
    -------
    measured
        Responses in the order of the changes.

    Raises
    ------
    CannotCompute
        If no trial is complete.
    """
    whole = trials.complete()
    smooth = smoothed(whole, cutoff_hz, filter_order)
    spikes = whole.spike_times()
    found = find_responses(spikes, float(whole.edges_s[-1]), changes)
    reach_s = _reach_s(changes, found)
    responses = [
        _response(spikes, smooth, change, evidence, reach_s)
        for change, evidence in zip(changes, found, strict=True)
    ]
    return Measured(responses, smooth, whole, _detectable_hz(spikes, changes, found))


def _reach_s(changes: Sequence[Change], found: Sequence[Evidence]) -> float:
    """Return how long after a change its spikes are compared with those of the others, s.

    It is the same for all, so that they can be compared, and no longer than the longest response: the baseline's spikes
    only add noise.
    """
    ends = [
        2 * evidence.peak_window_s[1] - evidence.peak_window_s[0] - change.at_s
        for change, evidence in zip(changes, found, strict=True)
        if evidence.sign
    ]
    return min(max([*ends, _SHORTEST_S]), 1.0) if ends else 1.0


def _response(
    spikes: list[NDArray[np.float64]], smooth: TrialRates, change: Change, evidence: Evidence, reach_s: float
) -> LightResponse:
    baseline = mean_rate(spikes, change.baselines[0])
    early_end = min(change.at_s + 1.0, change.end_s)
    length = min(reach_s, change.end_s - change.at_s)
    early = mean_rate(spikes, ((change.at_s, change.at_s + length),)) * length
    late = mean_rate(spikes, ((max(change.end_s - 1.0, change.at_s), change.end_s),))
    latency = no_latency()
    if evidence.sign > 0:
        latency = response_latency(spikes, change.at_s, evidence.peak_window_s, change.end_s, baseline)
    psth = smooth.rates.mean(axis=0)
    # 1e-9: the edges are sums of mean frame durations, whose rounding must not drop a bin
    start, stop = np.searchsorted(smooth.edges_s, [change.at_s - 1e-9, early_end - 1e-9])
    seen = psth[start:stop]
    peak = float(seen.min() if evidence.sign < 0 else seen.max()) - baseline
    has_value = mean_rate(spikes, ((change.at_s, early_end),)) > 0 or evidence.sign < 0
    return LightResponse(
        sign=evidence.sign,
        p=evidence.p,
        peak_hz=peak if has_value else float("nan"),
        baseline_hz=baseline,
        epoch_hz=mean_rate(spikes, ((change.at_s, change.end_s),)) - baseline,
        excess_spikes=early - baseline * length,
        early_spikes=early,
        fano=evidence.fano,
        sustained_hz=late - baseline,
        latency=latency,
    )


def mean_rate(spikes: Sequence[NDArray[np.float64]], stretches: Sequence[tuple[float, float]]) -> float:
    """Return the mean rate of trials (float64 (n_spikes,) each, s) in some stretches (s), Hz."""
    times = np.concatenate(list(spikes))
    count = sum(int(np.count_nonzero((times >= since) & (times < until))) for since, until in stretches)
    return count / (len(spikes) * sum(until - since for since, until in stretches))


def _detectable_hz(
    spikes: list[NDArray[np.float64]], changes: Sequence[Change], found: Sequence[Evidence]
) -> float:
    n_trials = len(spikes)
    if not any(times.size for times in spikes):
        return float("inf")  # a unit that never fired may have been lost
    worst = _FEWEST_SPIKES / n_trials
    for change, evidence in zip(changes, found, strict=True):
        dark = change.baselines[0]
        length = sum(until - since for since, until in dark)
        variance = evidence.fano * mean_rate(spikes, dark) * (1 + 1 / length) / n_trials
        worst = max(worst, _POWER_SD * float(np.sqrt(variance)))
    return worst


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


def contrast_index(first: float, second: float) -> float:
    """Return (first - second) / (|first| + |second|); NaN if both are 0."""
    total = abs(first) + abs(second)
    return (first - second) / total if total > 0 else float("nan")
