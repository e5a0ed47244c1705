"""The file that HDF5 writes to: what it reads back is what it wrote, whatever the system refuses."""

from __future__ import annotations

import errno
import os
import random
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from hdmea_gui.io.store import output_file
from hdmea_gui.io.store.output_file import OutputFile

if TYPE_CHECKING:
    from pathlib import Path


def written_at_random(output: OutputFile, seed: int) -> bytearray:
    """Write, read and cut as HDF5 might, with overlaps; return what the file has to hold."""
    chance = random.Random(seed)  # noqa: S311 - places for a test
    expected = bytearray()
    for _ in range(300):
        start = chance.randrange(4000)
        octets = chance.randbytes(chance.choice([1, 8, 96, 500]))
        output.seek(start)
        assert output.write(memoryview(octets)) == len(octets)
        expected.extend(bytes(max(0, start + len(octets) - len(expected))))
        expected[start : start + len(octets)] = octets
        if chance.random() < 0.05:
            assert read(output, len(expected)) == expected
    return expected


def read(output: OutputFile, size: int) -> bytearray:
    octets = bytearray(size)
    output.seek(0)
    assert output.readinto(memoryview(octets)) == size
    return octets


@pytest.mark.parametrize("seed", range(5))
def test_what_is_written_is_read_and_is_in_the_file(tmp_path: Path, seed: int) -> None:
    with OutputFile(tmp_path / "f") as output:
        expected = written_at_random(output, seed)
        assert output.seek(0, os.SEEK_END) == output.tell() == len(expected)
        output.flush()
        assert (tmp_path / "f").read_bytes() == expected
        output.truncate(100)
        output.check()
    assert (tmp_path / "f").read_bytes() == expected[:100]


def test_little_is_held_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output_file, "MOST_HELD_BYTES", 1000)
    with OutputFile(tmp_path / "f") as output:
        for start in range(0, 10_000, 100):
            output.seek(start)
            output.write(memoryview(bytes(100)))
            assert start - (tmp_path / "f").stat().st_size <= 1000


@pytest.mark.skipif(not hasattr(os, "pwritev"), reason="this system writes in another way")
def test_after_a_failure_it_reads_what_was_written_and_says_what_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with OutputFile(tmp_path / "f") as output:
        monkeypatch.setattr(os, "pwritev", refuse)
        expected = written_at_random(output, 3)
        assert read(output, len(expected)) == expected
        output.flush()
        output.truncate(9)
        with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)):
            output.check()
    assert (tmp_path / "f").stat().st_size == 0


@pytest.mark.skipif(not hasattr(os, "pwritev"), reason="this system writes in another way")
def test_arrays_of_which_the_system_writes_a_part_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pwritev = os.pwritev

    def little(descriptor: int, parts: list[Any], offset: int) -> int:
        return pwritev(descriptor, [parts[0][:7]], offset)

    monkeypatch.setattr(os, "pwritev", little)
    arrays = [np.arange(size, dtype=np.uint8) for size in (0, 5, 7, 0, 20, 1)]
    with OutputFile(tmp_path / "f") as output:
        output.put(3, arrays)
        output.check()
    assert (tmp_path / "f").read_bytes() == bytes(3) + b"".join(array.tobytes() for array in arrays)
