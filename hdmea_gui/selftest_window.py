"""A picture of the real window with a session, for the self-test."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from hdmea_gui import app
from hdmea_gui.models.session_model import SessionModel
from hdmea_gui.window.ask import Ask
from hdmea_gui.window.main_window import MainWindow
from hdmea_gui.workers.jobs import LoadJob
from hdmea_gui.workers.tasks import launch

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from PySide6.QtGui import QImage
    from PySide6.QtWidgets import QWidget

    from hdmea_gui.workers.failure import Failure
    from hdmea_gui.workers.faults import Faults

_SIZE = (1280, 800)
_LOOK_MS = 100
_SETTLED = 5


def picture_of_window(session: Path | None, patience_ms: int) -> tuple[QImage | None, list[str]]:
    """Open the window as the program does, show a session, take a picture, and close the window.

    Parameters
    ----------
    session : Path or None
        The file to show.
    patience_ms : int
        Maximum time to wait for it, ms.

    Returns
    -------
    picture : QImage or None
        The window; None if it was not ready in time.
    failures : list of str
        Messages of errors meanwhile.
    """
    photographer = _Photographer(session)
    QTimer.singleShot(patience_ms, photographer, photographer.leave)
    code = app.main((), photographer.make_window)
    if code != app.OK and not photographer.failures:
        photographer.failures.append("The program did not start. See the log.")
    return photographer.picture, photographer.failures


class _Photographer(QObject):
    """Opens the window and takes a picture once its contents no longer change."""

    def __init__(self, session: Path | None) -> None:
        super().__init__()
        self.picture: QImage | None = None
        self.failures: list[str] = []
        self._session = session
        self._window: MainWindow | None = None
        self._last: QImage | None = None
        self._n_same = 0
        self._timer = QTimer(self, interval=_LOOK_MS)
        self._timer.timeout.connect(self._on_look)

    def make_window(self, faults: Faults, _paths: Sequence[Path]) -> QWidget:
        """Make the window, with errors noted instead of shown."""
        self._window = MainWindow(SessionModel(), faults, _Note(self.failures))
        self._window.resize(*_SIZE)
        QTimer.singleShot(0, self, self._begin)
        return self._window

    def _begin(self) -> None:
        launch(self._open())

    async def _open(self) -> None:
        if self._window is not None and self._session is not None:
            job = LoadJob(
                self._session
            )  # not through the window, which would add the file to the recent ones
            job.start()
            ending = await job.outcome()
            if ending.failure is not None:
                self.failures.append(ending.failure.message)
                self.leave()
                return
            self._window.workbench.model.show(ending.value)
            self._window.workbench.context.selection.select(list(ending.value.units)[:1])
        self._timer.start()

    def _on_look(self) -> None:
        """Take a picture, and keep it once it has stayed the same for half a second."""
        if self._window is None:
            return
        image = self._window.grab().toImage()
        is_settled = self._window.fetcher.is_idle and image == self._last
        self._n_same = self._n_same + 1 if is_settled else 0
        self._last = image
        if self._n_same >= _SETTLED:
            self.picture = image
            self.leave()

    def leave(self) -> None:
        """Close the window."""
        self._timer.stop()
        if self._window is not None:
            self._window.workbench.closing.close_at_once()


class _Note(Ask):
    """Notes errors, because no user is there to read them."""

    def __init__(self, failures: list[str]) -> None:
        self._failures = failures

    def show_failure(self, failure: Failure) -> None:
        """Note the failure instead of showing it."""
        self._failures.append(failure.message)
