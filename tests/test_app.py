from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import shiboken6
from PySide6.QtCore import QLocale, QSize, QTimer
from PySide6.QtWidgets import QApplication, QWidget

from hdmea_gui import app
from hdmea_gui.settings import log_dir
from hdmea_gui.workers import Job, jobs_alive, launch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from PySide6.QtGui import QIcon, QPaintEvent, QResizeEvent, QShowEvent

    from hdmea_gui.pipeline.progress import Progress
    from hdmea_gui.workers import Failure
    from hdmea_gui.workers.faults import Faults

ROOT = Path(__file__).parent.parent


@pytest.fixture(autouse=True)
def as_it_was(qapp: QApplication) -> Iterator[None]:
    names, locale = (qapp.applicationName(), qapp.applicationDisplayName()), QLocale()
    hooks = sys.excepthook, threading.excepthook, sys.unraisablehook
    handlers, level = list(logging.getLogger().handlers), logging.getLogger().level
    gc.enable()  # as a program begins
    yield
    assert (sys.excepthook, threading.excepthook, sys.unraisablehook) == hooks
    assert (logging.getLogger().handlers, logging.getLogger().level) == (handlers, level)
    assert gc.isenabled()
    assert not jobs_alive()
    QLocale.setDefault(locale)
    qapp.setApplicationName(names[0])
    qapp.setApplicationDisplayName(names[1])


class Window(QWidget):
    """A window that does something once it is open, and then closes."""

    def __init__(self, faults: Faults, do: Callable[[Window], Any]) -> None:
        super().__init__()
        self.failures: list[Failure] = []
        self._do = do
        faults.occurred.connect(self.failures.append)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        super().showEvent(event)
        QTimer.singleShot(0, self.begin)

    def begin(self) -> None:
        try:
            self._do(self)
        finally:
            QTimer.singleShot(50, self.close)  # after what it has begun, however late both are


def run(do: Callable[[Window], Any]) -> tuple[int, Window]:
    made: list[Window] = []

    def make(faults: Faults, _paths: Sequence[Path]) -> QWidget:
        made.append(Window(faults, do))
        return made[0]

    code = app.main([], make)
    return code, made[0]


def log() -> str:
    return (log_dir() / "hdmea-gui.log").read_text(encoding="utf-8")


def count_on(progress: Progress) -> None:
    number = 0
    while True:
        progress(number, 10**9)
        number += 1


def test_it_shows_the_window_until_it_is_closed() -> None:
    seen: list[Any] = []
    code, window = run(lambda window: seen.append((window.isVisible(), gc.isenabled())))
    assert code == 0
    assert seen == [(True, False)]
    assert not shiboken6.isValid(window)
    assert "started" in log()
    assert log().rstrip().endswith("ended")


