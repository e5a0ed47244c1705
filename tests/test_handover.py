"""Files that a second start hands over, and the words that the program is started with."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtGui import QFileOpenEvent
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from hdmea_gui import __main__ as start
from hdmea_gui import handover
from hdmea_gui.handover import Handover, hand_over, server_name
from hdmea_gui.window.openings import Application

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot


@pytest.fixture
def running(qtbot: QtBot) -> Iterator[Handover]:  # noqa: ARG001 - an application must be there
    """A program that runs."""
    made = Handover(lambda: True)
    made.begin()
    assert made.is_listening
    yield made
    made.end()


HAND_OVER = (
    "import sys, pathlib, hdmea_gui.handover as h; sys.exit(not h.hand_over(pathlib.Path(sys.argv[1])))"
)


def hand_over_meanwhile(qtbot: QtBot, path: Path) -> bool:
    """Hand a file over from another process."""
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parent.parent)}
    process = subprocess.Popen([sys.executable, "-c", HAND_OVER, str(path)], env=environment)
    qtbot.waitUntil(lambda: process.poll() is not None, timeout=30_000)
    return process.returncode == 0


def test_without_a_running_program_nothing_is_handed_over() -> None:
    assert not hand_over(Path("x.h5"))


def test_a_file_reaches_the_running_program(
    qtbot: QtBot, running: Handover, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    received: list[Path] = []
    running.received.connect(received.append)
    assert hand_over_meanwhile(qtbot, Path("Prüfung 1.h5"))
    assert received == [tmp_path / "Prüfung 1.h5"]


def test_a_busy_program_takes_nothing(qtbot: QtBot) -> None:
    busy = Handover(lambda: False)
    received: list[Path] = []
    busy.received.connect(received.append)
    busy.begin()
    assert not hand_over_meanwhile(qtbot, Path("x.h5"))
    busy.end()
    assert received == []


def test_when_the_program_that_hears_ends_another_takes_its_place(qtbot: QtBot, running: Handover) -> None:
    younger = Handover(lambda: True)
    younger.begin()
    assert not younger.is_listening
    running.received.connect(lambda _path: pytest.fail("it has ended"))
    qtbot.wait(50)  # the older one has taken the connection
    running._server.close()
    for socket in running._server.findChildren(QLocalSocket):
        socket.abort()
    qtbot.waitUntil(lambda: younger.is_listening, timeout=10_000)
    received: list[Path] = []
    younger.received.connect(received.append)
    assert hand_over_meanwhile(qtbot, Path("/y.h5"))
    assert received == [Path("/y.h5")]
    younger.end()


@pytest.mark.skipif(sys.platform == "win32", reason="pipes of Windows leave nothing behind")
def test_what_a_killed_program_left_behind_does_not_get_in_the_way(qtbot: QtBot) -> None:
    import socket

    probe = QLocalServer()
    assert probe.listen(server_name())
    path = probe.fullServerName()
    probe.close()
    left = socket.socket(socket.AF_UNIX)
    left.bind(path)
    left.close()  # the file stays, and nobody listens
    assert Path(path).exists()
    fresh = Handover(lambda: True)
    fresh.begin()
    assert fresh.is_listening
    assert hand_over_meanwhile(qtbot, Path("/z.h5"))
    fresh.end()


@pytest.mark.parametrize(
    "line", [b"\n", b"nonsense\n", b"[]\n", b'{"open": 3}\n', b'{"open": ""}\n', b"\xff\n"]
)
def test_nonsense_is_refused(qtbot: QtBot, running: Handover, line: bytes) -> None:
    received: list[Path] = []
    running.received.connect(received.append)
    socket = QLocalSocket()
    socket.connectToServer(server_name())
    assert socket.waitForConnected(1000)
    socket.write(line)
    qtbot.waitUntil(socket.canReadLine, timeout=5000)
    assert socket.readLine().data() == b"busy\n"
    assert received == []
    socket.abort()


def test_other_users_and_other_settings_have_names_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    mine = server_name()
    monkeypatch.setattr(handover, "_user", lambda: "somebody else")
    other = server_name()
    monkeypatch.setenv("HDMEA_CONFIG_DIR", "/elsewhere")
    assert len({mine, other, server_name()}) == 3


@pytest.mark.parametrize("error", [ModuleNotFoundError, KeyError, OSError])
def test_a_user_without_a_name_can_hand_over_too(
    monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    def nameless() -> str:
        raise error("pwd")  # what getpass raises on Windows without USERNAME, and elsewhere for an unknown id

    monkeypatch.setattr("getpass.getuser", nameless)
    mine = server_name()
    monkeypatch.setenv("HDMEA_CONFIG_DIR", "/elsewhere")
    assert server_name() != mine


class Started:
    """What a start has done."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, taken: bool) -> None:
        self.windows: list[list[str]] = []
        self.commands: list[list[str]] = []
        self.handed: list[Path] = []
        self._taken = taken
        monkeypatch.setattr("hdmea_gui.handover.hand_over", self._hand_over)
        monkeypatch.setattr("hdmea_gui.app.main", self._show)
        monkeypatch.setattr("hdmea_gui.cli.main", self._command)

    def _hand_over(self, path: Path) -> bool:
        self.handed.append(path)
        return self._taken

    def _show(self, words: list[str]) -> int:
        self.windows.append(words)
        return 0

    def _command(self, words: list[str], *_more: Any) -> int:
        self.commands.append(words)
        return 0


