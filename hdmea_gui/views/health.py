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
from hdmea_gui.views.caption import Caption, row_of
from hdmea_gui.views.explain import explain
from hdmea_gui.views.plot_view import PlotView
from hdmea_gui.views.plots import Line, Plot, PlotArea, line
from hdmea_gui.views.text_size import with_text
from hdmea_gui.views.view import Empty, ViewSpec

if TYPE_CHECKING:
    from hdmea_gui.views.theme import Theme

STATE_WORDS = {"ok": "OK", "check": "check", "fault": "fault"}
_COLUMNS = ("State", "Check", "Found")
_LINE_PX = 22
_NOT_YET = {"state": "not yet", "sentence": "Checked as soon as a step has run."}


class _Curve(Plot):
    """The curve of one check."""

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
        self._line.setData(x, y)
        if len(x):
            low, high = min(0.0, float(np.nanmin(y))), max(float(np.nanmax(y)), 1e-9)
            width = float(x[-1] - x[0]) or 1.0
            self.box.set_home(QRectF(float(x[0]), low, width, 1.05 * (high - low)))


class HealthView(PlotView):
    """Findings about the recording, worst first in colour, with advice and a way to the place."""

    view_requested = Signal(str)
    """Key of the view that shows the place of a finding."""

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
        self._table.setWordWrap(True)
        header = self._table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(len(_COLUMNS) - 1, QHeaderView.ResizeMode.Stretch)
        self._table.setMinimumHeight(with_text(_LINE_PX) * (len(CHECKS) + 2))
        explain(self._table, "What the checks of the recording have found. Select one to see its evidence.")
        self._table.setAccessibleName("Checks")
        self._table.currentCellChanged.connect(self._on_chosen)
        return self._table

    def make_figure(self) -> QWidget:
        """Make the plot of the selected check."""
        self._plots = PlotArea(self.context.theme)
        self._curve = _Curve()
        self._plots.addItem(self._curve)
        self._plots.apply_theme()
        return self._plots

    def make_foot(self) -> tuple[QWidget, ...]:
        """Make the advice and the button that leads to the place."""
        self._advice = Caption()
        self._go = QPushButton("Show the place")
        explain(self._go, "Open the view that shows what the selected check has found.")
        self._go.clicked.connect(self._on_go)
        return (row_of(self._advice, self._go, stretch=self._advice),)

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
        self._table.resizeRowsToContents()
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
                item.setForeground(
                    self.context.theme.accent if state == "fault" else self.context.theme.foreground
                )
            item.setTextAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
            self._table.setItem(row, column, item)

    def _show_chosen(self) -> None:
        session, key = self.context.model.session, self.chosen
        if session is None or not key:
            return
        check, data = CHECKS_BY_KEY[key], session.health.get(key, _NOT_YET).get("data", {})
        self._advice.setText(check.advice)
        has_curve = {"x", "y"} <= data.keys()
        self._plots.setVisible(has_curve)
        if has_curve:
            self._curve.show_curve(data["x"], data["y"], check.labels)

    def _on_chosen(self, *_cells: int) -> None:
        self._show_chosen()

    def _on_go(self) -> None:
        if self.chosen:
            self.view_requested.emit(CHECKS_BY_KEY[self.chosen].view)


VIEW = ViewSpec(
    key="health",
    title="Health",
    tip="What is wrong with the recording, check by check: display frames, spikes, bad lanes, drift.",
    area="lower",
    make=HealthView,
)
