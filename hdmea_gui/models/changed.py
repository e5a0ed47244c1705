"""Places of a session that have changed: the content of the models' signals."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hdmea_gui.session import Update

Path = tuple[Any, ...]


@dataclass(frozen=True)
class Changed:
    """Places of a session whose values have changed.

    Parameters
    ----------
    paths : frozenset of tuple
        Keys that lead to each place.
    """

    paths: frozenset[Path]

    @classmethod
    def by(cls, update: Update) -> Changed:
        """Return the places that an update changes."""
        paths = {change.path for change in update.changes}
        return cls(frozenset(paths | ({("warnings",)} if update.warnings else set())))

    def touches(self, *prefix: Any) -> bool:
        """Return whether anything at, above or below a place has changed."""
        if prefix and prefix[0] not in self._branches:
            return () in self.paths  # the empty path is the whole session
        return any(path[: len(prefix)] == prefix[: len(path)] for path in self.paths)

    @cached_property
    def _branches(self) -> frozenset[Any]:
        """Branches of the session in which something has changed."""
        return frozenset(path[0] for path in self.paths if path)

    def unit_ids(self) -> frozenset[str] | None:
        """Return the ids of units in which something has changed; None if it can be any unit."""
        if ("units",) in self.paths:
            return None
        return frozenset(path[1] for path in self.paths if path[0] == "units")

    def fields(self) -> frozenset[str] | None:
        """Return the names of unit fields that have changed; None if it can be any field."""
        paths = [path for path in self.paths if path[0] == "units"]
        return None if any(len(path) < 3 for path in paths) else frozenset(path[2] for path in paths)
