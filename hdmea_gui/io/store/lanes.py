"""Moves the bytes of large arrays beside HDF5: threads that write, read and sum up while HDF5 makes the small nodes.

A contiguous dataset is one stretch of the file. HDF5 gives the stretch and says where it is; its bytes go there by
plain writes, which hold neither the interpreter nor HDF5. Reading back goes the other way round. Where the system
has no `pwrite` (Windows), HDF5 moves the bytes itself.
"""

from __future__ import annotations

import contextlib
import os
import struct
import sys
import threading
import zlib
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, Any

import numpy as np

from hdmea_gui.io.store.arrays import check_identity
from hdmea_gui.io.store.crc import array_crc, octets
from hdmea_gui.io.store.slabs import SLAB_BYTES, iterate_slabs

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from hdmea_gui.io.store.arrays import Identity, Location

AVAILABLE = hasattr(os, "pwrite")
LEAST_BYTES = 1 << 16
STEP_BYTES = 32 << 20  # after each step a thread waits up to 5 ms for the interpreter
EAGER_BYTES = 4 << 20  # smaller ones wait until HDF5 has made its nodes: they would only take turns with it
BLOCK_BYTES = 4096
"""What a stretch that two files share must begin and end at."""
LEAST_ALIGNED_BYTES = 1 << 18
"""From here on an array begins at such a place."""
N_THREADS = 2
CHECK_S = 0.03


class StoppedError(Exception):
    """The work was called off."""


