"""Files that a second start hands over to the program that is already running, one for each user."""

from __future__ import annotations

import getpass
import hashlib
import json
import logging
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QObject, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from hdmea_gui.settings import config_dir

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

logger = logging.getLogger(__name__)

_CONNECT_MS = 500
_ANSWER_MS = 3000
_MOST_BYTES = 1 << 16
_ANYBODY = -1


class Answer(NamedTuple):
    """Answer of the program that is already running.

    Parameters
    ----------
    is_taken : bool
        Whether it opens the files.
    busy_with : str
        What keeps it from doing so, completing "is busy: ...".
    """

    is_taken: bool
    busy_with: str = ""


def server_name() -> str:
    """Name of the running program's server: that of this user and these settings."""
    who = f"{_user()}\n{config_dir()}"
    return f"hdmea-gui-{hashlib.sha256(who.encode()).hexdigest()[:16]}"


def _user() -> str:
    try:
        return getpass.getuser()
    except (ImportError, OSError, KeyError):  # a user that the system has no name for
        return ""


def hand_over(paths: Sequence[Path]) -> Answer | None:
    """Ask the program that is already running to open files.

    Parameters
    ----------
    paths : sequence of Path
        The files; relative paths are those of this process.

    Returns
    -------
    Answer or None
        Its answer; None if no program is running, or it does not answer in time.
    """
    socket = QLocalSocket()
    socket.connectToServer(server_name())
    if not socket.waitForConnected(_CONNECT_MS):
        return None
    _allow_to_come_forward()
    socket.write(json.dumps({"open": [str(path.absolute()) for path in paths]}).encode() + b"\n")
    while not socket.canReadLine():
        if not socket.waitForReadyRead(_ANSWER_MS):
            return None
    return _answer_of(bytes(socket.readLine().data()))


def _answer_of(line: bytes) -> Answer | None:
    """Answer that a line holds; None if it is not such a line, as from another version of the program."""
    try:
        return Answer(**json.loads(line))
    except (ValueError, TypeError):
        return None


def _allow_to_come_forward() -> None:
    """Allow the other program to raise its window: Windows grants that only to the program just started."""
    if sys.platform == "win32":
        import ctypes

        ctypes.windll.user32.AllowSetForegroundWindow(_ANYBODY)


class Handover(QObject):
    """Server for files that later starts of the program hand over.

    Of several running programs the oldest is the server; when it ends, another takes its place.

    Parameters
    ----------
    busy_with : callable
        What keeps the program from opening files now, as text; empty if nothing does.
    """

    received = Signal(object)
    """The paths of files to open, a tuple."""

    def __init__(self, busy_with: Callable[[], str], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._busy_with = busy_with
        self._has_ended = False
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._on_connection)
        self._older = QLocalSocket(self)
        self._older.disconnected.connect(self.begin)

    @property
    def is_listening(self) -> bool:
        """Whether this program is the server."""
        return self._server.isListening()

    def begin(self) -> None:
        """Become the server, or wait until the program that is the server has ended."""
        if self._has_ended:
            return
        name = server_name()
        self._older.connectToServer(name)
        if self._older.waitForConnected(_CONNECT_MS):
            return
        QLocalServer.removeServer(name)  # left behind by a program that was killed
        if not self._server.listen(name):
            logger.warning(
                "Later starts of the program cannot pass files to this one: %s", self._server.errorString()
            )

    def end(self) -> None:
        """Stop accepting files."""
        self._has_ended = True
        self._older.abort()
        self._server.close()

    def _on_connection(self) -> None:
        while (socket := self._server.nextPendingConnection()) is not None:
            socket.disconnected.connect(socket.deleteLater)
            socket.readyRead.connect(partial(self._on_line, socket))
            self._on_line(socket)

    def _on_line(self, socket: QLocalSocket) -> None:
        if socket.state() != QLocalSocket.LocalSocketState.ConnectedState:
            return  # the later start has waited long enough and opened the files itself
        if not socket.canReadLine():
            if socket.bytesAvailable() > _MOST_BYTES:
                socket.abort()
            return
        paths = _paths_of(bytes(socket.readLine().data()))
        busy_with = self._busy_with() if paths else "the request cannot be read"
        answer = Answer(is_taken=bool(paths) and not busy_with, busy_with=busy_with)
        socket.write(json.dumps(answer._asdict()).encode() + b"\n")
        socket.flush()
        if answer.is_taken:
            self.received.emit(paths)


def _paths_of(line: bytes) -> tuple[Path, ...]:
    """Files that a line names; none if it is not such a line."""
    try:
        names = json.loads(line)["open"]
    except (ValueError, KeyError, TypeError):
        return ()
    is_list = isinstance(names, list) and all(isinstance(name, str) and name for name in names)
    return tuple(map(Path, names)) if is_list else ()
