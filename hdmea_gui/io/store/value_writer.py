"""Writing of the values of datasets."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import numpy as np
from h5py import h5d, h5s

from hdmea_gui.io.store.array_batches import BatchWriter
from hdmea_gui.io.store.arrays import StoredArray, open_stored
from hdmea_gui.io.store.copy_range import copy_range
from hdmea_gui.io.store.crc import array_crc, octets
from hdmea_gui.io.store.dataset_forms import COMPACT_BYTES, encoded_texts, is_variable
from hdmea_gui.io.store.datasets import Buffers, item_bytes, open_dataset, read_slabs
from hdmea_gui.io.store.dtypes import memory_type
from hdmea_gui.io.store.slabs import iterate_slabs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import h5py
    from numpy.typing import NDArray

    from hdmea_gui.io.store.arrays import Identity, Location
    from hdmea_gui.io.store.meter import Meter
    from hdmea_gui.io.store.nodes import Raw
    from hdmea_gui.io.store.output_file import OutputFile


class ValueWriter:
    """Writer of the values of the datasets of a new file.

    Arrays go to their place in the file beside HDF5, which is faster; HDF5 writes small values, texts and what is
    compressed.

    Parameters
    ----------
    output
        The file.
    meter
        Counter of the bytes written.
    copies
        Whether the kernel may copy stored arrays.

    Attributes
    ----------
    has_copied : bool
        Whether the kernel has copied an array.
    """

    def __init__(self, output: OutputFile, meter: Meter, *, copies: bool) -> None:
        self.has_copied = False
        self._output = output
        self._meter = meter
        self._copies = copies
        self._sources: dict[tuple[Path, Identity], h5py.File] = {}
        self._buffers = Buffers()
        self._batches = BatchWriter(output, meter.add)
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="checksum")
        self._stack = ExitStack()

    def __enter__(self) -> ValueWriter:
        self._stack.enter_context(self._pool)
        self._stack.enter_context(self._batches)
        return self

    def __exit__(self, *_exception: object) -> None:
        self._stack.close()

    def write(self, dataset: h5d.DatasetID, value: Raw) -> int | None:
        """Write the values of a dataset; return their CRC-32, or None if they are still being written."""
        if value.size == 0:
            return 0
        if value.dtype.kind == "O" and not is_variable(dataset.get_type()):
            return self._write_texts(dataset, np.asarray(value))
        if value.nbytes <= COMPACT_BYTES:
            return self._write_whole(dataset, value)
        offset = None if value.dtype.kind == "O" else dataset.get_offset()
        if offset is None:
            return self._in_slabs(value, _slab_of(dataset, value))
        return self._write_beside(offset, value)

    def _write_beside(self, offset: int, value: Raw) -> int | None:
        if isinstance(value, StoredArray) and self._copy(offset, value):
            return value.crc
        if isinstance(value, StoredArray) or not value.flags.c_contiguous:
            return self._in_slabs(value, self._beside(offset))
        self._batches.add(offset, value)
        return None

    def finish(self) -> None:
        """Wait until everything is written."""
        self._batches.finish()

    def check_cancelled(self) -> None:
        """Give the user's wish to stop a chance, by an exception."""
        self._meter.check_cancelled()

    def source(self, location: Location) -> h5py.File:
        """Return the open file of a stored node."""
        key = (location.path, location.identity)
        if key not in self._sources:
            self._sources[key] = self._stack.enter_context(open_stored(location))
        return self._sources[key]

    def _write_whole(self, dataset: h5d.DatasetID, value: Raw) -> int:
        whole = np.asarray(value, order="C")
        dataset.write(h5s.ALL, h5s.ALL, whole, memory_type(value.dtype))
        self._meter.add(value.nbytes)
        return array_crc(whole)

    def _write_texts(self, dataset: h5d.DatasetID, texts: NDArray[Any]) -> int:
        """Write text of fixed length."""
        dtype = np.dtype(("S", dataset.get_type().get_size()))
        fixed = np.array(encoded_texts(texts), dtype).reshape(texts.shape)
        dataset.write(h5s.ALL, h5s.ALL, fixed, memory_type(fixed.dtype))
        self._meter.add(texts.nbytes)
        return array_crc(texts)

    def _copy(self, offset: int, value: StoredArray) -> bool:
        """Copy a stored array inside the kernel; return whether that worked."""
        if value.crc is None or not self._copies:
            return False
        place = (self._output.fileno(), offset)
        is_copied = copy_range(self._source_dataset(value), place, value.nbytes, self._meter.add)
        self.has_copied |= is_copied
        return is_copied

    def _in_slabs(self, value: Raw, put: Callable[[tuple[slice, ...], NDArray[Any]], None]) -> int:
        """Write slab by slab; the checksum of a slab is computed while it is written."""
        crc: Future[int] | None = None
        for slab, part in self._parts(value):
            known = crc.result() if crc is not None else 0
            crc = self._pool.submit(array_crc, part, known)
            put(slab, part)
            self._meter.add(part.nbytes)
        return crc.result() if crc is not None else 0

    def _beside(self, offset: int) -> Callable[[tuple[slice, ...], NDArray[Any]], None]:
        """Return a function that writes slab after slab of a dataset, from its place in the file on."""

        def put(_slab: tuple[slice, ...], part: NDArray[Any]) -> None:
            nonlocal offset
            self._output.put(offset, [octets(part)])
            self._output.check()
            offset += part.nbytes

        return put

    def _parts(self, value: Raw) -> Iterator[tuple[tuple[slice, ...], NDArray[Any]]]:
        if isinstance(value, StoredArray):
            return read_slabs(self._source_dataset(value), value.shape, value.dtype, self._buffers)
        slabs = iterate_slabs(value.shape, item_bytes(value.dtype))
        return ((slab, np.ascontiguousarray(value[slab])) for slab in slabs)

    def _source_dataset(self, value: StoredArray) -> h5d.DatasetID:
        return open_dataset(self.source(value.location), value.location.name)


def _slab_of(dataset: h5d.DatasetID, value: Raw) -> Callable[[tuple[slice, ...], NDArray[Any]], None]:
    """Return a function that writes a slab of a dataset through HDF5."""
    space, memory = dataset.get_space(), memory_type(value.dtype)

    def put(slab: tuple[slice, ...], part: NDArray[Any]) -> None:
        space.select_hyperslab(tuple(cut.start for cut in slab), part.shape)
        dataset.write(h5s.create_simple(part.shape), space, part, memory)

    return put
