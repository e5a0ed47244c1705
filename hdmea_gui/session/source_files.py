"""Paths of a recording's sources as a session stores them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hdmea_gui.session.dataset_id import located
from hdmea_gui.sources import path_name_of, source_at

if TYPE_CHECKING:
    from pathlib import Path

    from hdmea_gui.sources.source import Role


def source_names(raw: Path | None, sorting: Path | None) -> dict[str, str]:
    """Return the absolute paths of a recording's sources, under the names of the session file.

    Raises
    ------
    ValidationError
        A name is not valid text.
    """
    given: dict[Role, Path | None] = {"raw": raw, "sorting": sorting}
    return {
        path_name_of(path, role): located(source_at(path)) for role, path in given.items() if path is not None
    }
