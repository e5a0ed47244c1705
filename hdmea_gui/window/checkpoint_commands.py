"""Commands for checkpoints: save one, and list, compare and open those of a folder."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from hdmea_gui.window.dialogs.checkpoints import CheckpointDialog, CheckpointsDialog
from hdmea_gui.window.dialogs.opening import is_there
from hdmea_gui.window.disabled_reasons import disabled_reasons
from hdmea_gui.window.file_commands import start_folder
from hdmea_gui.window.files import checkpoint_name
from hdmea_gui.window.open_paths import open_path
from hdmea_gui.window.previews import list_sessions
from hdmea_gui.workers.job import Outcome
from hdmea_gui.workers.jobs import CallJob
from hdmea_gui.workers.tasks import launch

if TYPE_CHECKING:
    from pathlib import Path

    from hdmea_gui.window.workbench import Workbench


def save_checkpoint(bench: Workbench) -> None:
    """Save a checkpoint with a name and a note."""
    session = bench.model.session
    if session is None:
        return
    name = checkpoint_name()
    path = session.save_path.with_name(f"{session.dataset_id} {name}.h5")
    dialog = CheckpointDialog(name, path, partial(_may_write, bench))
    dialog.accepted.connect(partial(_save_checkpoint, bench, dialog))
    bench.dialogs.open(dialog)


def _save_checkpoint(bench: Workbench, dialog: CheckpointDialog) -> None:
    path = dialog.file()
    if path is not None:
        launch(bench.files.save_checkpoint(path, dialog.name.text(), dialog.note.toPlainText()))


def _may_write(bench: Workbench, path: Path) -> bool:
    return not path.exists() or bench.ask.may_replace(path)


def checkpoints(bench: Workbench) -> None:
    """List, compare and open the checkpoints of a folder."""
    folder = start_folder(bench)
    dialog = CheckpointsDialog(folder, lambda: disabled_reasons(bench)["idle"])
    dialog.folder_changed.connect(partial(_list, dialog))
    dialog.chosen.connect(partial(open_path, bench))
    bench.dialogs.open(dialog)
    _list(dialog, folder)


def _list(dialog: CheckpointsDialog, folder: Path) -> None:
    dialog.show_reading()
    launch(_show_list(dialog, folder))


async def _show_list(dialog: CheckpointsDialog, folder: Path) -> None:
    job = CallJob(list_sessions, folder, doing="listing checkpoints")
    job.start()
    ending = await job.outcome()
    if not is_there(dialog) or folder != dialog.folder.path():
        return  # another folder has been chosen meanwhile
    if ending.failure is not None:
        dialog.show_trouble(ending.failure.message)
    elif ending.outcome is Outcome.DONE:
        dialog.show_rows(ending.value)
