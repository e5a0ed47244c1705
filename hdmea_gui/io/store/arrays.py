"""Arrays and nodes that stay in their file until they are accessed.

A `StoredArray` identifies its file by device, inode, size and modification time, and refuses any other file at that
path. Before this program replaces a file, `replace_file` points every array stored in it to equal data: in the new
file if it was written there, else in a scratch copy. Reads and replacements exclude each other, so an array may be
read from any thread at any time.
"""

from __future__ import annotations

import logging
import threading
import weakref
from contextlib import contextmanager
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np

from hdmea_gui.errors import SessionError
from hdmea_gui.io.store.crc import array_crc
from hdmea_gui.io.store.datasets import Buffers, open_dataset, read_into, read_slabs, whole
from hdmea_gui.io.store.slabs import iterate_slabs

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator

    from numpy.typing import DTypeLike, NDArray

    from hdmea_gui.io.store.datasets import Bounds

Identity = tuple[int, int, int, int]
"""Identity of a file: device, inode, size in bytes, modification time in ns."""

MOST_CHECKED_BYTES = 128 << 20  # read and checksummed in a few tenths of a second

logger = logging.getLogger(__name__)


def identity_of(path: Path) -> Identity:
    """Return the identity of a file: device, inode, size in bytes, modification time in ns."""
    return _identity(path.stat())


def _identity(stat: os.stat_result) -> Identity:
    return stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns


def is_touched(known: Identity, identity: Identity) -> bool:
    """Whether two identities differ in nothing but the modification time."""
    return identity != known and identity[:3] == known[:3]


def check_identity(location: Location, stat: os.stat_result) -> None:
    """Refuse a file that is not the one a node was loaded from.

    Raises
    ------
    SessionError
        The file was replaced or changed.
    """
    if _identity(stat) != location.identity:
        msg = (
            f"{location.path} is not the file that the session was loaded from: another program has changed or "
            f"replaced it, and {location.name} had not been read from it yet. Restore the old file, "
            "or load the session again. Data already in memory are not lost."
        )
        raise SessionError(msg)


@dataclass(frozen=True)
class Location:
    """A dataset or group in one particular file."""

    path: Path
    identity: Identity
    name: str


class FileGate:
    """Lock that admits many readers, or one writer that replaces a file."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._readers = 0
        self._closed = False

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Prevent files from being replaced while the block runs.

        Must not be nested: a replacement that waits in between would block the inner one, and itself, for ever.
        """
        with self._condition:
            self._condition.wait_for(lambda: not self._closed)
            self._readers += 1
        try:
            yield
        finally:
            with self._condition:
                self._readers -= 1
                self._condition.notify_all()

    @contextmanager
    def replacing(self) -> Iterator[None]:
        """Exclude all readers while the block runs."""
        with self._condition:
            self._condition.wait_for(lambda: not self._closed)
            self._closed = True
            self._condition.wait_for(lambda: self._readers == 0)
        try:
            yield
        finally:
            with self._condition:
                self._closed = False
                self._condition.notify_all()


GATE = FileGate()
_live: weakref.WeakSet[StoredNode] = weakref.WeakSet()
_live_lock = threading.Lock()


def live_nodes(path: Path) -> list[StoredNode]:
    """Return every stored array and node of this process whose data are in the file at a resolved path."""
    with _live_lock:
        nodes = list(_live)
    return [node for node in nodes if node.location.path == path]


def is_in_use(path: Path) -> bool:
    """Whether this process has arrays that are still in a file and would be lost with it."""
    return bool(live_nodes(path.resolve()))


class StoredNode:
    """A node of a file without an equivalent in memory (references, variable-length lists): copied as it is."""

    def __init__(self, location: Location) -> None:
        self.location = location
        with _live_lock:
            _live.add(self)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.location.name} in {self.location.path.name}>"

    def __copy__(self) -> StoredNode:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> StoredNode:
        return self

    def __eq__(self, other: object) -> bool:
        return isinstance(other, StoredNode) and type(other) is type(self) and other.location == self.location

    def __hash__(self) -> int:
        return id(self)


@contextmanager
def open_stored(location: Location) -> Iterator[h5py.File]:
    """Open the file of a stored node for reading, after a check that it is still the same file.

    Raises
    ------
    SessionError
        The file no longer exists, was changed by another program, or cannot be opened.
    """
    path = location.path
    try:
        stat = path.stat()
    except OSError as error:
        msg = (
            f"{path} no longer exists, and {location.name} had not been read from it yet. Restore the file, "
            "then continue. Data already in memory are not lost."
        )
        raise SessionError(msg) from error
    check_identity(location, stat)
    try:
        file = h5py.File(path, "r")
    except OSError as error:
        msg = f"{path} cannot be opened: {error}. Close other programs that use it and try again."
        raise SessionError(msg) from error
    with file:
        yield file


