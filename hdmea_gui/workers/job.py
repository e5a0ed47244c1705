"""One piece of work on its own thread, seen from the GUI thread.

No Python object crosses threads in a signal: the worker stores its report and result, and the GUI thread
picks them up at most twenty times a second. The job keeps references to everything the work uses until the thread has
ended, so objects are destroyed on the GUI thread only.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from PySide6.QtCore import QDeadlineTimer, QObject, QThread, QTimer, Signal

from hdmea_gui.pipeline.progress import Cancelled, Progress, Report
from hdmea_gui.workers.failure import Failure, failure_of

Work = Callable[[Progress], Any]
"""A function of the progress that returns the job's result."""

_POLL_MS = 50
_STACK_BYTES = 16 << 20  # macOS gives threads that Qt starts half a megabyte


class Outcome(Enum):
    """Outcome of a job."""

    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Ending:
    """How a job ended.

    Parameters
    ----------
    outcome : Outcome
        The outcome.
    value : object
        The result, if DONE.
    failure : Failure or None
        The error, if FAILED.
    """

    outcome: Outcome
    value: Any = None
    failure: Failure | None = None


_CANCELLED = Ending(Outcome.CANCELLED)
_alive: set[Job] = set()


class _Thread(QThread):
    """Runs the work and stores its report and ending for the GUI thread."""

    def __init__(self, work: Work, doing: str) -> None:
        super().__init__()
        self.setStackSize(_STACK_BYTES)
        self._work = work
        self._doing = doing
        self.asked_to_stop = False
        self.report: Report | None = None
        self.ending = _CANCELLED

    def run(self) -> None:
        """Do the work and store how it ended."""
        try:
            value = self._work(Progress(self._note, self._is_asked_to_stop))
            self.ending = Ending(Outcome.DONE, value)
        except Cancelled:
            self.ending = _CANCELLED
        except BaseException as error:  # noqa: BLE001 - nothing above this frame would catch it
            self.ending = Ending(Outcome.FAILED, failure=failure_of(error, self._doing))

    def _is_asked_to_stop(self) -> bool:
        return self.asked_to_stop

    def _note(self, report: Report) -> None:
        self.report = report


class Job(QObject):
    """One piece of work on its own thread; the job itself lives on the GUI thread.

    A started job stays alive until its thread has ended, even if nothing else refers to it.

    Parameters
    ----------
    work : callable
        The work; called with a `Progress`, which also stops it on request.
    doing : str
        What it does, as text that completes "while ...".
    counts_when_done : bool
        Whether a result that arrives after a request to stop counts, because it cannot be undone.
    listens : bool
        Whether the work can be stopped; if not, a cancelled job ends at once and its thread finishes unnoticed.
    """

    # Signal(object) throughout: Signal(dict) and Signal(list) deliver copies and lose keys that are not text
    progressed = Signal(object)
    """Progress, at most twenty times a second; carries a `Report`."""

    succeeded = Signal(object)
    """Done; carries the result. Exactly one of this and the next two signals is emitted, once."""

    cancelled = Signal()
    """Stopped; nothing was changed."""

    failed = Signal(object)
    """Failed; carries a `Failure`."""

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
        """Whether the job was started and has not ended."""
        return self in _alive and self._ending is None

    @property
    def ending(self) -> Ending | None:
        """How the job ended; None before that."""
        return self._ending

    def start(self) -> None:
        """Start the work; allowed once."""
        if self in _alive or self._ending is not None:
            raise RuntimeError("A job can be started only once.")
        _alive.add(self)
        self._poll.start()
        self._thread.start()

    def cancel(self) -> None:
        """Request a stop; one of the three signals still follows."""
        self._thread.asked_to_stop = True
        if not self._listens and self.is_running:
            QTimer.singleShot(0, self._on_abandoned)

    def wait(self, limit_s: float | None = None) -> bool:
        """Block until the thread has ended, and emit the signals; return False if the time limit is over first."""
        limit = QDeadlineTimer(-1 if limit_s is None else round(1000 * limit_s))
        if not self._thread.wait(limit):
            return False
        self._on_thread_finished()
        return True

    async def outcome(self) -> Ending:
        """Wait, without blocking, until the job has ended."""
        if self._ending is None:
            future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._awaiting.append(future)
            await future
        assert self._ending is not None  # noqa: S101 - the future is resolved after that
        return self._ending

    def delivered(self, value: Any) -> Any:
        """Turn the value of the work into the job's result; called on the GUI thread."""
        return value

    def _on_poll(self) -> None:
        report = self._thread.report
        if report is not None and report is not self._seen:
            self._seen = report
            self.progressed.emit(report)

    def _on_abandoned(self) -> None:
        self._end(_CANCELLED)

    def _on_thread_finished(self) -> None:
        if self not in _alive:
            return
        self._thread.wait()  # Qt emits finished shortly before the thread has ended
        _alive.discard(self)
        ending = self._thread.ending
        self._thread.ending = _CANCELLED  # drops the thread's reference to the result
        if self._thread.asked_to_stop and not self._counts_when_done:
            ending = _CANCELLED
        self._end(ending)

    def _end(self, ending: Ending) -> None:
        """Set the ending and emit it, the first time only."""
        if self._ending is not None:
            return
        self._poll.stop()
        if ending.outcome is Outcome.DONE:
            self._on_poll()  # the last report may not have been picked up
            ending = Ending(Outcome.DONE, self.delivered(ending.value))
        self._ending = ending
        for future in self._awaiting:
            if not future.done():
                future.set_result(None)
        self._awaiting.clear()
        self._emit(ending)

    def _emit(self, ending: Ending) -> None:
        if ending.outcome is Outcome.DONE:
            self.succeeded.emit(ending.value)
        elif ending.outcome is Outcome.FAILED:
            self.failed.emit(ending.failure)
        else:
            self.cancelled.emit()


def jobs_alive() -> frozenset[Job]:
    """Return the jobs whose threads have not ended."""
    return frozenset(_alive)


def end_all_jobs(limit_s: float | None = None) -> bool:
    """Cancel every job and block until all threads have ended; for the end of the program.

    Parameters
    ----------
    limit_s : float, optional
        Longest wait for each thread; without it, however long it takes.

    Returns
    -------
    bool
        Whether all have ended: one that reads from a drive which no longer answers may never do so.
    """
    while jobs := jobs_alive():  # again, for the end of one may be the start of another
        for job in jobs:
            job.cancel()
        if not all(job.wait(limit_s) for job in jobs):
            return False
    return True
