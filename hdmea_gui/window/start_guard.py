"""Notices a start that broke off before the window was seen, for instance because its stored layout crashes Qt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QLockFile, Signal

from hdmea_gui.settings import config_dir
from hdmea_gui.workers.warm_up import AfterFirstPaint

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

_NAME = "starting.lock"


class StartGuard(AfterFirstPaint):
    """Holds a lock file until a window has been painted for the first time.

    A lock that a dead process has left means that its start did not get as far as that.

    Parameters
    ----------
    window : QWidget
        The window, not shown yet.

    Attributes
    ----------
    has_failed_before : bool
        Whether the start before this one broke off.
    """

    passed = Signal()
    """The window has been painted."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        path = config_dir() / _NAME
        was_there = path.exists()
        self._lock = QLockFile(str(path))
        self._lock.setStaleLockTime(0)  # its age says nothing: only whether its process lives
        self.has_failed_before = self._lock.tryLock(0) and was_there

    def happen(self) -> None:
        """Note that this start was successful."""
        self.release()
        self.passed.emit()

    def release(self) -> None:
        """Remove the lock."""
        self._lock.unlock()
