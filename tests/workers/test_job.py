from __future__ import annotations

import asyncio
import gc
import threading
import weakref
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import QTimer

from hdmea_gui.errors import ConfigurationError
from hdmea_gui.pipeline.progress import Cancelled, Progress
from hdmea_gui.workers import CallJob, Job, end_all_jobs, jobs_alive
from hdmea_gui.workers.job import Outcome
from tests.workers.conftest import Heard

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytestqt.qtbot import QtBot


def give_thread(_progress: Progress) -> int:
    return threading.get_ident()


def stop_itself(_progress: Progress) -> None:
    raise Cancelled


def refuse(_progress: Progress) -> None:
    raise ConfigurationError("The playlist is not there. Choose another one.")


def go_wrong(_progress: Progress) -> None:
    raise KeyError("secret")


def leave(_progress: Progress) -> None:
    raise SystemExit(3)


def count_on(progress: Progress) -> None:
    for number in range(1_000_000_000):
        progress(number, 1_000_000_000, "Counting")


def test_the_work_is_done_elsewhere_and_its_result_comes_here(qtbot: QtBot) -> None:
    job = Job(give_thread, "testing")
    heard: list[tuple[int, int]] = []

    def take(worker: int) -> None:
        heard.append((worker, threading.get_ident()))

    job.succeeded.connect(take)
    with qtbot.waitSignal(job.succeeded):
        job.start()
    assert heard[0][0] != threading.get_ident()
    assert heard[0][1] == threading.get_ident()


@pytest.mark.parametrize(
    ("work", "outcome"),
    [
        (give_thread, Outcome.DONE),
        (stop_itself, Outcome.CANCELLED),
        (refuse, Outcome.FAILED),
        (go_wrong, Outcome.FAILED),
        (leave, Outcome.FAILED),
    ],
)
@pytest.mark.parametrize("blocking", [True, False])
def test_exactly_one_ending_is_told_once(
    qtbot: QtBot, work: Callable[..., Any], outcome: Outcome, blocking: bool
) -> None:
    job = Job(work, "testing")
    heard = Heard(job)
    job.start()
    if blocking:
        job.wait()
        assert heard.n_endings == 1
    qtbot.waitUntil(lambda: heard.n_endings > 0 and not jobs_alive())
    other = Job(give_thread, "what comes after in the event queue")
    with qtbot.waitSignal(other.succeeded):
        other.start()
    assert heard.n_endings == 1
    assert job.ending is not None
    assert job.ending.outcome is outcome
    told = {
        Outcome.DONE: len(heard.results),
        Outcome.CANCELLED: heard.cancellations,
        Outcome.FAILED: len(heard.failures),
    }
    assert told[outcome] == 1


def test_an_error_for_the_user_is_told_in_its_own_words(qtbot: QtBot) -> None:
    job = Job(refuse, "running 'Section times'")
    with qtbot.waitSignal(job.failed) as caught:
        job.start()
    failure = caught.args[0]
    assert failure.message == "The playlist is not there. Choose another one."
    assert "ConfigurationError" in failure.details


def test_any_other_error_gets_a_sentence_and_keeps_its_traceback(qtbot: QtBot) -> None:
    job = Job(go_wrong, "running 'Section times'")
    with qtbot.waitSignal(job.failed) as caught:
        job.start()
    failure = caught.args[0]
    assert "while running 'Section times'" in failure.message
    assert "secret" not in failure.message
    assert failure.message.startswith("Unexpected error")
    assert "in go_wrong" in failure.details
    assert "KeyError: 'secret'" in failure.details


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (MemoryError(), "Not enough memory"),
        (FileExistsError("x.h5 exists already. Choose another name."), "x.h5 exists already"),
        (PermissionError(13, "Permission denied", "x.h5"), "x.h5 cannot be used: Permission denied."),
    ],
)
def test_what_the_system_refuses_is_no_fault_of_the_program(
    qtbot: QtBot, error: Exception, words: str
) -> None:
    def fail() -> None:
        raise error

    job = CallJob(fail, doing="testing")
    with qtbot.waitSignal(job.failed) as caught:
        job.start()
    assert words in caught.args[0].message
    assert not caught.args[0].message.startswith("Unexpected error")


def test_progress_is_told_at_most_twenty_times_a_second(qtbot: QtBot) -> None:
    job = Job(count_on, "counting")
    heard = Heard(job)
    (clock,) = job.findChildren(QTimer)
    ticks: list[None] = []
    clock.timeout.connect(partial(ticks.append, None))
    job.start()
    qtbot.waitUntil(lambda: len(heard.reports) >= 10)
    assert clock.interval() == 1000 / 20
    assert len(heard.reports) <= len(ticks), "every report waits for a tick"
    assert [report.done for report in heard.reports] == sorted({report.done for report in heard.reports})
    assert heard.reports[0].message == "Counting"
    job.cancel()
    qtbot.waitUntil(lambda: heard.cancellations == 1)