class Lanes:
    """Threads that move bytes of one file.

    Parameters
    ----------
    path : Path
        The file.
    writable : bool
        Whether bytes are written.

    Attributes
    ----------
    sums : dict
        CRC-32 of each array, by path of its node, when `finish` has returned.
    """

    def __init__(self, path: Path, *, writable: bool) -> None:
        self.sums: dict[str, int] = {}
        self._path = path
        self._flags = (os.O_RDWR if writable else os.O_RDONLY) | getattr(os, "O_CLOEXEC", 0)
        self._descriptors: list[int] = []
        self._sources: dict[tuple[Path, Identity], int] = {}
        self._stop = threading.Event()
        self._pool = ThreadPoolExecutor(N_THREADS, thread_name_prefix="bytes")
        self._futures: list[Future[None]] = []
        self._later: list[tuple[Callable[..., None], tuple[Any, ...]]] = []
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._local = threading.local()
        self._moved = 0
        self._shares = sys.platform == "linux"

    def __enter__(self) -> Lanes:
        self._descriptor = self._open(self._path, self._flags)
        return self

    def __exit__(self, *_exception: object) -> None:
        self._stop.set()
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._later.clear()
        for descriptor in self._descriptors:
            os.close(descriptor)

    def taken(self) -> int:
        """Give the bytes moved since the last call."""
        with self._lock:
            moved, self._moved = self._moved, 0
        return moved

    def finish(self, check: Callable[[], None]) -> None:
        """Wait for all work, calling `check` now and then, which may raise; raise what a thread raised."""
        later, self._later = self._later, []  # once, and not kept: what waits here holds the session's arrays
        self._futures += [
            self._pool.submit(self._one_by_one, later[lane::N_THREADS]) for lane in range(N_THREADS)
        ]
        waiting, self._futures = set(self._futures), []
        while waiting:
            done, waiting = wait(waiting, timeout=CHECK_S, return_when=FIRST_EXCEPTION)
            for future in done:
                future.result()
            check()

    def write(self, array: NDArray[Any], offset: int, path: str) -> None:
        """Write an array at an offset, and sum it up at the same time."""
        if array.flags.c_contiguous:
            self._submit(array.nbytes, self._sum, array, path)
            self._submit(array.nbytes, self._write, array, offset)
        else:
            self._submit(array.nbytes, self._write_and_sum, array, offset, path)

    def copy(self, source: Location, start: int, n_bytes: int, offset: int, path: str) -> None:
        """Copy a stretch of another file to an offset, and sum it up."""
        key = (source.path, source.identity)
        if key not in self._sources:
            descriptor = self._open(source.path, os.O_RDONLY)
            check_identity(source, os.fstat(descriptor))
            self._sources[key] = descriptor
        self._submit(n_bytes, self._copy, self._sources[key], start, n_bytes, offset, path)

    def read(self, offset: int, n_bytes: int, path: str) -> None:
        """Read a stretch and sum it up."""
        self._submit(n_bytes, self._sum_up, offset, n_bytes, path)

    def _open(self, path: Path, flags: int) -> int:
        descriptor = os.open(path, flags)
        self._descriptors.append(descriptor)
        return descriptor

    def _submit(self, n_bytes: int, work: Callable[..., None], *arguments: Any) -> None:
        if n_bytes >= EAGER_BYTES:
            self._futures.append(self._pool.submit(work, *arguments))
        else:
            self._later.append((work, arguments))

    def _one_by_one(self, jobs: list[tuple[Callable[..., None], tuple[Any, ...]]]) -> None:
        for work, arguments in jobs:
            work(*arguments)

    def _count(self, n_bytes: int) -> None:
        if self._stop.is_set():
            raise StoppedError
        with self._lock:
            self._moved += n_bytes

    def _sum(self, array: NDArray[Any], path: str) -> None:
        crc, whole = 0, octets(array)
        for start in range(0, whole.size, STEP_BYTES):
            crc = zlib.crc32(whole[start : start + STEP_BYTES].data, crc)
            self._count(0)
        self.sums[path] = crc

    def _write(self, array: NDArray[Any], offset: int) -> None:
        whole = octets(array)
        for start in range(0, whole.size, STEP_BYTES):
            part = whole[start : start + STEP_BYTES]
            self._put(part.data, offset + start)
            self._count(part.size)

    def _write_and_sum(self, array: NDArray[Any], offset: int, path: str) -> None:
        crc = 0
        for slab in iterate_slabs(array.shape, array.dtype.itemsize):
            part = octets(array[slab])
            self._put(part.data, offset)
            crc = array_crc(part, crc)
            offset += part.size
            self._count(part.size)
        self.sums[path] = crc

    def _sum_up(self, start: int, n_bytes: int, path: str) -> None:
        crc, buffer = 0, self._buffer(min(STEP_BYTES, n_bytes))
        for done in range(0, n_bytes, STEP_BYTES):
            part = buffer[: min(STEP_BYTES, n_bytes - done)]
            _fill(self._descriptor, part.data, start + done)
            crc = zlib.crc32(part.data, crc)
            self._count(part.size)
        self.sums[path] = crc

    def _buffer(self, n_bytes: int) -> NDArray[np.uint8]:
        """Give this thread's buffer, made again only when it is too small: fresh pages cost as much as reading."""
        buffer: NDArray[np.uint8] | None = getattr(self._local, "buffer", None)
        if buffer is None or buffer.size < n_bytes:
            buffer = self._local.buffer = np.empty(n_bytes, np.uint8)
        return buffer

    def _copy(self, source: int, start: int, n_bytes: int, offset: int, path: str) -> None:
        crc, buffer = 0, self._buffer(min(SLAB_BYTES, n_bytes))
        for done in range(0, n_bytes, SLAB_BYTES):
            part = buffer[: min(SLAB_BYTES, n_bytes - done)]
            _fill(source, part.data, start + done)
            crc = zlib.crc32(part.data, crc)
            shared = self._share(source, start + done, part.size, offset + done)
            self._put(part.data[shared:], offset + done + shared)
            self._count(part.size)
        self.sums[path] = crc

    def _share(self, source: int, start: int, n_bytes: int, offset: int) -> int:
        """Have the file system make a stretch of another file part of this one; how many bytes it took.

        Btrfs, XFS and others can: both files then share the blocks on disk, and nothing is written. What was read
        back later is compared all the same.
        """
        whole = n_bytes // BLOCK_BYTES * BLOCK_BYTES
        if not self._shares or not whole or start % BLOCK_BYTES or offset % BLOCK_BYTES:
            return 0
        with contextlib.suppress(OSError):
            _clone_range(source, start, whole, self._descriptor, offset)
            return whole
        self._shares = False
        return 0

    def _put(self, part: memoryview, offset: int) -> None:
        done = 0
        while done < part.nbytes:
            # two writes to one file at once only wait for each other in the kernel, at full speed
            with self._writing:
                done += os.pwrite(self._descriptor, part[done:], offset + done)


def _clone_range(source: int, start: int, n_bytes: int, target: int, offset: int) -> None:
    """Make a stretch of one open file part of another (Linux: FICLONERANGE).

    Raises
    ------
    OSError
        The file system cannot.
    """
    import fcntl

    fcntl.ioctl(target, 0x4020940D, struct.pack("qQQQ", source, start, n_bytes, offset))


def _fill(descriptor: int, buffer: memoryview, start: int) -> None:
    """Read exactly a buffer's length."""
    done = 0
    while done < buffer.nbytes:
        count = os.preadv(descriptor, [buffer[done:]], start + done)
        if count == 0:
            msg = "the file ends before its data does"
            raise OSError(msg)
        done += count
