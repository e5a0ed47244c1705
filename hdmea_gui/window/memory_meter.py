"""Memory used by the session, measured on another thread: walking through a large session takes a while."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from hdmea_gui.workers.jobs import CallJob

if TYPE_CHECKING:
    from hdmea_gui.models.session_model import SessionModel
    from hdmea_gui.session import Snapshot

_DELAY_MS = 200  # changes in quick succession are measured once


class MemoryMeter(QObject):
    """Measures the memory used by the session, a moment after each change.

    Parameters
    ----------
    model : SessionModel
        The session.
    """

    measured = Signal(object)
    """Bytes that the session's values take in memory; None without a session."""

    def __init__(self, model: SessionModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._measured: Snapshot | None = None
        self._job: CallJob | None = None
        self._is_stopped = False
        self._timer = QTimer(self, singleShot=True, interval=_DELAY_MS)
        self._timer.timeout.connect(self._measure)
        model.safety_changed.connect(self._timer.start)

    def stop(self) -> None:
        """Stop measuring, because the window is closing."""
        self._is_stopped = True

    def _measure(self) -> None:
        """Measure, unless a measurement is running or this snapshot has been measured."""
        snapshot = self._model.snapshot()
        if self._is_stopped or self._job is not None or snapshot is self._measured:
            return
        self._measured = snapshot
        if snapshot is None:
            self.measured.emit(None)
            return
        self._job = CallJob(_nbytes, snapshot, doing="measuring the session")
        self._job.succeeded.connect(self._on_succeeded)
        self._job.start()

    def _on_succeeded(self, nbytes: int) -> None:
        self._job = None
        self.measured.emit(nbytes if self._model.session is not None else None)
        self._measure()


def _nbytes(snapshot: Snapshot) -> int:
    return snapshot.nbytes