@pytest.mark.parametrize("size", [16, 32, 64, 256])
def test_the_window_has_the_programs_icon_in_every_size(size: int) -> None:
    icons: list[QIcon] = []
    run(lambda window: icons.append(window.windowIcon()))
    picture = icons[0].pixmap(QSize(size, size)).toImage()
    assert (picture.width(), picture.height()) == (size, size)
    assert picture.pixelColor(0, 0).alpha() < 255  # round corners
    middle = picture.pixelColor(size // 8, round(size * 26 / 64))
    assert middle.red() > middle.blue()  # the spike's line, on blue ground
    ground = picture.pixelColor(size // 2, size // 64)
    assert ground.blue() > ground.red()


def test_the_file_to_open_is_handed_on() -> None:
    given: list[Sequence[Path]] = []

    def make(faults: Faults, paths: Sequence[Path]) -> QWidget:
        given.append(paths)
        return Window(faults, lambda _window: None)

    assert app.main([Path("x.h5")], make) == 0
    assert given == [[Path("x.h5")]]


def test_what_still_runs_is_stopped_and_waited_for() -> None:
    jobs: list[Job] = []
    ended: list[str] = []

    async def wait_for_ever(job: Job) -> None:
        try:
            await Job.outcome(job)
            ended.append("job")
        finally:
            ended.append("task")

    def do(_window: Window) -> None:
        jobs.append(Job(count_on, "counting"))
        jobs[0].start()
        launch(wait_for_ever(jobs[0]))

    code, _ = run(do)
    assert code == 0
    assert jobs[0].ending is not None
    assert "task" in ended


def test_a_job_that_the_end_of_a_task_starts_is_waited_for() -> None:
    ended: list[bool] = []

    def take_a_while(_progress: Progress) -> None:
        time.sleep(0.2)
        ended.append(True)

    async def start_at_the_end() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            Job(take_a_while, "winding up").start()

    assert run(lambda _window: launch(start_at_the_end()))[0] == 0
    assert ended == [True]


STUCK = """
import sys, threading
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget
from hdmea_gui import app
from hdmea_gui.workers import Job

app._LAST_JOBS_S = 0.2

def make(faults, paths):
    window = QWidget()
    Job(lambda progress: threading.Event().wait(), "reading from a drive that is gone").start()
    QTimer.singleShot(100, window.close)
    return window

sys.exit(app.main([], make))
"""


def test_a_job_that_never_ends_does_not_keep_the_process() -> None:
    done = subprocess.run([sys.executable, "-c", STUCK], cwd=ROOT, check=False, timeout=60)
    assert done.returncode == 0
    assert "did not respond" in log()


def test_an_error_in_a_slot_is_told_and_the_program_goes_on() -> None:
    def do(_window: Window) -> None:
        raise ZeroDivisionError("in a slot")

    code, window = run(do)
    assert code == 0
    assert len(window.failures) == 1
    assert "in a slot" in window.failures[0].message
    assert "in a slot" in log()


def test_an_error_in_a_coroutine_is_told() -> None:
    async def fail() -> None:
        raise ValueError("in a coroutine")

    def do(_window: Window) -> None:
        launch(fail())

    code, window = run(do)
    assert code == 0
    assert [("in a coroutine" in failure.message) for failure in window.failures] == [True]


def test_an_interrupt_closes_the_window() -> None:
    window: list[Window] = []

    def do(this: Window) -> None:
        window.append(this)
        os.kill(os.getpid(), signal.SIGINT)

    before = signal.getsignal(signal.SIGINT)
    assert run(do)[0] == 0
    assert signal.getsignal(signal.SIGINT) is before
    assert not shiboken6.isValid(window[0])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_request_to_end_is_not_lost_before_the_window_is_shown(number: signal.Signals) -> None:
    class Patient(Window):
        def begin(self) -> None:
            """Do not close by itself."""

    late: list[bool] = []

    def make(faults: Faults, _paths: Sequence[Path]) -> QWidget:
        window = Patient(faults, lambda _window: None)
        os.kill(os.getpid(), number)
        QTimer.singleShot(60_000, window, lambda: late.append(window.close()))
        return window

    assert app.main([], make) == 0
    assert late == []


def test_a_start_that_fails_says_why(capsys: pytest.CaptureFixture[str]) -> None:
    def make(_faults: Faults, _paths: Sequence[Path]) -> QWidget:
        raise RuntimeError("no chip, no window")

    assert app.main([], make) == 1
    assert "could not be opened: RuntimeError: no chip, no window" in capsys.readouterr().err
    assert "in make" in log()


class Breaking(Window):
    """A window whose first show meets an error, as in a view that it shows."""

    def __init__(self, faults: Faults, events: str) -> None:
        super().__init__(faults, lambda _window: None)
        self.broken = events.split()

    def _meet(self, event: str) -> None:
        if event in self.broken:
            self.broken.remove(event)
            raise ZeroDivisionError(f"no {event}")

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        super().showEvent(event)
        self._meet("show")

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        self._meet("resize")

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        super().paintEvent(event)
        self._meet("paint")


@pytest.mark.parametrize("events", ["show", "resize", "paint", "resize show paint"])
def test_an_error_as_the_window_is_shown_is_told_and_the_program_goes_on(events: str) -> None:
    windows: list[Breaking] = []

    def make(faults: Faults, _paths: Sequence[Path]) -> QWidget:
        windows.append(Breaking(faults, events))
        return windows[0]

    assert app.main([], make) == 0
    assert [failure.message.split(". ")[0].rpartition(": ")[2] for failure in windows[0].failures] == [
        f"no {event}" for event in events.split()
    ]
    assert all(f"no {event}" in log() for event in events.split())


def test_the_programs_own_window_tells_of_an_error_in_a_view_as_it_is_first_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from hdmea_gui.models.session_model import SessionModel
    from hdmea_gui.views.view import View
    from hdmea_gui.window.ask import Ask
    from hdmea_gui.window.main_window import MainWindow

    told: list[Failure] = []
    windows: list[MainWindow] = []
    usual = View.showEvent

    def fail(view: View, event: QShowEvent) -> None:
        usual(view, event)
        if not told:
            raise ZeroDivisionError("no view")

    def show_failure(_ask: Ask, failure: Failure) -> None:
        told.append(failure)
        QTimer.singleShot(0, windows[0].workbench.closing.close_at_once)

    monkeypatch.setattr(View, "showEvent", fail)
    monkeypatch.setattr(Ask, "show_failure", show_failure)

    def make(faults: Faults, _paths: Sequence[Path]) -> QWidget:
        windows.append(MainWindow(SessionModel(), faults))
        return windows[0]

    assert app.main([], make) == 0
    assert "no view" in told[0].message
    assert "no view" in log()


def test_without_a_screen_it_says_so_instead_of_aborting() -> None:
    names = {"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"}
    environment = {name: value for name, value in os.environ.items() if name not in names}
    command = [sys.executable, "-c", "import sys; from hdmea_gui.app import main; sys.exit(main())"]
    done = subprocess.run(
        command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )
    if sys.platform == "linux":
        assert done.returncode == 1
        assert "no screen" in done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there is always a screen")
@pytest.mark.parametrize(
    ("words", "exit_code", "reason"), [([], 1, "There is no screen"), (["nonsense"], 2, "invalid choice")]
)
def test_with_neither_screen_nor_streams_the_log_says_why_it_does_not_start(
    words: list[str], exit_code: int, reason: str
) -> None:
    names = {"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"}
    environment = {name: value for name, value in os.environ.items() if name not in names}
    code = "import sys; sys.stdout = sys.stderr = None; from hdmea_gui.__main__ import main; sys.exit(main())"
    command = [sys.executable, "-c", code, *words]
    done = subprocess.run(command, env=environment, cwd=ROOT, check=False, timeout=60)
    assert done.returncode == exit_code
    assert reason in log()


@pytest.mark.skipif(sys.platform != "linux", reason="screens of X")
def test_a_screen_that_cannot_be_reached_is_told_instead_of_aborting() -> None:
    names = {"WAYLAND_DISPLAY", "QT_QPA_PLATFORM"}
    environment = {name: value for name, value in os.environ.items() if name not in names}
    command = [sys.executable, "-c", "import sys; from hdmea_gui.app import main; sys.exit(main())"]
    done = subprocess.run(
        command,
        env=environment | {"DISPLAY": ":7391"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1
    assert "The screen :7391 cannot be reached." in done.stderr


def test_a_program_without_streams_starts_and_tells_of_a_failure_in_a_box(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    boxes: list[str] = []
    monkeypatch.setattr(app, "show_box", boxes.append)
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    code, window = run(lambda _window: None)
    assert (code, window.failures, boxes) == (0, [], [])

    def make(_faults: Faults, _paths: Sequence[Path]) -> QWidget:
        raise RuntimeError("no chip, no window")

    assert app.main([], make) == 1
    assert len(boxes) == 1
    assert "no chip, no window" in boxes[0]


def test_the_start_can_be_measured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    before = time.time()
    monkeypatch.setenv("HDMEA_MEASURE_START", str(tmp_path / "mark"))

    assert app.main([], lambda _faults, _paths: QWidget()) == 0  # the window closes by itself
    assert before < float((tmp_path / "mark").read_text()) < time.time()


def test_a_log_that_cannot_be_written_does_not_keep_it_from_starting(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("HDMEA_CONFIG_DIR", str(tmp_path / "file"))
    assert run(lambda _window: None)[0] == 0
    assert "The log cannot be written" in capsys.readouterr().err


def test_the_log_is_kept_small() -> None:
    def do(_window: Window) -> None:
        for number in range(600):
            logging.getLogger("test").info("line %d of many%s", number, 10_000 * ".")

    run(do)
    sizes = [path.stat().st_size for path in log_dir().iterdir()]
    assert len(sizes) == 4
    assert max(sizes) <= 1 << 20
