"""Saves a session tree: beside the target first, verified, then in its place. The old file is there until then."""

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
from hdmea_gui.io.store.arrays import GATE, Location, StoredArray, StoredNode, identity_of, live_nodes
from hdmea_gui.io.store.checksum_table import TABLE, known_sums, table_of
from hdmea_gui.io.store.integrity import Verifier
from hdmea_gui.io.store.known import KnownFile, has_changed, is_another
from hdmea_gui.io.store.lanes import AVAILABLE, BLOCK_BYTES, LEAST_ALIGNED_BYTES, Lanes
from hdmea_gui.io.store.meter import Meter
from hdmea_gui.io.store.nodes import Group, Leaf, group_at, walk
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
from hdmea_gui.io.store.temporary import new_name, remove_leftovers
from hdmea_gui.io.store.to_nodes import SaveInfo, now, to_nodes
from hdmea_gui.io.store.write_nodes import LIBRARY_VERSIONS, NodeWriter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hdmea_gui.io.store.checksums import Checksum
    from hdmea_gui.io.store.nodes import Node

Progress = Callable[[int, int], None]
ALIGNMENT = {"alignment_threshold": LEAST_ALIGNED_BYTES, "alignment_interval": BLOCK_BYTES}
NODE_BYTES = 700  # what a node takes beside its numbers
RETRY_S = 3.0


@dataclass(frozen=True)
class WriteReport:
    """What a save did: where, bytes of numbers, bytes of the file, nodes, seconds, whether a file was there."""

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
        One cannot; the message begins with its path.
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
) -> WriteReport:
    """Save a session tree to a file, whole or not at all.

    The file is written beside the target, synced to the disk, read back and compared with its checksums, and only
    then takes the target's place. Whatever fails before that leaves the target as it was.

    Parameters
    ----------
    path : str or Path
        The target. A symbolic link is followed.
    tree : mapping
        The session tree; values are checked before anything is written.
    kind : {"session", "checkpoint"}
        What the file says it is.
    checkpoint_name : str or None
        Name of a checkpoint.
    note : str
        A remark that is kept in the file.
    overwrite : bool
        Whether an existing file may be replaced.
    known : KnownFile or None
        The only file that may be replaced; None: any may.
    compression : {"gzip"} or None
        Packs arrays above 64 kB. Spike times and images shrink to a half or so; saving takes 10 to 20 times as
        long and each later read 2 to 5 times.
    progress : callable or None
        Called with (done, total) in bytes, written and read back; may raise to cancel.

    Returns
    -------
    WriteReport
        What was written.

    Raises
    ------
    ValidationError
        A value cannot be stored; nothing was written.
    FileExistsError
        The target exists and `overwrite` is False.
    FileChangedError
        The target is not the file that is `known`.
    SessionError
        The folder is missing or read-only, the disk is full, the target is held open by another program, or what
        was read back differs.
    """
    started = time.monotonic()
    target = Path(os.path.realpath(path))
    check_target(target, overwrite=overwrite)
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
    """The file that is known, as it is now; from here on nobody may so much as touch it."""
    if known is None or not target.exists():
        return known
    return KnownFile(identity_of(target), known.saved_at)


def _size(root: Group) -> tuple[int, int]:
    """Give the bytes of all numbers and the count of nodes."""
    nodes = walk(root)
    leaves = {id(node): node for node in nodes if isinstance(node, Leaf)}
    return sum(leaf.value.nbytes for leaf in leaves.values()), len(nodes)


def _settle(root: Group, meter: Meter) -> None:
    """Check arrays whose files were touched, before anything is written."""
    for node in walk(root):
        if isinstance(node, Leaf) and isinstance(node.value, StoredArray):
            node.value.settle(meter.check_cancelled)


@contextlib.contextmanager
def _explained(target: Path, temporary: Path, needed: int) -> Iterator[None]:
    """Remove the temporary file when something fails, and put errors of the system in words."""
    try:
        yield
    except _TargetBusyError as error:
        msg = (
            f"{target} is open in another program, so it could not be replaced. The complete new file is "
            f"{temporary}: close the other program, then save again or rename that file."
        )
        raise SessionError(msg) from error
    except (OSError, RuntimeError, ValueError) as error:  # h5py has all three for one failed write
        temporary.unlink(missing_ok=True)
        if is_full(error):
            raise disk_full_error(target, needed, shutil.disk_usage(target.parent).free) from error
        if is_too_large(error):
            raise too_large_error(target, needed) from error
        if isinstance(error, FileExistsError) or not isinstance(error, OSError):
            raise
        msg = f"{target} cannot be saved: {error}. The file that was there is unchanged."
        raise SessionError(msg) from error
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


