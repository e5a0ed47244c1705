"""A format in which recordings or sorting results are stored."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path, PurePath

from hdmea_gui.sources.source import Progress, RawSource, Role, SortingSource
from hdmea_gui.sources.summary import SourceSummary, summary_of

Opened = AbstractContextManager[RawSource] | AbstractContextManager[SortingSource]


def _nothing_more(_path: Path) -> bool:
    return False


@dataclass(frozen=True)
class SourceFormat:
    """One format; an entry of `FORMATS` is all that the program needs to open it.

    Parameters
    ----------
    key
        Name in code and reports.
    title
        Name for the user, in the singular.
    role
        What it holds.
    patterns
        Patterns of the names of its files, lower case, such as ``*.raw``. For a folder, the file in it that stands for
        the whole in a file dialog.
    holds
        Whether an existing file or folder has its contents, judged without reading data.
    opened
        Opens a source while a block runs; takes the path and a progress callback (or None).
    is_folder
        Whether a source is a folder.
    protects
        Whether an existing file belongs to a source of this format without being one, as a file in its folder.
    path_name, metadata_name
        Names in the session file of its path and of its further attributes.
    """

    key: str
    title: str
    role: Role
    patterns: tuple[str, ...]
    holds: Callable[[Path], bool]
    opened: Callable[[Path, Progress | None], Opened]
    is_folder: bool = False
    protects: Callable[[Path], bool] = _nothing_more
    path_name: str = ""
    metadata_name: str = ""

    def is_named(self, path: PurePath) -> bool:
        """Whether a path has the name of such a source; it need not exist."""
        return any(fnmatchcase(path.name.lower(), pattern) for pattern in self.patterns)

    def accepts(self, path: Path) -> bool:
        """Whether a path is such a source, by its name or its contents."""
        return (not self.is_folder and self.is_named(path)) or (path.exists() and self.holds(path))

    def open(self, path: Path, progress: Progress | None = None) -> Opened:
        """Open a source while a block runs.

        Raises
        ------
        DataLoadError
            It cannot be read.
        """
        return self.opened(path, progress)

    def describe(self, path: Path) -> SourceSummary:
        """Summarise a source without reading its data.

        Raises
        ------
        DataLoadError
            It cannot be read.
        """
        with self.open(path) as source:
            return summary_of(source)
