from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import QEventLoop, QTimer

from hdmea_gui.workers.tasks import launch, outside

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    Await = Callable[[Coroutine[Any, Any, Any]], Any]


def test_other_tasks_go_on_while_a_dialog_waits(await_: Await) -> None:
    ticks: list[int] = []
    loop = QEventLoop()

    async def tick() -> None:
        for number in range(3):
            await asyncio.sleep(0.01)
            ticks.append(number)
        loop.quit()

    def dialog() -> list[int]:
        QTimer.singleShot(60_000, loop, loop.quit)
        loop.exec()
        return list(ticks)

    async def ask() -> list[int]:
        launch(tick())
        return await outside(dialog)

    assert await_(ask()) == [0, 1, 2]


def test_what_a_dialog_raises_reaches_who_asked(await_: Await) -> None:
    def dialog() -> None:
        raise ValueError("no answer")

    with pytest.raises(ValueError, match="no answer"):
        await_(outside(dialog))
