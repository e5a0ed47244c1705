"""Responses to a green and a blue flash, and the preferred colour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hdmea_gui.analysis.histogram import TrialRates, quality_index
from hdmea_gui.analysis.step_response import (
    Transient,
    contrast_index,
    find_transient,
    need_bins,
    smoothed,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class ChromaticResponse:
    """Responses of a unit to two colours.

    Attributes
    ----------
    green_on_response, green_off_response, blue_on_response, blue_off_response
        Largest peak in the first second of this colour's light, and of the dark after it, Hz. Not
        baseline-subtracted; NaN without a peak.
    green_latency_ms, blue_latency_ms
        Time from light onset to the middle of the peak's bin, ms. NaN without a peak.
    color_opponency_index
        (green - blue) / (green + blue) of the ON responses, or of the OFF responses if the largest
        of the four responses is an OFF response. 1 or -1 if only one colour has a response.
    preferred_color
        "green", "blue", or "none" if both are equal or neither has a response.
    response_quality
        Quality index of Baden et al. 2016 over the whole trial. NaN for a single trial or no spikes.
    """

    green_on_response: float
    green_off_response: float
    green_latency_ms: float
    blue_on_response: float
    blue_off_response: float
    blue_latency_ms: float
    color_opponency_index: float
    preferred_color: str
    response_quality: float


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
        Unsmoothed rates. Trials cut short by the end of the recording are ignored.
    green, blue
        Bins (display frames from the start of the trial) of light onset and offset.
    cutoff_hz, filter_order
        Low-pass filter applied to each trial before peak detection; a cutoff of 0 disables smoothing.

    Returns
    -------
    response
        Responses, latencies and colour preference.

    Raises
    ------
    CannotCompute
        If the flashes do not fit into the trial, or no trial is complete.
    """
    smooth = smoothed(trials, cutoff_hz, filter_order)
    n_bins = smooth.rates.shape[1]
    first, second = sorted((green, blue))
    need_bins(smooth, 0, *first, *second, n_bins)
    psth = smooth.rates.mean(axis=0)
    early = _colour(psth, smooth.edges_s, (0, *first, second[0]))
    late = _colour(psth, smooth.edges_s, (first[1], *second, n_bins))
    (green_on, green_off), (blue_on, blue_off) = (early, late) if first == green else (late, early)
    index = _opponency(green_on.value, green_off.value, blue_on.value, blue_off.value)
    return ChromaticResponse(
        green_on_response=green_on.value,
        green_off_response=green_off.value,
        green_latency_ms=green_on.latency_ms,
        blue_on_response=blue_on.value,
        blue_off_response=blue_off.value,
        blue_latency_ms=blue_on.latency_ms,
        color_opponency_index=index,
        preferred_color="green" if index > 0 else "blue" if index < 0 else "none",
        response_quality=quality_index(smooth.rates),
    )


def _colour(
    psth: NDArray[np.float64], edges_s: NDArray[np.float64], marks: tuple[int, int, int, int]
) -> tuple[Transient, Transient]:
    dark, on, off, end = marks
    # edges are sums of mean frame durations: 1e-9 keeps rounding from dropping a bin of the second
    since = max(dark, int(np.searchsorted(edges_s, edges_s[on] - 1.0 - 1e-9)))
    spread = float(psth[since:on].std())
    return find_transient(psth, edges_s, on, off, spread), find_transient(psth, edges_s, off, end, spread)


def _opponency(green_on: float, green_off: float, blue_on: float, blue_off: float) -> float:
    on = np.nan_to_num([green_on, blue_on], nan=-np.inf).max()
    off = np.nan_to_num([green_off, blue_off], nan=-np.inf).max()
    # an OFF cell's preference shows in its OFF responses
    return contrast_index(green_off, blue_off) if off > on else contrast_index(green_on, blue_on)
