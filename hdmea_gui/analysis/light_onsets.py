"""Light onsets, detected once, so that the threshold can then be adjusted interactively."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hdmea_gui.analysis.envelope import FIRST_BLOCK
from hdmea_gui.analysis.trials import analog_onsets, keep_apart

if TYPE_CHECKING:
    from hdmea_gui.analysis.envelope import Envelope

MOST_ONSETS = 5000
"""Upper limit of the number of onsets; more than this are noise, not trials."""


@dataclass(frozen=True)
class LightOnsets:
    """The largest light onsets of a signal.

    Attributes
    ----------
    samples
        int64 (n_onsets,), samples. The last sample before each rise, ascending.
    sizes
        float64 (n_onsets,), raw counts.
    first_after
        First onset found by a search that begins at `start_sample`, samples.
    start_sample
        Start of a search that skips the beginning of the signal, samples.
    is_all
        Whether these are all rises of the signal, not only the largest ones.
    """

    samples: NDArray[np.int64]
    sizes: NDArray[np.float64]
    first_after: int
    start_sample: int
    is_all: bool

    @property
    def lowest(self) -> float:
        """Lowest threshold for which the onsets are known, raw counts."""
        return 0.0 if self.is_all else float(self.sizes.min())

    def onsets(
        self,
        threshold: float,
        min_distance_samples: int = 0,
        *,
        from_start_sample: bool = False,
        limit: int | None = None,
    ) -> NDArray[np.int64] | None:
        """Return the onsets that `analog_onsets` would find in the signal.

        Parameters
        ----------
        threshold
            Smallest rise between two samples, raw counts.
        min_distance_samples
            Of two onsets closer together than this, the larger one is kept.
        from_start_sample
            Whether to ignore the signal before `start_sample`.
        limit
            Maximum number of onsets; the first ones are kept.

        Returns
        -------
        onsets
            int64 (n_onsets,), samples. Ascending; None if there are too many to be trials.
        """
        if threshold < self.lowest or threshold <= 0:
            return None
        chosen = self.sizes >= threshold
        if from_start_sample:
            chosen &= self.samples >= self.first_after
        if np.count_nonzero(chosen) > MOST_ONSETS:
            return None
        return keep_apart(self.samples[chosen], self.sizes[chosen], min_distance_samples)[:limit]


def largest_onsets(
    signal: NDArray[np.number[Any]],
    envelope: Envelope,
    start_sample: int = 0,
    n_onsets: int = 4 * MOST_ONSETS,
) -> LightOnsets:
    """Return the largest light onsets of a signal, as `analog_onsets` defines them.

    Parameters
    ----------
    signal
        Any integer or float (n_samples,), raw counts.
    envelope
        Extremes of the signal's differences, from which the detection threshold is estimated.
    start_sample
        Start of a search that skips the beginning of the signal, samples.
    n_onsets
        Minimum number to return, if the signal has that many.

    Returns
    -------
    onsets
        The onsets and their sizes.
    """
    steepest = np.sort(envelope.extremes[1, : -(-envelope.n_samples // FIRST_BLOCK)])
    steepest = steepest[steepest > 0].astype(np.float64)
    wanted = 2 * n_onsets  # in about every second block the steepest step is not a peak
    while True:
        is_all = wanted >= steepest.size
        floor = float(np.nextafter(0.0, 1.0)) if is_all else float(steepest[-wanted])
        samples = analog_onsets(signal, floor)
        if is_all or samples.size >= n_onsets:
            break
        wanted *= 4
    sizes = signal[samples + 1].astype(np.float64) - signal[samples].astype(np.float64)
    return LightOnsets(samples, sizes, _first_after(signal, samples, start_sample), start_sample, is_all)


def _first_after(signal: NDArray[np.number[Any]], samples: NDArray[np.int64], start: int) -> int:
    """Return the first onset whose rise begins after the start: the first one that a search from there finds."""
    # equal steps from the start on have no left edge in such a search, so they are not a peak there
    for sample in samples[samples > start].tolist():
        steps = np.diff(signal[start : sample + 2].astype(np.float64)) if sample - start < 1 << 20 else None
        if steps is None or bool((steps != steps[-1]).any()):
            return int(sample)
    return int(signal.shape[0])
