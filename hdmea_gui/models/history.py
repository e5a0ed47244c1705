"""Undo and redo: the changes that were made, within a budget of memory."""

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
    """How to leave a state, and the state that is reached then."""

    update: Update
    target: int
    known_bytes: int | None = None

    @cached_property
    def nbytes(self) -> int:
        if self.known_bytes is not None:
            return self.known_bytes
        return resident_bytes([change.value for change in self.update.changes])


class History:
    """The changes that can be taken back and made again.

    Every state has a number; undoing back to a state gives its number again.

    Parameters
    ----------
    budget_bytes : int
        What the changes that can be taken back may hold in memory; the oldest are forgotten first.
    """

    def __init__(self, budget_bytes: int = DEFAULT_BUDGET_BYTES) -> None:
        self.budget_bytes = budget_bytes
        self.state = 0
        self._last_state = 0
        self._undo: list[_Entry] = []
        self._redo: list[_Entry] = []

    @property
    def can_undo(self) -> bool:
        """Whether a change can be taken back."""
        return bool(self._undo)

    @property
    def can_redo(self) -> bool:
        """Whether a change can be made again."""
        return bool(self._redo)

    @property
    def undo_names(self) -> list[str]:
        """What can be taken back, the next one first."""
        return [entry.update.name for entry in reversed(self._undo)]

    @property
    def redo_names(self) -> list[str]:
        """What can be made again, the next one first."""
        return [entry.update.name for entry in reversed(self._redo)]

    @property
    def nbytes(self) -> int:
        """Memory that the history holds."""
        return sum(entry.nbytes for entry in self._undo + self._redo)

    def add(self, inverse: Update, nbytes: int | None = None) -> None:
        """Remember a change that was made, by the update that takes it back.

        Parameters
        ----------
        inverse : Update
            The update that takes it back.
        nbytes : int, optional
            Memory that its values hold, where that is known; it takes long to find for large ones.
        """
        self._undo.append(_Entry(inverse, self.state, nbytes))
        self._redo.clear()
        self._last_state += 1
        self.state = self._last_state
        self._forget_beyond_budget()

    def undo(self, take: Callable[[Update], Update]) -> Update:
        """Take the last change back and give the update that did so."""
        return self._move(self._undo, self._redo, take)

    def redo(self, take: Callable[[Update], Update]) -> Update:
        """Make the last undone change again and give the update that did so."""
        return self._move(self._redo, self._undo, take)

    def _move(self, source: list[_Entry], target: list[_Entry], take: Callable[[Update], Update]) -> Update:
        entry = source[-1]
        inverse = take(entry.update)
        source.pop()
        target.append(_Entry(inverse, self.state))
        self.state = entry.target
        return entry.update

    def _forget_beyond_budget(self) -> None:
        sizes = [entry.nbytes for entry in self._undo]
        while len(sizes) > 1 and sum(sizes) > self.budget_bytes:
            sizes.pop(0)
            self._undo.pop(0)
