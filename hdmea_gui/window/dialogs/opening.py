"""Dialogs that are destroyed when they are closed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from shiboken6 import isValid

if TYPE_CHECKING:
    from PySide6.QtWidgets import QDialog


def open_dialog(dialog: QDialog) -> None:
    """Show a dialog over its window, and destroy it once it is closed."""
    # a dialog that is only hidden lives as long as the window, and another comes with every call
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.open()


def is_there(dialog: QDialog) -> bool:
    """Whether a dialog still exists; ask after every await, since the user may have closed it meanwhile."""
    return isValid(dialog)
