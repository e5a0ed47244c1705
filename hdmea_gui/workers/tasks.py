"""Coroutines started by a click: kept alive until they end, with their errors reported."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

T = TypeVar("T")

_running: set[asyncio.Task[Any]] = set()  # the event loop itself keeps only weak references to tasks


def launch(coroutine: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
    """Start a coroutine on the running loop; an error in it goes to the loop's exception handler."""
    task = asyncio.get_running_loop().create_task(coroutine)
    _running.add(task)
    task.add_done_callback(_on_done)
    return task


async def outside(function: Callable[..., T], *arguments: Any) -> T:
    """Call a function that shows a modal dialog, and return its result.

    A modal dialog runs a nested event loop. Started from a task, it would block all other tasks; started from the loop
    itself, it does not.

    Parameters
    ----------
    function : callable
        The function.
    *arguments
        Its arguments.
    """
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[T] = loop.create_future()

    def call() -> None:
        if answer.cancelled():
            return
        try:
            result = function(*arguments)
        except Exception as error:  # noqa: BLE001 - raised again where the answer is awaited
            answer.set_exception(error)
        else:
            answer.set_result(result)

    loop.call_soon(call)
    return await answer


def _on_done(task: asyncio.Task[Any]) -> None:
    _running.discard(task)
    if task.cancelled():
        return
    error = task.exception()
    if error is not None:
        context = {"message": "A task ended with an error", "exception": error, "task": task}
        task.get_loop().call_exception_handler(context)
