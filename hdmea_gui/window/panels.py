"""The panels of the window: the unit table in the centre, the docked ones, and the status bar."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QMainWindow, QVBoxLayout, QWidget

from hdmea_gui.pipeline.health import with_health
from hdmea_gui.session import Update
from hdmea_gui.session.bad_lanes import BAD_LANES_PATH, ChipLanes
from hdmea_gui.views.chip import ChipView
from hdmea_gui.views.health import HealthView
from hdmea_gui.views.log_panel import LogPanel
from hdmea_gui.views.pipeline_panel import PipelinePanel
from hdmea_gui.views.status import Status
from hdmea_gui.views.unit_table import UnitTable
from hdmea_gui.window.docks import Docks

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hdmea_gui.models.session_model import SessionModel
    from hdmea_gui.views.view import ViewContext


@dataclass(frozen=True)
class Panels:
    """The panels of a window."""

    table: UnitTable
    pipeline: PipelinePanel
    log: LogPanel
    status: Status
    docks: Docks

    @classmethod
    def of(cls, window: QMainWindow, context: ViewContext) -> Panels:
        """Make the panels in a window."""
        pipeline, log, table = PipelinePanel(context.model), LogPanel(), UnitTable(context)
        status = Status(window.statusBar(), context.model)
        centre = QWidget()
        column = QVBoxLayout(centre)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(table)
        window.setCentralWidget(centre)
        docks = Docks(window, context, pipeline, log)
        table.step_requested.connect(pipeline.run_requested)
        for view in docks.views.values():
            view.step_requested.connect(pipeline.run_requested)
            view.label_requested.connect(table.label_selected)
            if isinstance(view, ChipView):
                view.lanes_chosen.connect(partial(_mark_lanes, context.model))
            if isinstance(view, HealthView):
                view.view_requested.connect(docks.bring)
        status.health_requested.connect(partial(docks.bring, "health"))
        return cls(table, pipeline, log, status, docks)

    def set_disabled_reason(self, why_not: str) -> None:
        """Disable everything that starts a step, with the reason; an empty reason enables it."""
        self.pipeline.set_running(bool(why_not))
        self.table.set_disabled_reason(why_not)
        for view in self.docks.views.values():
            view.set_disabled_reason(why_not)

    def state(self) -> dict[str, Any]:
        """Return the layout and the user's choices as plain values."""
        views = {key: view.state() for key, view in self.docks.views.items()}
        kept = {"table": self.table.state(), "flow": self.pipeline.flow_name, "views": views}
        return {**self.docks.state(), **kept}

    def restore(self, state: Mapping[str, Any]) -> bool:
        """Restore what `state` returned; what is missing or malformed gets its default.

        Returns
        -------
        bool
            Whether the layout could be restored.
        """
        is_restored = self.docks.restore(state)
        if not is_restored:
            self.docks.reset()
        table, flow, views = (state.get(name) for name in ("table", "flow", "views"))
        if isinstance(table, dict):
            self.table.restore(table)
        if isinstance(flow, str) and flow in self.pipeline.flows:
            self.pipeline.flow_chosen.emit(flow)
        for key, view in self.docks.views.items():
            kept = views.get(key) if isinstance(views, dict) else None
            if isinstance(kept, dict):
                view.restore(kept)
        return is_restored


def _mark_lanes(model: SessionModel, lanes: ChipLanes) -> None:
    """Store the bad lanes that the user has chosen; somas located with others are then out of date."""
    snapshot = model.snapshot()
    if snapshot is None:
        return
    update = Update.of(f"Bad lanes: {lanes.words()}", {BAD_LANES_PATH: lanes.as_stored()})
    model.apply(with_health(snapshot, update))
