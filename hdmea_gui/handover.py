"""Files that a second start hands over to the program that already runs, one for each user."""

from __future__ import annotations

import getpass
import hashlib
import json
import logging
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from hdmea_gui.settings import config_dir

if TYPE_CHECKING:
    from collections.abc import Callable

logger = logging.getLogger(__name__)

_CONNECT_MS = 500
_ANSWER_MS = 3000
_MOST_BYTES = 1 << 16
_TAKEN: Final = b"taken\n"
_BUSY: Final = b"busy\n"
_ANYBODY = -1


def server_name() -> str:
    """Name under which the running program is found: that of this user and these settings."""
    who = f"{_user()}\n{config_dir()}"
    return f"hdmea-gui-{hashlib.sha256(who.encode()).hexdigest()[:16]}"


def _user() -> str:
    try:
        return getpass.getuser()
    except (ImportError, OSError, KeyError):  # a user that the system has no name for
        return ""


def hand_over(path: Path) -> bool:
    """Ask the program that already runs to open a file; whether it does."""
    socket = QLocalSocket()
    socket.connectToServer(server_name())
    if not socket.waitForConnected(_CONNECT_MS):
        return False
    _allow_to_come_forward()
    socket.write(json.dumps({"open": str(path.absolute())}).encode() + b"\n")
    while not socket.canReadLine():
        if not socket.waitForReadyRead(_ANSWER_MS):
            return False
    return socket.readLine().data() == _TAKEN


def _allow_to_come_forward() -> None:
    """Let the other program raise its window: Windows grants that only to whom the user has just started."""
    if sys.platform == "win32":
        import ctypes

        ctypes.windll.user32.AllowSetForegroundWindow(_ANYBODY)


class Handover(QObject):
    """Hears of files that later starts of the program hand over.

    Of several running programs the oldest hears; when it ends, another takes its place.

    Parameters
    ----------
    can_take : callable
        Whether a file can be opened now; else the later start opens it in a window of its own.
    """

    received = Signal(object)
    """The path of a file to open."""

    def __init__(self, can_take: Callable[[], bool], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._can_take = can_take
        self._has_ended = False
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._on_connection)
        self._older = QLocalSocket(self)
        self._older.disconnected.connect(self.begin)

    @property
    def is_listening(self) -> bool:
        """Whether this program is the one that hears."""
        return self._server.isListening()

    def begin(self) -> None:
        """Hear of files, or wait until the program that hears of them has ended."""
        if self._has_ended:
            return
        name = server_name()
        self._older.connectToServer(name)
        if self._older.waitForConnected(_CONNECT_MS):
            return
        QLocalServer.removeServer(name)  # left behind by a program that was killed
        if not self._server.listen(name):
            logger.warning("Files cannot be handed over to this program: %s", self._server.errorString())

    def end(self) -> None:
        """Hear no more."""
        self._has_ended = True
        self._older.abort()
        self._server.close()

    def _on_connection(self) -> None:
        while (socket := self._server.nextPendingConnection()) is not None:
            socket.disconnected.connect(socket.deleteLater)
            socket.readyRead.connect(partial(self._on_words, socket))
            self._on_words(socket)

    def _on_words(self, socket: QLocalSocket) -> None:
        if not socket.canReadLine():
            if socket.bytesAvailable() > _MOST_BYTES:
                socket.abort()
            return
        path = _path_of(bytes(socket.readLine().data()))
        may = path is not None and self._can_take()
        socket.write(_TAKEN if may else _BUSY)
        socket.flush()
        if may:
            self.received.emit(path)


def _path_of(line: bytes) -> Path | None:
    """The file that a line names; None where it is no such line."""
    try:
        name = json.loads(line)["open"]
    except (ValueError, KeyError, TypeError):
        return None
    return Path(name) if isinstance(name, str) and name else None
