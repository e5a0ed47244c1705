"""Arrays that are written, summed and compared beside HDF5, many at a time.

Another thread waits up to 5 ms for the interpreter each time one of its calls returns, so arrays are taken together.
"""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from hdmea_gui.io.store.crc import array_crc, octets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from hdmea_gui.io.store.output_file import OutputFile

    Array = NDArray[Any]
    Octets = NDArray[np.uint8]

BATCH_BYTES = 32 << 20
COMPARED_BYTES = (
    2 << 20
)  # read at once, so that the values are still in the processor's cache when they are compared
THREADS = 2

Item = TypeVar("Item")
Result = TypeVar("Result")


class BatchWriter:
    """Writer of arrays at known places of a file, in the background.

    Parameters
    ----------
    output
        The file.
    count
        Called in the caller's thread with the number of bytes that were written; may raise an exception to stop.
    """

    def __init__(self, output: OutputFile, count: Callable[[int], None]) -> None:
        self._output = output
        self._count = count
        self._batch: list[tuple[int, Octets]] = []
        self._n_bytes = 0
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="write")
        self._running: deque[tuple[int, Future[None]]] = deque()

    def __enter__(self) -> BatchWriter:
        return self

    def __exit__(self, *_exception: object) -> None:
        self._pool.shutdown(cancel_futures=True)
        self._running.clear()

    def add(self, offset: int, array: Array) -> None:
        """Write a contiguous array at a place; it must not change until `finish` returns."""
        self._batch.append((offset, octets(array)))
        self._n_bytes += array.nbytes
        if self._n_bytes >= BATCH_BYTES:
            self._start()
            while len(self._running) > THREADS:
                self._take()

    def finish(self) -> None:
        """Wait until everything is written."""
        self._start()
        while self._running:
            self._take()

    def _start(self) -> None:
        if self._batch:
            self._running.append((self._n_bytes, self._pool.submit(_write, self._output, self._batch)))
        self._batch, self._n_bytes = [], 0

    def _take(self) -> None:
        n_bytes, future = self._running.popleft()
        future.result()
        self._count(n_bytes)


def _write(output: OutputFile, batch: list[tuple[int, Octets]]) -> None:
    """Write arrays; those that are neighbours in the file go together."""
    start = end = 0
    parts: list[Octets] = []
    for offset, part in batch:
        if offset != end and parts:
            output.put(start, parts)
            parts = []
        if not parts:
            start = offset
        parts.append(part)
        end = offset + part.size
    output.put(start, parts)


def checksums(arrays: Sequence[Array], check_cancelled: Callable[[], None]) -> list[int]:
    """Return the CRC-32 of each array."""
    return [crc for _, found in _in_lots(arrays, _size, _checksums, check_cancelled) for crc in found]


def _checksums(arrays: list[Array]) -> list[int]:
    return [array_crc(array) for array in arrays]


def differing(path: Path, arrays: Sequence[tuple[int, Array]], count: Callable[[int], None]) -> Iterator[int]:
    """Yield the index of each contiguous array whose bytes are not those at its place in a file.

    Parameters
    ----------
    path
        The file.
    arrays
        Place of each array in the file, and the array.
    count
        Called with the number of bytes compared; may raise an exception to stop.
    """

    def compare(lot: list[tuple[int, Array]]) -> list[bool]:
        buffer = np.empty(COMPARED_BYTES, np.uint8)
        with path.open("rb", buffering=0) as file:
            return [_is_at(file, offset, octets(array), buffer) for offset, array in lot]

    index = 0
    for lot, found in _in_lots(arrays, lambda item: item[1].nbytes, compare, lambda: count(0)):
        for same in found:
            if not same:
                yield index
            index += 1
        count(sum(array.nbytes for _, array in lot))


def _is_at(file: Any, offset: int, array: Octets, buffer: Octets) -> bool:
    """Whether an array's bytes are at a place in an open file."""
    file.seek(offset)
    for start in range(0, array.size, buffer.size):
        part = array[start : start + buffer.size]
        found = buffer[: part.size]
        if not _fill(file, found) or not _are_equal(found, part):
            return False
    return True


def _fill(file: Any, buffer: Octets) -> bool:
    """Read until a buffer is full; return False at the end of the file."""
    done = 0
    while done < buffer.size:
        step = file.readinto(buffer[done:].data)
        if not step:
            return False
        done += step
    return True


def _are_equal(first: Octets, second: Octets) -> bool:
    whole = first.size & ~7
    words = np.array_equal(first[:whole].view(np.uint64), second[:whole].view(np.uint64))
    return words and np.array_equal(first[whole:], second[whole:])


def _in_lots(
    items: Sequence[Item],
    size: Callable[[Item], int],
    work: Callable[[list[Item]], Result],
    check_cancelled: Callable[[], None],
) -> Iterator[tuple[list[Item], Result]]:
    """Yield lots of items, each with its result, in order; two threads work on them."""
    pool = ThreadPoolExecutor(THREADS, thread_name_prefix="arrays")
    try:
        running = [(lot, pool.submit(work, lot)) for lot in _lots(items, size)]
        for lot, future in running:
            check_cancelled()
            yield lot, future.result()
    finally:
        pool.shutdown(cancel_futures=True)


def _lots(items: Iterable[Item], size: Callable[[Item], int]) -> Iterator[list[Item]]:
    lot: list[Item] = []
    n_bytes = 0
    for item in items:
        lot.append(item)
        n_bytes += size(item)
        if n_bytes >= BATCH_BYTES:
            yield lot
            lot, n_bytes = [], 0
    if lot:
        yield lot


def _size(array: Array) -> int:
    return array.nbytes
