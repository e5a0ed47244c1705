"""What the commands of the window work with."""

from __future__ import annotations

from dataclasses import dataclass

from hdmea_gui.models.session_model import SessionModel
from hdmea_gui.models.user_settings import UserSettings
from hdmea_gui.views.view import ViewContext
from hdmea_gui.window.ask import Ask
from hdmea_gui.window.closing import Closing
from hdmea_gui.window.dialogs.opening import Dialogs
from hdmea_gui.window.failures import Failures
from hdmea_gui.window.files import Files
from hdmea_gui.window.panels import Panels
from hdmea_gui.workers.runner import Runner


@dataclass(frozen=True)
class Workbench:
    """Everything that the commands of a window read, change, show and ask.

    Parameters
    ----------
    model : SessionModel
        The session.
    runner : Runner
        Runs steps.
    files : Files
        Opens, saves and checkpoints the session.
    ask : Ask
        Asks the user.
    context : ViewContext
        What the views share: selection, columns, theme.
    panels : Panels
        What the window shows.
    settings : UserSettings
        The user's settings and recent files.
    failures : Failures
        Reports errors.
    dialogs : Dialogs
        The dialogs over the window.
    closing : Closing
        Closes the window.
    """

    model: SessionModel
    runner: Runner
    files: Files
    ask: Ask
    context: ViewContext
    panels: Panels
    settings: UserSettings
    failures: Failures
    dialogs: Dialogs
    closing: Closing
