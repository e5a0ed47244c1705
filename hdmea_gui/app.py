"""The program with a window: the application, its event loop, its log, and its shutdown."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import tempfile
import time
import traceback
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from PySide6.QtCore import (
    QCoreApplication,
    QEvent,
    QLocale,
    QMetaObject,
    Qt,
    QTimer,
)
from PySide6.QtGui import QGuiApplication, QIcon
from PySide6.QtWidgets import QApplication, QWidget

from hdmea_gui import __version__
from hdmea_gui.io.resources import resources_dir
from hdmea_gui.message_box import platform_arguments, show_box
from hdmea_gui.models.session_model import SessionModel
from hdmea_gui.program_log import logged
from hdmea_gui.settings import CONFIG_DIR_VARIABLE, WITHOUT_SCREEN, has_screen, log_dir, log_last_words
from hdmea_gui.signals import end_requests_handled_by
from hdmea_gui.workers.faults import Faults
from hdmea_gui.workers.garbage import GarbageCollector
from hdmea_gui.workers.job import end_all_jobs
from hdmea_gui.workers.tasks import launch
from hdmea_gui.workers.warm_up import AfterFirstPaint, WarmUp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import FrameType

    MakeWindow = Callable[[Faults, Sequence[Path]], QWidget]

logger = logging.getLogger(__name__)


@runtime_checkable
class EndsOnRequest(Protocol):
    """A window that keeps unsaved work before the program ends."""

    def end(self) -> None:
        """Keep unsaved work, then close."""


OK, FAILED = 0, 1

_SWITCH_S = 0.002
"""Longest time that a thread computing in Python keeps the interpreter from the GUI thread."""

MEASURE_START_VARIABLE = "HDMEA_MEASURE_START"
"""Environment variable with a file name: the time of the first paint is written there, and the program ends."""

_LAST_TASKS_S = 2.0
_LAST_JOBS_S = 20.0
_LOOK_AGAIN_MS = 50
_INSTEAD = "Start the program on a desktop, or use it without a window: hdmea-gui --help"
_NO_SCREEN = (
    f"There is no screen to show the window on: neither DISPLAY nor WAYLAND_DISPLAY is set. {_INSTEAD}"
)
_STYLES_WITHOUT_DARK = {"windowsvista", "windows"}


def main(paths: Sequence[Path] = (), make_window: MakeWindow | None = None) -> int:
    """Show the window until it is closed and return the exit code.

    Parameters
    ----------
    paths : sequence of Path
        The files to open, if any.
    make_window : callable, optional
        Makes the window from the receiver of uncaught errors and the files to open; the main window if None.
    """
    if has_no_screen():
        return _explain(_NO_SCREEN)
    with ExitStack() as stack:
        stack.enter_context(logged())
        application = make_application()
        if fell_back():
            return _explain(f"The screen {os.environ.get('DISPLAY')} cannot be reached. {_INSTEAD}")
        stack.enter_context(_quick_switching())
        return _run(application, make_window or make_main_window, paths)


def show(session: Path) -> int:
    """Show the window with a session until it is closed and return the exit code."""
    return main([session])


def take_screenshots(session: Path, folder: Path) -> list[Path]:
    """Write pictures of the window with a session, without showing it or touching the user's settings.

    Parameters
    ----------
    session : Path
        File of the session.
    folder : Path
        Where the pictures go.

    Returns
    -------
    list of Path
        The pictures.

    Raises
    ------
    SessionError
        The session cannot be opened, or a picture not be written.
    """
    photographer = _Photographer(session, folder)
    with (
        tempfile.TemporaryDirectory() as settings,
        _variable("QT_QPA_PLATFORM", "offscreen"),
        _variable(CONFIG_DIR_VARIABLE, settings),
    ):
        main([], photographer.make_window)
    if photographer.error is not None:
        raise photographer.error
    return photographer.taken


class _Photographer:
    """Takes pictures of a window, then closes it in any case."""

    def __init__(self, session: Path, folder: Path) -> None:
        self.taken: list[Path] = []
        self.error: Exception | None = None
        self._session, self._folder = session, folder

    def make_window(self, faults: Faults, _paths: Sequence[Path]) -> QWidget:
        from hdmea_gui.window.main_window import MainWindow
        from hdmea_gui.window.screenshots import Nobody

        self._window = MainWindow(SessionModel(), faults, Nobody())
        QTimer.singleShot(0, self._begin)
        return self._window

    def _begin(self) -> None:
        launch(self._take())

    async def _take(self) -> None:
        from hdmea_gui.window.screenshots import take_screenshots

        try:
            self.taken = await take_screenshots(self._window, self._session, self._folder)
        except Exception as error:  # noqa: BLE001 - raised again once the window is closed
            self.error = error
        finally:
            self._window.workbench.closing.close_at_once()


def make_main_window(faults: Faults, paths: Sequence[Path]) -> QWidget:
    """Make the program's own window, which opens the files once it has been painted."""
    from hdmea_gui.window.main_window import MainWindow
    from hdmea_gui.window.openings import Openings

    window = MainWindow(SessionModel(), faults)
    Openings(window, paths)
    WarmUp(window)
    return window


def has_no_screen() -> bool:
    """Whether no window can be shown here; Qt itself would abort the process without an exception."""
    return not has_screen() and os.environ.get("QT_QPA_PLATFORM", "").partition(":")[0] not in WITHOUT_SCREEN


