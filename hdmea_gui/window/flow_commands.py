"""Flows: choosing, saving and sharing presets of the pipeline panel."""

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
    """Commands on flows in the menu Pipeline, and the chooser at the head of its panel."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        window.pipeline.flow_chosen.connect(self.choose)
        self._offer()

    def choose(self, name: str) -> None:
        """Set steps and forms as a flow says; the empty name means every step with its default parameters."""
        panel = self.window.pipeline
        try:
            panel.show_flow(find_flow(name) if name else None)
        except ConfigurationError as error:
            self.window.show_failure(failure_of(error, "choosing a flow"))
        self._offer()
        self.window.refresh()

    def do_save_flow(self) -> None:
        """Keep steps and parameters as they are under a name."""
        name = self.window.ask.text("Save as Flow", "Name of the flow:", self.window.pipeline.flow_name)
        if name is None:
            return
        self._attempt(lambda: self._keep(self._present(name.strip())))

    def do_open_flow(self) -> None:
        """Take a flow that somebody else has written among the user's own, and choose it."""
        path = self.window.ask.existing("Open Flow File", self._folder(), _KINDS)
        if path is not None:
            self._attempt(lambda: self._keep(read_flow(path)))

    def do_export_flow(self) -> None:
        """Write steps and parameters as they are to a file, for others."""
        name = self.window.pipeline.flow_name or "flow"
        place = self.window.ask.place_to_save("Export Flow", self._folder() / f"{name}{SUFFIX}", _KINDS)
        if place is not None:
            self._attempt(lambda: self._write(self._present(place.stem), place))

    def do_delete_flow(self) -> None:
        """Delete the chosen flow, if it is one of the user's own."""
        name = self.window.pipeline.flow_name
        if self.window.ask.may(f"Delete the flow {name}?", "The forms stay as they are.", "Delete"):
            own_path(name).unlink(missing_ok=True)
            self.window.pipeline.forget_flow()
            self._offer()
            self.window.refresh()

    def _present(self, name: str) -> Flow | None:
        """What the panel shows, as a flow; None where a field does not fit, which is shown."""
        panel = self.window.pipeline
        misfits = [key for key in panel.misfits() if key in panel.included]
        if misfits:
            panel.open(misfits[0])
            self.window.log_panel.add_warning("The flow was not written: a field of its steps does not fit.")
            return None
        return panel.flow(name)

    def _keep(self, flow: Flow | None) -> None:
        """Write a flow among the user's own and choose it."""
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
            self.window.log_panel.add(f"Wrote the flow {flow.name} to {path}.")

    def _attempt(self, action: Callable[[], None]) -> None:
        try:
            action()
        except ConfigurationError as error:
            self.window.show_failure(failure_of(error, "working with flows"))

    def _offer(self) -> None:
        """Offer every flow whose file can be understood, by name."""
        words = {}
        for name in available_flows():
            try:
                words[name] = find_flow(name).description
            except ConfigurationError as error:
                logger.warning("%s", error)
        self.window.pipeline.offer_flows(words)

    def _folder(self) -> Path:
        folder = own_folder()
        return folder if folder.is_dir() else Path.home()
