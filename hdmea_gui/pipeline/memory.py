"""Amount of memory a session may take before the user is warned."""

from __future__ import annotations

import os
import sys

_LIMIT_GB = 8.0  # sessions typically take 0.1 to 2 GB


def memory_limit_gb() -> float:
    """Return the session size above which the user is warned, GB: 8, or half of the machine's memory if less."""
    return min(_LIMIT_GB, machine_memory_gb() / 2)


def machine_memory_gb() -> float:
    """Return the memory of this machine, GB (1e9 bytes)."""
    if sys.platform == "win32":
        return _windows_memory_gb()
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9


def _windows_memory_gb() -> float:
    """Query Windows by its GlobalMemoryStatusEx, which needs a MEMORYSTATUSEX structure."""
    import ctypes

    class Status(ctypes.Structure):
        _fields_ = (
            ("length", ctypes.c_uint32),
            ("load", ctypes.c_uint32),
            ("total", ctypes.c_uint64),
            ("others", ctypes.c_uint64 * 6),
        )

    status = Status(length=ctypes.sizeof(Status))
    getattr(ctypes, "windll").kernel32.GlobalMemoryStatusEx(ctypes.byref(status))  # noqa: B009 - only there on Windows
    return float(status.total) / 1e9
