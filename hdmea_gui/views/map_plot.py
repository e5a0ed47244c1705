"""Maps: images whose pixels are positions on the stimulus screen or on the chip."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF, Qt

from hdmea_gui.views.plots import Box, Line, Plot, line

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hdmea_gui.views.frames import Pixel
    from hdmea_gui.views.theme import Theme

_TURN = np.linspace(0, 2 * np.pi, 49)  # angles of the points of an ellipse


class MapPlot(Plot):
    """A map with square pixels and the first row at the top; pixel centres are whole numbers."""

    margin = 0.0
    """Margin around the map, in pixels of the map."""

    def __init__(self, x_label: str, y_label: str, box: Box | None = None) -> None:
        super().__init__(x_label, y_label, box or Box(emits_drags=True, emits_wheel=True))
        self.box.setAspectLocked(True)
        self.box.invertY(True)
        self.image = pg.ImageItem(axisOrder="row-major")
        self._cursor = Mark()
        self.addItem(self.image)
        self.addItem(self._cursor)
        self._place: tuple[float, float, int, int] | None = None
        self._colours: pg.ColorMap | None = None

    def show_map(
        self, values: NDArray[Any], limits: tuple[float, float], *, left: float = 0, top: float = 0
    ) -> None:
        """Show the values of a map.

        Parameters
        ----------
        values : ndarray
            Any float (n_rows, n_cols). NaN stays blank.
        limits : tuple of float
            Values of the first and the last colour.
        left, top : float
            Column and row of the first pixel.
        """
        self.image.setImage(values, levels=limits, autoLevels=False)
        place = (left, top, *values.shape)
        if place != self._place:
            self._place = place
            rect = QRectF(left - 0.5, top - 0.5, values.shape[1], values.shape[0])
            self.image.setRect(rect)
            self.number_only(rect)
            self.box.set_home(rect.adjusted(-self.margin, -self.margin, self.margin, self.margin))

    def number_only(self, rect: QRectF) -> None:
        """Restrict the numbers at the axes to the columns and rows that exist."""
        self.getAxis("bottom").set_extent(rect.left(), rect.right())
        self.getAxis("left").set_extent(rect.top(), rect.bottom())

    def set_colours(self, colours: pg.ColorMap) -> None:
        """Set the colour map, if it is a different one."""
        if colours != self._colours:
            self._colours = colours
            self.image.setColorMap(colours)

    def show_cursor(self, pixel: Pixel | None) -> None:
        """Mark a pixel, or remove the mark."""
        self._cursor.show_path(None if pixel is None else square(*pixel))


class Mark(Line):
    """A line over a map, with a rim that keeps it visible on every colour."""

    def __init__(self, style: Qt.PenStyle = Qt.PenStyle.SolidLine, width: float = 1.5) -> None:
        super().__init__(antialias=True, connect="finite")
        self._style, self._width = style, width
        self.setZValue(10)

    def apply_theme(self, theme: Theme) -> None:
        """Apply the theme's colours."""
        rim = theme.background
        rim.setAlpha(160)
        self.setPen(line(theme.foreground, self._width, self._style))
        self.setShadowPen(line(rim, self._width + 2))

    def show_path(self, path: NDArray[np.float64] | None) -> None:
        """Show a path, float64 (n_points, 2), x and y, or nothing."""
        if path is None or not len(path):
            self.hide()  # what is hidden costs nothing when its neighbours are painted
            return
        self.show()
        self.setData(path[:, 0], path[:, 1])


def ellipse(
    centre: tuple[float, float], radii: tuple[float, float], theta: float = 0.0
) -> NDArray[np.float64]:
    """Return the outline of an ellipse, float64 (n_points, 2), x and y.

    Parameters
    ----------
    centre : tuple of float
        x and y.
    radii : tuple of float
        Along the ellipse's own axes.
    theta : float
        Angle from the x axis towards y to the first radius, radians.
    """
    along, across = radii[0] * np.cos(_TURN), radii[1] * np.sin(_TURN)
    x = centre[0] + along * np.cos(theta) - across * np.sin(theta)
    y = centre[1] + along * np.sin(theta) + across * np.cos(theta)
    return np.column_stack([x, y])


def square(row: float, col: float) -> NDArray[np.float64]:
    """Return the path around one pixel."""
    corners = np.array([(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5), (-0.5, -0.5)])
    return np.asarray(corners + np.array([col, row]))


def cross(x: float, y: float, size: float = 0.5) -> NDArray[np.float64]:
    """Return the path of a cross; NaN separates its two lines."""
    return np.array([(x - size, y), (x + size, y), (np.nan, np.nan), (x, y - size), (x, y + size)])
