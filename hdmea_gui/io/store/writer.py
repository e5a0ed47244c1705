"""Saving of a session tree: written beside the target, synced, verified, then put in its place."""

from __future__ import annotations

import contextlib
import os
import shutil
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import h5py

from hdmea_gui.errors import SessionError
from hdmea_gui.file_replacement import keep_permissions, sync_file, sync_folder
from hdmea_gui.io.store.arrays import GATE, Location, StoredArray, StoredNode, identity_of, live_nodes
from hdmea_gui.io.store.checksum_table import TABLE, known_sums, table_of
from hdmea_gui.io.store.copy_range import BLOCK_BYTES
from hdmea_gui.io.store.derived_values import now
from hdmea_gui.io.store.integrity import Verifier
from hdmea_gui.io.store.known import KnownFile, has_changed, is_another
from hdmea_gui.io.store.meter import Meter
from hdmea_gui.io.store.nodes import Group, Leaf, group_at, walk
from hdmea_gui.io.store.read_nodes import LAZY_BYTES
from hdmea_gui.io.store.scratch import new_scratch_file, remove_stale
from hdmea_gui.io.store.target import (
    changed_error,
    check_space,
    check_target,
    disk_full_error,
    is_full,
    is_too_large,
    too_large_error,
)
from hdmea_gui.io.store.to_nodes import SaveInfo, to_nodes
from hdmea_gui.io.store.write_nodes import new_file
from hdmea_gui.temporary_names import new_name, remove_leftovers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hdmea_gui.io.store.checksums import Checksum
    from hdmea_gui.io.store.nodes import Node

Progress = Callable[[int, int], None]
ALIGNMENT = (LAZY_BYTES, BLOCK_BYTES)
NODE_BYTES = 700  # of structure per node, besides its numbers
RETRY_S = 3.0  # Windows refuses to replace a file that a program has open, if only for a moment


@dataclass(frozen=True)
class WriteReport:
    """Outcome of a save: path, bytes of numbers, bytes of the file, nodes, seconds, whether a file was replaced."""

    path: Path
    data_bytes: int
    file_bytes: int
    n_nodes: int
    elapsed_s: float
    replaced: bool


def check_storable(tree: Mapping[str, Any]) -> None:
    """Check that every value of a session tree can be stored.

    Raises
    ------
    ValidationError
        A value cannot be stored; the message begins with its path.
    """
    to_nodes(tree, SaveInfo())


def write_tree(
    path: str | Path,
    tree: Mapping[str, Any],
    *,
    kind: str = "session",
    checkpoint_name: str | None = None,
    note: str = "",
    overwrite: bool = True,
    known: KnownFile | None = None,
    compression: str | None = None,
    progress: Progress | None = None,
    is_recording: Callable[[Path], bool] | None = None,
) -> WriteReport:
    """Save a session tree to a file, completely or not at all.

    The file is written beside the target, synced to the disk, read back and compared with its checksums, and only
    then takes the target's place. If anything fails before that, the target stays as it was.

    Parameters
    ----------
    path : str or Path
        The target. A symbolic link is followed.
    tree : mapping
        The session tree. Values are checked before anything is written.
    kind : {"session", "checkpoint"}
        Kind stated in the file.
    checkpoint_name : str or None
        Name of a checkpoint.
    note : str
        A note stored in the file.
    overwrite : bool
        Whether an existing file may be replaced.
    known : KnownFile or None
        The only file that may be replaced. None allows any file.
    compression : {"gzip"} or None
        Compression of arrays above 64 kB (shuffle and gzip 1). Light channels and stimuli shrink to about a third,
        images hardly; saving such data takes about 10 times as long and each later read 2 to 5 times.
    progress : callable or None
        Called with (done, total) in bytes, counting writing and reading back; may raise to cancel.
    is_recording : callable or None
        Whether an existing file belongs to a recording; such a file is never replaced.

    Returns
    -------
    WriteReport
        Summary of what was written.

    Raises
    ------
    ValidationError
        A value cannot be stored; nothing was written.
    FileExistsError
        The target exists and `overwrite` is False.
    FileChangedError
        The target is not the `known` file.
    SessionError
        The folder is missing or read-only, the disk is full, another program has the target open, or the data
        read back differ.
    """
    started = time.monotonic()
    target = Path(os.path.realpath(path))
    check_target(target, overwrite=overwrite, is_recording=is_recording)
    seen, replaces = _seen(target, known), target.exists()
    if known is not None and has_changed(target, known):
        raise changed_error(target)
    saved_at = tree.get("saved_at") or now()
    meter = Meter(0, progress)
    root = to_nodes(tree, SaveInfo(kind, checkpoint_name, note, saved_at), meter.check_cancelled)
    data_bytes, n_nodes = _size(root)
    meter.total = 2 * data_bytes
    if compression is None:
        check_space(target, data_bytes + n_nodes * NODE_BYTES)
    _settle(root, meter)
    remove_leftovers(target)
    remove_stale()
    temporary = target.with_name(new_name(target))
    with _explained(target, temporary, data_bytes):
        moved = _write_verified(temporary, root, meter, compression)
        file_bytes = temporary.stat().st_size
        _put_in_place(temporary, target, moved, overwrite=overwrite, known=seen)
    return WriteReport(target, data_bytes, file_bytes, n_nodes, time.monotonic() - started, replaces)


def _seen(target: Path, known: KnownFile | None) -> KnownFile | None:
    """Return the known file with its present identity: from here on, even a changed time stamp counts."""
    if known is None or not target.exists():
        return known
    return KnownFile(identity_of(target), known.saved_at)


def _size(root: Group) -> tuple[int, int]:
    """Return the bytes of all numbers and the number of nodes."""
    nodes = walk(root)
    leaves = {id(node): node for node in nodes if isinstance(node, Leaf)}
    return sum(leaf.value.nbytes for leaf in leaves.values()), len(nodes)


