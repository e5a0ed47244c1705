"""An event loop for Qt and asyncio, and no job left behind."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from hdmea_gui.workers import Job, end_all_jobs, jobs_alive

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator

    from PySide6.QtWidgets import QApplication


@pytest.fixture(autouse=True)
def no_job_left() -> Iterator[None]:
    yield
    left = jobs_alive()
    end_all_jobs()
    assert not left


@pytest.fixture
def await_(qapp: QApplication) -> Iterator[Callable[[Coroutine[Any, Any, Any]], Any]]:
    """Runs a coroutine in Qt's event loop and gives its result."""
    import qasync  # after PySide6: it takes the Qt that is there

    loop = qasync.QEventLoop(qapp)
    asyncio.set_event_loop(loop)
    yield loop.run_until_complete
    asyncio.set_event_loop(None)
    loop.close()


class Heard:
    """What a job has told."""

    def __init__(self, job: Job) -> None:
        self.results: list[object] = []
        self.failures: list[Any] = []
        self.cancellations = 0
        self.reports: list[Any] = []
        job.succeeded.connect(self.results.append)
        job.failed.connect(self.failures.append)
        job.cancelled.connect(self.on_cancelled)
        job.progressed.connect(self.reports.append)

    def on_cancelled(self) -> None:
        self.cancellations += 1

    @property
    def n_endings(self) -> int:
        return len(self.results) + len(self.failures) + self.cancellations


class Recorder:
    """What a signal has brought, call by call."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []

    def take(self, *arguments: Any) -> None:
        self.calls.append(arguments)
