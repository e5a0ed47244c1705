"""Kinds of files in file dialogs, as Qt's file filters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hdmea_gui.session import SESSION_SUFFIXES
from hdmea_gui.sources import patterns

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hdmea_gui.sources.source import Role

_SOURCES: Final[dict[Role, str]] = {"raw": "Raw recordings", "sorting": "Sorted recordings"}


def filter_of(*kinds: tuple[str, Iterable[str]], all_files: bool = True) -> str:
    """Return a filter that offers files by the patterns of their names, each kind with a title."""
    offered = [f"{title} ({' '.join(names)})" for title, names in kinds]
    return ";;".join([*offered, "All files (*)"] if all_files else offered)


def sources(role: Role) -> str:
    """Return the filter for sources that hold one thing."""
    return filter_of((_SOURCES[role], patterns(role)))


def sessions() -> str:
    """Return the filter for sessions and checkpoints."""
    return filter_of(("Sessions and checkpoints", _session_patterns()))


def any_hdf5() -> str:
    """Return the filter for files that may be browsed."""
    return filter_of(("HDF5 files", (*_session_patterns(), *patterns())))


def _session_patterns() -> tuple[str, ...]:
    return tuple(f"*{suffix}" for suffix in SESSION_SUFFIXES)
