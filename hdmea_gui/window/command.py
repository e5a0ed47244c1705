"""Base class of the command groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

if TYPE_CHECKING:
    from hdmea_gui.window.main_window import MainWindow


class Commands(QObject):
    """A group of the window's actions; method ``do_<key>`` carries out the action with that key.

    Parameters
    ----------
    window : MainWindow
        The window that the commands act on.
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.window = window
