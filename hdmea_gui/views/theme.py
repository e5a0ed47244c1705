"""Colours of plots, taken from the system's palette, light or dark."""

from __future__ import annotations

from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtGui import QColor, QGuiApplication, QPalette
from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from collections.abc import Iterator

Rgb = tuple[int, int, int]

UNIT_COLOURS = ("#4477aa", "#ee6677", "#228833", "#ccbb44", "#66ccee", "#aa3377")
"""For several units in one plot; told apart by colour-blind readers too (Paul Tol's bright scheme)."""


class Theme(QObject):
    """The colours that plots use; follows the system's colour scheme."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._paper: QPalette | None = None
        self._probe = QWidget()  # one widget: through a filter of the application every event would pass
        self._probe.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Tell the views, once, when the system's palette has changed."""
        if event.type() == QEvent.Type.ApplicationPaletteChange:
            self.changed.emit()
        return super().eventFilter(watched, event)

    @property
    def palette(self) -> QPalette:
        """The system's palette, or that of paper."""
        return self._paper or QGuiApplication.palette()

    @contextmanager
    def on_paper(self) -> Iterator[None]:
        """Draw dark on white, whatever the system does: for figures that go into files."""
        self._paper = _paper()
        self.changed.emit()
        try:
            yield
        finally:
            self._paper = None
            self.changed.emit()

    @property
    def background(self) -> QColor:
        """Ground of plots."""
        return self.palette.color(QPalette.ColorRole.Base)

    @property
    def foreground(self) -> QColor:
        """Axes and their texts."""
        return self.palette.color(QPalette.ColorRole.Text)

    @property
    def quiet(self) -> QColor:
        """What is there but not the point: grids, unselected units."""
        ground, ink = self.background, self.foreground
        return QColor(*((3 * a + 2 * b) // 5 for a, b in zip(_rgb(ground), _rgb(ink), strict=True)))

    @property
    def accent(self) -> QColor:
        """The one colour that says: this."""
        return self.palette.color(QPalette.ColorRole.Highlight)

    @property
    def is_dark(self) -> bool:
        """Whether light text stands on a dark ground."""
        return self.background.lightness() < self.foreground.lightness()

    def diverging(self) -> pg.ColorMap:
        """Map for signed values: blue below zero, red above, the ground's own tone at zero."""
        return diverging_map(
            (5, 48, 160), (103, 169, 207), (239, 138, 98), (178, 24, 43), is_dark=self.is_dark
        )

    def sequential(self) -> pg.ColorMap:
        """Map for values of one sign."""
        return pg.colormap.get("viridis")


@lru_cache
def diverging_map(low: Rgb, lower: Rgb, higher: Rgb, high: Rgb, *, is_dark: bool) -> pg.ColorMap:
    """A map through the ground's own tone, made once: every unit that is shown asks for it."""
    middle = (30, 30, 30) if is_dark else (247, 247, 247)
    return pg.ColorMap([0.0, 0.25, 0.5, 0.75, 1.0], [low, lower, middle, higher, high])


def _rgb(colour: QColor) -> Rgb:
    return colour.red(), colour.green(), colour.blue()


def _paper() -> QPalette:
    """The system's palette, but dark on white."""
    palette = QPalette(QGuiApplication.palette())
    roles = QPalette.ColorRole
    for role in (roles.Base, roles.Window, roles.Button):
        palette.setColor(role, QColor("white"))
    for role in (roles.Text, roles.WindowText, roles.ButtonText):
        palette.setColor(role, QColor("black"))
    return palette
