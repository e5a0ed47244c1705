"""Files that come from outside: from later starts of the program, and from the system's file manager."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QFileOpenEvent
from PySide6.QtWidgets import QApplication

from hdmea_gui.handover import Handover
from hdmea_gui.window.disabled_reasons import disabled_reasons

if TYPE_CHECKING:
    from hdmea_gui.window.main_window import MainWindow


class Application(QApplication):
    """The application; on macOS the system tells it which files to open."""

    file_opened = Signal(object)
    """The path of a file that the user has opened with the program."""

    def event(self, event: QEvent) -> bool:
        """Take files; all else is Qt's."""
        if isinstance(event, QFileOpenEvent) and event.file():
            self.file_opened.emit(Path(event.file()))
            return True
        return super().event(event)


class Openings(QObject):
    """Opens in a window what comes from outside.

    Parameters
    ----------
    window : MainWindow
        The window; what goes on in it is not interrupted.
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.handover = Handover(self._can_take, self)
        self.handover.received.connect(self.open)
        application = QApplication.instance()
        if application is not None:
            application.aboutToQuit.connect(self.handover.end)
        if isinstance(application, Application):
            application.file_opened.connect(self.open)
        self.handover.begin()

    def open(self, path: Path) -> None:
        """Bring the window forward and open a file in it."""
        state = self._window.windowState() & ~Qt.WindowState.WindowMinimized
        self._window.setWindowState(state | Qt.WindowState.WindowActive)
        self._window.raise_()
        self._window.activateWindow()
        if QApplication.activeModalWidget() is None:
            self._window.open_path(path)
        else:
            self._window.log_panel.add(f"{path} was not opened: a question waits. Open it afterwards.")

    def _can_take(self) -> bool:
        return not disabled_reasons(self._window)["idle"] and QApplication.activeModalWidget() is None
