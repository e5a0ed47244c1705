"""Why something that the user can ask for is not possible now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QApplication

from hdmea_gui.pipeline.flow import own_path

if TYPE_CHECKING:
    from hdmea_gui.window.main_window import MainWindow

_NO_SESSION = "Open a recording or a session first."
_BUSY = "Something else goes on: wait until it is done, or stop it."
_RUNNING = "A step is running: wait until it is done, or stop it."


def disabled_reasons(window: MainWindow) -> dict[str, str]:
    """What stands against each of the needs that actions have; an empty text where nothing does."""
    running, busy = window.runner.is_running, window.files.is_busy
    no_session = "" if window.model.session is not None else _NO_SESSION
    occupied, no_step = _BUSY if running or busy else "", _RUNNING if running else ""
    history, flow = window.model.history, window.pipeline.flow_name
    return {
        "": "",
        "session": no_session,
        "idle": occupied,
        "session and idle": no_session or occupied,
        "revertible": no_session or _nothing_to_revert(window) or occupied,
        "no step": no_step,
        "undoable": no_step or ("" if history.can_undo else "There is nothing to take back."),
        "redoable": no_step or ("" if history.can_redo else "There is nothing to make again."),
        "running": "" if occupied else "Nothing goes on.",
        "own flow": "" if flow and own_path(flow).exists() else "Choose a flow of your own first.",
        "light": no_session or _no_light(window) or occupied,
    }


def busy_with(window: MainWindow) -> str:
    """What keeps the window from opening files now, completing "Busy: ..."; empty if nothing does."""
    if window.runner.is_running:
        step = window.runner.current
        return f"running '{step.title}'" if step is not None else "running steps"
    if window.files.is_busy:
        return window.files.doing
    return "a dialog is open" if QApplication.activeModalWidget() is not None else ""


def _nothing_to_revert(window: MainWindow) -> str:
    session = window.model.session
    if session is None or session.hdf5_path is None:
        return "The session is in no file yet."
    return "" if window.model.is_unsaved else "The session is what its file holds."


def _no_light(window: MainWindow) -> str:
    session = window.model.session
    has_light = session is not None and "light_reference" in session.stimulus
    return "" if has_light else "Load the recording first: its light channel is not in the session."
