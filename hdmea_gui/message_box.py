"""A message on the screen; it needs Qt and no other part of the program, as such a part may be what is missing."""

from __future__ import annotations

import os
import sys

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QMessageBox

from hdmea_gui.settings import WITHOUT_SCREEN, has_screen


def show_box(words: str) -> None:
    """Show a message until it is closed, where there is a screen."""
    if not has_screen():
        return
    _application = QApplication.instance() or QApplication(["hdmea-gui", *platform_words()])
    if QGuiApplication.platformName() not in WITHOUT_SCREEN:
        QMessageBox.critical(None, "HD-MEA", words)


def platform_words() -> list[str]:
    """Words for Qt: where only X can show windows, go on without rather than abort when it does not answer."""
    names = ("WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    only_x = sys.platform == "linux" and not any(os.environ.get(name) for name in names)
    return ["-platform", "xcb;offscreen"] if only_x else []