def fell_back() -> bool:
    """Whether Qt fell back to drawing in memory because the screen cannot be reached."""
    asked = os.environ.get("QT_QPA_PLATFORM", "")
    return QGuiApplication.platformName() in WITHOUT_SCREEN and not asked


def make_application() -> QApplication:
    """Return the application, with the program's name, icon and style."""
    application = QApplication.instance()
    if not isinstance(application, QApplication):
        from hdmea_gui.window.openings import Application

        application = Application(["hdmea-gui", *platform_arguments()])
    # numbers have a point everywhere: in fields as on axes, in sentences and files
    QLocale.setDefault(QLocale.c())
    application.setApplicationName("hdmea-gui")
    application.setApplicationDisplayName("HD-MEA")
    application.setApplicationVersion(__version__)
    application.setDesktopFileName("hdmea-gui")
    application.setWindowIcon(QIcon(str(resources_dir() / "icon" / "hdmea-gui.svg")))
    if application.style().objectName().lower() in _STYLES_WITHOUT_DARK:
        application.setStyle("Fusion")
    return application


def _make_loop(application: QApplication) -> asyncio.AbstractEventLoop:
    os.environ["QT_API"] = "pyside6"  # else qasync takes whatever Qt the user's other programs have asked for
    import qasync

    loop: asyncio.AbstractEventLoop = qasync.QEventLoop(application)
    asyncio.set_event_loop(loop)
    return loop


def _run(application: QApplication, make_window: MakeWindow, paths: Sequence[Path]) -> int:
    loop = _make_loop(application)
    faults, garbage = Faults(), GarbageCollector()
    try:
        with faults.caught(loop), end_requests_handled_by(partial(_on_end_request, application)):
            try:
                window = make_window(faults, paths)
                if MEASURE_START_VARIABLE in os.environ:
                    _FirstPaint(window, Path(os.environ[MEASURE_START_VARIABLE]))
                _show_soon(window)
            except Exception as error:  # noqa: BLE001 - whatever keeps the window from opening is to be explained
                return _explain_failed_start(error)
            garbage.start()
            logger.info("hdmea-gui %s started", __version__)
            loop.run_forever()
            _end(loop)
            _take_down(window)
    finally:
        garbage.stop()
        asyncio.set_event_loop(None)
        loop.close()
    logger.info("hdmea-gui ended")
    return OK


def _show_soon(window: QWidget) -> None:
    """Show the window from the event loop.

    An error in one of its parts is then reported like any later one. Called from Python, `show` itself would raise it,
    and a second error would end the process.
    """
    QMetaObject.invokeMethod(window, "show", Qt.ConnectionType.QueuedConnection)


class _FirstPaint(AfterFirstPaint):
    """Measurement of the startup time: writes the time of the first paint, then ends the program."""

    def __init__(self, window: QWidget, mark: Path) -> None:
        super().__init__(window)
        self._window = window
        self._mark = mark

    def happen(self) -> None:
        """Write the time and close the window."""
        self._mark.write_text(f"{time.time():.6f}", encoding="utf-8")
        self._window.close()


def _end(loop: asyncio.AbstractEventLoop) -> None:
    """Stop what is still running and wait for it."""
    _end_jobs()
    tasks = asyncio.all_tasks(loop)
    for task in tasks:
        task.cancel()
    if tasks:
        loop.run_until_complete(asyncio.wait(tasks, timeout=_LAST_TASKS_S))
        _end_jobs()  # those that the end of a task, or a timer, has started: Qt aborts if a thread is left


def _end_jobs() -> None:
    if not end_all_jobs(_LAST_JOBS_S):
        logger.warning("hdmea-gui ended while a file or drive did not respond")
        logging.shutdown()
        os._exit(OK)  # Python and Qt would wait for the thread, and the process never go


def _take_down(window: QWidget) -> None:
    """Destroy the window and its children now: plots that outlive the application crash when Python exits."""
    window.deleteLater()
    QCoreApplication.sendPostedEvents(window, QEvent.Type.DeferredDelete)


def _explain_failed_start(error: Exception) -> int:
    details = "".join(traceback.format_exception(error))
    logger.critical("The window could not be opened\n%s", details)
    words = f"The window could not be opened: {type(error).__name__}: {error}\nThe log in {log_dir()} has the details."
    show_box(words)
    return _explain(words)


def _explain(words: str) -> int:
    if sys.stderr is not None:
        sys.stderr.write(words + "\n")
    else:  # a program without a console has none
        log_last_words(words)
    return FAILED


@contextmanager
def _variable(name: str, value: str) -> Iterator[None]:
    """Set an environment variable for the duration of a with-block."""
    before = os.environ.get(name)
    os.environ[name] = value
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before


@contextmanager
def _quick_switching() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(_SWITCH_S)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


def _on_end_request(application: QApplication, _number: int, _frame: FrameType | None) -> None:
    QTimer.singleShot(0, application, partial(_end_windows, application))


def _end_windows(application: QApplication) -> None:
    """End all windows, once one is visible: Qt does not end the program for windows that were never shown."""
    windows = [widget for widget in application.topLevelWidgets() if widget.isVisible()]
    if not windows:
        QTimer.singleShot(_LOOK_AGAIN_MS, application, partial(_end_windows, application))
    for window in windows:
        if isinstance(window, EndsOnRequest):
            window.end()  # without questions, which nobody may be there to answer
            return
    application.closeAllWindows()
