from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from hdmea_gui.errors import SessionError
from hdmea_gui.io.store import StoredArray
from hdmea_gui.models.arrays import Arrays
from hdmea_gui.session import PipelineSession, create_session
from hdmea_gui.workers import Fetcher, jobs_alive
from tests.workers.conftest import Recorder

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot


class OnDisk:
    """Stands in for an array in a file; can be held back."""

    def __init__(self, number: int, order: list[int], gate: threading.Event | None = None) -> None:
        self.number = number
        self._order = order
        self._gate = gate

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        if self._gate is not None:
            self._gate.wait()
        self._order.append(self.number)
        return np.full(3, self.number)


class Broken:
    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        raise SessionError("x.h5 is no longer there.")


def test_the_one_asked_for_last_comes_first(qtbot: QtBot) -> None:
    order: list[int] = []
    gate = threading.Event()
    fetcher, fetched = Fetcher(), Recorder()
    fetcher.fetched.connect(fetched.take)
    arrays = [OnDisk(number, order, gate if number == 0 else None) for number in range(4)]
    for array in (*arrays, arrays[1], arrays[0]):
        fetcher.fetch(array)
    gate.set()
    qtbot.waitUntil(lambda: len(fetched.calls) == 4)
    assert order == [0, 1, 3, 2]
    assert [(array.number, values.tolist()) for array, values in fetched.calls] == [
        (number, [number] * 3) for number in order
    ]


def test_one_that_cannot_be_read_does_not_stop_the_others(qtbot: QtBot) -> None:
    fetcher, failed, fetched = Fetcher(), Recorder(), Recorder()
    fetcher.failed.connect(failed.take)
    fetcher.fetched.connect(fetched.take)
    broken, whole = Broken(), OnDisk(1, [])
    fetcher.fetch(broken)
    fetcher.fetch(whole)
    qtbot.waitUntil(lambda: bool(failed.calls and fetched.calls))
    assert [(array, failure.message) for array, failure in failed.calls] == [
        (broken, "x.h5 is no longer there.")
    ]
    assert [array for array, _ in fetched.calls] == [whole]
    qtbot.waitUntil(lambda: not jobs_alive())


def test_what_is_forgotten_is_not_heard_of_and_can_be_asked_for_again(qtbot: QtBot) -> None:
    order: list[int] = []
    gate = threading.Event()
    fetcher, fetched = Fetcher(), Recorder()
    fetcher.fetched.connect(fetched.take)
    held, waiting, other = OnDisk(0, order, gate), OnDisk(1, order), OnDisk(2, order)
    fetcher.fetch(held)
    fetcher.fetch(waiting)
    fetcher.forget()
    fetcher.fetch(other)
    qtbot.waitUntil(lambda: len(fetched.calls) == 1)
    gate.set()
    qtbot.waitUntil(lambda: not jobs_alive())
    assert [array.number for array, _ in fetched.calls] == [2]
    fetcher.fetch(held)
    qtbot.waitUntil(lambda: [array for array, _ in fetched.calls] == [other, held])
    qtbot.waitUntil(lambda: not jobs_alive())


@pytest.fixture
def stored(tmp_path: Path) -> StoredArray:
    session = create_session("x", output_dir=tmp_path)
    session.metadata["large"] = np.arange(300_000, dtype=np.float64)
    large = PipelineSession.load(session.save()).metadata["large"]
    assert isinstance(large, StoredArray)
    return large


def test_views_get_stored_arrays_through_it(qtbot: QtBot, stored: StoredArray) -> None:
    arrays, fetcher = Arrays(), Fetcher()
    arrays.wanted.connect(fetcher.fetch)
    fetcher.fetched.connect(arrays.put)
    with qtbot.waitSignal(arrays.arrived):
        assert arrays.get(stored) is None
    values = arrays.get(stored)
    assert values is not None
    np.testing.assert_array_equal(values, np.arange(300_000))
    assert not values.flags.writeable
    qtbot.waitUntil(lambda: not jobs_alive())
