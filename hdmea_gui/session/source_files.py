"""Paths of a recording's sources as a session stores them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hdmea_gui.session.dataset_id import located
from hdmea_gui.sources import path_name_of

if TYPE_CHECKING:
    from pathlib import Path


def source_names(raw: Path | None, sorting: Path | None) -> dict[str, str]:
    """Return the absolute paths of a recording's sources, under the names of the session file.

    Raises
    ------
    ValidationError
        A name is not valid text.
    """
    names = {}
    if raw is not None:
        names[path_name_of(raw, "raw")] = located(raw)
    if sorting is not None:
        names[path_name_of(sorting, "sorting")] = located(sorting)
    return names
