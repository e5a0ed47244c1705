"""Dialogs that are destroyed when they are closed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDialog
from shiboken6 import isValid

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget


class Dialogs:
    """The dialogs over a window.

    Parameters
    ----------
    window : QWidget
        The window.
    """

    def __init__(self, window: QWidget) -> None:
        self._window = window

    def open(self, dialog: QDialog) -> None:
        """Show a dialog over the window, and destroy it once it is closed."""
        dialog.setParent(self._window, dialog.windowFlags())
        # a dialog that is only hidden lives as long as the window, and another comes with every call
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def dismiss(self) -> None:
        """Cancel every open dialog and menu: one left waiting would keep the program running."""
        close_menus()
        for widget in QApplication.topLevelWidgets():
            if isinstance(widget, QDialog) and widget.isVisible():
                widget.reject()


def close_menus() -> None:
    """Close every open menu and list."""
    while (popup := QApplication.activePopupWidget()) is not None:
        popup.close()


def is_there(dialog: QDialog) -> bool:
    """Whether a dialog still exists; ask after every await, since the user may have closed it meanwhile."""
    return isValid(dialog)
