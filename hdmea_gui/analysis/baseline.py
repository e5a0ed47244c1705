"""Spontaneous firing: mean rate, its fluctuation, and the regularity of the interspike intervals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hdmea_gui.analysis import CannotCompute
from hdmea_gui.analysis.trials import cut_trials

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


@dataclass(frozen=True)
class Baseline:
    """Spontaneous firing of a unit.

    Attributes
    ----------
    mean_firing_rate
        Number of spikes divided by the total duration, Hz.
    std_firing_rate
        Standard deviation (divisor n) of the rate in whole seconds, Hz. NaN if no second is complete.
    median_isi_ms
        Median interspike interval, ms. NaN without intervals.
    cv_isi
        Coefficient of variation of the interspike intervals. NaN for fewer than two intervals.
    lv
        Local variation of the intervals (Shinomoto et al. 2003): about 1 for a Poisson process, 0
        for a regular one. NaN without two successive intervals.
    spike_count
        Number of spikes within the stretches.
    """

    mean_firing_rate: float
    std_firing_rate: float
    median_isi_ms: float
    cv_isi: float
    lv: float
    spike_count: int


def baseline(
    spike_samples: NDArray[np.integer[Any]], stretches: NDArray[np.integer[Any]], rate_hz: float
) -> Baseline:
    """Measure spontaneous firing; no interval or bin extends from one stretch into the next.

    Parameters
    ----------
    spike_samples
        Any integer (n_spikes,), samples. In any order.
    stretches
        Any integer (n_stretches, 2), samples. Start and end (exclusive); must not overlap.
    rate_hz
        Acquisition rate, Hz.

    Returns
    -------
    result
        Rates and interval statistics.

    Raises
    ------
    CannotCompute
        If the total duration of the stretches is zero.
    """
    edges = np.asarray(stretches).astype(np.int64).reshape(-1, 2)
    duration_s = float(np.maximum(edges[:, 1] - edges[:, 0], 0).sum()) / rate_hz
    if duration_s == 0:
        raise CannotCompute("the recording has no time interval from which to compute the baseline")
    pieces = cut_trials(spike_samples, edges)
    intervals = [np.diff(piece) / rate_hz for piece in pieces]
    pooled = np.concatenate(intervals)
    count = sum(piece.size for piece in pieces)
    return Baseline(
        mean_firing_rate=count / duration_s,
        std_firing_rate=_std_of_one_second_rate(pieces, edges, rate_hz),
        median_isi_ms=float(np.median(pooled)) * 1e3 if pooled.size else float("nan"),
        cv_isi=_coefficient_of_variation(pooled),
        lv=local_variation(intervals),
        spike_count=count,
    )


def local_variation(intervals: Sequence[NDArray[np.float64]]) -> float:
    """Return Lv = 3 / n sum of ((I_k - I_k+1) / (I_k + I_k+1))^2 over the n pairs of successive intervals.

    Parameters
    ----------
    intervals
        One float64 (n_intervals,) per stretch, in any one unit of time. Interspike intervals in
        temporal order; pairs do not span two stretches. Pairs whose sum is zero (three spikes in
        one sample) are ignored.

    Returns
    -------
    lv
        Local variation (Shinomoto et al. 2003). NaN without a valid pair.
    """
    first = np.concatenate([np.empty(0), *(piece[:-1] for piece in intervals)])
    second = np.concatenate([np.empty(0), *(piece[1:] for piece in intervals)])
    total = first + second
    valid = total > 0
    if not valid.any():
        return float("nan")
    return float(3 * np.mean(((first - second)[valid] / total[valid]) ** 2))


def _std_of_one_second_rate(
    pieces: Sequence[NDArray[np.int64]], edges: NDArray[np.int64], rate_hz: float
) -> float:
    counts = [np.empty(0)]
    for spikes, (start, end) in zip(pieces, edges.tolist(), strict=True):
        # 1e-9 keeps the last second where rounding puts a whole number of seconds just below it
        seconds = np.arange(int((end - start) / rate_hz + 1e-9) + 1)
        counts.append(np.diff(np.searchsorted(spikes, start + np.rint(seconds * rate_hz))).astype(np.float64))
    rates = np.concatenate(counts)
    return float(rates.std()) if rates.size else float("nan")


def _coefficient_of_variation(intervals: NDArray[np.float64]) -> float:
    if intervals.size < 2 or intervals.mean() == 0:
        return float("nan")
    return float(intervals.std() / intervals.mean())
