"""Files that a second start hands over, and the words that the program is started with."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtGui import QFileOpenEvent
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from hdmea_gui import handover
from hdmea_gui.handover import Answer, Handover, hand_over, server_name
from hdmea_gui.window.openings import Application

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot


@pytest.fixture
def running(qtbot: QtBot) -> Iterator[Handover]:  # noqa: ARG001 - an application must be there
    """A program that runs."""
    made = Handover(lambda: "")
    made.begin()
    assert made.is_listening
    yield made
    made.end()


HAND_OVER = (
    "import sys, json, pathlib, hdmea_gui.handover as h; "
    "answer = h.hand_over([pathlib.Path(word) for word in sys.argv[1:]]); "
    "print(json.dumps(answer and answer._asdict()))"
)


def hand_over_meanwhile(qtbot: QtBot, *paths: Path) -> Answer | None:
    """Hand files over from another process; the answer that it gets."""
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parent.parent)}
    command = [sys.executable, "-c", HAND_OVER, *map(str, paths)]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE)
    qtbot.waitUntil(lambda: process.poll() is not None, timeout=60_000)
    answer = json.loads(process.communicate()[0])
    return None if answer is None else Answer(**answer)


def test_without_a_running_program_nothing_is_handed_over() -> None:
    assert hand_over([Path("x.h5")]) is None


def test_a_file_reaches_the_running_program(
    qtbot: QtBot, running: Handover, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    received: list[tuple[Path, ...]] = []
    running.received.connect(received.append)
    assert hand_over_meanwhile(qtbot, Path("Prüfung 1.h5"), Path("b.cmcr")) == Answer(is_taken=True)
    assert received == [(tmp_path / "Prüfung 1.h5", tmp_path / "b.cmcr")]


def test_a_busy_program_takes_nothing(qtbot: QtBot) -> None:
    busy = Handover(lambda: "running a step")
    received: list[tuple[Path, ...]] = []
    busy.received.connect(received.append)
    busy.begin()
    assert hand_over_meanwhile(qtbot, Path("x.h5")) == Answer(is_taken=False, busy_with="running a step")
    busy.end()
    assert received == []


def test_when_the_program_that_hears_ends_another_takes_its_place(qtbot: QtBot, running: Handover) -> None:
    younger = Handover(lambda: "")
    younger.begin()
    assert not younger.is_listening
    running.received.connect(lambda _path: pytest.fail("it has ended"))
    qtbot.wait(50)  # the older one has taken the connection
    running._server.close()
    for socket in running._server.findChildren(QLocalSocket):
        socket.abort()
    qtbot.waitUntil(lambda: younger.is_listening, timeout=10_000)
    received: list[tuple[Path, ...]] = []
    younger.received.connect(received.append)
    assert hand_over_meanwhile(qtbot, Path("/y.h5")) == Answer(is_taken=True)
    assert received == [(Path("/y.h5"),)]
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
    fresh = Handover(lambda: "")
    fresh.begin()
    assert fresh.is_listening
    assert hand_over_meanwhile(qtbot, Path("/z.h5")) == Answer(is_taken=True)
    fresh.end()


@pytest.mark.parametrize(
    "line",
    [
        b"\n",
        b"nonsense\n",
        b"[]\n",
        b'{"open": 3}\n',
        b'{"open": ""}\n',
        b'{"open": []}\n',
        b'{"open": [3]}\n',
        b"\xff\n",
    ],
)
def test_nonsense_is_refused(qtbot: QtBot, running: Handover, line: bytes) -> None:
    received: list[tuple[Path, ...]] = []
    running.received.connect(received.append)
    socket = QLocalSocket()
    socket.connectToServer(server_name())
    assert socket.waitForConnected(1000)
    socket.write(line)
    qtbot.waitUntil(socket.canReadLine, timeout=5000)
    assert json.loads(bytes(socket.readLine().data())) == {
        "is_taken": False,
        "busy_with": "the request cannot be read",
    }
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


START = "import sys; {before}; from hdmea_gui.__main__ import main; sys.exit(main())"
"""A start in a process of its own, after something that is so on the machine in question."""


def start_after(before: str, *words: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parent.parent)}
    return subprocess.run(
        [sys.executable, "-c", START.format(before=before), *words],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [(["nonsense"], "nonsense"), (["inspect", "gone.h5"], "gone.h5"), (["--version"], None)],
)
def test_without_streams_the_log_says_what_goes_wrong(
    words: list[str], said: str | None, own_settings: Path
) -> None:
    done = start_after("sys.stdout = sys.stderr = None", *words)
    assert (done.returncode == 0) is (said is None)
    log = own_settings / "log" / "hdmea-gui.log"
    assert said is None or said in log.read_text(encoding="utf-8")


@pytest.mark.parametrize(("words", "part"), [([], "app"), (["x.h5"], "app"), (["inspect", "gone"], "cli")])
def test_a_library_that_is_missing_is_named(words: list[str], part: str) -> None:
    done = start_after(f"sys.modules['hdmea_gui.{part}'] = None", *words)
    assert done.returncode == 1
    assert f"hdmea_gui.{part}" in done.stderr
    assert "Install the program again." in done.stderr


@pytest.mark.parametrize("words", [[], ["x.h5"], ["--version"], ["script", "x.py"]])
def test_frozen_workers_begin_before_anything_else(words: list[str]) -> None:
    done = start_after("import multiprocessing; multiprocessing.freeze_support = lambda: sys.exit(7)", *words)
    assert (done.returncode, done.stdout, done.stderr) == (7, "", "")


def test_macos_tells_the_application_which_files_to_open() -> None:
    opened: list[Path] = []

    class Listener:
        file_opened = type("Signal", (), {"emit": staticmethod(opened.append)})

    # The one application of the tests is not this class, and there cannot be two: its method is called by itself.
    assert Application.event(Listener(), QFileOpenEvent("/a b/ü.h5"))  # type: ignore[arg-type]
    assert opened == [Path("/a b/ü.h5")]
    assert QFileOpenEvent("/x").type() == QEvent.Type.FileOpen