@pytest.mark.parametrize(
    ("words", "taken", "windows", "handed"),
    [
        ([], True, [[]], []),
        (["--new-instance"], True, [[]], []),
        (["x.h5"], True, [], [Path("x.h5")]),
        (["x.h5"], False, [["x.h5"]], [Path("x.h5")]),
        (["--new-instance", "x.h5"], True, [["x.h5"]], []),
        (["gone.CMCR"], True, [], [Path("gone.CMCR")]),
    ],
)
def test_words_that_open_a_window(
    words: list[str],
    taken: bool,
    windows: list[list[str]],
    handed: list[Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen = Started(monkeypatch, taken)
    monkeypatch.setattr(sys, "argv", ["hdmea-gui", *words])
    assert start.main() == 0
    assert (seen.windows, seen.handed, seen.commands) == (windows, handed, [])


@pytest.mark.parametrize("words", [["--version"], ["demo", "--output", "x.h5"], ["inspect", "x.h5"]])
def test_other_words_are_commands(words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    seen = Started(monkeypatch, taken=False)
    monkeypatch.setattr(sys, "argv", ["hdmea-gui", *words])
    assert start.main() == 0
    assert (seen.windows, seen.commands) == ([], [words])


@pytest.mark.parametrize(
    ("words", "said"), [(["nonsense"], "nonsense"), (["inspect", "gone"], "gone"), (["--version"], None)]
)
def test_without_streams_what_goes_wrong_is_shown_in_a_box(
    words: list[str], said: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    boxes: list[str] = []
    monkeypatch.setattr("hdmea_gui.message_box.show_box", boxes.append)
    monkeypatch.setattr(sys, "argv", ["hdmea-gui", *words])
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    code = start.main()
    assert (code == 0) is (said is None)
    assert len(boxes) == (said is not None)
    assert said is None or said in boxes[0]


@pytest.mark.parametrize(("words", "has_box"), [([], True), (["x.h5"], True), (["inspect", "gone"], False)])
def test_a_library_that_is_missing_is_named(
    monkeypatch: pytest.MonkeyPatch, words: list[str], has_box: bool
) -> None:
    def fail(_words: list[str]) -> int:
        raise ImportError("libGL.so.1: no such file")

    said, boxes = io.StringIO(), list[str]()
    monkeypatch.setattr(sys, "stderr", said)
    monkeypatch.setattr(start, "_show_window", fail)
    monkeypatch.setattr("hdmea_gui.cli.main", lambda words, *_more: fail(words))
    monkeypatch.setattr("hdmea_gui.message_box.show_box", boxes.append)
    monkeypatch.setattr(sys, "argv", ["hdmea-gui", *words])
    assert start.main() == 1
    assert "libGL.so.1" in said.getvalue()
    assert "Install it again" in said.getvalue()
    assert len(boxes) == has_box


def test_frozen_workers_begin_before_anything_else(monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []

    def show(_words: list[str]) -> int:
        order.append("window")
        return 0

    monkeypatch.setattr("multiprocessing.freeze_support", lambda: order.append("freeze"))
    monkeypatch.setattr(start, "_show_window", show)
    monkeypatch.setattr(sys, "argv", ["hdmea-gui"])
    start.main()
    assert order == ["freeze", "window"]


def test_macos_tells_the_application_which_files_to_open() -> None:
    opened: list[Path] = []

    class Listener:
        file_opened = type("Signal", (), {"emit": staticmethod(opened.append)})

    # The one application of the tests is not this class, and there cannot be two: its method is called by itself.
    assert Application.event(Listener(), QFileOpenEvent("/a b/ü.h5"))  # type: ignore[arg-type]
    assert opened == [Path("/a b/ü.h5")]
    assert QFileOpenEvent("/x").type() == QEvent.Type.FileOpen
