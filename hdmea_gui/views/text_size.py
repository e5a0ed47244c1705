"""Lengths that grow with the texts of the program."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtGui import QFontInfo, QGuiApplication
from PySide6.QtWidgets import QApplication

_USUAL_PX = 13
"""Height of the letters for which lengths are given, in pixels: at most that of the systems' own fonts."""


def with_text(pixels: int) -> int:
    """Return a length in pixels, enlarged as much as the texts are if they are larger than usual."""
    return round(pixels * max(1.0, QFontInfo(QApplication.font()).pixelSize() / _USUAL_PX))


def window_size(width: int, height: int) -> QSize:
    """Return the size of a window in pixels, enlarged as the texts are if the screen allows."""
    screen = QGuiApplication.primaryScreen().availableSize()
    return QSize(with_text(width), with_text(height)).boundedTo(screen).expandedTo(QSize(width, height))
