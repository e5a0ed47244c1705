"""Bad lanes on maps of the chip: hatched bands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor

from hdmea_gui.views.plots import Line, line

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from hdmea_gui.session.bad_lanes import ChipLanes
    from hdmea_gui.views.theme import Theme

_STROKE = 1.0
"""Distance of the strokes of a hatching, electrodes."""

_ALPHA = 170


class LaneMarks(Line):
    """Hatching over the bad lanes of a map of electrodes."""

    def __init__(self) -> None:
        super().__init__(antialias=True, connect="pairs")
        self.setZValue(5)
        self.hide()

    def apply_theme(self, theme: Theme) -> None:
        """Apply the theme's colours."""
        faint = QColor(theme.accent)
        faint.setAlpha(_ALPHA)  # what is below stays visible
        self.setPen(line(faint, 1))

    def show_lanes(self, lanes: ChipLanes | None, regions: Iterable[QRectF]) -> None:
        """Hatch the lanes where they cross the regions, in columns and rows of the chip."""
        bands = [] if lanes is None else bands_of(lanes, regions)
        self.setVisible(bool(bands))  # what is hidden costs nothing when its neighbours are painted
        if bands:
            path = np.concatenate([_strokes(band) for band in bands])
            self.setData(path[:, 0], path[:, 1])


def bands_of(lanes: ChipLanes, regions: Iterable[QRectF]) -> list[QRectF]:
    """Return the part of each lane within each region; the centres of electrodes are whole numbers, from 1."""
    bands = []
    for region in regions:
        for number in lanes.numbers:
            edge = number - 0.5
            band = (
                QRectF(region.left(), edge, region.width(), 1)
                if lanes.axis == "row"
                else QRectF(edge, region.top(), 1, region.height())
            )
            if region.contains(band.center()):
                bands.append(band)
    return bands


def _strokes(band: QRectF) -> NDArray[np.float64]:
    """Diagonal strokes across a band, float64 (n_points, 2), x and y; two points each."""
    is_row = band.width() > band.height()
    length = band.width() if is_row else band.height()
    first = np.arange(0, length - 1 + 1e-9, _STROKE)
    along = np.column_stack([first, first + 1]).reshape(-1)
    across = np.tile([0.0, 1.0], len(first))
    x, y = (along, across) if is_row else (across, along)
    return np.column_stack([band.left() + x, band.top() + y])
