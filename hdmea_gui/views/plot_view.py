"""A view of plots: controls above, a figure of plots and texts below them; exports take the figure alone."""

from __future__ import annotations

from PySide6.QtWidgets import QSizePolicy, QWidget

from hdmea_gui.views.caption import column_of
from hdmea_gui.views.view import View


class PlotView(View):
    """Has controls and a figure; a subclass makes both, and draws."""

    def make_controls(self) -> QWidget:
        """Make the row of controls that stands above the figure."""
        raise NotImplementedError

    def make_figure(self) -> QWidget:
        """Make the figure: a plot area, or a column of plots and texts."""
        raise NotImplementedError

    def make_foot(self) -> tuple[QWidget, ...]:
        """Make the controls that stand below the figure; usually none."""
        return ()

    def make_content(self) -> QWidget:
        """Make controls and figure."""
        controls = self.make_controls()
        self._figure = self.make_figure()
        self._figure.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        return column_of(controls, self._figure, *self.make_foot())

    def figure(self) -> QWidget:
        """Plots and texts, without the controls."""
        return self._figure
