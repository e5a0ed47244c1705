"""A message on the screen; it needs Qt and no other part of the program, because another part may be missing."""

from __future__ import annotations

import os
import signal
import sys
from functools import cache
from typing import TYPE_CHECKING

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QMessageBox

from hdmea_gui.settings import WITHOUT_SCREEN, has_screen
from hdmea_gui.signals import end_requests_handled_by

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from PySide6.QtCore import QCoreApplication


def show_box(message: str) -> None:
    """Show a message until it is closed, if there is a screen."""
    if _has_application():
        with _ended_at_once():
            QMessageBox.critical(None, "HD-MEA", message)


def ask_in_box(message: str, question: str, verb: str) -> bool | None:
    """Ask a question.

    Parameters
    ----------
    message, question : str
        What has happened, and what to decide.
    verb : str
        The button that agrees.

    Returns
    -------
    bool or None
        Whether the user agrees; None if there is no screen to ask on.
    """
    if not _has_application():
        return None
    box = QMessageBox(QMessageBox.Icon.Question, "HD-MEA", message)
    box.setInformativeText(question)
    agree = box.addButton(verb, QMessageBox.ButtonRole.AcceptRole)
    box.addButton(QMessageBox.StandardButton.Cancel)
    box.setDefaultButton(agree)
    with _ended_at_once():
        box.exec()
    return box.clickedButton() is agree


def _has_application() -> bool:
    """Whether a box can be shown; makes the application that it needs."""
    if not has_screen():
        return False
    _application()
    return QGuiApplication.platformName() not in WITHOUT_SCREEN


@cache  # Qt needs it for as long as the process lives
def _application() -> QCoreApplication:
    return QApplication.instance() or QApplication(["hdmea-gui", *platform_arguments()])


def _ended_at_once() -> AbstractContextManager[None]:
    """End the process at a request to end: Python's own handlers do not run while a box waits."""
    return end_requests_handled_by(signal.SIG_DFL)


def platform_arguments() -> list[str]:
    """Arguments for Qt: where only X can show windows, do without a screen rather than abort if X does not respond."""
    names = ("WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    only_x = sys.platform == "linux" and not any(os.environ.get(name) for name in names)
    return ["-platform", "xcb;offscreen"] if only_x else []
