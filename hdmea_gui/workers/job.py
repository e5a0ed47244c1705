"""One piece of work on a thread of its own, seen from the GUI thread.

No Python object crosses from thread to thread in a signal: the worker leaves its report, preview and result where
the GUI thread picks them up, at most twenty times a second. The job holds all that the work holds until the thread
has ended, so the last reference to anything goes on the GUI thread.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QDeadlineTimer, QObject, QThread, QTimer, Signal

from hdmea_gui.pipeline.progress import Cancelled, Progress, Report
from hdmea_gui.pipeline.step import Outcome
from hdmea_gui.workers.failure import Failure, failure_of

Work = Callable[[Progress, Callable[[object], None]], Any]
"""A function of (progress, preview); what it gives is the job's result."""

_POLL_MS = 50
_STACK_BYTES = 16 << 20  # macOS gives threads that Qt starts half a megabyte


@dataclass(frozen=True)
class Ending:
    """How a job ended.

    Parameters
    ----------
    outcome : Outcome
        DONE, CANCELLED or FAILED.
    value : object
        The result, where it is done.
    failure : Failure or None
        What went wrong, where it failed.
    """

    outcome: Outcome
    value: Any = None
    failure: Failure | None = None


_CANCELLED = Ending(Outcome.CANCELLED)
_alive: set[Job] = set()


class _Thread(QThread):
    """Runs the work and keeps what it leaves for the GUI thread."""

    def __init__(self, work: Work, doing: str) -> None:
        super().__init__()
        self.setStackSize(_STACK_BYTES)
        self._work = work
        self._doing = doing
        self.asked_to_stop = False
        self.report: Report | None = None
        self.previews: list[object] = []
        self.ending = _CANCELLED

    def run(self) -> None:
        """Do the work; whatever it raises becomes its ending."""
        try:
            value = self._work(Progress(self._note, self._is_asked_to_stop), self._preview)
            self.ending = Ending(Outcome.DONE, value)
        except Cancelled:
            self.ending = _CANCELLED
        except BaseException as error:  # noqa: BLE001 - what escapes here would end up with nobody
            self.ending = Ending(Outcome.FAILED, failure=failure_of(error, self._doing))

    def _is_asked_to_stop(self) -> bool:
        return self.asked_to_stop

    def _note(self, report: Report) -> None:
        self.report = report

    def _preview(self, item: object) -> None:
        self.previews = [item]


class Job(QObject):
    """One piece of work on a thread of its own; belongs to the GUI thread.

    A job that was started stays alive until its thread has ended, whether anybody holds it or not.

    Parameters
    ----------
    work : callable
        The work; it gets a progress to report to, which stops it on request, and a function that takes previews.
    doing : str
        What it does, in words that complete "while ...".
    counts_when_done : bool
        Whether a result that comes in spite of a request to stop counts, because it cannot be taken back.
    listens : bool
        Whether the work can be stopped; else a job that is cancelled ends at once and its thread runs out unseen.
    """

    progressed = Signal(object)
    """A `Report`, at most twenty times a second."""

    previewed = Signal(object)
    """A preview of the result; of several within a twentieth of a second the last."""

    succeeded = Signal(object)
    """The result. Of this and the next two, exactly one is emitted, once."""

    cancelled = Signal()
    """It was stopped; nothing has changed."""

    failed = Signal(object)
    """A `Failure`."""

    def __init__(
        self, work: Work, doing: str, *, counts_when_done: bool = False, listens: bool = True
    ) -> None:
        super().__init__()
        self.doing = doing
        self._counts_when_done = counts_when_done
        self._listens = listens
        self._ending: Ending | None = None
        self._awaiting: list[asyncio.Future[None]] = []
        self._seen: Report | None = None
        self._thread = _Thread(work, doing)
        self._thread.finished.connect(self._on_thread_finished)
        self._poll = QTimer(self, interval=_POLL_MS)
        self._poll.timeout.connect(self._on_poll)

    @property
    def is_running(self) -> bool:
        """Whether it was started and has not ended."""
        return self in _alive and self._ending is None

    @property
    def ending(self) -> Ending | None:
        """How it ended; None before that."""
        return self._ending

    def start(self) -> None:
        """Begin; once."""
        if self in _alive or self._ending is not None:
            raise RuntimeError("A job is started once.")
        _alive.add(self)
        self._poll.start()
        self._thread.start()

    def cancel(self) -> None:
        """Ask the work to stop; one of the three signals still follows."""
        self._thread.asked_to_stop = True
        if not self._listens and self.is_running:
            QTimer.singleShot(0, self._on_abandoned)

    def wait(self, limit_s: float | None = None) -> bool:
        """Block until the thread has ended, or the limit is over; whether it has; for the end of the program."""
        limit = QDeadlineTimer(-1 if limit_s is None else round(1000 * limit_s))
        if not self._thread.wait(limit):
            return False
        self._on_thread_finished()
        return True

    async def outcome(self) -> Ending:
        """Wait, without blocking, until it has ended."""
        if self._ending is None:
            future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._awaiting.append(future)
            await future
        assert self._ending is not None  # noqa: S101 - the future is resolved after that
        return self._ending

    def delivered(self, value: Any) -> Any:
        """Take over, on the GUI thread, what the work gave; what this gives is the result."""
        return value

    def _on_poll(self) -> None:
        report, previews = self._thread.report, self._thread.previews
        if report is not None and report is not self._seen:
            self._seen = report
            self.progressed.emit(report)
        if previews:
            self._thread.previews = []
            self.previewed.emit(previews[-1])

    def _on_abandoned(self) -> None:
        self._end(_CANCELLED)

    def _on_thread_finished(self) -> None:
        if self not in _alive:
            return
        self._thread.wait()  # Qt says finished a moment before the thread is
        _alive.discard(self)
        ending = self._thread.ending
        self._thread.ending = _CANCELLED
        if self._thread.asked_to_stop and not self._counts_when_done:
            ending = _CANCELLED
        self._end(ending)

    def _end(self, ending: Ending) -> None:
        """Tell how it ended, the first time only."""
        if self._ending is not None:
            return
        self._poll.stop()
        if ending.outcome is Outcome.DONE:
            self._on_poll()
            ending = Ending(Outcome.DONE, self.delivered(ending.value))
        self._ending = ending
        for future in self._awaiting:
            if not future.done():
                future.set_result(None)
        self._awaiting.clear()
        self._tell(ending)

    def _tell(self, ending: Ending) -> None:
        if ending.outcome is Outcome.DONE:
            self.succeeded.emit(ending.value)
        elif ending.outcome is Outcome.FAILED:
            self.failed.emit(ending.failure)
        else:
            self.cancelled.emit()


def jobs_alive() -> frozenset[Job]:
    """The jobs whose threads have not ended."""
    return frozenset(_alive)


def end_all_jobs(limit_s: float | None = None) -> bool:
    """Ask every job to stop and block until all threads have ended; for the end of the program.

    Parameters
    ----------
    limit_s : float, optional
        Longest wait for each thread; without it, however long it takes.

    Returns
    -------
    bool
        Whether all have ended: one that reads from a drive which no longer answers may never do so.
    """
    for job in jobs_alive():
        job.cancel()
    return all(job.wait(limit_s) for job in jobs_alive())
