"""Commands of the View menu: units, panels, any HDF5 file, full screen."""

from __future__ import annotations

from pathlib import Path

from hdmea_gui.io.store.browse import browse
from hdmea_gui.views.session_tree import SessionTreeView
from hdmea_gui.window.command import Commands
from hdmea_gui.workers.job import Outcome
from hdmea_gui.workers.jobs import CallJob
from hdmea_gui.workers.tasks import launch, outside


class ViewCommands(Commands):
    """Commands of the View menu."""

    def do_next_unit(self) -> None:
        """Go to the next unit in the table."""
        self.window.context.selection.step(1)

    def do_previous_unit(self) -> None:
        """Go to the previous unit in the table."""
        self.window.context.selection.step(-1)

    def do_open_file_view(self) -> None:
        """Show the contents of any HDF5 file, without changing it."""
        path = self.window.ask.file_to_look_into(Path.home())
        if path is not None:
            launch(self.look_into(path))

    async def look_into(self, path: Path) -> None:
        """Show the contents of a file in the session view."""
        job = CallJob(browse, path, doing=f"reading {path.name}")
        job.start()
        ending = await job.outcome()
        view = self.window.docks.views["session_tree"]
        if ending.outcome is Outcome.DONE and isinstance(view, SessionTreeView):
            self.window.docks.bring("session_tree")
            view.show_file(ending.value)
        elif ending.failure is not None:
            await outside(self.window.show_failure, ending.failure)

    def do_reset_layout(self) -> None:
        """Move all panels back to their default places."""
        self.window.docks.reset()

    def do_full_screen(self) -> None:
        """Switch full screen on or off."""
        if self.window.isFullScreen():
            self.window.showNormal()
        else:
            self.window.showFullScreen()
