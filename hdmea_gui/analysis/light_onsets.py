"""Light onsets, found once, so that a threshold can be moved over them by hand."""

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
"""More onsets than this are noise, not trials."""


@dataclass(frozen=True)
class LightOnsets:
    """The largest light onsets of a signal.

    Attributes
    ----------
    samples
        int64 [n], ascending: the last sample before each rise.
    sizes
        float64 [n], raw counts.
    first_after
        Sample of the first onset that a search from `start_sample` on finds.
    start_sample
        Where a search that leaves out the beginning starts.
    is_all
        Whether these are all rises; if not, there are smaller ones.
    """

    samples: NDArray[np.int64]
    sizes: NDArray[np.float64]
    first_after: int
    start_sample: int
    is_all: bool

    @property
    def lowest(self) -> float:
        """The smallest threshold that can be judged."""
        return 0.0 if self.is_all else float(self.sizes.min())

    def onsets(
        self,
        threshold: float,
        min_distance_samples: int = 0,
        *,
        from_start_sample: bool = False,
        limit: int | None = None,
    ) -> NDArray[np.int64] | None:
        """Give what `analog_onsets` finds in the signal; None where it is more than can be trials.

        Parameters
        ----------
        threshold
            Smallest rise, raw counts.
        min_distance_samples
            Of two onsets closer together than this, the larger one is kept.
        from_start_sample
            Leave out what lies before `start_sample`.
        limit
            At most so many onsets, the first ones.
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
    """Return the largest light onsets of a signal, as `analog_onsets` sees them.

    Parameters
    ----------
    signal
        [n_samples], raw counts.
    envelope
        The extremes of its differences, which tell how low one must look.
    start_sample
        Where a search that leaves out the beginning starts.
    n_onsets
        Return at least this many, if there are.
    """
    steepest = np.sort(envelope.extremes[1, : -(-envelope.n_samples // FIRST_BLOCK)])
    steepest = steepest[steepest > 0].astype(np.float64)
    wanted = 2 * n_onsets  # one block in two or so has its peak elsewhere
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
    """Return the first onset whose rise begins after the start, which is what a search from there on finds."""
    for sample in samples[samples > start].tolist():
        steps = np.diff(signal[start : sample + 2].astype(np.float64)) if sample - start < 1 << 20 else None
        if steps is None or bool((steps != steps[-1]).any()):
            return int(sample)
    return int(signal.shape[0])
