"""Colours of plots, taken from the system's light or dark palette."""

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
"""Colours of several units in one plot, distinguishable by colour-blind readers (Paul Tol's bright scheme)."""


TROUBLE = {False: "#a3001b", True: "#ff8a80"}
"""Colour of texts about faults, on light and on dark grounds."""


class Theme(QObject):
    """Colours of plots, which follow the system's colour scheme."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._paper: QPalette | None = None
        self._probe = QWidget()  # a filter on the application itself would see every event
        self._probe.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Emit `changed` once when the system's palette has changed."""
        if event.type() == QEvent.Type.ApplicationPaletteChange:
            self.changed.emit()
        return super().eventFilter(watched, event)

    @property
    def palette(self) -> QPalette:
        """The system's palette, or the one for paper."""
        return self._paper or QGuiApplication.palette()

    @contextmanager
    def on_paper(self) -> Iterator[None]:
        """Draw dark on white, regardless of the system's scheme, for exported figures."""
        self._paper = _paper()
        self.changed.emit()
        try:
            yield
        finally:
            self._paper = None
            self.changed.emit()

    @property
    def background(self) -> QColor:
        """Background of plots."""
        return self.palette.color(QPalette.ColorRole.Base)

    @property
    def foreground(self) -> QColor:
        """Colour of axes and texts."""
        return self.palette.color(QPalette.ColorRole.Text)

    @property
    def quiet(self) -> QColor:
        """Muted colour of secondary items, such as grids and unselected units."""
        back, fore = self.background, self.foreground
        return QColor(*((3 * a + 2 * b) // 5 for a, b in zip(_rgb(back), _rgb(fore), strict=True)))

    @property
    def accent(self) -> QColor:
        """Accent colour, for what is selected or important."""
        return self.palette.color(QPalette.ColorRole.Highlight)

    @property
    def trouble(self) -> QColor:
        """Colour of texts about faults."""
        return QColor(TROUBLE[self.is_dark])

    @property
    def is_dark(self) -> bool:
        """Whether the theme is dark."""
        return self.background.lightness() < self.foreground.lightness()

    def diverging(self) -> pg.ColorMap:
        """Return the map for signed values: blue below zero, red above, near the background at zero."""
        return diverging_map(
            (5, 48, 160), (103, 169, 207), (239, 138, 98), (178, 24, 43), is_dark=self.is_dark
        )

    def sequential(self) -> pg.ColorMap:
        """Return the map for values of one sign."""
        return pg.colormap.get("viridis")


@lru_cache
def diverging_map(low: Rgb, lower: Rgb, higher: Rgb, high: Rgb, *, is_dark: bool) -> pg.ColorMap:
    """Return a map with the background's tone in the middle; cached, because every unit shown needs it."""
    middle = (30, 30, 30) if is_dark else (247, 247, 247)
    return pg.ColorMap([0.0, 0.25, 0.5, 0.75, 1.0], [low, lower, middle, higher, high])


def _rgb(colour: QColor) -> Rgb:
    return colour.red(), colour.green(), colour.blue()


def _paper() -> QPalette:
    """Return the system's palette with dark on white."""
    palette = QPalette(QGuiApplication.palette())
    roles = QPalette.ColorRole
    for role in (roles.Base, roles.Window, roles.Button):
        palette.setColor(role, QColor("white"))
    for role in (roles.Text, roles.WindowText, roles.ButtonText):
        palette.setColor(role, QColor("black"))
    return palette
