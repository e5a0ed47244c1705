"""Reading of datasets, or parts of them, slab by slab."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np

from hdmea_gui.io.store.dtypes import holds_text, memory_type
from hdmea_gui.io.store.slabs import TEXT_BYTES, iterate_slabs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

Bounds = tuple[tuple[int, int, int], ...]
"""A selection: start, count and step of each axis."""


def whole(shape: tuple[int, ...]) -> Bounds:
    """Return the bounds that select everything."""
    return tuple((0, length, 1) for length in shape)


def item_bytes(dtype: np.dtype[Any]) -> int:
    """Return the bytes to assume per item when an array is cut into slabs."""
    return TEXT_BYTES if holds_text(dtype) else dtype.itemsize


def open_dataset(file: h5py.File, name: str) -> h5py.h5d.DatasetID:
    """Open a dataset with a chunk cache for one row of chunks, so that no chunk is decompressed twice."""
    dataset = h5py.h5d.open(file.id, name.encode())
    plist = dataset.get_create_plist()
    if plist.get_layout() != h5py.h5d.CHUNKED:
        return dataset
    row = prod((*plist.get_chunk()[:1], *dataset.shape[1:])) * dataset.dtype.itemsize
    access = h5py.h5p.create(h5py.h5p.DATASET_ACCESS)
    # 521 slots, 1 MB and 0.75 are HDF5's defaults.
    access.set_chunk_cache(521, min(max(1 << 20, 2 * row), 256 << 20), 0.75)
    return h5py.h5d.open(file.id, name.encode(), access)


def read_into(
    dataset: h5py.h5d.DatasetID,
    bounds: Bounds,
    slab: tuple[slice, ...],
    out: NDArray[Any],
) -> None:
    """Read one slab of a selection into an array of the slab's shape."""
    if out.ndim == 0:
        dataset.read(h5py.h5s.ALL, h5py.h5s.ALL, out, memory_type(out.dtype))
        return
    start = tuple(first + part.start * step for (first, _, step), part in zip(bounds, slab, strict=True))
    step = tuple(step for _, _, step in bounds)
    space = dataset.get_space()
    space.select_hyperslab(start, out.shape, step)
    target = out if out.flags.c_contiguous else np.empty(out.shape, out.dtype)
    dataset.read(h5py.h5s.create_simple(out.shape), space, target, memory_type(out.dtype))
    if target is not out:
        out[...] = target


class Buffers:
    """Two alternating buffers: one may still be in use while the other is filled."""

    def __init__(self) -> None:
        self._pair = [np.empty(0, np.uint8), np.empty(0, np.uint8)]

    def next(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> NDArray[Any]:
        """Return an array to fill; it reuses the memory of the one before the last."""
        if dtype.kind == "O":
            return np.empty(shape, dtype)
        n_bytes = prod(shape) * dtype.itemsize
        self._pair.reverse()
        if self._pair[0].size < n_bytes:
            self._pair[0] = np.empty(n_bytes, np.uint8)
        return self._pair[0][:n_bytes].view(dtype).reshape(shape)


def read_slabs(
    dataset: h5py.h5d.DatasetID, shape: tuple[int, ...], dtype: np.dtype[Any], buffers: Buffers
) -> Iterator[tuple[tuple[slice, ...], NDArray[Any]]]:
    """Yield each slab of a dataset with its values, which are valid until the next slab but one is read."""
    for slab in iterate_slabs(shape, item_bytes(dtype)):
        part = buffers.next(tuple(cut.stop - cut.start for cut in slab), dtype)
        read_into(dataset, whole(shape), slab, part)
        yield slab, part
