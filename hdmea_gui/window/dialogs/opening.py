"""Opening a dialog that goes away when it is closed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from shiboken6 import isValid

if TYPE_CHECKING:
    from PySide6.QtWidgets import QDialog


def open_dialog(dialog: QDialog) -> None:
    """Show a dialog over its window; once closed, it is destroyed, for hidden it would stay as long as the window."""
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.open()


def is_there(dialog: QDialog) -> bool:
    """Whether a dialog has not been destroyed; ask after every wait, for the user may have closed it meanwhile."""
    return isValid(dialog)
