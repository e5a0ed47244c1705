"""Errors as the user hears of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

if TYPE_CHECKING:
    from hdmea_gui.views.log_panel import LogPanel
    from hdmea_gui.window.ask import Ask
    from hdmea_gui.workers.failure import Failure


class Failures(QObject):
    """Reports errors in the log and in a dialog, and keeps the last one for a bug report.

    Parameters
    ----------
    ask : Ask
        Shows an error in a dialog.
    log : LogPanel
        The log.
    """

    def __init__(self, ask: Ask, log: LogPanel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._ask = ask
        self._log = log
        self.last: Failure | None = None

    def note(self, failure: Failure, message: str) -> None:
        """Report an error in the log only, with this message."""
        self.last = failure
        self._log.add_warning(message)

    def show(self, failure: Failure) -> None:
        """Report an error in the log and in a dialog; the session stays as it is."""
        self.note(failure, failure.message)
        self._ask.show_failure(failure)
