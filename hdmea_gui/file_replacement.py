"""Atomic replacement of files: a file has either its old or its new contents, whatever happens."""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from hdmea_gui.temporary_names import new_name, remove_leftovers

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give the path of a temporary file that takes a file's place when the block ends without an error.

    The temporary file is in the same folder and is removed after a failure. The new file is synced to the disk and
    keeps the old one's permissions; a symbolic link is followed.

    Parameters
    ----------
    path
        The file to create or replace. Its folder must exist.
    """
    target = Path(os.path.realpath(path))
    with contextlib.suppress(OSError):
        remove_leftovers(target)
    temporary = target.with_name(new_name(target))
    try:
        yield temporary
        sync_file(temporary)
        keep_permissions(temporary, target)
        temporary.replace(target)
        sync_folder(target.parent)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Create or replace a text file, UTF-8; its folder is made if needed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def keep_permissions(temporary: Path, target: Path) -> None:
    """Give a new file the permissions of the file that it replaces."""
    if target.exists():
        shutil.copymode(target, temporary)


def sync_file(path: Path) -> None:
    """Write a file from the system's cache to the disk, else a power cut could leave it empty under its final name."""
    descriptor = os.open(path, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Write a folder to the disk, so that a rename in it survives a power cut (Windows cannot)."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
