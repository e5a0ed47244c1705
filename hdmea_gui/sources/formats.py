"""The formats that the program can open, in one table, and what follows from it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, cast

from hdmea_gui.errors import DataLoadError, SessionError
from hdmea_gui.paths import local_path
from hdmea_gui.sources.mcs import MCS_RAW, MCS_SORTING
from hdmea_gui.sources.phy.folder import PHY

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path

    from hdmea_gui.sources.format import SourceFormat
    from hdmea_gui.sources.source import Progress, RawSource, Role, SortingSource
    from hdmea_gui.sources.summary import SourceSummary

FORMATS: tuple[SourceFormat, ...] = (MCS_RAW, MCS_SORTING, PHY)
"""All formats; the first that accepts a path opens it."""

_ROLES: Final[dict[Role, str]] = {"raw": "raw file", "sorting": "sorted file or folder"}
_PATH_NAMES: Final[dict[Role, str]] = {"raw": "cmcr_path", "sorting": "sorting_path"}
_METADATA_NAMES: Final[dict[Role, str]] = {"raw": "raw_meta", "sorting": "sorting_meta"}


def format_of(path: Path, role: Role | None = None) -> SourceFormat | None:
    """Return the format of a path, by its name or else its contents; None if there is none.

    Parameters
    ----------
    path
        A file or folder; it need not exist.
    role
        Only formats that hold this; any if None.
    """
    named = format_named(path)
    if named is not None and role in {None, named.role}:
        return named
    formats = (entry for entry in FORMATS if role in {None, entry.role})
    return next((entry for entry in formats if entry.accepts(path)), None)


def format_named(path: Path) -> SourceFormat | None:
    """Return the format whose files have such a name; None if there is none."""
    return next((entry for entry in FORMATS if not entry.is_folder and entry.is_named(path)), None)


def role_of_offered(path: Path) -> Role | None:
    """Return what a dropped or named path holds, if the program can open it; the contents of files are not read."""
    path = source_at(path)
    fitting = (entry for entry in FORMATS if entry.is_named(path) or (path.is_dir() and entry.accepts(path)))
    found = next(fitting, None)
    return None if found is None else found.role


def source_at(path: Path) -> Path:
    """Return the source that a chosen path stands for: a file in a folder that is a source means the folder."""
    standing = any(
        entry.is_folder and entry.is_named(path) and entry.accepts(path.parent) for entry in FORMATS
    )
    return path.parent if standing else path


def is_recording(path: Path) -> bool:
    """Whether an existing file or folder is a source or belongs to one, so that it must never be replaced."""
    return any(entry.accepts(path) or entry.protects(path) for entry in FORMATS)


def refuse_recording(path: Path) -> None:
    """Refuse to write to a path that is a source or belongs to one.

    Raises
    ------
    SessionError
        It is; the message names it.
    """
    if path.exists() and is_recording(path):
        raise SessionError(
            f"{path} belongs to a recording, and recordings are never replaced. Choose another name."
        )


def patterns(role: Role | None = None) -> tuple[str, ...]:
    """Return the patterns of the file names of all formats, or of those that hold one thing."""
    return tuple(pattern for entry in FORMATS if role in {None, entry.role} for pattern in entry.patterns)


def titles(role: Role) -> str:
    """Return the formats that hold one thing, as text."""
    *first, last = [entry.title for entry in FORMATS if entry.role == role]
    return f"{', '.join(first)} or {last}" if first else last


def open_raw_source(path: Path, progress: Progress | None = None) -> AbstractContextManager[RawSource]:
    """Open a raw recording while a block runs.

    Raises
    ------
    DataLoadError
        It cannot be read.
    """
    return cast("AbstractContextManager[RawSource]", _opened(path, "raw", progress))


def open_sorting_source(
    path: Path, progress: Progress | None = None
) -> AbstractContextManager[SortingSource]:
    """Open the result of a spike sorter while a block runs.

    Raises
    ------
    DataLoadError
        It cannot be read.
    """
    return cast("AbstractContextManager[SortingSource]", _opened(path, "sorting", progress))


@contextmanager
def _opened(path: Path, role: Role, progress: Progress | None) -> Iterator[RawSource | SortingSource]:
    with _format_for(path, role).open(source_at(path), progress) as source:
        yield source


def describe_source(path: Path, role: Role | None = None) -> SourceSummary:
    """Summarise a source without reading its data.

    Parameters
    ----------
    path
        A file or folder.
    role
        What it has to hold; anything if None.

    Raises
    ------
    DataLoadError
        It cannot be read, or holds something else.
    """
    path = source_at(path)
    if role is None:
        role = found.role if (found := format_of(path)) is not None else "raw"
    return _format_for(path, role).describe(path)


def _format_for(path: Path, role: Role) -> SourceFormat:
    """Format that opens a path, or that says best why the path cannot be opened."""
    path = source_at(path)
    found = format_of(path, role)
    if found is not None:
        return found
    other = format_of(path)
    if other is not None:
        raise DataLoadError(
            f"{path.name} is a {other.title}, not a {_ROLES[role]}: use it as the {_ROLES[other.role]}. "
            f"File: {path}",
            path,
        )
    likely = [entry for entry in FORMATS if entry.role == role]
    return next((entry for entry in likely if entry.is_folder == path.is_dir()), likely[0])


def path_name_of(path: Path, role: Role) -> str:
    """Return the name under which the session stores the path of a source."""
    found = format_of(source_at(path), role)
    return (found.path_name if found is not None else "") or _PATH_NAMES[role]


def metadata_name_of(path: Path, role: Role) -> str:
    """Return the name under which the session stores the further attributes of a source."""
    found = format_of(source_at(path), role)
    return (found.metadata_name if found is not None else "") or _METADATA_NAMES[role]


def path_names(role: Role) -> tuple[str, ...]:
    """Return all names under which sessions store the path of a source."""
    own = (entry.path_name for entry in FORMATS if entry.role == role and entry.path_name)
    return tuple(dict.fromkeys((*own, _PATH_NAMES[role])))


def metadata_names(role: Role) -> tuple[str, ...]:
    """Return all names under which sessions store the further attributes of a source."""
    own = (entry.metadata_name for entry in FORMATS if entry.role == role and entry.metadata_name)
    return tuple(dict.fromkeys((*own, _METADATA_NAMES[role])))


def path_in(source_files: Mapping[str, str], role: Role) -> Path | None:
    """Return the path of a source in the stored paths of a session, on this computer; None if it has none."""
    held = (source_files.get(name) for name in path_names(role))
    return next((local_path(path) for path in held if path), None)
