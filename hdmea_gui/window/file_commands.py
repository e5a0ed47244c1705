"""Commands of the File menu: recordings and sessions."""

from __future__ import annotations

import logging
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hdmea_gui.window.dialogs.opening import is_there
from hdmea_gui.window.dialogs.recording import RecordingDialog
from hdmea_gui.window.pipeline_commands import run_steps
from hdmea_gui.window.previews import Preview, preview_recording
from hdmea_gui.workers.jobs import CallJob
from hdmea_gui.workers.tasks import launch

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hdmea_gui.window.workbench import Workbench

logger = logging.getLogger(__name__)


def new_recording(bench: Workbench) -> None:
    """Choose a recording and load it."""
    offer_recording(bench)


def offer_recording(bench: Workbench, raw: Path | None = None, sorted_file: Path | None = None) -> None:
    """Open the dialog for a new recording with these files filled in."""
    dialog = RecordingDialog()
    dialog.files_changed.connect(partial(_preview, dialog))
    dialog.accepted.connect(partial(_load, bench, dialog))
    dialog.set_files(raw, sorted_file)
    bench.dialogs.open(dialog)


def _preview(dialog: RecordingDialog) -> None:
    launch(_show_preview(dialog, dialog.raw.path(), dialog.sorted.path()))


async def _show_preview(dialog: RecordingDialog, raw: Path | None, sorted_file: Path | None) -> None:
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


def _load(bench: Workbench, dialog: RecordingDialog) -> None:
    stated = dialog.preparation.stated()
    launch(load_recording(bench, dialog.raw.path(), dialog.sorted.path(), stated))


async def load_recording(
    bench: Workbench, raw: Path | None, sorted_file: Path | None, stated: Mapping[str, Any]
) -> None:
    """Start a session on a recording, with what the user states about it, and load it."""
    if await bench.files.may_leave():
        bench.files.show_new(raw, sorted_file, stated)
        await run_steps(bench, ("load_recording",))


def choose_session(bench: Workbench) -> None:
    """Open a saved session or checkpoint."""
    path = bench.ask.session_to_open(start_folder(bench))
    if path is not None:
        launch(open_session(bench, path))


async def open_session(bench: Workbench, path: Path) -> None:
    """Open a session or checkpoint."""
    if await bench.files.may_leave():
        await bench.files.open(path)


def save(bench: Workbench) -> None:
    """Save the session to its file."""
    launch(bench.files.save())


def save_as(bench: Workbench) -> None:
    """Save the session to another file."""
    launch(bench.files.save_as())


def revert(bench: Workbench) -> None:
    """Go back to the version in the session's file."""
    session = bench.model.session
    if session is not None and bench.ask.may(
        "Revert to the saved file?", "Undo restores the current state.", "Revert"
    ):
        launch(_revert(bench))


async def _revert(bench: Workbench) -> None:
    if await bench.files.revert():
        bench.panels.pipeline.show_recorded()


def close(bench: Workbench) -> None:
    """Close the session."""
    launch(_close(bench))


async def _close(bench: Workbench) -> None:
    if await bench.files.may_leave():
        bench.model.show(None)


def quit_program(bench: Workbench) -> None:
    """Quit the program."""
    bench.closing.request()


def start_folder(bench: Workbench) -> Path:
    """Return the folder in which the user most likely looks for a file: the session's, else the last one used."""
    session = bench.model.session
    if session is not None:
        return session.save_path.parent
    recent = bench.settings.current.recent_files
    return Path(recent[0]).parent if recent else Path.home()
