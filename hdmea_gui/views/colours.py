"""Colour maps that the user can choose."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyqtgraph as pg

if TYPE_CHECKING:
    from hdmea_gui.views.theme import Theme

_STOPS = [0.0, 0.25, 0.5, 0.75, 1.0]

SIGNED = ("Blue to red", "Purple to green", "Black to white")
"""Maps for values on both sides of zero; all of them can be read by the colour-blind."""


def signed(name: str, theme: Theme) -> pg.ColorMap:
    """A map for values on both sides of zero, by its name."""
    if name == SIGNED[1]:
        middle = (30, 30, 30) if theme.is_dark else (247, 247, 247)
        return pg.ColorMap(_STOPS, [(84, 0, 107), (175, 141, 195), middle, (127, 191, 123), (0, 90, 40)])
    if name == SIGNED[2]:
        return pg.ColorMap([0.0, 1.0], [(0, 0, 0), (255, 255, 255)])
    return theme.diverging()


def is_coloured(name: str) -> bool:
    """Whether the ends of a map are seen on dark and on light grounds."""
    return name != SIGNED[2]
