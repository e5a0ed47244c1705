"""Plots of many receptive fields: a contact sheet of their maps and a mosaic of their ellipses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, Signal

from hdmea_gui.views.frames import round_limit
from hdmea_gui.views.mosaic_plot import MosaicPlot
from hdmea_gui.views.plots import ColourBar, PlotArea, share_space
from hdmea_gui.views.sheet_plot import SheetPlot
from hdmea_gui.views.sta_picture import UNIT, Field

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pyqtgraph as pg

    from hdmea_gui.views.theme import Theme


class FieldsFigure(PlotArea):
    """Receptive fields of many units; a click on one picks it."""

    picked = Signal(str, object)
    """Id of a unit and the modifier keys held."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self._fields: Sequence[Field] = ()
        self._current = ""
        self._sheet, self._mosaic = SheetPlot(), MosaicPlot()
        self._bar = ColourBar(" ")
        self._bar.setImageItem(self._sheet.image)
        left = self.addLayout(0, 0)
        left.setContentsMargins(0, 0, 0, 0)
        left.addItem(self._sheet)
        left.addItem(self._bar)
        self.addItem(self._mosaic, 0, 1)
        share_space(left, (1,), (1, 0))
        share_space(self.ci, (1,), (1, 1))
        self._sheet.box.clicked.connect(self._on_sheet_clicked)
        self._mosaic.box.clicked.connect(self._on_mosaic_clicked)
        self.apply_theme()

    def set_colours(self, colours: pg.ColorMap, ends: pg.ColorMap) -> None:
        """Set the colour map of the maps, and the map whose ends colour ON and OFF ellipses."""
        self._bar.set_colours(colours)
        self._mosaic.set_ends(ends)

    def show_fields(self, fields: Sequence[Field], *, shared: bool) -> None:
        """Draw receptive fields.

        Parameters
        ----------
        fields : sequence of Field
            The fields.
        shared : bool
            Whether all maps have the same colour limits, rather than each its own.
        """
        self._fields = fields
        largest = [float(np.nanmax(np.abs(field.map), initial=0.0)) for field in fields]
        maps = [field.map for field in fields]
        limit = round_limit(max(largest, default=1.0)) if shared else 1.0
        if not shared:
            maps = [values / (top or 1.0) for values, top in zip(maps, largest, strict=True)]
        self._bar.set_label(f"STA ({UNIT})" if shared else "STA (fraction of peak)")
        self._bar.set_limits(-limit, limit)
        self._sheet.show_fields(fields, maps, limit)
        self._mosaic.show_fields(fields)

    def show_selection(self, current: str, chosen: Iterable[str]) -> None:
        """Mark the current unit and the selected ones."""
        self._current = current
        chosen = tuple(chosen)
        self._sheet.show_selection(current, chosen)
        self._mosaic.show_selection(current, chosen)

    def unit_at(self, x: float, y: float) -> str:
        """Return the unit whose ellipse is at a place of the mosaic; repeated calls cycle through overlapping ones."""
        distances = [
            (field.fit.distance(x, y), field.unit_id) for field in self._fields if field.fit is not None
        ]
        # ellipses are drawn at one standard deviation; a click on the line itself counts
        near = [unit_id for distance, unit_id in sorted(distances) if distance <= 1.2]
        if not near:
            return ""
        return near[(near.index(self._current) + 1) % len(near)] if self._current in near else near[0]

    def _on_sheet_clicked(self, place: QPointF, modifiers: object) -> None:
        index = None if self._sheet.grid is None else self._sheet.grid.index_at(place.y(), place.x())
        if index is not None:
            self.picked.emit(self._fields[index].unit_id, modifiers)

    def _on_mosaic_clicked(self, place: QPointF, modifiers: object) -> None:
        unit_id = self.unit_at(place.x(), place.y())
        if unit_id:
            self.picked.emit(unit_id, modifiers)
