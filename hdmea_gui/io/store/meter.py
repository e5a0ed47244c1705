"""Progress of a piece of work, counted in bytes."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from hdmea_gui.errors import telling

if TYPE_CHECKING:
    from collections.abc import Callable

REPORT_S = 0.03


class Meter:
    """Byte counter that reports to a callable at intervals; the callable may raise an exception to cancel."""

    def __init__(self, total: int, report: Callable[[int, int], None] | None) -> None:
        self.total = total
        self.done = 0
        self._report = report
        self._next = 0.0
        self.is_cancelled = False

    def check_cancelled(self) -> None:
        """Report at intervals while there is nothing to count."""
        self.add(0)

    def add(self, count: int) -> None:
        """Count bytes."""
        self.done += count
        now = time.monotonic()
        if self._report is not None and now >= self._next:
            self._next = now + REPORT_S
            self._send(min(self.done, self.total))

    def finish(self) -> None:
        """Report that everything is done."""
        self._send(self.total)

    def _send(self, done: int) -> None:
        try:
            if self._report is not None:
                with telling():
                    self._report(done, self.total)
        except BaseException:
            self.is_cancelled = True
            raise
