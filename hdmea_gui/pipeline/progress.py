"""How far a step is, and the place where it stops when asked to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hdmea_gui.errors import telling

if TYPE_CHECKING:
    from collections.abc import Callable


_WHOLE = 1000
"""The measure of work that is counted in parts."""


class Cancelled(Exception):  # noqa: N818 - being stopped is not an error
    """The user stopped a step; nothing has changed."""


@dataclass(frozen=True)
class Report:
    """How far a step is.

    Parameters
    ----------
    done, total : int
        Work done and work in all, in the step's own measure.
    message : str
        What it does at the moment.
    """

    done: int
    total: int
    message: str


class Progress:
    """What a step calls every 0.1 s or so: it passes on how far it is, and stops it on request.

    Parameters
    ----------
    report : callable, optional
        Is given each `Report`.
    cancelled : callable, optional
        Tells whether the user wants to stop.
    """

    def __init__(
        self, report: Callable[[Report], None] | None = None, cancelled: Callable[[], bool] | None = None
    ) -> None:
        self._report = report
        self._cancelled = cancelled

    def __call__(self, done: int, total: int, words: str = "") -> None:
        """Tell how far the step is.

        Raises
        ------
        Cancelled
            The user wants to stop.
        ListenerError
            Whoever is told has failed.
        """
        if self._cancelled is not None and self._cancelled():
            raise Cancelled
        if self._report is not None:
            with telling():
                self._report(Report(done, total, words))

    def between(self, first: float, last: float) -> Progress:
        """Make a progress for one part of the work, so that the whole never begins anew.

        Parameters
        ----------
        first, last : float
            How far the whole is when the part begins and when it ends, 0 to 1.
        """
        return _Part(self, first, last)

    def parts(self, n_parts: int) -> list[Progress]:
        """Make progresses for parts of the same size."""
        return [self.between(number / n_parts, (number + 1) / n_parts) for number in range(n_parts)]

    def named(self, words: str) -> Callable[[int, int], None]:
        """Make a progress of numbers alone, for computations that know no words."""
        return lambda done, total: self(done, total, words)


class _Part(Progress):
    """The progress of a part, told as that of the whole."""

    def __init__(self, whole: Progress, first: float, last: float) -> None:
        super().__init__()
        self._whole = whole
        self._first, self._last = first, last

    def __call__(self, done: int, total: int, words: str = "") -> None:
        share = done / total if total else 0.0
        self._whole(round((self._first + (self._last - self._first) * share) * _WHOLE), _WHOLE, words)
