"""Opening files that the user names outside the dialogs: dropped, recent, or given to the program."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hdmea_gui.session import SESSION_SUFFIXES
from hdmea_gui.sources import role_of_offered
from hdmea_gui.window.disabled_reasons import opening_blocked_by
from hdmea_gui.window.file_commands import offer_recording, open_session
from hdmea_gui.workers.new_process import open_in_new_window
from hdmea_gui.workers.tasks import launch

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from hdmea_gui.window.workbench import Workbench


def can_open(path: Path) -> bool:
    """Whether the program opens such a file or folder, judged without reading a file."""
    return path.suffix.lower() in SESSION_SUFFIXES or role_of_offered(path) is not None


def open_path(bench: Workbench, path: Path) -> None:
    """Open a session, or start with a recording, unless the window is busy."""
    open_paths(bench, [path])


def open_paths(bench: Workbench, paths: Sequence[Path]) -> None:
    """Open a session, or start with a recording, unless the window is busy.

    Further sessions open in new windows.

    Parameters
    ----------
    bench : Workbench
        The window's.
    paths : sequence of Path
        Sessions, or the raw and the sorted file (or folder) of one recording.
    """
    log = bench.panels.log
    if reason := opening_blocked_by(bench):
        log.add(f"{_listed(paths)} was not opened. Busy: {reason}. Open it again afterwards.")
        return
    roles = {path: role_of_offered(path) for path in paths}
    recordings = [path for path, role in roles.items() if role is not None]
    sessions = [path for path, role in roles.items() if role is None]
    pair = [next((path for path in recordings if roles[path] == role), None) for role in ("raw", "sorting")]
    if recordings:
        offer_recording(bench, *pair)
    else:
        launch(open_session(bench, sessions.pop(0)))
    for path in sessions:
        if not path.exists():
            log.add_warning(f"{path} does not exist.")
            continue
        is_started = open_in_new_window(path)
        log.add(f"{path.name} {'opens in a new window' if is_started else 'was not opened'}.")
    if further := [path for path in recordings if path not in pair]:
        log.add(f"{_listed(further)} was not opened: open one recording at a time.")


def _listed(paths: Sequence[Path]) -> str:
    """Names of files for a message."""
    return ", ".join(path.name for path in paths)
