"""A new file that HDF5 and this program write together, and that survives writes which the system refuses."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    Octets = NDArray[np.uint8]

MOST_PARTS = 512  # of one call; Linux allows 1024
MOST_HELD_BYTES = 64 << 20


class OutputFile:
    """A new file, for HDF5's ``fileobj`` driver and for arrays that are written beside HDF5.

    HDF5 cannot go on from a failed write: it prints hundreds of lines, and closing the file may end the process. So
    it is told that every write succeeded. After the first failure its writes stay in memory, where it can read them
    again, and `check` raises the failure.

    Parameters
    ----------
    path
        The file to create, or to replace.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("w+b", buffering=0)
        self._lock = threading.Lock()
        self._position = self._end = 0
        self._held: list[tuple[int, bytes]] = []
        self._n_held = 0
        self._failure: OSError | None = None

    def __enter__(self) -> OutputFile:
        return self

    def __exit__(self, *_exception: object) -> None:
        self._file.close()
        self._held.clear()

    def check(self) -> None:
        """Raise the first failure, if there was one.

        Raises
        ------
        OSError
            The system has refused a write.
        """
        if self._failure is not None:
            raise self._failure

    def fileno(self) -> int:
        """Return the file's descriptor."""
        return self._file.fileno()

    def put(self, offset: int, parts: Sequence[Octets]) -> None:
        """Write arrays of bytes one after the other; a failure is only remembered."""
        try:
            for first in range(0, len(parts), MOST_PARTS):
                some = list(parts[first : first + MOST_PARTS])
                n_bytes = sum(part.size for part in some)
                self._put(offset, some, n_bytes)
                offset += n_bytes
        except OSError as error:
            self._failure = self._failure or error

    def _put(self, offset: int, parts: list[Octets], n_bytes: int) -> None:
        done = 0
        while done < n_bytes:  # the system may write a part, and fail for the rest
            step = self._write_at(offset + done, parts)
            done += step
            parts = _without(parts, step)

    def _write_at(self, offset: int, parts: list[Octets]) -> int:
        if hasattr(os, "pwritev"):
            return os.pwritev(self._file.fileno(), [part.data for part in parts], offset)
        with self._lock:
            self._file.seek(offset)
            return self._file.write(parts[0].data)

    # What HDF5 calls

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Set the position of the next read or write."""
        self._position = offset if whence == os.SEEK_SET else self._end + offset
        return self._position

    def tell(self) -> int:
        """Return the position."""
        return self._position

    def write(self, octets: memoryview) -> int:
        """Write at the position; the bytes are held back, because HDF5 writes some hundred at a time."""
        held = bytes(octets)
        self._held.append((self._position, held))
        self._n_held += len(held)
        self._end = max(self._end, self._position + len(held))
        if self._n_held > MOST_HELD_BYTES:
            self.flush()
        return len(held)

    def readinto(self, octets: memoryview) -> int:
        """Read at the position; what is not in the file are zeros."""
        self.flush()
        target = np.frombuffer(octets, dtype=np.uint8)
        target[:] = 0
        with self._lock:
            self._file.seek(self._position)
            self._file.readinto(target.data)
        for offset, held in self._held:
            start, stop = max(offset, self._position), min(offset + len(held), self._position + target.size)
            if start < stop:
                part = np.frombuffer(held, dtype=np.uint8)[start - offset : stop - offset]
                target[start - self._position : stop - self._position] = part
        return target.size

    def truncate(self, size: int) -> int:
        """Set the size of the file."""
        self.flush()
        try:
            if self._failure is None:
                self._file.truncate(size)
        except OSError as error:
            self._failure = error
        self._end = size
        return size

    def flush(self) -> None:
        """Write what is held back."""
        if self._failure is not None:
            return
        for start, octets in _stretches(self._held):
            self.put(start, [octets])
        if self._failure is None:
            self._held.clear()
            self._n_held = 0


def _stretches(held: list[tuple[int, bytes]]) -> Iterator[tuple[int, Octets]]:
    """Yield stretches of bytes without gaps, each with its place; where pieces overlap, the later one counts."""
    order = sorted(range(len(held)), key=lambda index: held[index][0])
    touching: list[int] = []
    end = -1
    for index in order:
        start, octets = held[index]
        if touching and start > end:
            yield _joined(held, touching, end)
            touching = []
        end = max(end, start + len(octets)) if touching else start + len(octets)
        touching.append(index)
    if touching:
        yield _joined(held, touching, end)


def _joined(held: list[tuple[int, bytes]], indices: list[int], end: int) -> tuple[int, Octets]:
    first = held[indices[0]][0]
    stretch = np.empty(end - first, dtype=np.uint8)
    for start, octets in (held[index] for index in sorted(indices)):
        stretch[start - first : start - first + len(octets)] = np.frombuffer(octets, dtype=np.uint8)
    return first, stretch


def _without(parts: list[Octets], n_bytes: int) -> list[Octets]:
    """Return arrays of bytes without the first bytes."""
    while parts and n_bytes >= parts[0].size:
        n_bytes -= parts[0].size
        parts = parts[1:]
    return [parts[0][n_bytes:], *parts[1:]] if parts else []
