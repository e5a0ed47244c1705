"""All receptive fields: maps of the visible units side by side, and their ellipses over the stimulus."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtWidgets import QCheckBox, QLabel, QVBoxLayout, QWidget

from hdmea_gui.views.caption import Chooser, row_of
from hdmea_gui.views.colours import SIGNED, signed
from hdmea_gui.views.fields_figure import Field, FieldsFigure
from hdmea_gui.views.picking import pick
from hdmea_gui.views.sta_picture import NO_STA, ellipse_of, geometry_of, map_of, movies_of, sta_of
from hdmea_gui.views.view import Empty, View, ViewSpec

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PySide6.QtCore import Qt

    from hdmea_gui.views.sta_picture import FieldEllipse


class AllReceptiveFieldsView(View):
    """Receptive fields of the units that pass the filter."""

    follows_units = True
    follows_visible = True

    def make_content(self) -> QWidget:
        """Make choosers, plots and the count."""
        self._drawn: list[Any] = []
        self._plots = FieldsFigure(self.context.theme)
        self._plots.picked.connect(self._on_picked)
        content = QWidget()
        layout = QVBoxLayout(content)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._make_controls())
        layout.addWidget(self._plots, stretch=1)
        return content

    def _make_controls(self) -> QWidget:
        self._movie = Chooser("Noise movie whose STAs are shown")
        self._colours = Chooser("Colours of the maps", SIGNED)
        self._shared = QCheckBox("Same limits for all")
        self._shared.setToolTip("Off, each map is drawn up to its own largest value.")
        self._count = QLabel()
        self._movie.currentIndexChanged.connect(self.refresh)
        self._colours.currentIndexChanged.connect(self.refresh)
        self._shared.toggled.connect(self.refresh)
        return row_of(self._movie, self._colours, self._shared, self._count)

    def figure(self) -> QWidget:
        """The plots, without the controls."""
        return self._plots

    def empty(self) -> Empty | None:
        """Say that there is no STA, or none of the visible units."""
        session = self.context.model.session
        if session is None:
            return Empty("Open a recording or a session.")
        movies = movies_of(session.units)
        if not movies:
            return NO_STA
        self._movie.offer(movies)
        self._movie.setVisible(len(movies) > 1)
        return None if self._sources() else Empty("No unit that passes the filter has a receptive field.")

    def draw(self) -> None:
        """Draw the fields of the visible units, anew only where they are others; mark the selected."""
        sources = self._sources()
        theme, selection = self.context.theme, self.context.selection
        self._plots.set_colours(signed(self._colours.currentText(), theme))
        state = [self._shared.isChecked(), *sources, *(source for source, _ in sources.values())]
        if len(state) != len(self._drawn) or not all(map(operator.is_, state, self._drawn)):
            self._drawn = state
            fields = [Field(unit_id, map_of(source), fit) for unit_id, (source, fit) in sources.items()]
            self._plots.show_fields(fields, shared=self._shared.isChecked())
            self._count.setText(f"{len(fields)} of {len(selection.visible)} units")
        self._plots.show_selection(selection.current, selection.units)

    def _sources(self) -> dict[str, tuple[NDArray[Any], FieldEllipse | None]]:
        """What the maps of the visible units are made of, with their ellipses; empty STAs are left out."""
        session, movie = self.context.model.session, self._movie.currentText()
        found: dict[str, tuple[NDArray[Any], FieldEllipse | None]] = {}
        for unit_id in self.context.selection.visible:
            feature = None if session is None else sta_of(session.units.get(unit_id, {}), movie)
            if feature is None:
                continue
            geometry = geometry_of(feature)
            source = self.context.arrays.get(geometry.get("spatial_map", feature["data"]))
            if source is not None and np.isfinite(source.flat[0]):
                found[unit_id] = (source, ellipse_of(geometry))
        return found

    def _on_picked(self, unit_id: str, modifiers: Qt.KeyboardModifier) -> None:
        pick(self.context.selection, unit_id, modifiers)


VIEW = ViewSpec(
    key="all_receptive_fields",
    title="All receptive fields",
    tip="The maps of all units that pass the filter, each at its own peak, and a mosaic of their ellipses.",
    area="upper",
    make=AllReceptiveFieldsView,
)
