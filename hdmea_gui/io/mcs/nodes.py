"""Opening of MCS files and reading of their nodes: kinds, attributes, tables; errors get user messages."""

from __future__ import annotations

import re
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import h5py
import numpy as np

from hdmea_gui.errors import DataLoadError, MissingFileError
from hdmea_gui.io.mcs import kinds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from hdmea_gui.io.mcs.kinds import Kind

AttributeValue = str | int | float | bool | list[str] | np.ndarray

# What h5py raises for a damaged file; which one depends on where the damage is.
_DAMAGE = (OSError, LookupError, RuntimeError, ValueError, TypeError, ArithmeticError, MemoryError)


@contextmanager
def reading(path: Path, what: str, node: h5py.HLObject | None = None) -> Iterator[None]:
    """Turn the errors that h5py raises for damaged data into a DataLoadError.

    HDF5 returns zeros for what is beyond the end of a file: after the block, the file must be as long as it was.

    Parameters
    ----------
    path
        The file that is being read.
    what
        The part of it, as it appears in the message.
    node
        A node of the open file whose values the block reads.

    Raises
    ------
    DataLoadError
        The block meets damaged data.
    """
    try:
        yield
        if node is not None:
            _refuse_shortened(path, node.file)
    except (*_DAMAGE, EOFError) as error:
        raise DataLoadError(
            f"{path.name}: {what} cannot be read{_why_not_read(path, error)} File: {path}", path, error
        ) from error


def _refuse_shortened(path: Path, file: h5py.File) -> None:
    if path.stat().st_size < file.id.get_filesize():
        raise EOFError("it has become shorter while it was read")


def _why_not_read(path: Path, error: Exception) -> str:
    """Reason and advice for an open file, continuing after "cannot be read"."""
    if isinstance(error, MemoryError):
        return ": not enough memory. Close other sessions and programs, then try again."
    if not path.exists():
        return (
            ", as the file no longer exists: it was moved, or its drive or network was disconnected. Restore it, "
            "then try again."
        )
    return f" ({error}). The file seems to be damaged: copy it again from where it was recorded."


@contextmanager
def opened_mcs_file(path: str | Path) -> Iterator[h5py.File]:
    """Open an MCS file for reading while the block runs.

    Parameters
    ----------
    path
        Any file.

    Raises
    ------
    DataLoadError
        The file is missing, a folder, empty, unreadable, in use, truncated, not HDF5 or not an MCS file.
    """
    path = Path(path)
    with _opened_hdf5(path) as file:
        with reading(path, "its first entry"):
            type_id = type_id_of(file)
        if type_id != kinds.FILE.type_id:
            raise DataLoadError(
                f"{path.name} is an HDF5 file, but not a recording of a CMOS-MEA system. Choose a .cmcr file "
                f"(raw) or a .cmtr file (sorted); open a saved session (.h5) with Open Session or Checkpoint. "
                f"File: {path}",
                path,
            )
        yield file


def _opened_hdf5(path: Path) -> h5py.File:
    _refuse_non_file(path)
    try:
        # Best effort: some network drives support no file locks, and a recording there is readable all the same.
        return h5py.File(path, "r", locking="best-effort")
    except (OSError, RuntimeError, ValueError) as error:
        raise _not_opened(path, error) from error


def _refuse_non_file(path: Path) -> None:
    try:
        if path.is_dir():
            raise DataLoadError(f"{path.name} is a folder: choose a file in it. Folder: {path}", path)
        if path.exists() and not path.is_file():  # a pipe, say, which reading would wait for
            raise DataLoadError(f"{path.name} is not a regular file. File: {path}", path)
        size = path.stat().st_size
    except OSError as error:
        raise _not_opened(path, error) from error
    if size == 0:
        raise DataLoadError(
            f"{path.name} is empty (0 bytes): the recording or the copying was interrupted. Copy it again. "
            f"File: {path}",
            path,
        )


def _not_opened(path: Path, error: Exception) -> DataLoadError:
    kind = MissingFileError if isinstance(error, FileNotFoundError) else DataLoadError
    return kind(f"{path.name} {_why_not_opened(error)} File: {path}", path, error)


def _why_not_opened(error: Exception) -> str:
    text = str(error)
    known = (
        (
            isinstance(error, FileNotFoundError),
            "does not exist: check its name, and whether its drive is connected.",
        ),
        (
            isinstance(error, PermissionError),
            "cannot be read (permission denied): ask for access to it.",
        ),
        (
            "truncated" in text,
            "is truncated: copying was interrupted, the disk was full, or the recording program ended badly. Copy it "
            f"again; if the original is as short, its end is lost. ({text})",
        ),
        (
            "already open for write" in text or "consistency flags" in text,
            "is still being written, or the recording program ended badly and left it open. If it is recording, stop "
            "the recording and close the program. Otherwise clear the mark in a copy of the file with 'h5clear -s "
            "COPY' (from the HDF5 tools), open the copy, and check how far the recording reaches.",
        ),
        (
            isinstance(error, BlockingIOError) or "lock file" in text,
            "is in use by another program: close it there and try again.",
        ),
        ("signature not found" in text, "is not an HDF5 file: choose a recording (.cmcr, .cmtr)."),
    )
    for applies, words in known:
        if applies:
            return words
    return f"cannot be opened ({text}): it may be damaged. Copy it again from where it was recorded."


