from __future__ import annotations

import gc
import threading
from typing import TYPE_CHECKING

import pytest
from PySide6.QtGui import QCursor

from hdmea_gui.workers import CallJob
from hdmea_gui.workers.garbage import GarbageCollector

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot


@pytest.fixture
def collector(qapp: object) -> Iterator[GarbageCollector]:
    assert qapp is not None
    collector = GarbageCollector()
    collector.start()
    yield collector
    collector.stop()
    assert gc.isenabled()
    assert gc.get_freeze_count() == 0


class Knot:
    """Holds itself, so that only a collection frees it."""

    gone: list[int] = []  # noqa: RUF012 - one list for all is the point

    def __init__(self) -> None:
        self.itself = self

    def __del__(self) -> None:
        Knot.gone.append(threading.get_ident())


def tie(number: int) -> None:
    for _ in range(number):
        Knot()


def test_garbage_of_other_threads_goes_on_this_one(qtbot: QtBot, collector: GarbageCollector) -> None:
    Knot.gone = []
    job = CallJob(tie, 3000, doing="testing")
    with qtbot.waitSignal(job.succeeded):
        job.start()
    assert Knot.gone == []
    collector.tick()
    assert len(Knot.gone) == 3000
    assert set(Knot.gone) == {threading.get_ident()}


def test_what_arrives_in_bulk_is_looked_through_when_nothing_moves(collector: GarbageCollector) -> None:
    Knot.gone = []
    tie(25_000)
    collector.tick()
    assert Knot.gone == []
    for _ in range(30):
        collector.tick()
    assert len(Knot.gone) == 25_000


def test_while_something_runs_it_waits(qtbot: QtBot, collector: GarbageCollector) -> None:
    release = threading.Event()
    job = CallJob(release.wait, doing="waiting")
    job.start()
    Knot.gone = []
    tie(25_000)
    for _ in range(50):
        collector.tick()
    n_gone = len(Knot.gone)
    with qtbot.waitSignal(job.succeeded):
        release.set()  # before anything is asserted: the thread must end in any case
    assert n_gone == 0
    for _ in range(50):
        collector.tick()
    assert len(Knot.gone) == 25_000


def test_while_the_pointer_moves_it_waits(collector: GarbageCollector) -> None:
    Knot.gone = []
    tie(25_000)
    for number in range(50):
        QCursor.setPos(number, number)
        collector.tick()
    assert not Knot.gone
    for _ in range(30):
        collector.tick()
    assert len(Knot.gone) == 25_000
