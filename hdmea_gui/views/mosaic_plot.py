"""Mosaic of receptive fields: their fitted ellipses over the stimulus."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF

from hdmea_gui.views.map_plot import MapPlot, Mark
from hdmea_gui.views.plots import Box, line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from hdmea_gui.views.sta_picture import Field, FieldEllipse

_SMOOTH = 150
"""Largest number of ellipses drawn with smooth lines; more would take too long."""


class _Ellipses(pg.PlotCurveItem):  # type: ignore[misc]  # pyqtgraph has no types
    """Many ellipses as one line, cached as a pixmap while only other items change."""

    def __init__(self) -> None:
        super().__init__(connect="finite")
        self.setCacheMode(self.CacheMode.DeviceCoordinateCache)

    def show_paths(self, paths: Sequence[NDArray[np.float64]]) -> None:
        """Draw ellipses."""
        path = np.concatenate(paths) if paths else np.empty((0, 2))
        self.setData(path[:, 0], path[:, 1], antialias=len(paths) <= _SMOOTH)

    def setExportMode(self, export: bool, opts: dict[str, Any] | None = None) -> None:  # noqa: N802 - pyqtgraph's name
        """Draw lines rather than the cached pixmap in exported files."""
        modes = self.CacheMode
        self.setCacheMode(modes.NoCache if export else modes.DeviceCoordinateCache)
        super().setExportMode(export, opts)


class MosaicPlot(MapPlot):
    """Ellipses of many units over the stimulus, drawn at one standard deviation."""

    def __init__(self) -> None:
        super().__init__("Column (pixel)", "Row (pixel)", Box())
        self._on, self._off = _Ellipses(), _Ellipses()
        self._chosen, self._current = Mark(), Mark(width=3)
        for item in (self._on, self._off, self._chosen, self._current):
            self.addItem(item)
        self._paths: dict[str, NDArray[np.float64]] = {}
        self._legend = ""
        self._ends: pg.ColorMap | None = None

    def set_ends(self, colours: pg.ColorMap) -> None:
        """Take the colours of ON and OFF ellipses from the upper and lower end of a colour map."""
        if colours == self._ends:
            return
        self._ends = colours
        low, high = colours.map([0.15, 0.85], mode="qcolor")
        self._on.setPen(line(high, 1))
        self._off.setPen(line(low, 1))
        on, off = (
            f"<span style='color:{c.name()}'>{name}</span>" for c, name in ((high, "ON"), (low, "OFF"))
        )
        self._legend = f"{on} and {off}, 1 σ"
        self._show_legend()

    def show_fields(self, fields: Sequence[Field]) -> None:
        """Draw the ellipses of some units."""
        self._paths = {field.unit_id: _closed(field.fit) for field in fields if field.fit is not None}
        for curve, sign in ((self._on, 1), (self._off, -1)):
            signed = [f.unit_id for f in fields if f.fit is not None and f.fit.amplitude * sign > 0]
            curve.show_paths([self._paths[unit_id] for unit_id in signed])
        self._show_legend()
        shape = np.max([field.map.shape for field in fields], axis=0) if fields else (1, 1)
        self.number_only(QRectF(-0.5, -0.5, shape[1], shape[0]))
        self.box.set_home(QRectF(-1.5, -1.5, shape[1] + 2, shape[0] + 2))

    def show_selection(self, current: str, chosen: Iterable[str]) -> None:
        """Mark the current unit and the selected ones."""
        self._current.show_path(self._paths.get(current))
        others = (unit_id for unit_id in chosen if unit_id != current)
        paths = [self._paths[unit_id] for unit_id in others if unit_id in self._paths]
        self._chosen.show_path(np.concatenate(paths) if paths else None)

    def _show_legend(self) -> None:
        self.set_title(self._legend if self._paths else "No fitted ellipses")


def _closed(fit: FieldEllipse) -> NDArray[np.float64]:
    return np.concatenate([fit.path(), [[np.nan, np.nan]]])
