"""The real window with answers instead of dialogs, and an event loop for Qt and asyncio."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from hdmea_gui.models.session_model import SessionModel
from hdmea_gui.window.ask import Ask, Unsaved
from hdmea_gui.window.main_window import MainWindow
from hdmea_gui.workers import end_all_jobs
from hdmea_gui.workers.faults import Faults
from tests.window.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator
    from pathlib import Path

    from PySide6.QtWidgets import QApplication

    from hdmea_gui.workers.failure import Failure

    Await = Callable[[Coroutine[Any, Any, Any]], Any]


class Answers(Ask):
    """A user who has made up his mind."""

    def __init__(self) -> None:
        self.place: Path | None = None
        self.file: Path | None = None
        self.typed: str | None = None
        self.on_unsaved = Unsaved.CANCEL
        self.agrees = True
        self.asked: list[str] = []
        self.suggested = ""
        self.failures: list[Failure] = []

    def session_to_open(self, folder: Path) -> Path | None:  # noqa: ARG002 - as in Ask
        self.asked.append("open")
        return self.file

    def place_to_save(self, title: str, suggestion: Path, kinds: str = "") -> Path | None:  # noqa: ARG002 - as in Ask
        self.asked.append(title)
        self.suggested = suggestion.name
        return self.place

    def existing(self, title: str, folder: Path, kinds: str) -> Path | None:  # noqa: ARG002 - as in Ask
        self.asked.append(title)
        return self.file

    def text(self, title: str, label: str, suggestion: str = "") -> str | None:  # noqa: ARG002 - as in Ask
        self.asked.append(title)
        return self.typed

    def may_replace(self, path: Path) -> bool:  # noqa: ARG002 - as in Ask
        self.asked.append("replace")
        return self.agrees

    def unsaved(self, name: str) -> Unsaved:  # noqa: ARG002 - as in Ask
        self.asked.append("unsaved")
        return self.on_unsaved

    def may(self, question: str, explanation: str, verb: str) -> bool:  # noqa: ARG002 - as in Ask
        self.asked.append(question)
        return self.agrees

    def show_failure(self, failure: Failure) -> None:
        self.failures.append(failure)


@pytest.fixture
def await_(qapp: QApplication) -> Iterator[Await]:
    import qasync  # after PySide6: it takes the Qt that is there

    qapp.setQuitOnLastWindowClosed(False)  # else closing the window ends the loop that the test waits in
    loop = qasync.QEventLoop(qapp)
    asyncio.set_event_loop(loop)
    yield loop.run_until_complete
    end_all_jobs()
    pending = asyncio.all_tasks(loop)
    if pending:
        loop.run_until_complete(asyncio.wait(pending, timeout=10))
    asyncio.set_event_loop(None)
    loop.close()
    qapp.setQuitOnLastWindowClosed(True)


@pytest.fixture
def answers() -> Answers:
    return Answers()


@pytest.fixture
def window(await_: Await, answers: Answers) -> Iterator[MainWindow]:  # noqa: ARG001 - the loop comes first
    made = MainWindow(SessionModel(), Faults(), answers)
    made.resize(1280, 720)
    made.show()
    yield made
    made.workbench.closing.close_at_once()
    made.deleteLater()


@pytest.fixture
def opened(window: MainWindow, await_: Await, reference: Path, tmp_path: Path) -> MainWindow:
    """The window on a copy of a file of the lab."""
    path = tmp_path / "rec.h5"
    path.write_bytes((reference / "lab_deferred.h5").read_bytes())
    assert await_(window.workbench.files.open(path))
    window.activateWindow()
    await_(until(window.isActiveWindow))
    return window
