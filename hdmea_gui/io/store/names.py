"""File names that are not valid text: a disk with another encoding may have them, but UTF-8 cannot store them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def is_text(path: Path | str) -> bool:
    """Whether a path is text that UTF-8 can encode."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return False
    return True


def shown(path: Path | str) -> str:
    """Return a path for a message; bytes that are not characters become replacement characters."""
    return str(path).encode(errors="surrogateescape").decode(errors="replace")
