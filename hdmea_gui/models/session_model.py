"""Session shown by the window: the only place that changes it, with undo and the state of its saves."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from hdmea_gui.models.changed import Changed
from hdmea_gui.models.history import History
from hdmea_gui.session import Change, PipelineSession, Prepared, Snapshot, Update, snapshot_after

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_MOST_LETTERS = 30


class Safety(Enum):
    """Safety of the user's work: where its latest state is stored."""

    NOTHING = "nothing"
    IN_MEMORY = "in memory"
    CHECKPOINTED = "checkpointed"
    SAVED = "saved"


@dataclass(frozen=True)
class Badge:
    """Save status shown by the window.

    Parameters
    ----------
    safety : Safety
        Where the latest state is stored.
    path : Path or None
        The file that holds it.
    moment : datetime or None
        Time when the file was written.
    """

    safety: Safety
    path: Path | None = None
    moment: datetime | None = None


class SessionModel(QObject):
    """Owner of the session in the program; lives on the GUI thread.

    Signals carry what has changed, never data; slots read the session themselves.
    """

    replaced = Signal()
    """Another session is shown, or none."""

    changed = Signal(object)
    """A `Changed` with the places of the session that have changed."""

    safety_changed = Signal()
    """The badge, the title or the undo list may have changed."""

    commit_requested = Signal()
    """What the user is typing into the session must be stored now."""

    noticed = Signal(str)
    """Message about damage found in the session's file."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session: PipelineSession | None = None
        self._snapshot: Snapshot | None = None
        self._history = History()
        self._saved: int | None = None
        self._n_noticed = 0
        self._checkpointed: tuple[int, Path, datetime] | None = None

    # The session

    @property
    def session(self) -> PipelineSession | None:
        """The session; it must be changed through this model only."""
        return self._session

    def snapshot(self) -> Snapshot | None:
        """Return the present content of the session, for workers; unchanged parts are shared between snapshots."""
        if self._snapshot is None and self._session is not None:
            self._snapshot = self._session.snapshot()
        return self._snapshot

    def commit(self) -> None:
        """Store what is being typed into an open editor, before the session is read as a whole, saved or left."""
        self.commit_requested.emit()

    def show(self, session: PipelineSession | None, snapshot: Snapshot | None = None) -> None:
        """Show another session, or none; a session that comes from a file counts as saved.

        Parameters
        ----------
        session : PipelineSession or None
            The session.
        snapshot : Snapshot, optional
            Its content, if known (just loaded: its ``saved_snapshot``); making it takes long for a large session.
        """
        if session is not None:
            session.give_up()  # from here on the window asks before anything is lost
        self._session, self._snapshot = session, snapshot
        self._history = History(self._history.budget_bytes)
        self._checkpointed = None
        self._n_noticed = len(session.noticed) if session is not None else 0
        self._saved = self._history.state if session is not None and session.hdf5_path is not None else None
        self.replaced.emit()
        self.safety_changed.emit()

    def report_damage(self) -> None:
        """Report damage found since the last call, while arrays were read from the session's file."""
        messages = self._session.noticed[self._n_noticed :] if self._session is not None else ()
        if self._session is None or not messages:
            return
        self._n_noticed += len(messages)
        if self._snapshot is not None:
            self._snapshot = dataclasses.replace(self._snapshot, warnings=tuple(self._session.warnings))
        for message in messages:
            self.noticed.emit(message)
        self.changed.emit(Changed(frozenset({("warnings",)})))

    # Changes

    def apply(self, update: Update) -> None:
        """Apply an update, which can be undone.

        Raises
        ------
        SessionError
            There is no session, or the update does not fit; nothing has changed.
        """
        inverse = self._take(update)
        self._history.add(inverse)
        self._emit_changes(update)

    def apply_prepared(self, prepared: Prepared) -> None:
        """Apply an update that another thread has prepared; it can be undone.

        Raises
        ------
        SessionError
            There is no session, or the update does not fit; nothing has changed.
        """
        update, before = prepared.update, self._snapshot
        # the prepared snapshot is out of date if the session has changed since
        inverse = self._take(update, prepared.copies, prepared.following if before is prepared.base else None)
        self._history.add(inverse, prepared.displaced_bytes)
        self._emit_changes(update)

    def edit(self, unit_ids: Iterable[str], field: str, value: Any) -> None:
        """Set a field of units, for example the label, as one change."""
        changes = tuple(Change(("units", unit_id, field), value) for unit_id in unit_ids)
        if changes:
            units = str(changes[0].path[1]) if len(changes) == 1 else f"{len(changes)} units"
            self.apply(Update(f"{field.capitalize()} of {units}: {_excerpt(str(value)) or 'none'}", changes))

    def undo(self) -> None:
        """Undo the last change."""
        if self._history.can_undo:
            self._emit_changes(self._history.undo(self._take))

    def redo(self) -> None:
        """Redo the last undone change."""
        if self._history.can_redo:
            self._emit_changes(self._history.redo(self._take))

    @property
    def history(self) -> History:
        """The changes that can be undone or redone."""
        return self._history

    def limit_undo(self, budget_bytes: int) -> None:
        """Set how much memory the changes to undo may take; the oldest beyond that are dropped."""
        before = len(self._history.undo_names)
        self._history.budget_bytes = budget_bytes
        if len(self._history.undo_names) < before:
            self.safety_changed.emit()

    def _take(
        self, update: Update, copies: Sequence[Any] | None = None, following: Snapshot | None = None
    ) -> Update:
        if self._session is None:
            raise RuntimeError("There is no session to change.")
        inverse = self._session.apply(update, copies)
        if following is not None:
            self._snapshot = following
        elif self._snapshot is not None:
            self._snapshot = snapshot_after(self._snapshot, update)
        return inverse

    def _emit_changes(self, update: Update) -> None:
        self.changed.emit(Changed.by(update))
        self.safety_changed.emit()

    # Safety

    @property
    def state(self) -> int:
        """Number of the present state; undoing back to a state restores its number."""
        return self._history.state

    @property
    def is_changed(self) -> bool:
        """Whether changes are neither in the session's file nor in a checkpoint."""
        return self.badge.safety is Safety.IN_MEMORY

    @property
    def is_unsaved(self) -> bool:
        """Whether changes are not in the session's own file."""
        return self._session is not None and self._saved != self.state

    @property
    def badge(self) -> Badge:
        """Save status of the session."""
        if self._session is None:
            return Badge(Safety.NOTHING)
        if self._saved == self.state:
            return Badge(Safety.SAVED, self._session.hdf5_path, self._session.saved_moment)
        if self._checkpointed is not None and self._checkpointed[0] == self.state:
            return Badge(Safety.CHECKPOINTED, *self._checkpointed[1:])
        return Badge(Safety.IN_MEMORY)

    def note_saved(self, snapshot: Snapshot, state: int, path: Path, moment: datetime) -> None:
        """Record that the state of this number is in the session's own file."""
        if self._session is not None:
            self._session.mark_saved(snapshot, path, moment)
            self._saved = state
            self.safety_changed.emit()

    def note_reverted(self, snapshot: Snapshot, state: int, loaded: PipelineSession) -> None:
        """Record that the state of this number equals the session's file, just read."""
        if self._session is not None:
            self._session.mark_reverted(snapshot, loaded)
            self._saved = state
            self.safety_changed.emit()

    def note_in_checkpoint_only(self, path: Path, moment: datetime) -> None:
        """Record that the present state is in a checkpoint only, and the session's file does not count as saved."""
        self._saved = None
        self.note_checkpointed(self.state, path, moment)

    def note_checkpointed(self, state: int, path: Path, moment: datetime) -> None:
        """Record that the state of this number is in a checkpoint."""
        self._checkpointed = (state, path, moment)
        self.safety_changed.emit()


def _excerpt(text: str) -> str:
    """Return the beginning of a text that the user typed, for one line in a list."""
    line = " ".join(text.split())
    return line if len(line) <= _MOST_LETTERS else f"{line[: _MOST_LETTERS - 1]}…"
