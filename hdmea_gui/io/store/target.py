"""Checks of a save's target before anything is written, and the errors for a target that cannot be used."""

from __future__ import annotations

import errno
import os
import shutil
from typing import TYPE_CHECKING

import h5py

from hdmea_gui.byte_sizes import size_text
from hdmea_gui.errors import FileChangedError, SessionError
from hdmea_gui.io.store.names import is_text, shown

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SUFFIXES = (".h5", ".hdf5")
"""Suffixes of the files of sessions and checkpoints."""


def check_target(
    target: Path, *, overwrite: bool, is_recording: Callable[[Path], bool] | None = None
) -> None:
    """Check that a session can be saved under this name.

    Parameters
    ----------
    target
        The file.
    overwrite
        Whether an existing file may be replaced.
    is_recording
        Whether an existing file belongs to a recording.

    Raises
    ------
    SessionError
        The name, the folder or the existing file does not allow it.
    FileExistsError
        The file exists and `overwrite` is False.
    """
    folder = target.parent
    if not is_text(target):
        msg = f"{shown(target)} cannot be saved: its name is not valid UTF-8. Choose another name or folder."
        raise SessionError(msg)
    try:
        target.stat()
    except (FileNotFoundError, NotADirectoryError):
        pass
    except OSError as error:
        msg = f"{target} cannot be saved: {error.strerror}. Choose another name or folder."
        raise SessionError(msg) from error
    if not folder.is_dir():
        msg = (
            f"{target} cannot be saved: the folder {folder} does not exist. Create it or choose another one."
        )
        raise SessionError(msg)
    if target.is_dir():
        msg = f"{target} cannot be saved: it is a folder. Choose a file name."
        raise SessionError(msg)
    if target.exists() and not target.is_file():
        msg = f"{target} cannot be saved: it is not a regular file. Choose another name."
        raise SessionError(msg)
    if target.exists() and is_recording is not None and is_recording(target):
        msg = f"{target} is a recording, and recordings are never replaced. Choose another name for the session."
        raise SessionError(msg)
    if target.exists() and target.suffix.lower() not in SUFFIXES and not h5py.is_hdf5(target):
        msg = f"{target} is not a session, and only sessions are replaced by a save. Choose another name."
        raise SessionError(msg)
    if not os.access(folder, os.W_OK):
        msg = f"{target} cannot be saved: you have no permission to write to {folder}. Choose another folder."
        raise SessionError(msg)
    if target.exists() and not overwrite:
        msg = f"{target} already exists. Choose another name, or allow it to be replaced."
        raise FileExistsError(msg)


def check_space(target: Path, needed: int) -> None:
    """Check that the target's disk has enough free space, in bytes.

    Raises
    ------
    SessionError
        It does not.
    """
    free = shutil.disk_usage(target.parent).free
    if free < needed:
        raise disk_full_error(target, needed, free)


def disk_full_error(target: Path, needed: int, free: int) -> SessionError:
    """Return the error for a full disk, from the bytes needed and free."""
    return SessionError(
        f"{target} cannot be saved: the disk is full. {size_text(needed)} are needed in "
        f"{target.parent} and {size_text(free)} are free. Free some space or "
        "choose another disk; the session is unchanged."
    )


def too_large_error(target: Path, needed: int) -> SessionError:
    """Return the error for a file of more bytes than the system allows."""
    return SessionError(
        f"{target} cannot be saved: the system does not allow files as large as this one ({size_text(needed)}), "
        f"even with enough free space. Either the file system of {target.parent} has such a limit (FAT32: 4 GB), or "
        "one is set for programs (ulimit -f). Choose another disk or have the limit raised; the session is unchanged."
    )


def is_full(error: Exception) -> bool:
    """Return whether an error of the system or of HDF5 means a full disk or quota."""
    return _means(error, errno.ENOSPC, errno.EDQUOT)


def is_too_large(error: Exception) -> bool:
    """Return whether an error of the system or of HDF5 means that the file is larger than allowed."""
    return _means(error, errno.EFBIG)


def _means(error: Exception, *codes: int) -> bool:
    # h5py often has no errno and puts the system's message into its own
    return getattr(error, "errno", None) in codes or any(os.strerror(code) in str(error) for code in codes)


def changed_error(target: Path) -> FileChangedError:
    """Return the error for a file that changed since the session read or wrote it."""
    return FileChangedError(
        f"{target} was changed by another program, or by another session, since this session read or wrote it. "
        "It was not replaced, so that those changes are not lost. Save under another name and compare the two, "
        "load the file again, or name this file explicitly to replace it."
    )
