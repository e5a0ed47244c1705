"""The halves of a recording, raw and sorted file: how one is known, opened, and refused in place of the other."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from hdmea_gui.errors import DataLoadError
from hdmea_gui.io.mcs import kinds
from hdmea_gui.io.mcs.kinds import Kind
from hdmea_gui.io.mcs.nodes import only_child, opened_mcs_file, reading

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import h5py

T = TypeVar("T")


@dataclass(frozen=True)
class Half:
    """One of the two files of a recording.

    Parameters
    ----------
    word, ending : str
        What users call it, and how its name ends.
    kind : Kind
        The group that only this half has in the file itself.
    absent : str
        What a file is that has neither this group nor that of the other half, and what to do.
    """

    word: str
    ending: str
    kind: Kind
    absent: str


RAW = Half(
    "raw",
    ".cmcr",
    kinds.ACQUISITION,
    "is an MCS file without recorded data (no Acquisition group): choose the .cmcr file that was recorded.",
)
SORTED = Half(
    "sorted",
    ".cmtr",
    kinds.SPIKE_SORTER,
    "holds no sorted units (no Spike Sorter group): sort the recording in CMOS-MEA-Tools, save, and choose that "
    ".cmtr file.",
)


def half_of(file: h5py.File) -> Half | None:
    """Which half a file is; a sorted file with a copy of the recorded data is the sorted one."""
    return next(
        (half for half in (SORTED, RAW) if only_child(file, half.kind, datasets=False) is not None), None
    )


def group_of(half: Half, path: Path, file: h5py.File) -> h5py.Group:
    """Give the group that makes a file this half.

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
        f"{path.name} is a {other.word} file ({other.ending}), not a {half.word} one: give it as the {other.word} "
        f"file, and choose the {half.ending} file as the {half.word} one. File: {path}",
        path,
    )


@contextmanager
def opened_half(path: str | Path, make: Callable[[Path, h5py.File], T]) -> Iterator[T]:
    """Open a file of MCS and give what is made of its list of contents, while the block runs.

    Raises
    ------
    DataLoadError
        The file cannot be read, or is not what is to be made of it.
    """
    path = Path(path)
    with opened_mcs_file(path) as file:
        with reading(path, "its list of contents"):
            made = make(path, file)
        yield made