def test_the_last_report_comes_before_the_result(qtbot: QtBot) -> None:
    def work(progress: Progress) -> str:
        for number in range(11):
            progress(number, 10, "")
        return "done"

    job = Job(work, "testing")
    heard = Heard(job)
    with qtbot.waitSignal(job.succeeded):
        job.start()
    assert heard.reports[-1].done == 10


def test_it_stops_at_the_next_report_of_the_work(qtbot: QtBot) -> None:
    asked, late = threading.Event(), []

    def work(progress: Progress) -> None:
        for number in range(1_000_000_000):
            if asked.is_set():
                late.append(number)
            progress(number, 1_000_000_000, "Counting")

    job = Job(work, "counting")
    heard = Heard(job)
    job.start()
    qtbot.waitUntil(lambda: bool(heard.reports))
    with qtbot.waitSignal(job.cancelled):
        job.cancel()
        asked.set()
    assert len(late) <= 1
    assert heard.n_endings == 1


def test_work_that_cannot_be_stopped_is_left_to_itself(qtbot: QtBot) -> None:
    release = threading.Event()
    job = CallJob(release.wait, doing="waiting")
    heard = Heard(job)
    job.start()
    try:
        with qtbot.waitSignal(job.cancelled):
            job.cancel()
        assert not job.is_running
        assert job in jobs_alive(), "its thread is still waiting"
    finally:
        release.set()
    qtbot.waitUntil(lambda: not jobs_alive())
    assert heard.n_endings == 1


def test_a_result_that_comes_too_late__where_it_cannot_be_taken_back(qtbot: QtBot) -> None:
    release = threading.Event()

    def work(_progress: Progress) -> None:
        release.wait()

    for counts, expected in ((False, Outcome.CANCELLED), (True, Outcome.DONE)):
        job = Job(work, "testing", counts_when_done=counts)
        job.start()
        job.cancel()
        release.set()
        qtbot.waitUntil(lambda: not jobs_alive())
        assert job.ending is not None
        assert job.ending.outcome is expected
        release.clear()


def test_a_job_that_nobody_holds_goes_on(qtbot: QtBot) -> None:
    release, done = threading.Event(), []

    def work() -> None:
        release.wait()
        done.append(True)

    CallJob(work, doing="testing").start()
    gc.collect()
    release.set()
    qtbot.waitUntil(lambda: not jobs_alive())
    assert done == [True]


class Trace:
    """Tells on which thread it goes."""

    gone: list[int] = []  # noqa: RUF012 - one list for all is the point

    def __del__(self) -> None:
        Trace.gone.append(threading.get_ident())


def test_what_goes_in_and_comes_out_is_let_go_on_this_thread(qtbot: QtBot) -> None:
    Trace.gone = []

    def work(given: Trace) -> Trace:
        assert given is not None
        return Trace()

    job = CallJob(work, Trace(), doing="testing")
    alive = weakref.ref(job)
    with qtbot.waitSignal(job.succeeded):
        job.start()
    qtbot.waitUntil(lambda: not jobs_alive())
    del job
    gc.collect()
    qtbot.waitUntil(lambda: len(Trace.gone) == 2)
    assert set(Trace.gone) == {threading.get_ident()}
    assert alive() is None


def test_it_can_be_awaited_by_several(await_: Any) -> None:
    async def both() -> list[Any]:
        job = Job(give_thread, "testing")
        waiting = [asyncio.ensure_future(job.outcome()) for _ in range(2)]
        job.start()
        endings = await asyncio.gather(*waiting)
        return [*endings, await job.outcome()]

    endings = await_(both())
    assert all(ending.outcome is Outcome.DONE for ending in endings)
    assert len({ending.value for ending in endings}) == 1


def test_it_is_started_once(qtbot: QtBot) -> None:
    job = Job(give_thread, "testing")
    with qtbot.waitSignal(job.succeeded):
        job.start()
    with pytest.raises(RuntimeError, match="once"):
        job.start()


def test_a_job_that_the_end_of_another_starts_is_ended_too(qapp: object) -> None:  # noqa: ARG001 - it must be there
    first, second = (Job(count_on, "counting") for _ in range(2))
    first.cancelled.connect(second.start)
    first.start()
    assert end_all_jobs()
    assert second.ending is not None
    assert not jobs_alive()


def test_all_jobs_can_be_ended_at_once(qapp: object) -> None:
    assert qapp is not None
    jobs = [Job(count_on, "counting") for _ in range(3)]
    heard = [Heard(job) for job in jobs]
    for job in jobs:
        job.start()
    end_all_jobs()
    assert not jobs_alive()
    assert [one.cancellations for one in heard] == [1, 1, 1]


def test_many_jobs_one_after_the_other(qtbot: QtBot) -> None:
    heard = []
    for number in range(200):
        job = CallJob(int, number, doing="testing")
        heard.append(Heard(job))
        job.start()
        if number % 20 == 19:
            qtbot.waitUntil(lambda: not jobs_alive())
    assert [one.results for one in heard] == [[number] for number in range(200)]
