"""Curve of a signal of any length that follows pan and zoom."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any

import numpy as np

from hdmea_gui.analysis.envelope import FINE, Envelope, Trace, block_extremes, fine_trace
from hdmea_gui.views.computed import Computed, piece_of, result_of
from hdmea_gui.views.plots import Line, line

if TYPE_CHECKING:
    import pyqtgraph as pg
    from numpy.typing import NDArray
    from PySide6.QtGui import QColor

    from hdmea_gui.models.arrays import Arrays

_AT_ONCE = 1 << 18  # largest number of samples whose envelope is computed on the GUI thread
_PIECES_KEPT = 4


class LongSignal:
    """A signal, in memory or in a file, of which any part can be drawn.

    Parameters
    ----------
    arrays : Arrays
        Reads what is not in memory.
    array : ndarray or StoredArray
        Any integer or float (n_samples,).
    difference : bool
        Whether to show signal[i + 1] - signal[i] instead.
    """

    def __init__(self, arrays: Arrays, array: Any, *, difference: bool = False) -> None:
        self.array = array
        self.n_samples = max(len(array) - difference, 0)
        self._arrays = arrays
        self._difference = difference
        self._extremes = Computed(_extremes, array, difference)
        self._pieces: OrderedDict[int, Computed] = OrderedDict()
        self._envelope: Envelope | None = None

    @property
    def envelope(self) -> Envelope | None:
        """Minima and maxima in blocks; None until they are ready."""
        if self._envelope is None:
            at_once = isinstance(self.array, np.ndarray) and self.n_samples <= _AT_ONCE
            extremes = (
                _extremes(self.array, self._difference)
                if at_once
                else result_of(self._extremes, self._arrays)
            )
            if extremes is not None:
                self._envelope = Envelope(self.n_samples, extremes)
        return self._envelope

    def trace(self, start: int, stop: int, n_columns: int) -> Trace | None:
        """Return a line for a range of samples over some columns of pixels; None while no data is available."""
        start, stop = max(start, 0), min(stop, self.n_samples)
        if stop <= start:
            return Trace(np.empty(0), np.empty(0, np.float32))
        if stop - start <= FINE:
            piece = self._piece(start, stop)
            if piece is not None:
                return fine_trace(piece, start, n_columns)
        envelope = self.envelope
        return None if envelope is None else envelope.between(start, stop, n_columns)

    def _piece(self, start: int, stop: int) -> NDArray[Any] | None:
        first, last = start, stop + self._difference
        if isinstance(self.array, np.ndarray):
            samples = self.array[first:last]
        else:
            # pieces are longer than the range drawn, so that panning seldom needs another one
            block = start // FINE
            fetched = result_of(self._fetched(block), self._arrays)
            if fetched is None:
                return None
            samples = fetched[first - block * FINE : last - block * FINE]
        return np.diff(samples.astype(np.float64)) if self._difference else samples

    def _fetched(self, block: int) -> Computed:
        if block not in self._pieces:
            start = block * FINE
            # a range of FINE samples from anywhere in the block, and one more sample for differences
            stop = min(start + 2 * FINE + 1, len(self.array))
            self._pieces[block] = Computed(piece_of, self.array, start, stop)
            if len(self._pieces) > _PIECES_KEPT:
                self._pieces.popitem(last=False)
        return self._pieces[block]


def _extremes(array: Any, difference: bool) -> NDArray[np.float32]:
    return block_extremes(array, difference=difference)


class SignalCurve(Line):
    """A long signal over time in seconds, at the resolution of the screen.

    Parameters
    ----------
    box : ViewBox
        View box of the plot, whose range the curve follows.
    """

    def __init__(self, box: pg.ViewBox) -> None:
        super().__init__(skipFiniteCheck=True)
        self._box = box
        self._signal: LongSignal | None = None
        self._rate_hz = 1.0
        self._zero = 0
        box.addItem(self, ignoreBounds=True)
        box.sigXRangeChanged.connect(self.update_line)
        box.sigResized.connect(self.update_line)

    def show_signal(self, signal: LongSignal | None, rate_hz: float = 1.0, zero: int = 0) -> None:
        """Show a signal, or nothing.

        Parameters
        ----------
        signal : LongSignal or None
            The signal.
        rate_hz : float
            Samples per second.
        zero : int
            Sample at zero seconds.
        """
        self._signal, self._rate_hz, self._zero = signal, rate_hz, zero
        self.update_line()

    @property
    def limits(self) -> tuple[float, float] | None:
        """Smallest and largest value of the whole signal; None until they are known."""
        if self._signal is None or self._signal.envelope is None:
            return None
        return self._signal.envelope.limits

    @property
    def limits_shown(self) -> tuple[float, float] | None:
        """Smallest and largest value of the part drawn; None if nothing is drawn."""
        values = self.yData
        if values is None or not values.size:
            return None
        return float(np.nanmin(values)), float(np.nanmax(values))

    def update_line(self, *_args: object) -> None:
        """Draw the part within the range shown."""
        trace = None if self._signal is None else self._trace(self._signal)
        if trace is None:
            self.setData(np.empty(0), np.empty(0))
        else:
            self.setData((trace.samples - self._zero) / self._rate_hz, trace.values)

    def _trace(self, signal: LongSignal) -> Trace | None:
        left, right = self._box.viewRange()[0]
        # one sample more on either side, so that the line reaches the edges of the plot
        start = self._zero + int(np.floor(left * self._rate_hz)) - 1
        stop = self._zero + int(np.ceil(right * self._rate_hz)) + 2
        return signal.trace(start, stop, max(int(self._box.width()), 100))

    def set_colour(self, colour: QColor | str) -> None:
        """Set the colour of the curve."""
        self.setPen(line(colour, 1.0))
