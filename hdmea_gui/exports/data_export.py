"""An export: a file that a session can be written to besides its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hdmea_gui.exports.excerpt import UnitExcerpt
from hdmea_gui.session import Snapshot
from hdmea_gui.sources import refuse_recording


@dataclass(frozen=True)
class DataExport:
    """One export; an entry of `EXPORTS` is all that the menu and the command line need.

    Parameters
    ----------
    key
        Name on the command line.
    title
        Name in the menu.
    tip
        What it writes, one sentence.
    suffixes
        Suffixes of its files; the first is suggested.
    write
        Writes the session, and the units and columns chosen by the user, to a file: completely or not at all.
    """

    key: str
    title: str
    tip: str
    suffixes: tuple[str, ...]
    write: Callable[[Path, Snapshot, UnitExcerpt], None]

    def export(self, path: Path, snapshot: Snapshot, excerpt: UnitExcerpt) -> None:
        """Write a file; an existing one is replaced, but never a recording.

        Raises
        ------
        SessionError
            The file cannot be written; an existing one is left unchanged.
        """
        refuse_recording(path)
        self.write(path, snapshot, excerpt)
