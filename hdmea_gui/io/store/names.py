"""Names of files that are no text: what a disk of another encoding may hold, and no file or window can show."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def is_text(path: Path | str) -> bool:
    """Tell whether a path is text that UTF-8 can hold."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return False
    return True


def shown(path: Path | str) -> str:
    """Give a path for a sentence; what is no character in it becomes a replacement character."""
    return str(path).encode(errors="surrogateescape").decode(errors="replace")
