"""Commands for flows: select, save and share presets of the pipeline panel."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from hdmea_gui.errors import ConfigurationError
from hdmea_gui.pipeline.flow import (
    SUFFIX,
    Flow,
    available_flows,
    find_flow,
    own_folder,
    own_path,
    read_flow,
    write_flow,
)
from hdmea_gui.window.command import Commands
from hdmea_gui.workers.failure import failure_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from hdmea_gui.window.main_window import MainWindow

logger = logging.getLogger(__name__)

_KINDS = "Flows (*.json);;All files (*)"


class FlowCommands(Commands):
    """Commands for flows in the Pipeline menu, and the chooser at the top of the pipeline panel."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        window.pipeline.flow_chosen.connect(self.choose)
        self._offer()

    def choose(self, name: str) -> None:
        """Apply a flow to the steps and forms; an empty name stands for every step with default parameters."""
        panel = self.window.pipeline
        try:
            panel.show_flow(find_flow(name) if name else None)
        except ConfigurationError as error:
            self.window.show_failure(failure_of(error, "selecting a flow"))
        self._offer()
        self.window.refresh()

    def do_save_flow(self) -> None:
        """Save the steps and parameters of the panel as a flow of the user's own."""
        name = self.window.ask.text("Save as Flow", "Flow name:", self.window.pipeline.flow_name)
        if name is None:
            return
        self._attempt(lambda: self._keep(self._present(name.strip())))

    def do_open_flow(self) -> None:
        """Add a flow from a file to the user's own, and select it."""
        path = self.window.ask.existing("Open Flow File", self._folder(), _KINDS)
        if path is not None:
            self._attempt(lambda: self._keep(read_flow(path)))

    def do_export_flow(self) -> None:
        """Save the steps and parameters of the panel to a file, to share with others."""
        name = self.window.pipeline.flow_name or "flow"
        place = self.window.ask.place_to_save("Export Flow", self._folder() / f"{name}{SUFFIX}", _KINDS)
        if place is not None:
            self._attempt(lambda: self._write(self._present(place.stem), place))

    def do_delete_flow(self) -> None:
        """Delete the selected flow, if it is one of the user's own."""
        name = self.window.pipeline.flow_name
        if self.window.ask.may(f"Delete the flow {name}?", "The values in the forms are kept.", "Delete"):
            own_path(name).unlink(missing_ok=True)
            self.window.pipeline.forget_flow()
            self._offer()
            self.window.refresh()

    def _present(self, name: str) -> Flow | None:
        """Return the panel's steps and parameters as a flow; None, showing the step, if a field has a wrong value."""
        panel = self.window.pipeline
        misfits = [key for key in panel.misfits() if key in panel.included]
        if misfits:
            panel.open(misfits[0])
            self.window.log_panel.add_warning(
                "The flow was not saved: a field of a step cannot be used. Correct it first."
            )
            return None
        return panel.flow(name)

    def _keep(self, flow: Flow | None) -> None:
        """Save a flow among the user's own and select it."""
        if flow is None:
            return
        path = own_path(flow.name)
        if path.exists() and not self.window.ask.may_replace(path):
            return
        self._write(flow, path)
        self.choose(flow.name)

    def _write(self, flow: Flow | None, path: Path) -> None:
        if flow is not None:
            write_flow(flow, path)
            self.window.log_panel.add(f"Saved the flow {flow.name} to {path}.")

    def _attempt(self, action: Callable[[], None]) -> None:
        try:
            action()
        except ConfigurationError as error:
            self.window.show_failure(failure_of(error, "working with flows"))

    def _offer(self) -> None:
        """List every flow whose file can be read in the chooser, with its description."""
        descriptions = {}
        for name in available_flows():
            try:
                descriptions[name] = find_flow(name).description
            except ConfigurationError as error:
                logger.warning("%s", error)
        self.window.pipeline.offer_flows(descriptions)

    def _folder(self) -> Path:
        folder = own_folder()
        return folder if folder.is_dir() else Path.home()
