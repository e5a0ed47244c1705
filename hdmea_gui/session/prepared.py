"""An update prepared on another thread, so that the thread that owns the session can apply it at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hdmea_gui.session.snapshot import CONTENT, Snapshot
from hdmea_gui.session.snapshot_after import snapshot_after
from hdmea_gui.session.tree import REMOVED, copied, lookup, resident_bytes
from hdmea_gui.session.update import Update

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hdmea_gui.session.tree import Path


@dataclass(frozen=True)
class Prepared:
    """An update whose slow parts are already done.

    Parameters
    ----------
    update
        The update.
    copies
        Its values in separate containers, one per change, for the session to keep.
    base, following
        Snapshots of the session before and after the update.
    displaced_bytes
        Memory of the values that the update replaces or removes, which its undo must keep.
    """

    update: Update
    copies: tuple[Any, ...]
    base: Snapshot
    following: Snapshot
    displaced_bytes: int

    @classmethod
    def of(cls, update: Update, base: Snapshot) -> Prepared:
        """Prepare an update for a session in the state of a snapshot; any thread may do so."""
        root = {name: getattr(base, name) for name in CONTENT}
        displaced = [lookup(root, change.path) for change in update.changes]
        return cls(
            update,
            tuple(copied(change.value) for change in update.changes),
            base,
            snapshot_after(base, update),
            resident_bytes([value for value in displaced if value is not REMOVED]),
        )

    def extended(self, put: Mapping[Path, Any]) -> Prepared:
        """Return the same with further values to put, added at its end."""
        more = Update.of(self.update.name, put)
        return Prepared(
            self.update.extended(put),
            self.copies + tuple(copied(change.value) for change in more.changes),
            self.base,
            snapshot_after(self.following, more),
            self.displaced_bytes,
        )
