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
from hdmea_gui.workers.failure import failure_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from hdmea_gui.window.workbench import Workbench

logger = logging.getLogger(__name__)

_KINDS = "Flows (*.json);;All files (*)"


def offer_flows(bench: Workbench) -> None:
    """List every flow whose file can be read in the chooser, with its description."""
    descriptions = {}
    for name in available_flows():
        try:
            descriptions[name] = find_flow(name).description
        except ConfigurationError as error:
            logger.warning("%s", error)
    bench.panels.pipeline.offer_flows(descriptions)


def choose_flow(bench: Workbench, name: str) -> None:
    """Apply the flow that the user has chosen; an empty name stands for every step with default parameters."""
    if not bench.panels.pipeline.is_changed or bench.ask.may(*_replacing(name)):
        _apply_flow(bench, name)
    else:
        offer_flows(bench)  # the list shows the present flow again


def _replacing(name: str) -> tuple[str, str, str]:
    flow = f"the flow {name}" if name else "the default parameters"
    return f"Replace the changed steps and parameters by {flow}?", "Edit > Undo brings them back.", "Replace"


def _apply_flow(bench: Workbench, name: str) -> None:
    """Set the steps and forms to a flow."""
    try:
        bench.panels.pipeline.show_flow(find_flow(name) if name else None)
    except ConfigurationError as error:
        bench.failures.show(failure_of(error, "selecting a flow"))
    offer_flows(bench)


def save_flow(bench: Workbench) -> None:
    """Save the steps and parameters of the panel as a flow of the user's own."""
    name = bench.ask.text("Save as Flow", "Flow name:", bench.panels.pipeline.flow_name)
    if name is None:
        return
    _attempt(bench, lambda: _keep(bench, _present(bench, name.strip()), _apply_flow))


def open_flow(bench: Workbench) -> None:
    """Add a flow from a file to the user's own, and select it."""
    path = bench.ask.existing("Open Flow File", _folder(), _KINDS)
    if path is not None:
        _attempt(bench, lambda: _keep(bench, read_flow(path), choose_flow))


def export_flow(bench: Workbench) -> None:
    """Save the steps and parameters of the panel to a file, to share with others."""
    name = bench.panels.pipeline.flow_name or "flow"
    place = bench.ask.place_to_save("Export Flow", _folder() / f"{name}{SUFFIX}", _KINDS)
    if place is not None:
        _attempt(bench, lambda: _write(bench, _present(bench, place.stem), place))


def delete_flow(bench: Workbench) -> None:
    """Delete the selected flow, if it is one of the user's own."""
    name = bench.panels.pipeline.flow_name
    if bench.ask.may(f"Delete the flow {name}?", "The values in the forms are kept.", "Delete"):
        own_path(name).unlink(missing_ok=True)
        bench.panels.pipeline.forget_flow()
        offer_flows(bench)


def _present(bench: Workbench, name: str) -> Flow | None:
    """Return the panel's steps and parameters as a flow; None, showing the step, if a field has a wrong value."""
    panel = bench.panels.pipeline
    misfits = [key for key in panel.misfits() if key in panel.included]
    if misfits:
        panel.open(misfits[0])
        bench.panels.log.add_warning(
            "The flow was not saved: a field of a step cannot be used. Correct it first."
        )
        return None
    return panel.flow(name)


def _keep(bench: Workbench, flow: Flow | None, choose: Callable[[Workbench, str], None]) -> None:
    """Save a flow among the user's own and select it."""
    if flow is None:
        return
    path = own_path(flow.name)
    if path.exists() and not bench.ask.may_replace(path):
        return
    _write(bench, flow, path)
    choose(bench, flow.name)


def _write(bench: Workbench, flow: Flow | None, path: Path) -> None:
    if flow is not None:
        write_flow(flow, path)
        bench.panels.log.add(f"Saved the flow {flow.name} to {path}.")


def _attempt(bench: Workbench, action: Callable[[], None]) -> None:
    try:
        action()
    except ConfigurationError as error:
        bench.failures.show(failure_of(error, "working with flows"))


def _folder() -> Path:
    folder = own_folder()
    return folder if folder.is_dir() else Path.home()
