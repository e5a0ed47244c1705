"""Uncaught errors of all threads: written to the log and reported to the window."""

from __future__ import annotations

import logging
import sys
import threading
import time
import traceback
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt, Signal

from hdmea_gui.workers.failure import Failure

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Iterator
    from types import TracebackType

logger = logging.getLogger(__name__)

_REPEATED_S = 5.0


class Faults(QObject):
    """Receives every uncaught error; lives on the GUI thread.

    An error that repeats, as from a widget that cannot be painted, is logged each time but reported at most once in
    five seconds.
    """

    occurred = Signal(object)
    """An error to show; carries a `Failure`, emitted on the GUI thread."""

    _noted = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.last: Failure | None = None
        self._reported_at: dict[str, float] = {}
        # queued: report may be called on any thread, or while a widget is being painted
        self._noted.connect(self._on_noted, Qt.ConnectionType.QueuedConnection)

    def report(self, error: BaseException, where: str = "") -> None:
        """Log an error and report it to the window; callable from any thread."""
        details = "".join(traceback.format_exception(error))
        logger.error("Uncaught error%s\n%s", f" ({where})" if where else "", details)
        message = (
            f"Internal error: {_short(error)}. Your session is still open: save it or save a checkpoint. "
            "Please report this with the details."
        )
        self._noted.emit(Failure(message, details))

    @contextmanager
    def caught(self, loop: asyncio.AbstractEventLoop | None = None) -> Iterator[None]:
        """Install the hooks for uncaught errors for the duration of a with-block."""
        hooks = sys.excepthook, threading.excepthook, sys.unraisablehook
        sys.excepthook, threading.excepthook = self._on_exception, self._on_thread_exception
        sys.unraisablehook = self._on_unraisable
        if loop is not None:
            loop.set_exception_handler(self._on_loop_exception)
        try:
            yield
        finally:
            sys.excepthook, threading.excepthook, sys.unraisablehook = hooks

    def _on_noted(self, failure: Failure) -> None:
        self.last = failure
        now = time.monotonic()
        if now - self._reported_at.get(failure.details, -_REPEATED_S) >= _REPEATED_S:
            self._reported_at[failure.details] = now
            self.occurred.emit(failure)

    def _on_exception(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            return
        self.report(error.with_traceback(trace))

    def _on_thread_exception(self, args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None:
            self.report(args.exc_value, f"thread {args.thread.name if args.thread else 'unknown'}")

    def _on_unraisable(self, args: sys.UnraisableHookArgs) -> None:
        if args.exc_value is not None:
            self.report(args.exc_value, args.err_msg or "while an object was being deleted")

    def _on_loop_exception(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if isinstance(error, BaseException):
            self.report(error, str(context.get("message", "")))
        else:
            logger.warning("Event loop: %s", context.get("message"))


def _short(error: BaseException) -> str:
    text = str(error).strip()
    return f"{type(error).__name__}: {text.splitlines()[0]}" if text else type(error).__name__
