"""Collects Python's garbage on the GUI thread, in portions too small to notice."""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QPoint, Qt, QTimer
from PySide6.QtGui import QCursor, QGuiApplication

from hdmea_gui.workers.job import jobs_alive

_TICK_MS = 1000
_FEW = 700
_MANY = 10_000
_QUIET_TICKS = 20  # seconds, as a tick is one


class GarbageCollector(QObject):
    """Collects garbage from a timer; lives on the GUI thread.

    A collection on another thread could destroy a widget there and crash, so Python's automatic one is switched off.
    Scanning a large session takes a tenth of a second and finds nothing, because its objects are freed by reference
    counting: objects that arrive in bulk are frozen unscanned, and scanned once the program has been idle for a while.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._quiet_ticks = 0
        self._cursor = QPoint()
        self._has_work = True
        self._timer = QTimer(self, interval=_TICK_MS)
        self._timer.timeout.connect(self.tick)

    def start(self) -> None:
        """Switch Python's automatic collection off and start the timer."""
        gc.disable()
        gc.freeze()
        self._timer.start()

    def stop(self) -> None:
        """Stop the timer and switch Python's automatic collection on again."""
        self._timer.stop()
        gc.unfreeze()
        gc.enable()

    def tick(self) -> None:
        """Collect young objects, or everything once the program has been idle for a while."""
        n_young = gc.get_count()[0]
        if n_young > _MANY:
            gc.freeze()
            self._has_work = True
        elif n_young > _FEW:
            gc.collect(1)
            self._has_work = True
        self._quiet_ticks = self._quiet_ticks + 1 if self._is_quiet() else 0
        if self._has_work and self._quiet_ticks >= _QUIET_TICKS:
            self._collect_all()

    def _is_quiet(self) -> bool:
        """Whether no job is running and the pointer is at rest."""
        before, self._cursor = self._cursor, QCursor.pos()
        buttons = QGuiApplication.mouseButtons()
        return self._cursor == before and buttons == Qt.MouseButton.NoButton and not jobs_alive()

    def _collect_all(self) -> None:
        gc.unfreeze()
        gc.collect()
        gc.freeze()
        self._has_work = False
