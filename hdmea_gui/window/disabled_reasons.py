"""Why an action is disabled now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QApplication

from hdmea_gui.pipeline.flow import own_path
from hdmea_gui.session.recording import RecordingReader

if TYPE_CHECKING:
    from hdmea_gui.models.session_model import SessionModel
    from hdmea_gui.window.workbench import Workbench

_NO_SESSION = "Open a recording or a session first."
_RUNNING = "steps are running"


def disabled_reasons(bench: Workbench) -> dict[str, str]:
    """Return the reason why each condition of the actions is not met; an empty text where it is met."""
    no_session = "" if bench.model.session is not None else _NO_SESSION
    no_step = _wait_for(_RUNNING) if bench.runner.is_running else ""
    busy = _wait_for(busy_with(bench))
    history, flow = bench.model.history, bench.panels.pipeline.flow_name
    can_undo = history.can_undo or bool(bench.panels.pipeline.flow_to_undo)
    return {
        "": "",
        "session": no_session,
        "idle": busy,
        "session and idle": no_session or busy,
        "revertible": no_session or _nothing_to_revert(bench.model) or busy,
        "no step": no_step,
        "undoable": no_step or ("" if can_undo else "Nothing to undo."),
        "redoable": no_step or ("" if history.can_redo else "Nothing to redo."),
        "running": "" if busy else "Nothing is running.",
        "own flow": "" if flow and own_path(flow).exists() else "Select one of your own flows first.",
        "light": no_session or _no_light(bench.model) or busy,
    }


def busy_with(bench: Workbench) -> str:
    """Return what is running, as text that completes "Busy: ..."; empty if nothing is."""
    if bench.files.is_busy:  # a file first: while one is read or written, Stop stops that and not the step
        return bench.files.doing
    return _RUNNING if bench.runner.is_running else ""


def opening_blocked_by(bench: Workbench) -> str:
    """Return why no file can be opened from outside now, as text that completes "Busy: ..."; empty if one can."""
    return busy_with(bench) or ("a dialog is open" if QApplication.activeModalWidget() is not None else "")


def _wait_for(running: str) -> str:
    return f"Busy: {running}. Wait until this is done, or stop it." if running else ""


def _nothing_to_revert(model: SessionModel) -> str:
    session = model.session
    if session is None or session.hdf5_path is None:
        return "The session has not been saved yet."
    return "" if model.is_unsaved else "No unsaved changes."


def _no_light(model: SessionModel) -> str:
    session = model.session
    has_light = session is not None and RecordingReader(session).has_light
    return "" if has_light else "The session has no light channel. Load the recording first."
