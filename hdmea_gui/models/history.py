"""Undo and redo history, limited by a memory budget."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from hdmea_gui.session import Update, resident_bytes

if TYPE_CHECKING:
    from collections.abc import Callable


DEFAULT_BUDGET_BYTES = 2 << 30


@dataclass(frozen=True)
class _Entry:
    """An update that leads from one state to another, and the number of that state."""

    update: Update
    target: int
    known_bytes: int | None = None

    @cached_property
    def nbytes(self) -> int:
        if self.known_bytes is not None:
            return self.known_bytes
        return resident_bytes([change.value for change in self.update.changes])


class History:
    """Changes that can be undone and redone.

    Every state has a number; undoing back to a state restores its number.

    Parameters
    ----------
    budget_bytes : int
        Memory that the changes to undo may take; the oldest are dropped first.
    """

    def __init__(self, budget_bytes: int = DEFAULT_BUDGET_BYTES) -> None:
        self._budget_bytes = budget_bytes
        self.state = 0
        self._last_state = 0
        self._undo: list[_Entry] = []
        self._redo: list[_Entry] = []

    @property
    def budget_bytes(self) -> int:
        """Memory that the changes to undo may take, bytes; setting a smaller one drops the oldest changes at once."""
        return self._budget_bytes

    @budget_bytes.setter
    def budget_bytes(self, budget_bytes: int) -> None:
        self._budget_bytes = budget_bytes
        self._forget_beyond_budget()

    @property
    def can_undo(self) -> bool:
        """Whether there is a change to undo."""
        return bool(self._undo)

    @property
    def can_redo(self) -> bool:
        """Whether there is a change to redo."""
        return bool(self._redo)

    @property
    def undo_names(self) -> list[str]:
        """Names of the changes to undo, the next one first."""
        return [entry.update.name for entry in reversed(self._undo)]

    @property
    def redo_names(self) -> list[str]:
        """Names of the changes to redo, the next one first."""
        return [entry.update.name for entry in reversed(self._redo)]

    @property
    def nbytes(self) -> int:
        """Memory that the history takes, bytes."""
        return sum(entry.nbytes for entry in self._undo + self._redo)

    def add(self, inverse: Update, nbytes: int | None = None) -> None:
        """Add a change, by the update that undoes it.

        Parameters
        ----------
        inverse : Update
            The update that undoes the change.
        nbytes : int, optional
            Memory that its values take, if known; finding out takes long for large ones.
        """
        self._undo.append(_Entry(inverse, self.state, nbytes))
        self._redo.clear()
        self._last_state += 1
        self.state = self._last_state
        self._forget_beyond_budget()

    def undo(self, take: Callable[[Update], Update]) -> Update:
        """Undo the last change and return the update that did so."""
        return self._move(self._undo, self._redo, take)

    def redo(self, take: Callable[[Update], Update]) -> Update:
        """Redo the last undone change and return the update that did so."""
        update = self._move(self._redo, self._undo, take)
        self._forget_beyond_budget()  # the budget may have become smaller since the change was undone
        return update

    def _move(self, source: list[_Entry], target: list[_Entry], take: Callable[[Update], Update]) -> Update:
        entry = source[-1]
        inverse = take(entry.update)
        source.pop()
        target.append(_Entry(inverse, self.state))
        self.state = entry.target
        return entry.update

    def _forget_beyond_budget(self) -> None:
        sizes = [entry.nbytes for entry in self._undo]
        # the last change can always be undone, however large it is
        while len(sizes) > 1 and sum(sizes) > self._budget_bytes:
            sizes.pop(0)
            self._undo.pop(0)