class _TargetBusyError(Exception):
    """The target could not be replaced in time."""


def _write_verified(
    temporary: Path, root: Group, meter: Meter, compression: str | None
) -> dict[Location, str]:
    with (
        h5py.File(temporary, "w", libver=LIBRARY_VERSIONS, **ALIGNMENT) as file,
        _lanes(temporary, writable=True) as lanes,
        NodeWriter(file, meter, lanes, compression) as writer,
    ):
        writer.write(root)
        parent, name = TABLE.split("/")
        table = table_of(writer.checksums | known_sums(writer.stored, writer.checksums))
        pipeline = group_at(root, parent) or Group()
        pipeline.children[name] = table
        writer.write_child(parent, name, table)
    with _synced(temporary):
        _verify(temporary, root, writer.checksums, meter)
        meter.finish()
    return writer.moved


def _lanes(path: Path, *, writable: bool) -> contextlib.AbstractContextManager[Lanes | None]:
    return Lanes(path, writable=writable) if AVAILABLE else contextlib.nullcontext()


@contextlib.contextmanager
def _synced(path: Path) -> Iterator[None]:
    """Bring a file to the disk while it is read back from the cache, and wait for it."""
    failures: list[OSError] = []

    def sync() -> None:
        try:
            descriptor = os.open(path, os.O_RDWR)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
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


def _verify(temporary: Path, root: Group, checksums: dict[str, Checksum], meter: Meter) -> None:
    with h5py.File(temporary, "r") as file, _lanes(temporary, writable=False) as lanes:
        differences = Verifier(file, checksums, meter, lanes).differences(root)
    if differences:
        msg = (
            f"What was read back after saving differs from the session: {'; '.join(differences[:3])}. "
            "The old file is unchanged. The disk may be failing: save to another one."
        )
        raise SessionError(msg)


def _put_in_place(
    temporary: Path, target: Path, moved: dict[Location, str], *, overwrite: bool, known: KnownFile | None
) -> None:
    if target.exists():
        shutil.copymode(target, temporary)
    _rescue(target, moved)
    deadline = time.monotonic() + RETRY_S
    while not _try_to_replace(temporary, target, moved, overwrite=overwrite, known=known):
        if time.monotonic() > deadline:
            raise _TargetBusyError
        time.sleep(0.1)
    _sync_folder(target.parent)


def _try_to_replace(
    temporary: Path, target: Path, moved: dict[Location, str], *, overwrite: bool, known: KnownFile | None
) -> bool:
    """Put the new file in the target's place and point every stored node of the old one at its data."""
    with GATE.replacing():
        _rescue(target, moved)
        if target.exists() and not overwrite:
            msg = f"{target} was made by another program meanwhile. Choose another name."
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
    """Copy to scratch what lives in the target, is not in the new file, and is still held by somebody."""
    lost = [node for node in live_nodes(target) if node.location not in moved and _is_readable(node)]
    if not lost:
        return
    path = new_scratch_file()
    names = {node.location: f"n{index}" for index, node in enumerate(lost)}
    root = Group(
        {name: _as_node(next(n for n in lost if n.location == place)) for place, name in names.items()}
    )
    with h5py.File(path, "w", libver=LIBRARY_VERSIONS) as file, NodeWriter(file, Meter(0, None)) as writer:
        writer.write(root)
    identity = identity_of(path)
    for node in lost:
        node.location = Location(path, identity, writer.moved[node.location])


def _as_node(node: StoredNode) -> Node:
    return Leaf(node) if isinstance(node, StoredArray) else node


def _is_readable(node: StoredNode) -> bool:
    """Tell whether the file is still the one that the node came from; else it is lost already."""
    if isinstance(node, StoredArray):
        node.settle()
    try:
        return identity_of(node.location.path) == node.location.identity
    except OSError:
        return False


def _sync_folder(folder: Path) -> None:
    """Bring the new name to the disk, where the system can sync a folder (Windows cannot)."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
