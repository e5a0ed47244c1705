"""How far a step is, and the place where it stops when asked to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hdmea_gui.errors import telling

if TYPE_CHECKING:
    from collections.abc import Callable


class Cancelled(Exception):  # noqa: N818 - being stopped is not an error
    """The user stopped a step; nothing has changed."""


@dataclass(frozen=True)
class Report:
    """How far a step is.

    Parameters
    ----------
    done, total : int
        Work done and work in all, in the step's own measure.
    words : str
        What it does at the moment.
    """

    done: int
    total: int
    words: str


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

    def named(self, words: str) -> Callable[[int, int], None]:
        """Make a progress of numbers alone, for computations that know no words."""
        return lambda done, total: self(done, total, words)
