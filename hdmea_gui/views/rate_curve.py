"""Firing rate over the recording, in bins that depend on the zoom."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hdmea_gui.views.time_plots import Curve

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hdmea_gui.views.plots import Plot

_BINS = np.array([1, 2, 5, 10, 20, 50, 100, 200, 500, 1000])  # tenths of a second
_PX_PER_BIN = 3


class RateCurve(Curve):
    """A rate in bins of 0.1 s, averaged over longer bins unless zoomed in."""

    def __init__(self, plot: Plot) -> None:
        super().__init__(plot)
        self._plot = plot
        self._sums = np.zeros(1)
        plot.box.sigXRangeChanged.connect(self.update_line)
        plot.box.sigResized.connect(self.update_line)

    def show_rate(self, rate_hz: NDArray[np.floating]) -> None:
        """Show a rate in bins of 0.1 s, any float (n_bins,), Hz; an empty one draws nothing."""
        if not rate_hz.size and self._sums.size == 1:
            return
        # with cumulative sums, the mean of any bin is one difference
        self._sums = np.concatenate([[0.0], np.cumsum(rate_hz, dtype=np.float64)])
        self.update_line()

    @property
    def highest(self) -> float:
        """Highest rate in bins of the present length, Hz."""
        if self._sums.size == 1:
            return 0.0
        return float(self._in_bins(0, self._sums.size - 1, self._bin())[1].max(initial=0.0))

    def update_line(self, *_args: object) -> None:
        """Draw the part within the range shown."""
        n_bins = self._sums.size - 1
        if not n_bins:
            self.show_nothing()
            return
        left, right = self._plot.box.viewRange()[0]
        first, last = (int(np.clip(10 * edge, 0, n_bins)) for edge in (left, right + 0.1))
        edges, rates = self._in_bins(first, max(last, first + 1), self._bin())
        self.setData(edges / 10, rates, stepMode="center")

    def _bin(self) -> int:
        """Return the length of a bin for the present zoom, in tenths of a second."""
        left, right = self._plot.box.viewRange()[0]
        wanted = _PX_PER_BIN * 10 * (right - left) / max(self._plot.box.width(), 1.0)
        return int(_BINS[min(int(np.searchsorted(_BINS, wanted)), _BINS.size - 1)])

    def _in_bins(self, first: int, last: int, size: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        edges = np.minimum(np.arange(first // size * size, last + size, size), self._sums.size - 1)
        edges = np.unique(edges)
        return edges.astype(np.float64), np.diff(self._sums[edges]) / np.diff(edges)
