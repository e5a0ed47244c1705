"""The file that a session has read or written: whether the one at its path still holds what that one held."""

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
    """What tells a file from any other.

    Parameters
    ----------
    identity : tuple of int
        See `identity_of`.
    saved_at : str or None
        The moment that it names as its saving time; None where it names none.
    """

    identity: Identity
    saved_at: str | None = None


def is_another(path: Path, known: KnownFile) -> bool:
    """Tell whether a file is another one than is known, or was at least touched; none at all is no other."""
    try:
        return identity_of(path) != known.identity
    except OSError:
        return False


def has_changed(path: Path, known: KnownFile) -> bool:
    """Tell whether a file holds anything else than the one that is known; none at all holds nothing else.

    Where nothing but its time of change is another (a backup, a virus scanner, `touch`), the file is read through
    and compared with its checksums.
    """
    if not is_another(path, known):
        return False
    try:
        return not (is_touched(known.identity, identity_of(path)) and _is_as_saved(path, known.saved_at))
    except UNREADABLE:
        return True


def _is_as_saved(path: Path, saved_at: str | None) -> bool:
    """Whether a file is that of one particular save, and everything in it is as its checksums say."""
    with GATE.reading(), h5py.File(path, "r") as file:
        if saved_at is None or TABLE not in file or SAVE_INFO not in file:
            return False
        return file[SAVE_INFO].attrs.get("saved_at") == saved_at and not problems_in(file)
