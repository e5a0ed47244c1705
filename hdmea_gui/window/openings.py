"""Files to open that come from outside: the command line, later starts of the program, the system's file manager."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QFileOpenEvent
from PySide6.QtWidgets import QApplication

from hdmea_gui.handover import Handover
from hdmea_gui.window.disabled_reasons import opening_blocked_by
from hdmea_gui.window.open_paths import open_paths
from hdmea_gui.workers.warm_up import AfterFirstPaint

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hdmea_gui.window.main_window import MainWindow


class Application(QApplication):
    """The application; on macOS the system tells it which files to open."""

    file_opened = Signal(object)
    """The path of a file that the user has opened with the program."""

    def event(self, event: QEvent) -> bool:
        """Take the files of open requests; leave every other event to Qt."""
        if isinstance(event, QFileOpenEvent) and event.file():
            self.file_opened.emit(Path(event.file()))
            return True
        return super().event(event)


class Openings(AfterFirstPaint):
    """Opens in a window the files that come from outside.

    Parameters
    ----------
    window : MainWindow
        The window, not shown yet. Nothing that runs in it is interrupted.
    paths : sequence of Path
        Files that the program was started with. They are opened after the first paint, because opening needs the
        event loop.
    """

    def __init__(self, window: MainWindow, paths: Sequence[Path] = ()) -> None:
        super().__init__(window)
        self._window = window
        self._paths = tuple(paths)
        self.handover = Handover(self._busy_with, self)
        self.handover.received.connect(self.open)
        application = QApplication.instance()
        if application is not None:
            application.aboutToQuit.connect(self.handover.end)
        if isinstance(application, Application):
            application.file_opened.connect(self._open_one)
        self.handover.begin()

    def happen(self) -> None:
        """Open the files that the program was started with."""
        paths, self._paths = self._paths, ()
        if paths:
            open_paths(self._window.workbench, paths)

    def open(self, paths: Sequence[Path]) -> None:
        """Bring the window forward and open files in it."""
        state = self._window.windowState() & ~Qt.WindowState.WindowMinimized
        self._window.setWindowState(state | Qt.WindowState.WindowActive)
        self._window.raise_()
        self._window.activateWindow()
        open_paths(self._window.workbench, paths)

    def _open_one(self, path: Path) -> None:
        self.open([path])

    def _busy_with(self) -> str:
        return "opening files" if self._paths else opening_blocked_by(self._window.workbench)
