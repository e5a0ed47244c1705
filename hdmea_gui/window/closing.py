"""How a window comes to its end: the user is asked about unsaved work, and running work is waited for."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from hdmea_gui.workers.tasks import launch, outside

if TYPE_CHECKING:
    from hdmea_gui.window.ask import Ask
    from hdmea_gui.window.dialogs.opening import Dialogs
    from hdmea_gui.window.files import Files
    from hdmea_gui.workers.runner import Runner

_LAST_STEP_S = 5.0


class Closing(QObject):
    """Settles what must be settled before a window closes.

    Parameters
    ----------
    runner : Runner
        Runs the steps.
    files : Files
        Opens and saves.
    ask : Ask
        Asks the user.
    dialogs : Dialogs
        The dialogs over the window.
    """

    settled = Signal()
    """Nothing is left to ask or to wait for; `granted` follows."""

    granted = Signal()
    """The window is to close now."""

    def __init__(
        self, runner: Runner, files: Files, ask: Ask, dialogs: Dialogs, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._runner, self._files, self._ask, self._dialogs = runner, files, ask, dialogs
        self._is_settling = False
        self._is_ending = False
        self._is_granted = False

    @property
    def is_granted(self) -> bool:
        """Whether the window may close."""
        return self._is_granted

    def request(self) -> None:
        """Ask about unsaved work and wait for running work, then close."""
        if not self._is_settling:  # requested a second time, while the first waits for a save
            self._is_settling = True
            launch(self._settle())

    async def _settle(self) -> None:
        try:
            if await self._is_agreed():
                self._close_in_order()
        finally:
            self._is_settling = False

    async def _is_agreed(self) -> bool:
        if self._runner.is_running:
            words = "Its result is discarded; earlier results are kept."
            if not await outside(self._ask.may, "Stop the running step and close?", words, "Stop and close"):
                return False
            self._runner.stop()
            await self._runner.ended()
        await self._files.finish()
        if not await self._files.may_leave():
            return False
        await self._files.finish()
        return True

    def end(self) -> None:
        """Close without questions, because the system or the terminal ends the program; unsaved work is kept.

        A second call closes the window at once.
        """
        if self._is_ending:
            self.close_at_once()
        else:
            self._is_ending = True
            launch(self._end())

    async def _end(self) -> None:
        self._dialogs.dismiss()
        self._runner.stop()
        # a drive that does not answer must not keep the work from being kept
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._runner.ended(), _LAST_STEP_S)
        await self._files.wind_up()
        self._close_in_order()

    def _close_in_order(self) -> None:
        self.settled.emit()
        self.close_at_once()

    def close_at_once(self) -> None:
        """Close without asking or waiting, because the program itself is ending."""
        self._is_granted = True
        self._files.release()
        self._dialogs.dismiss()
        self.granted.emit()