class StoredArray(StoredNode):
    """An array in a file: shape and dtype are known, values are read on access.

    Parameters
    ----------
    location
        File and name of the dataset.
    shape
        Its shape.
    dtype
        Its dtype.
    crc
        CRC-32 of its values when they were saved, if the file has it.
    noticed
        A message is appended to it when the values turn out to have changed; shared by the arrays of one loaded file.

    Notes
    -----
    Indexing follows NumPy. Slices with positive steps and integers read just that part, in slabs of at most
    8 MB; any other index reads the whole array first.

    An array that is read as a whole is compared with its checksum. One of up to 128 MB is checked, once, when a part
    of it is read. Larger ones are not checked then: the first access to a part would have to read everything.
    """

    def __init__(
        self,
        location: Location,
        shape: tuple[int, ...],
        dtype: np.dtype[Any],
        crc: int | None = None,
        noticed: list[str] | None = None,
    ) -> None:
        self.shape = shape
        self.dtype = dtype
        self.crc = crc
        self._noticed = noticed
        self._is_checked = crc is None
        self._is_reported = False
        super().__init__(location)

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """Number of items."""
        return prod(self.shape)

    @property
    def nbytes(self) -> int:
        """Size in memory once the array is read, in bytes."""
        return self.size * self.dtype.itemsize

    def __len__(self) -> int:
        if not self.shape:
            msg = "len() of unsized object"
            raise TypeError(msg)
        return self.shape[0]

    def __repr__(self) -> str:
        where = f"{self.location.name} in {self.location.path.name}"
        return f"<StoredArray {self.dtype} {self.shape}, {where}>"

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> NDArray[Any]:
        if copy is False:
            msg = "a StoredArray is read from its file, which makes a new array: copy=False cannot be met"
            raise ValueError(msg)
        array = self._read(whole(self.shape))
        if self.crc is not None:
            self._check(array_crc(array))
        return array if dtype is None else array.astype(dtype, copy=False)

    def __getitem__(self, key: Any) -> Any:
        bounds = _plain_bounds(key, self.shape)
        # A slice of everything is read as the whole array, so that one read also serves the checksum.
        if bounds is None or bounds == whole(self.shape):
            return np.asarray(self)[key]
        shape = np.broadcast_to(np.empty((), dtype=bool), self.shape)[key].shape
        part = self._read(bounds).reshape(shape)
        if not self._is_checked and self.nbytes <= MOST_CHECKED_BYTES:
            with GATE.reading():
                self._check(self._stored_crc(self.location))
        return part if part.ndim else part[()]

    def _check(self, crc: int) -> None:
        """Compare the checksum of all values read with the one that was saved."""
        self._is_checked = True
        if crc != self.crc:
            self.tell_damage()

    def tell_damage(self) -> None:
        """Report, once, in the log and to the session, that the values are not those that were saved."""
        if self._is_reported:
            return
        self._is_reported = True
        message = (
            f"{self.location.name} in {self.location.path} does not contain the values that were saved: the file is "
            "damaged, or another program has changed it. Compute it again, or use a backup of the file."
        )
        logger.warning(message)
        if self._noticed is not None:
            self._noticed.append(message)

    def settle(self, check_cancelled: Callable[[], None] | None = None) -> None:
        """Accept a file whose modification time has changed but which still has the saved values.

        `check_cancelled` is called for every slab that is read; it may raise an exception to stop.
        """
        try:
            identity = identity_of(self.location.path)
        except OSError:
            return
        if self.crc is None or not is_touched(self.location.identity, identity):
            return
        location = Location(self.location.path, identity, self.location.name)
        try:
            crc = self._stored_crc(location, check_cancelled)
        except (OSError, KeyError, SessionError):
            return  # the fault is reported when the array is read
        if crc == self.crc:
            self.location = location
            self._is_checked = True

    def _stored_crc(self, location: Location, check_cancelled: Callable[[], None] | None = None) -> int:
        """Checksum of the whole dataset, read in slabs."""
        crc = 0
        with open_stored(location) as file:
            dataset = open_dataset(file, location.name)
            for _, part in read_slabs(dataset, self.shape, self.dtype, Buffers()):
                if check_cancelled is not None:
                    check_cancelled()
                crc = array_crc(part, crc)
        return crc

    def _read(self, bounds: Bounds) -> NDArray[Any]:
        with GATE.reading():
            self.settle()
        counts = tuple(count for _, count, _ in bounds)
        out = np.empty(counts, dtype=self.dtype)
        if not out.size:
            return out
        # The gate opens between slabs, so that a replacement need not wait for a large read.
        for slab in iterate_slabs(counts, self.dtype.itemsize):
            with GATE.reading(), open_stored(self.location) as file:
                read_into(open_dataset(file, self.location.name), bounds, slab, out[slab])
        return out


def _plain_bounds(key: Any, shape: tuple[int, ...]) -> Bounds | None:
    """Turn integers, slices and an ellipsis into (start, count, step) by axis; None for any other index."""
    parts = list(key) if isinstance(key, tuple) else [key]
    n_ellipsis = sum(part is Ellipsis for part in parts)
    plain = all(part is Ellipsis or isinstance(part, slice) or _is_integer(part) for part in parts)
    if not plain or n_ellipsis > 1 or len(parts) - n_ellipsis > len(shape):
        return None
    missing = len(shape) - (len(parts) - n_ellipsis)
    where = next((i for i, part in enumerate(parts) if part is Ellipsis), len(parts))
    parts[where : where + n_ellipsis] = [slice(None)] * missing
    bounds = [_axis_bounds(part, length) for part, length in zip(parts, shape, strict=True)]
    return None if any(bound is None for bound in bounds) else tuple(b for b in bounds if b is not None)


def _is_integer(part: object) -> bool:
    return isinstance(part, (int, np.integer)) and not isinstance(part, (bool, np.bool_))


def _axis_bounds(part: Any, length: int) -> tuple[int, int, int] | None:
    if not isinstance(part, slice):
        index = int(part)
        if not -length <= index < length:
            msg = f"index {index} is out of bounds for an axis of length {length}"
            raise IndexError(msg)
        return index % length, 1, 1
    start, stop, step = part.indices(length)
    return (start, len(range(start, stop, step)), step) if step > 0 else None
