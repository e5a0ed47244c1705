"""Names of temporary files: they contain the writing process and its machine, so that leftovers are recognised."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import socket
import sys
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

LONGEST = 180  # a file name has at most 255 bytes, and the ending is added to this
_own: set[str] = set()


def new_name(target: Path) -> str:
    """Return the name of a new temporary file beside a target."""
    name = f"{_stem(target)}.{os.getpid()}-{machine()}{secrets.token_hex(4)}.tmp"
    _own.add(name)
    return name


def remove_leftovers(target: Path) -> list[Path]:
    """Remove temporary files that dead processes on this machine have left beside a target."""
    pattern = re.compile(re.escape(_stem(target)) + rf"\.{writer_pattern()}[0-9a-f]{{8}}\.tmp")
    removed: list[Path] = []
    for path in target.parent.iterdir():
        match = pattern.fullmatch(path.name)
        if match is None or path.name in _own or is_alive(int(match[1])):
            continue
        with contextlib.suppress(OSError):
            path.unlink()
            removed.append(path)
    return removed


def _stem(target: Path) -> str:
    name = target.name
    return f".{name}" if len(name.encode()) <= LONGEST else f".{zlib.crc32(name.encode()):08x}"


def writer_pattern() -> str:
    """Return the pattern of the part of a name that says which process on this machine wrote it (group 1)."""
    return rf"(\d{{1,9}})-{machine()}"


def machine() -> str:
    """Return a short name of this machine."""
    return f"{zlib.crc32(socket.gethostname().encode()):08x}"


def is_alive(process_id: int) -> bool:
    """Whether a process on this machine is running."""
    if process_id == os.getpid():
        return False  # an earlier process with the same number: this one knows its own names
    if sys.platform == "win32":
        return _is_alive_on_windows(process_id)
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _is_alive_on_windows(process_id: int) -> bool:
    import ctypes

    kernel = ctypes.WinDLL("kernel32", use_last_error=True)  # type: ignore[attr-defined,unused-ignore]
    handle = kernel.OpenProcess(0x1000, False, process_id)  # PROCESS_QUERY_LIMITED_INFORMATION
    if not handle:
        return False
    code = ctypes.c_ulong()
    kernel.GetExitCodeProcess(handle, ctypes.byref(code))
    kernel.CloseHandle(handle)
    return code.value == 259  # STILL_ACTIVE
