"""Correlograms for views: small ones at once, large ones on another thread; each is computed once."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any

from hdmea_gui.analysis.correlogram import Correlogram, auto_correlogram, cross_correlogram, n_pairs
from hdmea_gui.views.computed import Computed, result_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hdmea_gui.models.arrays import Arrays

_AT_ONCE = 200_000  # pairs of spikes that can be counted within a few milliseconds
_KEPT = 200
_N_BINS = 50


class Correlograms:
    """Computes correlograms and keeps them.

    Parameters
    ----------
    arrays : Arrays
        Computes the large ones on another thread.
    """

    def __init__(self, arrays: Arrays) -> None:
        self._arrays = arrays
        self._kept: OrderedDict[tuple[int, int, int], tuple[Any, Any, Correlogram | Computed]] = OrderedDict()

    def of(
        self, first: NDArray[Any], second: NDArray[Any], window_s: float, rate_hz: float
    ) -> Correlogram | None:
        """Return the correlogram of two spike trains, or of one with itself; None until it is ready.

        Parameters
        ----------
        first, second : ndarray
            Any integer (n_spikes,), samples. Ascending; the same object twice for an autocorrelogram.
        window_s : float
            Longest lag, seconds.
        rate_hz : float
            Acquisition rate.
        """
        bin_samples = max(round(window_s * rate_hz / _N_BINS), 1)
        key = (id(first), id(second), bin_samples)
        if key not in self._kept:
            # The trains are kept with the result, so that no other object gets their ids.
            self._kept[key] = (first, second, self._make(first, second, bin_samples, rate_hz))
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        made = self._kept[key][2]
        if not isinstance(made, Computed):
            return made
        result: Correlogram | None = result_of(made, self._arrays)
        if result is not None:
            self._kept[key] = (first, second, result)
        return result

    def _make(
        self, first: NDArray[Any], second: NDArray[Any], bin_samples: int, rate_hz: float
    ) -> Correlogram | Computed:
        if n_pairs(first, second, bin_samples * _N_BINS) <= _AT_ONCE:
            return correlogram(first, second, bin_samples, rate_hz)
        return Computed(correlogram, first, second, bin_samples, rate_hz)


def correlogram(first: NDArray[Any], second: NDArray[Any], bin_samples: int, rate_hz: float) -> Correlogram:
    """Return the correlogram of two spike trains, or of one with itself."""
    if first is second:
        return auto_correlogram(first, bin_samples=bin_samples, n_bins=_N_BINS, rate_hz=rate_hz)
    return cross_correlogram(first, second, bin_samples=bin_samples, n_bins=_N_BINS, rate_hz=rate_hz)
