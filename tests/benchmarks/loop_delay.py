"""How late an event loop is: what somebody would wait who clicks at a random moment."""

from __future__ import annotations

import time

import numpy as np
from PySide6.QtCore import QObject, Qt, QTimer

_GRID_S = 0.001
_TICK_MS = 2


class LoopDelay(QObject):
    """Watches the event loop of the thread it lives on.

    Clicks are imagined every millisecond; each waits until the loop next comes round. So a loop that is blocked for
    100 ms counts as a hundred clicks that wait from 100 ms down to 1, and the percentiles are those of time, not of
    the loop's own rounds.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rounds: list[float] = []
        self._timer = QTimer(self, interval=_TICK_MS, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._on_round)

    def start(self) -> None:
        """Begin to watch; what was seen before is forgotten."""
        self._rounds = [time.perf_counter()]
        self._timer.start()

    def stop(self) -> None:
        """End watching."""
        self._on_round()
        self._timer.stop()

    def _on_round(self) -> None:
        self._rounds.append(time.perf_counter())

    def delays_ms(self) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        """Return the wait of each imagined click, in ms; the timer's own interval is no wait."""
        rounds = np.array(self._rounds)
        clicks = np.arange(rounds[0], rounds[-1], _GRID_S)
        served = rounds[np.searchsorted(rounds, clicks)]
        waits: np.ndarray[tuple[int], np.dtype[np.float64]] = np.maximum(
            (served - clicks) * 1e3 - _TICK_MS, 0.0
        )
        return waits

    def percentile_ms(self, percent: float = 99.0) -> float:
        """Return the wait that so many percent of the clicks do not exceed, in ms."""
        return float(np.percentile(self.delays_ms(), percent))

    def worst_ms(self) -> float:
        """Return the longest wait, in ms."""
        return float(self.delays_ms().max(initial=0.0))

    def blocks(self, longer_than_ms: float) -> list[tuple[float, float]]:
        """Return where the loop stood still: seconds since the start, and for how many ms."""
        rounds = np.array(self._rounds)
        gaps_ms = np.diff(rounds) * 1e3
        long = np.flatnonzero(gaps_ms > longer_than_ms)
        return [(float(rounds[i] - rounds[0]), float(gaps_ms[i])) for i in long]
