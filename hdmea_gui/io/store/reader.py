"""Loading of a session tree from a file of this program or of the lab's scripts."""

from __future__ import annotations

import os
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np

from hdmea_gui.errors import DataLoadError, MissingFileError
from hdmea_gui.io.store.arrays import GATE, Identity, identity_of
from hdmea_gui.io.store.checksum_table import TABLE, read_table
from hdmea_gui.io.store.decoder import natural_value
from hdmea_gui.io.store.from_nodes import from_nodes
from hdmea_gui.io.store.migrations import looks_like_the_labs, migrate
from hdmea_gui.io.store.names import is_text, shown
from hdmea_gui.io.store.read_nodes import UNREADABLE, NodeReader
from hdmea_gui.io.store.recording_fields import FORMAT, FORMAT_VERSION

if TYPE_CHECKING:
    from hdmea_gui.io.store.checksums import Checksum
    from hdmea_gui.io.store.nodes import Group

MOST_MESSAGES = 30


@dataclass
class LoadedTree:
    """A session tree as loaded from a file.

    Parameters
    ----------
    tree
        The session tree.
    notes
        Notes for the user: what was migrated, what other programs have changed.
    foreign
        Whether the lab's scripts wrote the file.
    kind
        "session" or "checkpoint", as the file states.
    checkpoint_name
        Name of a checkpoint.
    note
        Note that was saved with it.
    damage
        One message for each node that is damaged, or that another program has changed since it was saved.
    identity
        Identity of the file; see `identity_of`.
    noticed
        A message is appended whenever an array that stayed in the file turns out to be damaged.
    """

    tree: dict[str, Any]
    notes: list[str] = field(default_factory=list)
    foreign: bool = False
    kind: str = "session"
    checkpoint_name: str | None = None
    note: str = ""
    damage: list[str] = field(default_factory=list)
    identity: Identity = (0, 0, 0, 0)
    noticed: list[str] = field(default_factory=list)


def read_tree(path: str | Path) -> LoadedTree:
    """Load a session file; arrays of 1 MB and more stay in it until they are accessed.

    Parameters
    ----------
    path
        A file of this program, or of the lab's scripts in either mode.

    Returns
    -------
    LoadedTree
        The session tree, and notes for the user.

    Raises
    ------
    DataLoadError
        The file does not exist, is damaged, is not a session, or was written by a newer version.
    """
    source = Path(os.path.realpath(path))
    with GATE.reading():
        root, damage, identity, noticed = _read_root(source)
    foreign = "format" not in root.attrs
    if foreign and not looks_like_the_labs(root):
        raise _not_a_session(source, root)
    notes = [] if foreign else _check_version(source, root)
    try:
        notes = migrate(root) if foreign else notes
        loaded = from_nodes(root)
    except (*UNREADABLE, AttributeError, SyntaxError) as error:
        text = "".join(f" {message}." for message in damage[:3])
        msg = f"{source} cannot be interpreted: {error}. It is damaged, or another program has changed it.{text}"
        raise DataLoadError(msg, source, error) from error
    notes += loaded.notes
    stated = (loaded.kind, loaded.checkpoint_name, loaded.note)
    return LoadedTree(loaded.tree, notes, foreign, *stated, _few(damage), identity, noticed)


def _few(damage: list[str]) -> list[str]:
    if len(damage) <= MOST_MESSAGES:
        return damage
    n_more = len(damage) - MOST_MESSAGES
    rest = f"{n_more} more nodes are damaged, or have changed since the save; 'hdmea-gui inspect' lists them"
    return [*damage[:MOST_MESSAGES], rest]


def _read_root(path: Path) -> tuple[Group, list[str], Identity, list[str]]:
    if not is_text(path):
        msg = f"{shown(path)} cannot be loaded: its name is not UTF-8 text. Rename the file or folder."
        raise DataLoadError(msg, path)
    if not path.exists():
        msg = f"{path} does not exist."
        raise MissingFileError(msg, path)
    if path.is_dir():
        msg = f"{path} is a folder, not a session file."
        raise DataLoadError(msg, path)
    if not path.is_file():  # a pipe, say, which reading would wait for
        msg = f"{path} is not a regular file."
        raise DataLoadError(msg, path)
    try:
        if not h5py.is_hdf5(path):
            msg = f"{path} is not an HDF5 file, so it is not a session."
            raise DataLoadError(msg, path)
        identity = identity_of(path)
        with h5py.File(path, "r") as file:
            checksums, damage = _checksums_in(file)
            reader = NodeReader(file, path, identity, checksums)
            root = reader.read()
            return root, damage + reader.damage, identity, reader.noticed
    except PermissionError as error:
        msg = f"{path} cannot be read: you have no permission to. Ask for access to it."
        raise DataLoadError(msg, path, error) from error
    except UNREADABLE as error:
        msg = f"{path} cannot be read: {error}. It may be damaged, truncated or in use by another program."
        raise DataLoadError(msg, path, error) from error


def _checksums_in(file: h5py.File) -> tuple[dict[str, Checksum] | None, list[str]]:
    """Read the table of checksums; a damaged one is reported."""
    try:
        return read_table(file), []
    except (*UNREADABLE, zlib.error) as error:
        return None, [f"{TABLE} is damaged, so the file could not be checked ({error})"]


def _not_a_session(path: Path, root: Group) -> DataLoadError:
    if "Acquisition" in root.children or "Spike Sorter" in root.children:
        text = "it is a recording (raw or sorted); use New Recording, or load_recording in a script"
    else:
        text = "it has neither units nor the attributes of a pipeline file"
    return DataLoadError(f"{path} is an HDF5 file but not a session: {text}.", path)


def _check_version(path: Path, root: Group) -> list[str]:
    name, version = (_root_value(root, key) for key in ("format", "format_version"))
    if name != FORMAT:
        msg = f"{path} has the format {name!r}, not {FORMAT!r}."
        raise DataLoadError(msg, path)
    if not isinstance(version, int) or version > FORMAT_VERSION:
        msg = (
            f"{path} was written by a newer version of this program (format {version}; this version reads up to "
            f"format {FORMAT_VERSION}). Update the program."
        )
        raise DataLoadError(msg, path)
    return []


def _root_value(root: Group, name: str) -> Any:
    attribute = root.attrs.get(name)
    return natural_value(attribute) if isinstance(attribute, np.ndarray) else None
