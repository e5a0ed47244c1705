"""The halves of a recording, raw and sorted file: how each is recognised, opened and distinguished."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import h5py

from hdmea_gui.errors import DataLoadError
from hdmea_gui.io.foreign_data import first_fault
from hdmea_gui.io.mcs import kinds
from hdmea_gui.io.mcs.kinds import Kind
from hdmea_gui.io.mcs.nodes import only_child, opened_mcs_file, reading

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

T = TypeVar("T")


@dataclass(frozen=True)
class Half:
    """One of the two files of a recording.

    Parameters
    ----------
    word, ending
        Its name in messages, and its file name's ending.
    kind
        The group that only this half has in the file itself (not behind a link).
    absent
        Message for a file with neither this group nor that of the other half, continuing after the file's name.
    """

    word: str
    ending: str
    kind: Kind
    absent: str


RAW = Half(
    "raw",
    ".cmcr",
    kinds.ACQUISITION,
    "is an MCS file without recorded data (no Acquisition group): choose the recorded .cmcr file.",
)
SORTED = Half(
    "sorted",
    ".cmtr",
    kinds.SPIKE_SORTER,
    "has no sorted units (no Spike Sorter group): sort the recording in CMOS-MEA-Tools, save it, and choose that "
    ".cmtr file.",
)


def half_of(file: h5py.File) -> Half | None:
    """Return which half a file is; a sorted file that contains a copy of the recorded data is the sorted one."""
    return next(
        (half for half in (SORTED, RAW) if only_child(file, half.kind, datasets=False) is not None),
        None,
    )


def is_mcs_file(path: Path) -> bool:
    """Return whether a file is one of MCS programs, by the type stated at its root."""
    if not path.is_file():  # nothing is read from a pipe
        return False
    try:
        with h5py.File(path) as file:
            return kinds.TYPE_ID in file.attrs
    except OSError:
        return False


def is_half(half: Half, path: Path) -> bool:
    """Return whether a file is this half of a recording."""
    try:
        with opened_mcs_file(path) as file:
            return half_of(file) is half
    except DataLoadError:
        return False


def group_of(half: Half, path: Path, file: h5py.File) -> h5py.Group:
    """Return the group that makes a file this half.

    Raises
    ------
    DataLoadError
        The file is the other half, or neither.
    """
    group = only_child(file, half.kind, datasets=False)
    if group is not None:
        return group
    other = half_of(file)
    if other is None:
        raise DataLoadError(f"{path.name} {half.absent} File: {path}", path)
    raise DataLoadError(
        f"{path.name} is a {other.word} file ({other.ending}), not a {half.word} file: use it as the {other.word} "
        f"file, and choose the {half.ending} file as the {half.word} file. File: {path}",
        path,
    )


@contextmanager
def opened_half(path: str | Path, make: Callable[[Path, h5py.File], T]) -> Iterator[T]:
    """Open an MCS file and yield what `make` builds from its contents, while the block runs.

    Raises
    ------
    DataLoadError
        The file cannot be read, is not of the expected kind, or has values that are not in it.
    """
    path = Path(path)
    with opened_mcs_file(path) as file:
        with reading(path, "its table of contents"):
            fault = first_fault(file)
            if fault:
                raise DataLoadError(
                    f"{path.name} cannot be read: {fault}. A recording holds its own values; copy it again from where "
                    f"it was recorded. File: {path}",
                    path,
                )
            made = make(path, file)
        yield made
