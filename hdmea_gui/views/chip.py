"""Chip: all units at their electrodes, coloured by a column and selected by drawing around them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QRectF, Signal
from PySide6.QtWidgets import QLabel, QWidget

from hdmea_gui.session.bad_lanes import BAD_LANES_PATH, Axis, ChipLanes, bad_lanes_of
from hdmea_gui.views.caption import Chooser, row_of
from hdmea_gui.views.chip_colours import colouring_of
from hdmea_gui.views.chip_figure import ChipFigure, Units
from hdmea_gui.views.chip_scale import ChipScaleBox
from hdmea_gui.views.ei_picture import regions_of
from hdmea_gui.views.fan_out import chip_positions, fan_out
from hdmea_gui.views.picking import pick, pick_all
from hdmea_gui.views.plot_view import PlotView
from hdmea_gui.views.view import Empty, ViewSpec

if TYPE_CHECKING:
    from PySide6.QtCore import Qt


_USUAL_COLUMN = "rate"
_LASSO, _RECTANGLE = "Lasso", "Rectangle"
_LANE_TOOLS: dict[str, Axis] = {"Bad rows": "row", "Bad columns": "col"}


class ChipView(PlotView):
    """Units on the chip; those that do not pass the filter are drawn small. Bad lanes are hatched."""

    lanes_chosen = Signal(object)
    """The bad lanes that the user wants, as `ChipLanes`."""

    interests = (("units",), BAD_LANES_PATH)
    least_height = 220
    follows_units = True
    follows_visible = True

    def make_controls(self) -> QWidget:
        """Make the choosers of colour column and selection tool."""
        self._is_drawn = False
        context = self.context
        for something_drawn in (
            context.model.changed,
            context.model.replaced,
            context.selection.visible_changed,
            context.theme.changed,
        ):
            something_drawn.connect(self._draw_anew)
        context.columns.extended.connect(self._on_other_columns)
        self._column = Chooser("Column that sets the colours of the units", [_USUAL_COLUMN])
        self._column.setMinimumContentsLength(16)
        self._tool = Chooser(
            "Draw around units to select them; hold Ctrl or Shift to add to the selection. With one of the last two, a "
            "click marks a lane as bad, or as good again",
            (_LASSO, _RECTANGLE, *_LANE_TOOLS),
        )
        self._count = QLabel()
        self._column.currentIndexChanged.connect(self._on_other_columns)
        self._tool.currentTextChanged.connect(self._on_tool)
        self._scale = ChipScaleBox(context.scale)
        return row_of("Colour by", self._column, self._tool, self._scale, self._count)

    def make_figure(self) -> QWidget:
        """Make the plot."""
        self._plots = ChipFigure(self.context.theme, self.context.scale)
        self._plots.picked.connect(self._on_picked)
        self._plots.encircled.connect(self._on_encircled)
        self._plots.clicked.connect(self._on_electrode_clicked)
        self._on_tool(self._tool.currentText())
        return self._plots

    def choices(self) -> dict[str, QWidget]:
        """Return the controls of colours, tool and scale."""
        return {"colour": self._column, "tool": self._tool, "micrometres": self._scale}

    def empty(self) -> Empty | None:
        """Return the message for no units."""
        missing = self.no_unit()
        if missing is not None and (
            self.context.model.session is None or not self.context.model.session.units
        ):
            return missing
        return None

    def draw(self) -> None:
        """Draw the units, if they have changed, and mark the selected ones."""
        if not self._is_drawn:
            self._is_drawn = True
            self._draw_units()
        self._plots.show_selection(self.context.selection.current, self.context.selection.units)

    def _draw_units(self) -> None:
        session, theme, columns = self.context.model.session, self.context.theme, self.context.columns.current
        if session is None:
            return
        self._column.offer(list(columns.names))
        positions = fan_out(chip_positions(session.units.values()))
        visible, placed = set(self.context.selection.visible), np.isfinite(positions[:, 0])
        rows = [row for row, unit_id in enumerate(session.units) if placed[row] and unit_id in visible]
        others = [row for row, unit_id in enumerate(session.units) if placed[row] and unit_id not in visible]
        regions = [QRectF(*region) for region in regions_of(session.units.values())]
        lanes = bad_lanes_of(session.metadata)
        self._plots.show_chip(self._units(rows, positions), self._units(others, positions), regions, lanes)
        column = columns[self._column.currentText()]
        self._plots.colour(colouring_of(column, rows, theme), column.title, theme.sequential())
        words = [_count(len(rows), int((~placed).sum()))]
        if lanes is not None and lanes.lanes:
            words.append(f"bad {lanes.words()}")
        self._count.setText(" · ".join(words))

    def _units(self, rows: list[int], positions: np.ndarray[Any, np.dtype[np.float64]]) -> Units:
        ids = self.context.columns.current.ids
        return Units([ids[row] for row in rows], positions[rows])

    def _draw_anew(self) -> None:
        """Draw the units again at the next refresh."""
        self._is_drawn = False

    def _on_other_columns(self) -> None:
        self._draw_anew()
        self.refresh()

    def _on_tool(self, name: str) -> None:
        self._plots.draws_rectangles = name == _RECTANGLE
        self._plots.picks_units = name not in _LANE_TOOLS

    def _on_electrode_clicked(self, row: int, column: int) -> None:
        """Mark a lane as bad or good; on another axis than before, the lanes move to that axis."""
        session, axis = self.context.model.session, _LANE_TOOLS.get(self._tool.currentText())
        if session is None or axis is None:
            return
        number = row if axis == "row" else column
        known = bad_lanes_of(session.metadata) or ChipLanes(axis)
        if number >= 1 and known.axis == axis:
            self.lanes_chosen.emit(known.toggled(number))
        elif number >= 1:
            self.lanes_chosen.emit(ChipLanes(axis, known.lanes).with_numbers({*known.numbers, number}))

    def _on_picked(self, unit_id: str, modifiers: Qt.KeyboardModifier) -> None:
        pick(self.context.selection, unit_id, modifiers)

    def _on_encircled(self, unit_ids: list[str], modifiers: Qt.KeyboardModifier) -> None:
        pick_all(self.context.selection, unit_ids, modifiers)


def _count(n_shown: int, n_unplaced: int) -> str:
    shown = f"{n_shown} units" if n_shown != 1 else "1 unit"
    return f"{shown}, {n_unplaced} without an electrode" if n_unplaced else shown


VIEW = ViewSpec(
    key="chip",
    title="Chip",
    tip="All units at their electrodes, coloured by any column; draw around units to select them. Bad lanes are "
    "hatched.",
    area="upper",
    make=ChipView,
)
