"""Commands of the File and Edit menus: recordings, sessions, checkpoints, exports, undo, preferences."""

from __future__ import annotations

import logging
from functools import partial
from pathlib import Path

from hdmea_gui.errors import HDMEAError, SessionError
from hdmea_gui.session.unit_csv import write_unit_csv
from hdmea_gui.window.command import Commands
from hdmea_gui.window.dialogs.checkpoints import CheckpointDialog, CheckpointsDialog
from hdmea_gui.window.dialogs.history import HistoryDialog
from hdmea_gui.window.dialogs.opening import is_there, open_dialog
from hdmea_gui.window.dialogs.preferences import PreferencesDialog
from hdmea_gui.window.dialogs.recording import RecordingDialog
from hdmea_gui.window.disabled_reasons import disabled_reasons
from hdmea_gui.window.files import checkpoint_name
from hdmea_gui.window.previews import Preview, list_sessions, preview_recording
from hdmea_gui.workers.failure import failure_of
from hdmea_gui.workers.job import Outcome
from hdmea_gui.workers.jobs import CallJob
from hdmea_gui.workers.tasks import launch, outside

logger = logging.getLogger(__name__)

_FIGURES = "PNG image (*.png);;SVG drawing (*.svg);;PDF document (*.pdf)"


class FileCommands(Commands):
    """Commands of the File and Edit menus."""

    # Recordings and sessions

    def do_new_recording(self) -> None:
        """Choose a recording and load it."""
        self.offer_recording()

    def offer_recording(self, raw: Path | None = None, sorted_file: Path | None = None) -> None:
        """Open the dialog for a new recording with these files filled in."""
        dialog = RecordingDialog(self.window)
        dialog.files_changed.connect(partial(self._preview, dialog))
        dialog.accepted.connect(partial(self._load, dialog))
        dialog.set_files(raw, sorted_file)
        open_dialog(dialog)

    def _preview(self, dialog: RecordingDialog) -> None:
        launch(self._show_preview(dialog, dialog.raw.path(), dialog.sorted.path()))

    async def _show_preview(
        self, dialog: RecordingDialog, raw: Path | None, sorted_file: Path | None
    ) -> None:
        seeks = dialog.seeks_partner
        job = CallJob(
            preview_recording, raw, sorted_file, seeks_partner=seeks, doing="reading the recording's files"
        )
        job.start()
        ending = await job.outcome()
        if not is_there(dialog) or (raw, sorted_file) != (dialog.raw.path(), dialog.sorted.path()):
            return  # other files have been chosen meanwhile
        if ending.failure is not None:
            dialog.show_preview(Preview(ending.failure.message, may_load=False))
        elif isinstance(ending.value, Preview):
            dialog.show_preview(ending.value)
            logger.info("Summary of the recording's files: %s", ending.value.text.replace("\n", " "))

    def _load(self, dialog: RecordingDialog) -> None:
        launch(self.load(dialog.raw.path(), dialog.sorted.path()))

    async def load(self, raw: Path | None, sorted_file: Path | None) -> None:
        """Start a session on a recording and load it."""
        if await self.window.files.may_leave():
            self.window.files.show_new(raw, sorted_file)
            await self.window.run_steps(("load_recording",))

    def do_open(self) -> None:
        """Open a saved session or checkpoint."""
        path = self.window.ask.session_to_open(self._folder())
        if path is not None:
            launch(self.open(path))

    async def open(self, path: Path) -> None:
        """Open a session or checkpoint."""
        if await self.window.files.may_leave():
            await self.window.files.open(path)

    def do_save(self) -> None:
        """Save the session to its file."""
        launch(self.window.files.save())

    def do_save_as(self) -> None:
        """Save the session to another file."""
        launch(self.window.files.save_as())

    def do_save_checkpoint(self) -> None:
        """Save a checkpoint with a name and a note."""
        session = self.window.model.session
        if session is None:
            return
        name = checkpoint_name()
        path = session.save_path.with_name(f"{session.dataset_id} {name}.h5")
        dialog = CheckpointDialog(name, path, self._may_write, self.window)
        dialog.accepted.connect(partial(self._save_checkpoint, dialog))
        open_dialog(dialog)

    def _save_checkpoint(self, dialog: CheckpointDialog) -> None:
        path = dialog.file()
        if path is not None:
            launch(self.window.files.save_checkpoint(path, dialog.name.text(), dialog.note.toPlainText()))

    def _may_write(self, path: Path) -> bool:
        return not path.exists() or self.window.ask.may_replace(path)

    def do_checkpoints(self) -> None:
        """List, compare and open the checkpoints of a folder."""
        dialog = CheckpointsDialog(self._folder(), lambda: disabled_reasons(self.window)["idle"], self.window)
        dialog.folder_changed.connect(partial(self._list, dialog))
        dialog.chosen.connect(self.window.open_path)
        open_dialog(dialog)
        self._list(dialog, self._folder())

    def _list(self, dialog: CheckpointsDialog, folder: Path) -> None:
        dialog.show_reading()
        launch(self._show_list(dialog, folder))

    async def _show_list(self, dialog: CheckpointsDialog, folder: Path) -> None:
        job = CallJob(list_sessions, folder, doing="listing checkpoints")
        job.start()
        ending = await job.outcome()
        if not is_there(dialog) or folder != dialog.folder.path():
            return  # another folder has been chosen meanwhile
        if ending.failure is not None:
            dialog.show_trouble(ending.failure.message)
        elif ending.outcome is Outcome.DONE:
            dialog.show_rows(ending.value)

    def do_revert(self) -> None:
        """Go back to the version in the session's file."""
        session = self.window.model.session
        if session is not None and self.window.ask.may(
            "Revert to the saved file?", "Undo restores the current state.", "Revert"
        ):
            launch(self._revert())

    async def _revert(self) -> None:
        if await self.window.files.revert():
            self.window.pipeline.show_recorded()

    def do_close(self) -> None:
        """Close the session."""
        launch(self._close())

    async def _close(self) -> None:
        if await self.window.files.may_leave():
            self.window.model.show(None)

    def do_quit(self) -> None:
        """Quit the program."""
        self.window.close()

    def _folder(self) -> Path:
        session = self.window.model.session
        if session is not None:
            return session.save_path.parent
        recent = self.window.settings.recent_files
        return Path(recent[0]).parent if recent else Path.home()

    # Exports

    def do_export_table(self) -> None:
        """Save the unit table as a CSV file."""
        session = self.window.model.session
        if session is None:
            return
        suggestion = session.save_path.with_suffix(".csv")
        path = self.window.ask.place_to_save("Export Unit Table", suggestion, "Table (*.csv)")
        if path is not None:
            excerpt = self.window.table.excerpt()
            launch(self._export(CallJob(write_unit_csv, path, excerpt, doing="writing the table"), path))

    async def _export(self, job: CallJob, path: Path) -> None:
        job.start()
        ending = await job.outcome()
        if ending.failure is not None:
            await outside(self.window.show_failure, ending.failure)
        else:
            self.window.log_panel.add(f"Wrote {path}.")

    def do_export_figure(self) -> None:
        """Save the current figure as PNG, SVG or PDF."""
        view = self.window.docks.front_view()
        session = self.window.model.session
        if view is None or session is None:
            return
        if view.message:
            message = f"{self.window.docks.title_of(view)} has no figure to export. {view.message}"
            self.window.ask.show_failure(failure_of(SessionError(message), "writing the figure"))
            return
        unit = self.window.context.selection.current if view.follows_current or view.follows_units else ""
        suggestion = session.save_path.with_name(
            f"{session.dataset_id} {self.window.docks.title_of(view)} {unit}".strip() + ".png"
        )
        path = self.window.ask.place_to_save("Export Figure", suggestion, _FIGURES)
        if path is not None:
            try:
                view.export(path)
            except HDMEAError as error:
                self.window.ask.show_failure(failure_of(error, "writing the figure"))
            else:
                self.window.log_panel.add(f"Wrote {path}.")

    # Edit

    def do_undo(self) -> None:
        """Undo the last change."""
        self.window.model.undo()

    def do_redo(self) -> None:
        """Redo the last undone change."""
        self.window.model.redo()

    def do_history(self) -> None:
        """List all changes and go back to any of them."""
        dialog = HistoryDialog(self.window.model, self._no_going_back, self.window)
        self.window.runner.started.connect(dialog.refresh)
        self.window.runner.finished.connect(dialog.refresh)
        dialog.steps_back.connect(self._go_back)
        open_dialog(dialog)

    def _no_going_back(self) -> str:
        return disabled_reasons(self.window)["no step"]

    def _go_back(self, steps: int) -> None:
        move = self.window.model.undo if steps > 0 else self.window.model.redo
        for _ in range(abs(steps)):
            move()

    def do_preferences(self) -> None:
        """Set paths, checkpoints and limits."""
        used = self.window.model.history.nbytes / 1e9
        dialog = PreferencesDialog(self.window.settings, used, self.window)
        dialog.accepted.connect(partial(self._take_preferences, dialog))
        open_dialog(dialog)

    def _take_preferences(self, dialog: PreferencesDialog) -> None:
        self.window.keep_settings(dialog.settings())

    def do_filter(self) -> None:
        """Move the focus to the filter of the unit table."""
        self.window.table.focus_filter()

    def do_find_unit(self) -> None:
        """Go to a unit by its id."""
        self.window.table.find_unit()