def text_of(value: object) -> str:
    """Return a stored text as str, without the padding at its end.

    Parameters
    ----------
    value
        bytes or str; bytes that are not UTF-8 are decoded as Latin-1 (the micro sign of old files). Anything
        else is converted by `str`.
    """
    # h5py returns bytes of a str attribute that are not UTF-8 as surrogates.
    raw = value.encode("utf-8", "surrogateescape") if isinstance(value, str) else value
    if not isinstance(raw, bytes):
        return str(value)
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    return str(text.rstrip(" \t\r\n\0"))


def plain_value(value: object) -> AttributeValue:
    """Return an attribute as a Python value: one-element arrays unwrapped, texts as str.

    Parameters
    ----------
    value
        Value from h5py; arrays of several numbers stay arrays, those of several texts become lists.

    Raises
    ------
    TypeError
        The value is neither text nor number, but a reference to another node or a record.
    """
    if isinstance(value, h5py.Empty):
        return ""
    array = np.asarray(value)
    items = array.ravel().tolist()
    if not all(isinstance(item, (bytes, str, bool, int, float)) for item in items):
        raise TypeError(f"an attribute of type {array.dtype}")
    plain = [text_of(item) if isinstance(item, (bytes, str)) else item for item in items]
    if len(plain) == 1:
        return plain[0]
    return plain if array.dtype.kind in "SUO" else array


def attributes_of(node: h5py.HLObject) -> dict[str, AttributeValue]:
    """Return the attributes of a node by name, except those that are neither text nor number."""
    found = {}
    for name in node.attrs:
        try:
            found[name] = plain_value(node.attrs[name])
        except (TypeError, ValueError, OSError):
            continue
    return found


def integer_attribute(node: h5py.HLObject, name: str) -> int | None:
    """Return an attribute as int, or None if it is missing or not a number."""
    value = plain_value(node.attrs[name]) if name in node.attrs else None
    try:
        return int(value) if isinstance(value, (int, float, str)) else None
    except (ValueError, OverflowError):
        return None


def type_id_of(node: h5py.HLObject) -> str:
    """Return a node's type id in lower case, or an empty string."""
    value = node.attrs.get(kinds.TYPE_ID, "")
    # GUIDs may be written in braces or capitals.
    return str(plain_value(value)).strip(" {}").lower()


def children(group: h5py.Group) -> Iterator[tuple[str, h5py.HLObject]]:
    """Yield the group's own children with their names; skip links to other files and broken links."""
    for name in group:
        link = group.get(name, getlink=True)
        # The Acquisition of a sorted file links to the raw file, which is often elsewhere.
        if isinstance(link, h5py.ExternalLink):
            continue
        if isinstance(link, h5py.SoftLink) and not _is_within(group, name):
            continue
        yield name, group[name]


def _is_within(group: h5py.Group, name: str) -> bool:
    """Whether a soft link leads to a node of the same file; it may lead to nothing, or over a link to another file."""
    node = group.get(name)
    return node is not None and node.file.id == group.file.id


def children_of_kind(
    group: h5py.Group, kind: Kind, *, datasets: bool, progress: Callable[[int, int], None] | None = None
) -> list[tuple[str, h5py.HLObject]]:
    """Return the children of one kind: by type id, or by name if the type id is unknown.

    Parameters
    ----------
    group
        Parent of the nodes.
    kind
        Kind of node to find.
    datasets
        Whether nodes of this kind are datasets; otherwise they are groups.
    progress
        Called as progress(done, total) for each child; may raise an exception to stop.
    """
    wanted = h5py.Dataset if datasets else h5py.Group
    found = []
    for number, (name, node) in enumerate(children(group)):
        if progress is not None:
            progress(number, len(group))
        if isinstance(node, wanted) and _kind_of(node, name) == kind:
            found.append((name, node))
    return found


def only_child(group: h5py.Group, kind: Kind, *, datasets: bool) -> h5py.HLObject | None:
    """Return the first child of one kind, or None."""
    found = children_of_kind(group, kind, datasets=datasets)
    return found[0][1] if found else None


def datasets_by_kind(group: h5py.Group) -> dict[Kind, h5py.Dataset]:
    """Return the first dataset of each kind in a group, in one pass, because opening nodes is slow."""
    found: dict[Kind, h5py.Dataset] = {}
    for name, node in children(group):
        kind = _kind_of(node, name) if isinstance(node, h5py.Dataset) else None
        if kind is not None:
            found.setdefault(kind, node)
    return found


def _kind_of(node: h5py.HLObject, name: str) -> Kind | None:
    """Kind of a node by its type id, or by its name if the type id is unknown."""
    type_id = type_id_of(node)
    if type_id in kinds.BY_TYPE_ID:
        return kinds.BY_TYPE_ID[type_id]
    return next((kind for kind in kinds.BY_TYPE_ID.values() if kind.names(name)), None)


def table_columns(table: h5py.Dataset | None) -> dict[str, np.ndarray]:
    """Return the columns of a compound table, each (n_rows,), by name; empty without a table.

    Parameters
    ----------
    table
        A small table; all of it is read.
    """
    if table is None or not table.dtype.names:
        return {}
    records = np.atleast_1d(table[()])
    return {name: records[name] for name in records.dtype.names or ()}


def numbers_in(name: str) -> list[int]:
    """Return the whole numbers in a name: 1 and 2 for ``SensorData 1 2``."""
    return [int(digits) for digits in re.findall(r"\d+", name)]
