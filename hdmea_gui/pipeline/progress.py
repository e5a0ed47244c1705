"""Progress of a running step, and cancellation on request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hdmea_gui.errors import telling

if TYPE_CHECKING:
    from collections.abc import Callable


_WHOLE = 1000
"""Total of work that is reported in parts."""


class Cancelled(Exception):  # noqa: N818 - being stopped is not an error
    """The user stopped a step; nothing has changed."""


@dataclass(frozen=True)
class Report:
    """Progress of a step.

    Attributes
    ----------
    done, total
        Work done and total work, in a unit chosen by the step.
    message
        Current activity.
    """

    done: int
    total: int
    message: str


class Progress:
    """Progress callback that a step calls about every 0.1 s; it passes on the report and cancels on request.

    Parameters
    ----------
    report
        Called with each `Report`.
    cancelled
        Returns whether the user wants to stop.
    """

    def __init__(
        self, report: Callable[[Report], None] | None = None, cancelled: Callable[[], bool] | None = None
    ) -> None:
        self._report = report
        self._cancelled = cancelled

    def __call__(self, done: int, total: int, words: str = "") -> None:
        """Report the progress of the step.

        Raises
        ------
        Cancelled
            If the user wants to stop.
        ListenerError
            If the receiver of the report has failed.
        """
        if self._cancelled is not None and self._cancelled():
            raise Cancelled
        if self._report is not None:
            with telling():
                self._report(Report(done, total, words))

    def between(self, first: float, last: float) -> Progress:
        """Return a progress for one part of the work, so that the progress of the whole never restarts.

        Parameters
        ----------
        first, last
            Fraction of the whole that is done when the part begins and ends, 0 to 1.

        Returns
        -------
        part
            Progress of the part.
        """
        return _Part(self, first, last)

    def parts(self, n_parts: int) -> list[Progress]:
        """Return a progress for each of `n_parts` parts of the same size."""
        return [self.between(number / n_parts, (number + 1) / n_parts) for number in range(n_parts)]

    def named(self, words: str) -> Callable[[int, int], None]:
        """Return a callback of numbers alone with a fixed message, for functions of the analysis package."""
        return lambda done, total: self(done, total, words)


class _Part(Progress):
    """Progress of a part, reported as progress of the whole."""

    def __init__(self, whole: Progress, first: float, last: float) -> None:
        super().__init__()
        self._whole = whole
        self._first, self._last = first, last

    def __call__(self, done: int, total: int, words: str = "") -> None:
        share = done / total if total else 0.0
        self._whole(round((self._first + (self._last - self._first) * share) * _WHOLE), _WHOLE, words)