def _settle(root: Group, meter: Meter) -> None:
    """Check stored arrays whose files have a new time stamp, before anything is written."""
    for node in walk(root):
        if isinstance(node, Leaf) and isinstance(node.value, StoredArray):
            node.value.settle(meter.check_cancelled)


@contextlib.contextmanager
def _explained(target: Path, temporary: Path, needed: int) -> Iterator[None]:
    """Remove the temporary file after a failure, and turn errors of the system into messages for the user."""
    try:
        yield
    except _TargetBusyError as error:
        msg = (
            f"{target} is open in another program and could not be replaced. The complete new file is "
            f"{temporary}: close the other program, then save again or rename that file."
        )
        raise SessionError(msg) from error
    except (OSError, RuntimeError, ValueError) as error:  # h5py raises any of these for a failed write
        temporary.unlink(missing_ok=True)
        if is_full(error):
            raise disk_full_error(target, needed, shutil.disk_usage(target.parent).free) from error
        if is_too_large(error):
            raise too_large_error(target, needed) from error
        if isinstance(error, FileExistsError) or not isinstance(error, OSError):
            raise
        msg = f"{target} cannot be saved: {error}. The old file, if any, is unchanged."
        raise SessionError(msg) from error
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


class _TargetBusyError(Exception):
    """The target could not be replaced in time."""


def _write_verified(
    temporary: Path, root: Group, meter: Meter, compression: str | None, *, copies: bool = True
) -> dict[Location, str]:
    """Write a file, sync it and compare it with its checksums; return the paths of the stored nodes in it."""
    parent, name = TABLE.split("/")
    pipeline = group_at(root, parent) or Group()
    pipeline.children.pop(name, None)
    with new_file(
        temporary,
        meter,
        alignment=ALIGNMENT,
        n_nodes=len(walk(root)),
        compression=compression,
        copies=copies,
    ) as writer:
        writer.write(root)
        table = table_of(writer.checksums | known_sums(writer.stored, writer.checksums))
        pipeline.children[name] = table
        writer.write_child(parent, name, table)
    with _synced(temporary):
        differences = _verify(temporary, root, writer.checksums, meter)
    if differences and writer.has_copied:  # damaged in its old file, or miscopied
        meter.total += meter.done
        return _write_verified(temporary, root, meter, compression, copies=False)
    if differences:
        msg = (
            f"The data read back after saving differ from the session: {'; '.join(differences[:3])}. "
            "The old file is unchanged. The disk may be failing: save to another one."
        )
        raise SessionError(msg)
    meter.finish()
    return writer.moved


@contextlib.contextmanager
def _synced(path: Path) -> Iterator[None]:
    """Sync a file to the disk while it is read back from the cache, and wait until both are done."""
    failures: list[OSError] = []

    def sync() -> None:
        try:
            sync_file(path)
        except OSError as error:
            failures.append(error)

    thread = threading.Thread(target=sync, name="sync")
    thread.start()
    try:
        yield
    finally:
        thread.join()
    if failures:
        raise failures[0]


def _verify(temporary: Path, root: Group, checksums: dict[str, Checksum], meter: Meter) -> list[str]:
    with h5py.File(temporary, "r") as file:
        return Verifier(file, checksums, meter).differences(root)


def _put_in_place(
    temporary: Path, target: Path, moved: dict[Location, str], *, overwrite: bool, known: KnownFile | None
) -> None:
    keep_permissions(temporary, target)
    _rescue(target, moved)
    deadline = time.monotonic() + RETRY_S
    while not _try_to_replace(temporary, target, moved, overwrite=overwrite, known=known):
        if time.monotonic() > deadline:
            raise _TargetBusyError
        time.sleep(0.1)
    sync_folder(target.parent)


def _try_to_replace(
    temporary: Path, target: Path, moved: dict[Location, str], *, overwrite: bool, known: KnownFile | None
) -> bool:
    """Replace the target with the new file, and point every stored node of the old file at its data there.

    Not with `replacing`: whether the old file may go is decided at this moment, while nobody reads it.
    """
    with GATE.replacing():
        _rescue(target, moved)
        if target.exists() and not overwrite:
            msg = f"{target} was created by another program in the meantime. Choose another name."
            raise FileExistsError(msg)
        if known is not None and is_another(target, known):
            raise changed_error(target)
        try:
            os.replace(temporary, target)  # noqa: PTH105 - the name that says it is atomic
        except PermissionError:
            return False
        identity = identity_of(target)
        for node in live_nodes(target):
            if node.location in moved:
                node.location = Location(target, identity, moved[node.location])
    return True


def _rescue(target: Path, moved: dict[Location, str]) -> None:
    """Copy stored nodes to scratch that are still in use but are only in the old file."""
    lost = [node for node in live_nodes(target) if node.location not in moved and _is_readable(node)]
    if not lost:
        return
    path = new_scratch_file()
    names = {node.location: f"n{index}" for index, node in enumerate(lost)}
    root = Group(
        {name: _as_node(next(n for n in lost if n.location == place)) for place, name in names.items()}
    )
    with new_file(path, Meter(0, None)) as writer:
        writer.write(root)
    identity = identity_of(path)
    for node in lost:
        node.location = Location(path, identity, writer.moved[node.location])


def _as_node(node: StoredNode) -> Node:
    return Leaf(node) if isinstance(node, StoredArray) else node


def _is_readable(node: StoredNode) -> bool:
    """Return whether the file is still the one that the node was loaded from; if not, the node is already lost."""
    if isinstance(node, StoredArray):
        node.settle()
    try:
        return identity_of(node.location.path) == node.location.identity
    except OSError:
        return False
