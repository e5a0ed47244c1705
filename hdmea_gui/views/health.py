"""Health: what the checks of the recording have found, with a curve where it says more than a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from hdmea_gui.pipeline.health import CHECKS, CHECKS_BY_KEY
from hdmea_gui.pipeline.parameters import parameters_of
from hdmea_gui.pipeline.steps import STEPS_BY_KEY
from hdmea_gui.views.caption import Caption, column_of, row_of
from hdmea_gui.views.explain import explain
from hdmea_gui.views.plot_view import PlotView
from hdmea_gui.views.plots import Line, Plot, PlotArea, line
from hdmea_gui.views.view import Empty, ViewSpec

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hdmea_gui.views.theme import Theme

STATE_WORDS = {"ok": "OK", "check": "check", "fault": "fault"}
_COLUMNS = ("State", "Check", "Found")
_PLOT_PX = 108
_MARGIN = 0.05
_NOT_YET = {"state": "not yet", "sentence": "Checked as soon as a step has run."}


class _Curve(Plot):
    """The curve of one check; for numbers such as those of lanes, a step for each."""

    def __init__(self) -> None:
        super().__init__(" ", " ")
        self._line = Line(antialias=True, connect="finite")
        self.addItem(self._line)

    def apply_theme(self, theme: Theme) -> None:
        """Apply the theme's colours."""
        super().apply_theme(theme)
        self._line.setPen(line(theme.foreground))

    def show_curve(self, x: Any, y: Any, labels: tuple[str, str]) -> None:
        """Show a curve, with the labels of its axes; the value axis includes 0."""
        x, y = np.asarray(x, np.float64), np.asarray(y, np.float64)
        self.set_labels(*labels)
        if _counts(x):
            x, y = _steps(x, y)
        self._line.setData(x, y)
        if len(x):
            low, high = min(0.0, float(np.nanmin(y))), max(float(np.nanmax(y)), 0.0)
            first, margin = float(np.nanmin(x)), _MARGIN * ((high - low) or 1.0)
            width = float(np.nanmax(x)) - first or 1.0
            self.box.set_home(QRectF(first, low - margin, width, high - low + 2 * margin))


def _counts(x: NDArray[np.float64]) -> bool:
    """Whether the values are 1, 2, 3 and so on."""
    return bool(np.array_equal(x, np.arange(1, len(x) + 1)))


