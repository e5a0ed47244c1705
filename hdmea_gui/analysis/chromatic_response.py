"""Responses to a green and a blue flash, and the preferred colour, each with its evidence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from hdmea_gui.analysis.histogram import TrialRates, quality_index, split_half_correlation
from hdmea_gui.analysis.light_response import (
    LightResponse,
    ResponseClass,
    contrast_index,
    measure_responses,
    need_bins,
)
from hdmea_gui.analysis.response_test import Change

if TYPE_CHECKING:
    from collections.abc import Sequence

_PREFERENCE_ALPHA = 0.05

Colour = Literal["green", "blue", "none"]


@dataclass(frozen=True)
class ChromaticResponse:
    """Responses of a unit to two colours.

    Attributes
    ----------
    response_class
        As of a light step; the responses to both colours count.
    green_on_response, green_off_response, blue_on_response, blue_off_response
        Peak of the smoothed PSTH in the first second of this colour's light, and of the dark after it, minus the last
        second of dark before it, Hz; negative for a suppression. NaN without a spike.
    green_on_response_p, green_off_response_p, blue_on_response_p, blue_off_response_p
        p-value of the response, corrected for all windows looked at.
    green_latency_ms, blue_latency_ms
        Time from light onset to the peak, ms. NaN without a significant rise.
    green_latency_ms_interval, blue_latency_ms_interval
        float64 (2,), ms. Bootstrap intervals of 95 %.
    color_opponency_index
        (green - blue) / (|green| + |blue|) of the spikes above the baseline soon after the change;
        one that is not significant counts as 0. Of the ON responses, or of the OFF responses if the largest of
        the four is one. NaN without a response.
    color_opponency_index_p
        p-value of the difference between the two colours' spike counts; NaN without a response.
    preferred_color
        "green" or "blue" if that difference is significant, else "none".
    n_trials
        Number of complete trials.
    detectable_hz
        Change of the rate over a second that would be found in four of five units, Hz.
    response_quality
        Quality index of Baden et al. 2016 over the whole trial. NaN for a single trial or no spikes.
    quality_floor
        Its value for trials that have nothing in common, 1 / n_trials.
    split_half_correlation
        Correlation of the mean responses of two halves of the trials.
    """

    response_class: ResponseClass
    green_on_response: float
    green_off_response: float
    green_on_response_p: float
    green_off_response_p: float
    green_latency_ms: float
    green_latency_ms_interval: NDArray[np.float64]
    blue_on_response: float
    blue_off_response: float
    blue_on_response_p: float
    blue_off_response_p: float
    blue_latency_ms: float
    blue_latency_ms_interval: NDArray[np.float64]
    color_opponency_index: float
    color_opponency_index_p: float
    preferred_color: Colour
    n_trials: int
    detectable_hz: float
    response_quality: float
    quality_floor: float
    split_half_correlation: float


def chromatic_response(
    trials: TrialRates,
    green: tuple[int, int],
    blue: tuple[int, int],
    *,
    cutoff_hz: float = 10.0,
    filter_order: int = 5,
) -> ChromaticResponse:
    """Measure the responses to the two colours of a trial.

    The dark period after a colour ends when the other colour begins, or with the trial. The baseline
    of each colour is the last second of dark before it: by then the response to the preceding colour
    has decayed.

    Parameters
    ----------
    trials
        Unsmoothed rates and spikes. Trials cut short by the end of the recording are ignored.
    green, blue
        Bins (display frames from the start of the trial) of light onset and offset.
    cutoff_hz, filter_order
        Low-pass filter applied to each trial for peak rates and quality; a cutoff of 0 disables smoothing.

    Returns
    -------
    response
        Responses, latencies and colour preference, with their evidence.

    Raises
    ------
    CannotCompute
        If the flashes do not fit into the trial, or no trial is complete.
    """
    whole = trials.complete()
    n_bins = whole.rates.shape[1]
    first, second = sorted((green, blue))
    need_bins(whole, 0, *first, *second, n_bins)
    marks = [float(whole.edges_s[mark]) for mark in (*first, *second, n_bins)]
    early, late = _changes(0.0, *marks[:3]), _changes(marks[1], *marks[2:])
    measured = measure_responses(whole, [*early, *late], cutoff_hz=cutoff_hz, filter_order=filter_order)
    pairs = measured.responses[:2], measured.responses[2:]
    (green_on, green_off), (blue_on, blue_off) = pairs if first == green else pairs[::-1]
    index, p = _opponency(green_on, green_off, blue_on, blue_off, len(whole.rates))
    preferred: Colour = "green" if index > 0 else "blue"
    return ChromaticResponse(
        response_class=measured.response_class([0, 2], [1, 3]),
        green_on_response=green_on.peak_hz,
        green_off_response=green_off.peak_hz,
        green_on_response_p=green_on.p,
        green_off_response_p=green_off.p,
        green_latency_ms=green_on.latency.peak_ms,
        green_latency_ms_interval=np.array(green_on.latency.peak_interval),
        blue_on_response=blue_on.peak_hz,
        blue_off_response=blue_off.peak_hz,
        blue_on_response_p=blue_on.p,
        blue_off_response_p=blue_off.p,
        blue_latency_ms=blue_on.latency.peak_ms,
        blue_latency_ms_interval=np.array(blue_on.latency.peak_interval),
        color_opponency_index=index,
        color_opponency_index_p=p,
        preferred_color=preferred if p <= _PREFERENCE_ALPHA and index != 0 else "none",
        n_trials=len(whole.rates),
        detectable_hz=measured.detectable_hz,
        response_quality=quality_index(measured.smooth.rates),
        quality_floor=1 / len(whole.rates),
        split_half_correlation=split_half_correlation(measured.smooth.rates),
    )


def _changes(dark_s: float, on_s: float, off_s: float, end_s: float) -> tuple[Change, Change]:
    dark = ((max(dark_s, on_s - 1.0), on_s),)
    last_light = ((max(on_s, off_s - 1.0), off_s),)
    return Change(on_s, off_s, (dark,)), Change(off_s, end_s, (dark, last_light))


def _opponency(
    green_on: LightResponse,
    green_off: LightResponse,
    blue_on: LightResponse,
    blue_off: LightResponse,
    n_trials: int,
) -> tuple[float, float]:
    """Return the index, and the p-value of the colours' difference."""
    on, off = _strongest((green_on, blue_on)), _strongest((green_off, blue_off))
    # an OFF cell's preference shows in its OFF responses
    green, blue = (green_off, blue_off) if off > on else (green_on, blue_on)
    index = contrast_index(green.significant_spikes, blue.significant_spikes)
    if np.isnan(index):
        return index, float("nan")
    return index, _difference_p(green, blue, n_trials)


def _strongest(responses: Sequence[LightResponse]) -> float:
    return max(abs(response.significant_spikes) for response in responses)


def _difference_p(green: LightResponse, blue: LightResponse, n_trials: int) -> float:
    """Return the two-sided p of equal responses: exact binomial of the counts, divided by the overdispersion."""
    from scipy.special import betainc

    fano = max(green.fano, blue.fano)
    counts = sorted(response.early_spikes * n_trials / fano for response in (green, blue))
    return min(1.0, 2 * float(betainc(max(counts[1], 1e-12), counts[0] + 1, 0.5)))
