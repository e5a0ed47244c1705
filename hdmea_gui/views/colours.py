"""Colour maps that the user can choose."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyqtgraph as pg

from hdmea_gui.views.theme import diverging_map

if TYPE_CHECKING:
    from hdmea_gui.views.theme import Theme

SIGNED = ("Blue to red", "Purple to green", "Black to white")
"""Maps for signed values, all of them readable by colour-blind users."""


def signed(name: str, theme: Theme) -> pg.ColorMap:
    """Return the map for signed values that has this name."""
    if name == SIGNED[1]:
        ends = (84, 0, 107), (175, 141, 195), (127, 191, 123), (0, 90, 40)
        return diverging_map(*ends, is_dark=theme.is_dark)
    if name == SIGNED[2]:
        return pg.ColorMap([0.0, 1.0], [(0, 0, 0), (255, 255, 255)])
    return theme.diverging()


def is_coloured(name: str) -> bool:
    """Whether the ends of a map are visible on both dark and light backgrounds."""
    return name != SIGNED[2]
