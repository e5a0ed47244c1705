"""Paths of a recording's sources as a session stores them."""

from __future__ import annotations

from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

from hdmea_gui.session.dataset_id import located
from hdmea_gui.sources import path_name_of, source_at

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hdmea_gui.sources.source import Role


def source_names(raw: Path | None, sorting: Path | None) -> dict[str, Path]:
    """Return the absolute paths of a recording's sources, under the names of the session file.

    Raises
    ------
    ValidationError
        A name is not valid text.
    """
    given: dict[Role, Path | None] = {"raw": raw, "sorting": sorting}
    return {
        path_name_of(path, role): Path(located(source_at(path)))
        for role, path in given.items()
        if path is not None
    }


def as_paths(source_files: Mapping[str, Any]) -> dict[str, Any]:
    """Return source files with paths in place of texts, as a session has them."""
    return {
        name: Path(path) if isinstance(path, str) and path else path for name, path in source_files.items()
    }


def as_texts(source_files: Mapping[str, Any]) -> dict[str, Any]:
    """Return source files with texts in place of paths, as a file has them, without those that are None."""
    held = {name: path for name, path in source_files.items() if path is not None}
    return {name: str(path) if isinstance(path, PurePath) else path for name, path in held.items()}
