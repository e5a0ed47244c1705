"""Spontaneous firing: rate, its fluctuation, and the regularity of the intervals between spikes."""

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
        Hz, all spikes over the whole duration.
    std_firing_rate
        Hz, standard deviation of the rate over the whole seconds (divisor n); NaN without one.
    median_isi_ms, cv_isi
        Median of the interspike intervals, and their standard deviation over their mean; NaN below
        1 and 2 intervals.
    lv
        Local variation of the intervals (Shinomoto et al. 2003): about 1 for a Poisson process, 0
        for a regular one; NaN without two intervals in a row.
    spike_count
        Spikes within the stretches.
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
    """Describe the firing within the given stretches; no interval and no bin crosses from one to the next.

    Parameters
    ----------
    spike_samples
        [n_spikes], in any order.
    stretches
        [n, 2], samples: first, and the one after the last; they must not overlap.
    rate_hz
        Acquisition rate.

    Raises
    ------
    CannotCompute
        If the stretches hold no time.
    """
    edges = np.asarray(stretches).astype(np.int64).reshape(-1, 2)
    duration_s = float(np.maximum(edges[:, 1] - edges[:, 0], 0).sum()) / rate_hz
    if duration_s == 0:
        raise CannotCompute("the recording has no stretch of time to take the baseline from")
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
    """Give Lv = 3 / n sum of ((I_k - I_k+1) / (I_k + I_k+1))^2 over the n pairs of successive intervals.

    Parameters
    ----------
    intervals
        Interspike intervals in order, one array a stretch; pairs do not cross stretches. Pairs
        whose sum is zero (three spikes in one sample) do not count.
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
        seconds = np.arange(int((end - start) / rate_hz + 1e-9) + 1)
        counts.append(np.diff(np.searchsorted(spikes, start + np.rint(seconds * rate_hz))).astype(np.float64))
    rates = np.concatenate(counts)
    return float(rates.std()) if rates.size else float("nan")


def _coefficient_of_variation(intervals: NDArray[np.float64]) -> float:
    if intervals.size < 2 or intervals.mean() == 0:
        return float("nan")
    return float(intervals.std() / intervals.mean())
