"""CRC-32 of arrays."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any

import numpy as np

from hdmea_gui.io.store.slabs import SLAB_BYTES, TEXT_BYTES, iterate_slabs

if TYPE_CHECKING:
    from numpy.typing import NDArray

_COPIED_BYTES = 4096  # a copy of so few takes less time than the views of `octets`


def octets(array: NDArray[Any]) -> NDArray[np.uint8]:
    """Return the bytes of an array in C order, without a copy if possible."""
    return np.ascontiguousarray(array).reshape(-1).view(np.uint8)


def array_crc(array: NDArray[Any], start: int = 0) -> int:
    """Return the CRC-32 of an array's bytes, or of its texts, continuing from `start`."""
    if array.dtype.kind == "O":
        return _text_crc(array, start)
    if array.nbytes <= _COPIED_BYTES:
        return zlib.crc32(array.tobytes(), start)
    return zlib.crc32(octets(array).data, start)


def _text_crc(texts: NDArray[Any], crc: int) -> int:
    """Return the CRC-32 of texts, slab by slab as they are written."""
    if texts.size <= SLAB_BYTES // TEXT_BYTES:
        return zlib.crc32("\0".join(texts.ravel().tolist()).encode(), crc)
    for slab in iterate_slabs(texts.shape, TEXT_BYTES):
        crc = _text_crc(texts[slab], crc)
    return crc
