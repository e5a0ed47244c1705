"""Check whether the file that a session has read or written still has the same contents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import h5py

from hdmea_gui.io.store.arrays import GATE, Identity, identity_of, is_touched
from hdmea_gui.io.store.checksum_table import TABLE
from hdmea_gui.io.store.integrity import problems_in
from hdmea_gui.io.store.read_nodes import UNREADABLE

if TYPE_CHECKING:
    from pathlib import Path

SAVE_INFO = "pipeline/session_info"


@dataclass(frozen=True)
class KnownFile:
    """Identity of a file and of the save that wrote it.

    Parameters
    ----------
    identity
        See `identity_of`.
    saved_at
        The time of its save as stated in the file; None if it states none.
    """

    identity: Identity
    saved_at: str | None = None


def is_another(path: Path, known: KnownFile) -> bool:
    """Whether a file differs from the known one in identity or modification time; a missing file does not count."""
    try:
        return identity_of(path) != known.identity
    except OSError:
        return False


def has_changed(path: Path, known: KnownFile) -> bool:
    """Whether the contents of a file differ from the known ones; a missing file does not count.

    If only the modification time differs (a backup, a virus scanner, `touch`), the whole file is read and compared
    with its checksums.
    """
    if not is_another(path, known):
        return False
    try:
        return not (is_touched(known.identity, identity_of(path)) and _is_as_saved(path, known.saved_at))
    except UNREADABLE:
        return True


def _is_as_saved(path: Path, saved_at: str | None) -> bool:
    """Whether a file is from one particular save, and all of it matches its checksums."""
    with GATE.reading(), h5py.File(path, "r") as file:
        if saved_at is None or TABLE not in file or SAVE_INFO not in file:
            return False
        return file[SAVE_INFO].attrs.get("saved_at") == saved_at and not problems_in(file)
