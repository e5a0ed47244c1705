"""The machine's memory and the limit taken from it."""

from __future__ import annotations

import ctypes
import os
import struct
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from hdmea_gui.pipeline import memory


@pytest.mark.parametrize(
    ("machine_gb", "limit_gb"), [(4.0, 2.0), (15.9, 7.95), (16.0, 8.0), (16.1, 8.0), (512.0, 8.0)]
)
def test_the_limit_is_half_of_the_memory_and_at_most_8_gb(
    monkeypatch: pytest.MonkeyPatch, machine_gb: float, limit_gb: float
) -> None:
    pages = {"SC_PAGE_SIZE": 4096, "SC_PHYS_PAGES": machine_gb * 1e9 / 4096}
    monkeypatch.setattr(os, "sysconf", pages.get, raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    assert memory.memory_limit_gb() == pytest.approx(limit_gb)


@pytest.mark.skipif(not Path("/proc/meminfo").exists(), reason="only Linux tells it there")
def test_the_memory_of_this_machine() -> None:
    lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    total_kib = next(int(line.split()[1]) for line in lines if line.startswith("MemTotal:"))
    assert memory.machine_memory_gb() == pytest.approx(total_kib * 1024 / 1e9, rel=1e-6)


def test_windows_is_asked_in_its_own_form(monkeypatch: pytest.MonkeyPatch) -> None:
    """MEMORYSTATUSEX: two 32-bit words, the first its size, then seven 64-bit ones, of which the first is the total."""
    sizes = []

    def fill(address: int) -> int:
        sizes.append(struct.unpack("<I", ctypes.string_at(address, 4))[0])
        answer = struct.pack("<II7Q", 64, 50, 34_000_000_000, *range(1, 7))
        ctypes.memmove(address, answer, len(answer))
        return 1

    windows_function = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p)
    kernel = SimpleNamespace(GlobalMemoryStatusEx=windows_function(fill))
    monkeypatch.setattr(ctypes, "windll", SimpleNamespace(kernel32=kernel), raising=False)
    monkeypatch.setattr(sys, "platform", "win32")
    assert memory.machine_memory_gb() == 34.0
    assert sizes == [64]
