"""All receptive fields: maps of the visible units side by side, and a mosaic of their fitted ellipses."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtWidgets import QCheckBox, QLabel, QWidget

from hdmea_gui.session.recording import RecordingReader
from hdmea_gui.session.unit import receptive_field_of, sta_of
from hdmea_gui.views.caption import Chooser, row_of
from hdmea_gui.views.colours import SIGNED, is_coloured, signed
from hdmea_gui.views.explain import explain
from hdmea_gui.views.fields_figure import FieldsFigure
from hdmea_gui.views.per_state import PerState
from hdmea_gui.views.picking import pick
from hdmea_gui.views.plot_view import PlotView
from hdmea_gui.views.sta_picture import (
    NO_STA,
    Field,
    FieldEllipse,
    ellipse_of,
    map_of,
)
from hdmea_gui.views.view import Empty, ViewSpec

if TYPE_CHECKING:
    from PySide6.QtCore import Qt

_Sources = dict[str, tuple[NDArray[Any], FieldEllipse | None]]
"""For each unit, the array to draw (its map or its STA) and the fitted ellipse."""


class AllReceptiveFieldsView(PlotView):
    """Receptive fields of the units that pass the filter."""

    least_height = 260
    follows_units = True
    follows_visible = True

    def make_controls(self) -> QWidget:
        """Make the choosers and the unit count."""
        context = self.context
        self._movies = PerState(context.model, lambda session: RecordingReader(session).sta_movies)
        self._sources: _Sources | None = None
        self._drawn: list[Any] = []
        for signal in (
            context.model.changed,
            context.model.replaced,
            context.arrays.arrived,
            context.selection.visible_changed,
        ):
            signal.connect(self._on_other_fields)
        self._movie = Chooser("Noise movie whose STAs are shown")
        self._colours = Chooser("Colour map", SIGNED)
        self._shared = QCheckBox("Same colour limits")
        explain(
            self._shared,
            "Use the same colour limits for all maps. When off, each map is scaled to its own peak.",
        )
        self._count = QLabel()
        self._movie.currentIndexChanged.connect(self._on_other_movie)
        self._colours.currentIndexChanged.connect(self.refresh)
        self._shared.toggled.connect(self.refresh)
        return row_of(self._movie, self._colours, self._shared, self._count)

    def make_figure(self) -> QWidget:
        """Make the plots."""
        self._plots = FieldsFigure(self.context.theme)
        self._plots.picked.connect(self._on_picked)
        return self._plots

    def choices(self) -> dict[str, QWidget]:
        """Return the choosers of movie and colours, and the box for shared limits."""
        return {"movie": self._movie, "colours": self._colours, "shared_limits": self._shared}

    def empty(self) -> Empty | None:
        """Return the message for no STA, or none among the visible units."""
        session, movies = self.context.model.session, self._movies.get()
        if session is None or not session.units:
            return self.no_unit()
        if not movies:
            return NO_STA
        self._movie.offer(movies)
        self._movie.setVisible(len(movies) > 1)
        if self._sources is None:
            self._sources = self._find_sources(self._movie.currentText())
        return None if self._sources else Empty("No unit that passes the filter has a receptive field.")

    def draw(self) -> None:
        """Draw the fields of the visible units, if they have changed, and mark the selected units."""
        sources, selection = self._sources or {}, self.context.selection
        self._set_colours(self._colours.currentText())
        # arrays are replaced, never changed in place, so comparing identities is enough
        state = [self._shared.isChecked(), *sources, *(source for source, _ in sources.values())]
        if len(state) != len(self._drawn) or not all(map(operator.is_, state, self._drawn)):
            self._drawn = state
            fields = [Field(unit_id, map_of(source), fit) for unit_id, (source, fit) in sources.items()]
            self._plots.show_fields(fields, shared=self._shared.isChecked())
            self._count.setText(f"{len(fields)} of {len(selection.visible)} units")
        self._plots.show_selection(selection.current, selection.units)

    def _set_colours(self, name: str) -> None:
        colours = signed(name, self.context.theme)
        self._plots.set_colours(colours, colours if is_coloured(name) else self.context.theme.diverging())

    def _find_sources(self, movie: str) -> _Sources:
        """Collect the arrays and ellipses of the visible units, without empty STAs."""
        session = self.context.model.session
        found: _Sources = {}
        for unit_id in self.context.selection.visible:
            feature = None if session is None else sta_of(session.units.get(unit_id, {}), movie)
            if feature is None:
                continue
            geometry = receptive_field_of(feature)
            source = self.context.arrays.get(geometry.get("spatial_map", feature["data"]))
            if source is not None and np.isfinite(source.flat[0]):  # without spikes, an STA is NaN throughout
                found[unit_id] = (source, ellipse_of(geometry))
        return found

    def _on_other_fields(self) -> None:
        """Collect the fields again before the next drawing."""
        self._sources = None

    def _on_other_movie(self) -> None:
        self._on_other_fields()
        self.refresh()

    def _on_picked(self, unit_id: str, modifiers: Qt.KeyboardModifier) -> None:
        pick(self.context.selection, unit_id, modifiers)


VIEW = ViewSpec(
    key="all_receptive_fields",
    title="All RFs",
    tip="Maps of all units that pass the filter, each at its own peak, and a mosaic of their fitted ellipses.",
    area="upper",
    make=AllReceptiveFieldsView,
)
