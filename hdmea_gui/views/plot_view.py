"""View of plots: controls at the top, a figure of plots and texts below; only the figure is exported."""

from __future__ import annotations

from PySide6.QtWidgets import QSizePolicy, QWidget

from hdmea_gui.views.caption import column_of
from hdmea_gui.views.view import View


class PlotView(View):
    """View with controls and a figure; a subclass makes both, and draws."""

    def make_controls(self) -> QWidget:
        """Make the row of controls above the figure."""
        raise NotImplementedError

    def make_figure(self) -> QWidget:
        """Make the figure: a plot area, or a column of plots and texts."""
        raise NotImplementedError

    def make_foot(self) -> tuple[QWidget, ...]:
        """Make the controls below the figure, if any."""
        return ()

    def make_content(self) -> QWidget:
        """Make the controls and the figure."""
        controls = self.make_controls()
        self._figure = self.make_figure()
        self._figure.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        return column_of(controls, self._figure, *self.make_foot())

    def figure(self) -> QWidget:
        """Return plots and texts, without the controls."""
        return self._figure
