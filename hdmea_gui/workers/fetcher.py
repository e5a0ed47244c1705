"""Reads arrays that are still on disk, one after the other."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import QObject, Signal

from hdmea_gui.workers.jobs import CallJob


class Fetcher(QObject):
    """Reads stored arrays in the background, the one requested last first.

    Only one thread reads at a time. An array that is already waiting is moved to the front instead of queued twice.
    """

    fetched = Signal(object, object)
    """An array was read; carries the stored array and its values in memory."""

    failed = Signal(object, object)
    """An array cannot be read; carries the stored array and the `Failure`."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._waiting: dict[int, Any] = {}  # by identity; the last one is read next
        self._reading: Any = None
        self._job: CallJob | None = None

    @property
    def is_idle(self) -> bool:
        """Whether nothing is being read and nothing is waiting."""
        return self._job is None and not self._waiting

    def fetch(self, array: Any) -> None:
        """Read an array as soon as possible."""
        if array is self._reading:
            return
        self._waiting.pop(id(array), None)
        self._waiting[id(array)] = array
        self._start_next()

    def forget(self) -> None:
        """Drop the waiting arrays and the one being read; neither signal is emitted for them."""
        self._waiting.clear()
        job, self._job, self._reading = self._job, None, None
        if job is not None:
            job.succeeded.disconnect(self._on_succeeded)
            job.failed.disconnect(self._on_failed)
            job.cancel()

    def _start_next(self) -> None:
        if self._job is not None or not self._waiting:
            return
        _, self._reading = self._waiting.popitem()
        self._job = CallJob(np.asarray, self._reading, doing="reading from the session's file")
        self._job.succeeded.connect(self._on_succeeded)
        self._job.failed.connect(self._on_failed)
        self._job.start()

    def _take(self) -> Any:
        array, self._reading, self._job = self._reading, None, None
        return array

    def _on_succeeded(self, values: Any) -> None:
        array = self._take()
        self._start_next()
        values.setflags(write=False)
        self.fetched.emit(array, values)

    def _on_failed(self, failure: object) -> None:
        array = self._take()
        self._start_next()
        self.failed.emit(array, failure)
