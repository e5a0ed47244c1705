"""Division of arrays into slabs of at most 8 MB.

An HDF5 call blocks the interpreter and every other HDF5 caller until it ends, so no call moves more than a slab.
"""

from __future__ import annotations

from itertools import product
from math import prod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

SLAB_BYTES = 8 << 20
TEXT_BYTES = 256  # assumed size of a text when a long array of texts is cut into slabs


def iterate_slabs(
    shape: tuple[int, ...], itemsize: int, limit: int = SLAB_BYTES
) -> Iterator[tuple[slice, ...]]:
    """Yield slabs of an array in C order, each contiguous and of at most `limit` bytes (or one item)."""
    axis = 0
    while axis < len(shape) - 1 and prod(shape[axis + 1 :]) * itemsize > limit:
        axis += 1
    if not shape or not prod(shape):
        yield tuple(slice(0, length) for length in shape)
        return
    step = max(1, limit // max(1, prod(shape[axis + 1 :]) * itemsize))
    rest = tuple(slice(0, length) for length in shape[axis + 1 :])
    for head in product(*(range(length) for length in shape[:axis])):
        for start in range(0, shape[axis], step):
            lead = tuple(slice(index, index + 1) for index in head)
            yield (*lead, slice(start, min(start + step, shape[axis])), *rest)
