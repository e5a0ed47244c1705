from __future__ import annotations

import asyncio
import logging
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest

from hdmea_gui.workers import launch
from hdmea_gui.workers.faults import Faults
from tests.workers.conftest import Recorder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot


@pytest.fixture
def faults(qapp: object) -> Iterator[Faults]:
    assert qapp is not None
    faults = Faults()
    with faults.caught():
        yield faults


def uncaught(error: Exception) -> None:
    try:
        raise error
    except type(error):
        sys.excepthook(*sys.exc_info())


def test_an_uncaught_error_is_logged_and_told(
    qtbot: QtBot, faults: Faults, caplog: pytest.LogCaptureFixture
) -> None:
    with qtbot.waitSignal(faults.occurred) as caught:
        uncaught(ZeroDivisionError("division by zero"))
    failure = caught.args[0]
    assert "ZeroDivisionError: division by zero" in failure.message
    assert "in uncaught" in failure.details
    assert failure.message.startswith("Internal error")
    assert faults.last == failure
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
    assert "in uncaught" in caplog.text


def test_one_of_another_thread_is_told_on_this_one(qtbot: QtBot, faults: Faults) -> None:
    def fail() -> None:
        raise OSError("gone")

    threads: list[int] = []

    def take(_failure: object) -> None:
        threads.append(threading.get_ident())

    faults.occurred.connect(take)
    thread = threading.Thread(target=fail)
    with qtbot.waitSignal(faults.occurred):
        thread.start()
    thread.join()
    assert threads == [threading.get_ident()]


def test_one_of_something_being_removed_is_told(qtbot: QtBot, faults: Faults) -> None:
    class Bad:
        def __del__(self) -> None:
            raise ValueError("in __del__")

    with qtbot.waitSignal(faults.occurred) as caught:
        Bad()
    assert "in __del__" in caught.args[0].details


def test_the_same_error_again_and_again_is_told_once(qtbot: QtBot, faults: Faults) -> None:
    told = Recorder()
    faults.occurred.connect(told.take)
    for _ in range(5):
        uncaught(ValueError("same"))
    uncaught(ValueError("other"))
    qtbot.waitUntil(lambda: len(told.calls) == 2)
    assert ["same" in call[0].message for call in told.calls] == [True, False]


def test_the_user_who_interrupts_is_no_fault(qtbot: QtBot, faults: Faults) -> None:
    told = Recorder()
    faults.occurred.connect(told.take)
    sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)
    with qtbot.waitSignal(faults.occurred):
        uncaught(ValueError("after it"))
    assert len(told.calls) == 1


def test_python_has_its_hooks_back(qapp: object) -> None:
    assert qapp is not None
    hooks = sys.excepthook, threading.excepthook, sys.unraisablehook
    with Faults().caught():
        assert sys.excepthook is not hooks[0]
    assert (sys.excepthook, threading.excepthook, sys.unraisablehook) == hooks


def test_a_coroutine_that_fails_is_heard_at_once(await_: Any, qapp: object) -> None:
    assert qapp is not None
    faults, told = Faults(), Recorder()
    faults.occurred.connect(told.take)

    async def fail() -> None:
        raise RuntimeError("in a coroutine")

    async def go() -> None:
        loop = asyncio.get_running_loop()
        with faults.caught(loop):
            task = launch(fail())
            await asyncio.wait([task])
            cancelled = launch(asyncio.sleep(100))
            cancelled.cancel()
            while not told.calls:
                await asyncio.sleep(0.01)
        loop.set_exception_handler(None)

    await_(go())
    assert len(told.calls) == 1
    assert "in a coroutine" in told.calls[0][0].message
