"""An update made ready on another thread, so that the thread that owns the session takes it at once."""

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
    """An update with all that takes long about it already done.

    Parameters
    ----------
    update : Update
        The update.
    copies : tuple
        Its values in containers of their own, one a change, for the session to keep.
    base, following : Snapshot
        What the session held when the update was made, and what it holds after it.
    displaced_bytes : int
        Memory of the values that the update replaces or removes; what undoing it has to hold.
    """

    update: Update
    copies: tuple[Any, ...]
    base: Snapshot
    following: Snapshot
    displaced_bytes: int

    @classmethod
    def of(cls, update: Update, base: Snapshot) -> Prepared:
        """Make an update ready for a session that holds what a snapshot tells; any thread may do so."""
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
        """The same with more values put at its end."""
        more = Update.of(self.update.name, put)
        return Prepared(
            self.update.extended(put),
            self.copies + tuple(copied(change.value) for change in more.changes),
            self.base,
            snapshot_after(self.following, more),
            self.displaced_bytes,
        )
