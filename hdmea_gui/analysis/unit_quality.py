"""Quality of a sorted unit, from its spike times and amplitudes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

REFRACTORY_S = 0.002
_PARTS = 100  # of the recording
_FEWEST = 100  # spikes for a histogram of amplitudes
_BINS, _SMOOTHING = 500, 3.0  # as in the Allen Institute's measure; bins


@dataclass(frozen=True)
class UnitQuality:
    """Quality measures of a unit; NaN where there is too little to measure.

    Attributes
    ----------
    isi_violation_1ms, isi_violation_2ms
        Share of the interspike intervals below 1 and 2 ms.
    contamination
        Estimated share of spikes of other cells, from the pairs of spikes closer than 2 ms (Llobet et al. 2022, many
        contaminating cells): 1 - sqrt(1 - pairs x duration / (spikes^2 x 2 ms)); 1 if there are more pairs than that
        explains.
    presence_ratio
        Share of a hundred equal parts of the recording in which the unit fires.
    amplitude_drift
        Median amplitude of the last tenth of the spikes minus that of the first, over the median of all.
    amplitude_cutoff
        Estimated share of spikes missed because their amplitudes are too small, up to 0.5: the upper tail beyond the
        density at the smallest amplitude (Hill et al. 2011, as implemented by the Allen Institute).
    """

    isi_violation_1ms: float
    isi_violation_2ms: float
    contamination: float
    presence_ratio: float
    amplitude_drift: float
    amplitude_cutoff: float


def unit_quality(
    spike_times: NDArray[np.integer[Any]],
    rate_hz: float,
    duration_s: float,
    amplitudes: NDArray[Any] | None = None,
) -> UnitQuality:
    """Measure the quality of a unit.

    Parameters
    ----------
    spike_times
        Any integer (n_spikes,), samples.
    rate_hz
        Acquisition rate, Hz.
    duration_s
        Duration of the recording, s.
    amplitudes
        Any number (n_spikes,). Amplitude of each spike, in any unit and of any sign; None if unknown.

    Returns
    -------
    quality
        The measures.
    """
    order = np.argsort(spike_times, kind="stable")
    times_s = np.asarray(spike_times)[order] / rate_hz
    intervals = np.diff(times_s)
    short = [float((intervals < limit).mean()) if intervals.size else np.nan for limit in (0.001, 0.002)]
    sizes = None
    if amplitudes is not None and np.size(amplitudes) == times_s.size:
        sizes = np.abs(np.asarray(amplitudes, np.float64)[order])
    return UnitQuality(
        isi_violation_1ms=short[0],
        isi_violation_2ms=short[1],
        contamination=_contamination(times_s, duration_s),
        presence_ratio=_presence_ratio(times_s, duration_s),
        amplitude_drift=np.nan if sizes is None else _drift(sizes),
        amplitude_cutoff=np.nan if sizes is None else _cutoff(sizes),
    )


def _contamination(times_s: NDArray[np.float64], duration_s: float) -> float:
    n = times_s.size
    if n < 2 or duration_s <= 0:
        return float("nan")
    rest = 1 - close_pairs(times_s) / pairs_of_unrelated(n, duration_s)
    return float(1 - np.sqrt(max(rest, 0.0)))


def close_pairs(times_s: NDArray[np.float64]) -> int:
    """Return the number of pairs of spikes closer than 2 ms, given their ascending times, float64 (n_spikes,), s."""
    return int((np.searchsorted(times_s, times_s + REFRACTORY_S) - np.arange(times_s.size) - 1).sum())


def pairs_of_unrelated(n_spikes: int, duration_s: float) -> float:
    """Return the number of such pairs to be expected if each spike came from another cell."""
    return n_spikes**2 * REFRACTORY_S / duration_s


def _presence_ratio(times_s: NDArray[np.float64], duration_s: float) -> float:
    if duration_s <= 0:
        return float("nan")
    counts, _ = np.histogram(times_s, _PARTS, (0.0, duration_s))
    return float((counts > 0).mean())


def _drift(sizes: NDArray[np.float64]) -> float:
    tenth = sizes.size // 10
    middle = float(np.median(sizes)) if sizes.size else 0.0
    if tenth < 1 or not middle > 0:
        return float("nan")
    return float(np.median(sizes[-tenth:]) - np.median(sizes[:tenth])) / middle


def _cutoff(sizes: NDArray[np.float64]) -> float:
    if sizes.size < _FEWEST or not np.isfinite(sizes).all() or np.ptp(sizes) == 0:
        return float("nan")
    density, edges = np.histogram(sizes, _BINS, density=True)
    reach = np.arange(-12, 13)
    kernel = np.exp(-((reach / _SMOOTHING) ** 2) / 2)
    smooth = np.convolve(np.pad(density, 12, mode="reflect"), kernel / kernel.sum(), mode="valid")
    peak = int(smooth.argmax())
    mirrored = peak + int(np.abs(smooth[peak:] - smooth[0]).argmin())
    return min(float(smooth[mirrored:].sum() * (edges[1] - edges[0])), 0.5)
