"""Snapshots of a session, and their writing to a file."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hdmea_gui.io.store import write_tree
from hdmea_gui.session.source_files import as_texts
from hdmea_gui.session.tree import different_places, resident_bytes
from hdmea_gui.session.units_table import units_table
from hdmea_gui.session.update import Change, Update
from hdmea_gui.sources import is_recording

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

    from hdmea_gui.io.store import KnownFile

logger = logging.getLogger(__name__)

CONTENT: dict[str, Callable[[], Any]] = {
    "units": dict,
    "metadata": dict,
    "stimulus": dict,
    "source_files": dict,
    "completed_steps": set,
    "warnings": list,
    "steps": dict,
    "health": dict,
    "attributes": dict,
    "extras": dict,
    "root": dict,
}
"""Branches of a session's tree, with the type of each."""


@dataclass(frozen=True)
class Snapshot:
    """Contents of a session at one moment; any thread may read them.

    The containers are copies; the arrays are shared with the session and read-only.
    """

    dataset_id: str
    created_at: str
    units: dict[str, dict[str, Any]] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    stimulus: dict[str, Any] = field(default_factory=dict)
    source_files: dict[str, Any] = field(default_factory=dict)
    completed_steps: frozenset[str] = frozenset()
    warnings: tuple[str, ...] = ()
    steps: dict[str, dict[str, Any]] = field(default_factory=dict)
    health: dict[str, dict[str, Any]] = field(default_factory=dict)
    attributes: dict[str, dict[str, Any]] = field(default_factory=dict)
    extras: dict[str, Any] = field(default_factory=dict)
    root: dict[str, Any] = field(default_factory=dict)

    @property
    def nbytes(self) -> int:
        """Memory of the snapshot's values, in bytes."""
        return resident_bytes({name: getattr(self, name) for name in CONTENT})


def write_snapshot(
    snapshot: Snapshot,
    path: str | os.PathLike[str],
    *,
    kind: str = "session",
    checkpoint_name: str | None = None,
    note: str = "",
    overwrite: bool = True,
    known: KnownFile | None = None,
    is_update: bool = False,
    compression: str | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> datetime:
    """Write a snapshot to a file, completely or not at all; any thread may do so.

    Parameters
    ----------
    snapshot
        The snapshot to write.
    path
        The file to create or replace.
    kind
        ``"session"`` or ``"checkpoint"``.
    checkpoint_name, note
        The user's name of a checkpoint, and note on it.
    overwrite
        Whether an existing file may be replaced.
    known
        The only file that may be replaced; any file if None.
    is_update
        Whether this updates an existing file, so that its replacement needs no warning.
    compression
        ``"gzip"`` makes the file smaller and the save slower (see `write_tree`).
    progress
        Called as progress(bytes written, bytes in total); an exception from it stops the save and leaves no file
        behind.

    Returns
    -------
    datetime
        The time of the save, as stated in the file.

    Raises
    ------
    FileExistsError
        The file exists and must not be replaced.
    FileChangedError
        The file is not the known one.
    SessionError
        The file cannot be written; the old one is left unchanged.
    ValidationError
        A value cannot be stored; the message names its place, and the old file is left unchanged.
    """
    saved_at = datetime.now(UTC)
    tree = {name: getattr(snapshot, name) for name in CONTENT}
    tree |= {
        "dataset_id": snapshot.dataset_id,
        "created_at": snapshot.created_at,
        "source_files": as_texts(snapshot.source_files),
        "saved_at": saved_at.isoformat(),
        "completed_steps": sorted(snapshot.completed_steps),
        "warnings": list(snapshot.warnings),
        "units_table": units_table(snapshot),
    }
    report = write_tree(
        Path(path),
        tree,
        kind=kind,
        checkpoint_name=checkpoint_name,
        note=note,
        overwrite=overwrite,
        known=known,
        compression=compression,
        progress=progress,
        is_recording=is_recording,
    )
    if report.replaced and not is_update:
        logger.warning("Replaced %s", path)
    logger.info("Wrote %s %s", kind, path)
    return saved_at


def differences(one: Snapshot, other: Snapshot) -> list[str]:
    """Return the paths at which two snapshots differ; all values are compared."""
    first, second = ({name: getattr(snapshot, name) for name in CONTENT} for snapshot in (one, other))
    return ["/".join(map(str, path)) for path in different_places(first, second)]


def update_to(snapshot: Snapshot) -> Update:
    """Return the update that brings a session back to a snapshot of it."""
    content = {name: getattr(snapshot, name) for name in CONTENT}
    content |= {"completed_steps": set(snapshot.completed_steps), "warnings": list(snapshot.warnings)}
    return Update("Revert", tuple(Change((name,), value) for name, value in content.items()))
