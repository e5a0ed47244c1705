"""How much memory a session may take before its user is told."""

from __future__ import annotations

import os
import sys

_LIMIT_GB = 8.0


def memory_limit_gb() -> float:
    """Size of a session that is worth a warning, in GB: 8, or half of the machine's memory if that is less."""
    return min(_LIMIT_GB, machine_memory_gb() / 2)


def machine_memory_gb() -> float:
    """Memory of this machine, in GB (1e9 bytes)."""
    if sys.platform == "win32":
        return _windows_memory_gb()
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9


def _windows_memory_gb() -> float:
    """Ask Windows, in the form that its GlobalMemoryStatusEx wants."""
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
