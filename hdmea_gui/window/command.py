"""What the groups of commands have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

if TYPE_CHECKING:
    from hdmea_gui.window.main_window import MainWindow


class Commands(QObject):
    """A group of actions of the window: its method ``do_<key>`` carries out the action of that key.

    Parameters
    ----------
    window : MainWindow
        The window.
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.window = window
