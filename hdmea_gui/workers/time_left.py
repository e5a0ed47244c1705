"""Estimate of the time left, from the speed so far."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hdmea_gui.pipeline.progress import Report

_LEAST_S = 1.0
_LEAST_PART = 0.02


class TimeLeft:
    """Estimates the seconds left of a step; restarts whenever the step starts a new count."""

    def __init__(self) -> None:
        self._total = -1
        self._since = 0.0
        self._first = 0
        self._last = 0

    def note(self, report: Report, now: float) -> float | None:
        """Return the seconds left after a report; None while it is too early to estimate.

        Parameters
        ----------
        report : Report
            Progress of the step.
        now : float
            Reading of a monotonic clock, s.
        """
        if report.total != self._total or report.done < self._last:
            self._total, self._since, self._first = report.total, now, report.done
        self._last = report.done
        gone, done = now - self._since, report.done - self._first
        if report.total <= 0 or gone < _LEAST_S or done < _LEAST_PART * report.total:
            return None
        return max(report.total - report.done, 0) * gone / done
