"""Requests to end: Ctrl+C, and what the system sends."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

    Handler = Callable[[int, FrameType | None], object] | signal.Handlers

END_REQUESTS: Final = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def end_requests_handled_by(handler: Handler) -> Iterator[None]:
    """Handle requests to end, for the length of a with-block on the main thread.

    Parameters
    ----------
    handler : callable or signal.Handlers
        Called with the signal's number and the interrupted frame.
    """
    before = [signal.signal(number, handler) for number in END_REQUESTS]
    try:
        yield
    finally:
        for number, previous in zip(END_REQUESTS, before, strict=True):
            signal.signal(number, previous)