def _steps(x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return np.column_stack([x - 0.5, x + 0.5]).ravel(), np.repeat(y, 2)


class HealthView(PlotView):
    """Findings about the recording, worst first in colour, with advice and a way to the place."""

    view_requested = Signal(str)
    """Key of the view that shows the place of a finding."""

    parameter_requested = Signal(str, str)
    """Step and name of the parameter that may mend what was found."""

    least_height = 260
    interests = (("health",),)
    follows_current = False

    def make_controls(self) -> QWidget:
        """Make the table of findings, the advice and the button."""
        self._keys: list[str] = []
        self._table = QTableWidget(0, len(_COLUMNS))
        self._table.setHorizontalHeaderLabels(_COLUMNS)
        self._table.verticalHeader().hide()
        self._table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self._table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self._table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self._table.setTabKeyNavigation(False)  # Tab leads to the next widget
        self._table.setWordWrap(
            False
        )  # one line per check; the sentence of the selected one is repeated below
        self._table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        header = self._table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(len(_COLUMNS) - 1, QHeaderView.ResizeMode.Stretch)
        line_px = self._table.fontMetrics().lineSpacing() + 4
        self._table.verticalHeader().setDefaultSectionSize(line_px)
        self._table.verticalHeader().setMinimumSectionSize(line_px)
        self._table.setFixedHeight(line_px * (len(CHECKS) + 2))
        explain(self._table, "What the checks of the recording have found. Select one to see its evidence.")
        self._table.setAccessibleName("Checks")
        self._table.currentCellChanged.connect(self._on_chosen)
        self._table.activated.connect(self._on_go)  # a double click, or Enter
        return self._table

    def make_figure(self) -> QWidget:
        """Make the plot of the selected check."""
        self._plots = PlotArea(self.context.theme)
        self._curve = _Curve()
        self._plots.addItem(self._curve)
        self._plots.setMinimumHeight(_PLOT_PX)
        self._plots.apply_theme()
        return self._plots

    def make_foot(self) -> tuple[QWidget, ...]:
        """Make the advice and the button that leads to the place."""
        self._advice = Caption()
        self._go = QPushButton("Show the place")
        explain(self._go, "Open the view that shows what the selected check has found.")
        self._go.clicked.connect(self._on_go)
        self._mend = QPushButton("Change the parameter")
        explain(self._mend, "Show the parameter that may mend what the selected check has found.")
        self._mend.clicked.connect(self._on_mend)
        return (row_of(self._advice, column_of(self._mend, self._go), stretch=self._advice),)

    def empty(self) -> Empty | None:
        """Return the message for no session."""
        return Empty("Open a recording or a session.") if self.context.model.session is None else None

    def draw(self) -> None:
        """Fill the table in the order of the checks, and show the selected one."""
        session = self.context.model.session
        if session is None:
            return
        chosen = self.chosen
        self._keys = [check.key for check in CHECKS]
        self._table.blockSignals(True)
        self._table.setRowCount(len(self._keys))
        for row, key in enumerate(self._keys):
            self._show_row(row, key, session.health.get(key, _NOT_YET))
        self._table.setCurrentCell(self._keys.index(chosen) if chosen in self._keys else 0, 0)
        self._table.blockSignals(False)
        self._show_chosen()

    @property
    def chosen(self) -> str:
        """Key of the selected check; empty if there is none."""
        row = self._table.currentRow()
        return self._keys[row] if 0 <= row < len(self._keys) else ""

    def _show_row(self, row: int, key: str, finding: dict[str, Any]) -> None:
        state = str(finding.get("state", ""))
        texts = (STATE_WORDS.get(state, state), CHECKS_BY_KEY[key].title, str(finding.get("sentence", "")))
        for column, text in enumerate(texts):
            item = QTableWidgetItem(text)
            item.setToolTip(text)
            if state in {"check", "fault"} and column == 0:
                font = item.font()
                font.setBold(True)
                item.setFont(font)
                if state == "fault":
                    item.setForeground(self.context.theme.trouble)
            self._table.setItem(row, column, item)

    def _show_chosen(self) -> None:
        session, key = self.context.model.session, self.chosen
        if session is None or not key:
            return
        check, finding = CHECKS_BY_KEY[key], session.health.get(key, _NOT_YET)
        data: dict[str, Any] = finding.get("data", {})
        self._advice.setText(f"{finding.get('sentence', '')}\n{check.advice}")
        self._mend.setVisible(check.parameter is not None)
        if check.parameter is not None:
            self._mend.setText(f"Change '{_label(*check.parameter)}'")
        has_curve = {"x", "y"} <= data.keys()
        self._plots.setVisible(has_curve)
        if has_curve:
            self._curve.show_curve(data["x"], data["y"], check.labels)

    def _on_chosen(self, *_cells: int) -> None:
        self._show_chosen()

    def _on_go(self) -> None:
        session, key = self.context.model.session, self.chosen
        if session is None or not key:
            return
        if units := [unit for unit in session.health.get(key, {}).get("units", ()) if unit in session.units]:
            self.context.selection.select(units)
        self.view_requested.emit(CHECKS_BY_KEY[key].view)

    def _on_mend(self) -> None:
        check = CHECKS_BY_KEY.get(self.chosen)
        if check is not None and check.parameter is not None:
            self.parameter_requested.emit(*check.parameter)


def _label(step: str, parameter: str) -> str:
    """What the form calls a parameter."""
    items = {item.name: item for item in parameters_of(STEPS_BY_KEY[step].params)}
    return str(items[parameter].described.label)


VIEW = ViewSpec(
    key="health",
    title="Health",
    tip="What is wrong with the recording, check by check: clock, display frames, light, spikes, bad lanes, drift.",
    area="lower",
    make=HealthView,
)
