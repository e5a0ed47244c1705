"""Writes that the system refuses: files that may not become so large, and a disk that is full."""

from __future__ import annotations

import shutil
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

needs_limits = pytest.mark.skipif(sys.platform == "win32", reason="limits of the file size are POSIX's")


@contextmanager
def largest_file(n_bytes: int) -> Iterator[None]:
    """Let the system refuse larger files."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def full_but_for(n_bytes: int, disk: Path) -> Iterator[None]:
    """Fill a disk, which should be a small one, so that only so many bytes are free."""
    filler = disk / "filler"
    with filler.open("wb") as file:
        file.write(bytes(shutil.disk_usage(disk).free - n_bytes))
    try:
        yield
    finally:
        filler.unlink()
