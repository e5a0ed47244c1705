"""Loads a session tree from a file of this program or of the lab's scripts."""

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
from hdmea_gui.io.store.schema import FORMAT, FORMAT_VERSION

if TYPE_CHECKING:
    from hdmea_gui.io.store.checksums import Checksum
    from hdmea_gui.io.store.nodes import Group

MOST_SENTENCES = 30


@dataclass
class LoadedTree:
    """A session as it came from a file.

    Parameters
    ----------
    tree : dict
        The session tree.
    notes : list of str
        What the user should know: what was migrated, what other programs have changed.
    foreign : bool
        Whether the lab's scripts have written the file.
    kind : {"session", "checkpoint"}
        What the file says it is.
    checkpoint_name : str or None
        Name of a checkpoint.
    note : str
        The remark that was saved with it.
    damage : list of str
        One sentence for each place that is damaged, or that another program has changed since it was saved.
    identity : tuple of int
        What tells the file from any other.
    noticed : list of str
        Gains a sentence whenever an array that stayed in the file turns out to be damaged.
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
    """Load a session file. Arrays of 1 MB and more stay in it until they are looked at.

    Parameters
    ----------
    path : str or Path
        A file of this program, or of the lab's scripts in either mode.

    Returns
    -------
    LoadedTree
        The session tree and what was noticed.

    Raises
    ------
    DataLoadError
        There is no such file, it is damaged, it is no session, or a newer version has written it.
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
        text = "".join(f" {sentence}." for sentence in damage[:3])
        msg = (
            f"{source} cannot be understood: {error}. It is damaged, or another program has changed it.{text}"
        )
        raise DataLoadError(msg, source, error) from error
    notes += loaded.notes
    said = (loaded.kind, loaded.checkpoint_name, loaded.note)
    return LoadedTree(loaded.tree, notes, foreign, *said, _few(damage), identity, noticed)


def _few(damage: list[str]) -> list[str]:
    if len(damage) <= MOST_SENTENCES:
        return damage
    rest = f"{len(damage) - MOST_SENTENCES} more places are damaged, or changed since the save; 'inspect' lists them"
    return [*damage[:MOST_SENTENCES], rest]


def _read_root(path: Path) -> tuple[Group, list[str], Identity, list[str]]:
    if not is_text(path):
        msg = f"{shown(path)} cannot be loaded: its name is no text in UTF-8. Rename the file or folder."
        raise DataLoadError(msg, path)
    if not path.exists():
        msg = f"{path} does not exist."
        raise MissingFileError(msg, path)
    if path.is_dir():
        msg = f"{path} is a folder, not a session file."
        raise DataLoadError(msg, path)
    if not h5py.is_hdf5(path):
        msg = f"{path} is not an HDF5 file, so it is no session."
        raise DataLoadError(msg, path)
    try:
        identity = identity_of(path)
        with h5py.File(path, "r") as file:
            checksums, damage = _checksums_in(file)
            reader = NodeReader(file, path, identity, checksums)
            root = reader.read()
            return root, damage + reader.damage, identity, reader.noticed
    except UNREADABLE as error:
        msg = f"{path} cannot be read: {error}. It may be damaged, cut short or in use by another program."
        raise DataLoadError(msg, path, error) from error


def _checksums_in(file: h5py.File) -> tuple[dict[str, Checksum] | None, list[str]]:
    """Read the table of checksums; a damaged one is told."""
    try:
        return read_table(file), []
    except (*UNREADABLE, zlib.error) as error:
        return None, [f"{TABLE} is damaged, so nothing in the file could be checked ({error})"]


def _not_a_session(path: Path, root: Group) -> DataLoadError:
    if "Acquisition" in root.children or "Spike Sorter" in root.children:
        text = "it is a recording (raw or sorted), which load_recording takes"
    else:
        text = "it holds neither units nor the marks of a pipeline file"
    return DataLoadError(f"{path} is an HDF5 file but no session: {text}.", path)


def _check_version(path: Path, root: Group) -> list[str]:
    name, version = (_root_value(root, key) for key in ("format", "format_version"))
    if name != FORMAT:
        msg = f"{path} is of the format {name!r}, not {FORMAT!r}."
        raise DataLoadError(msg, path)
    if not isinstance(version, int) or version > FORMAT_VERSION:
        msg = (
            f"{path} was written by a newer version of this program (format {version}, known here: up to "
            f"{FORMAT_VERSION}). Update the program."
        )
        raise DataLoadError(msg, path)
    return []


def _root_value(root: Group, name: str) -> Any:
    attribute = root.attrs.get(name)
    return natural_value(attribute) if isinstance(attribute, np.ndarray) else None
