"""Commands of the View menu: units, panels, any HDF5 file, full screen."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from hdmea_gui.io.store.browse import browse
from hdmea_gui.views.session_tree import SessionTreeView
from hdmea_gui.workers.job import Outcome
from hdmea_gui.workers.jobs import CallJob
from hdmea_gui.workers.tasks import launch, outside

if TYPE_CHECKING:
    from hdmea_gui.window.workbench import Workbench


def next_unit(bench: Workbench) -> None:
    """Go to the next unit in the table."""
    bench.context.selection.step(1)


def previous_unit(bench: Workbench) -> None:
    """Go to the previous unit in the table."""
    bench.context.selection.step(-1)


def open_file_view(bench: Workbench) -> None:
    """Show the contents of any HDF5 file, without changing it."""
    path = bench.ask.file_to_look_into(Path.home())
    if path is not None:
        launch(look_into(bench, path))


async def look_into(bench: Workbench, path: Path) -> None:
    """Show the contents of a file in the session view."""
    job = CallJob(browse, path, doing=f"reading {path.name}")
    job.start()
    ending = await job.outcome()
    docks = bench.panels.docks
    view = docks.views["session_tree"]
    if ending.outcome is Outcome.DONE and isinstance(view, SessionTreeView):
        docks.bring("session_tree")
        view.show_file(ending.value)
    elif ending.failure is not None:
        await outside(bench.failures.show, ending.failure)


def reset_layout(bench: Workbench) -> None:
    """Move all panels back to their default places."""
    bench.panels.docks.reset()


def full_screen(bench: Workbench) -> None:
    """Switch full screen on or off."""
    bench.panels.docks.toggle_full_screen()
