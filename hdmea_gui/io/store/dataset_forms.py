"""Form of a dataset in the file: its type, its layout, and whether its object header holds all of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np
from h5py import h5d, h5p, h5s, h5t

from hdmea_gui.io.store.dtypes import file_type, text_type
from hdmea_gui.io.store.nodes import StoredAttribute
from hdmea_gui.io.store.slabs import iterate_slabs

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hdmea_gui.io.store.nodes import Attributes, Leaf, Raw

COMPACT_BYTES = 4096
COMPRESSED_BYTES = 1 << 16
FIXED_TEXT_BYTES = 1 << 20  # more of it would waste space where one text is much longer than the others
# HDF5 moves more attributes than this out of the header, where text among them crashes h5copy up to 1.14.2.
MOST_ATTRIBUTES_IN_HEADER = 1024
LOADED_AS_A_WHOLE = {"units", "units_table", "metadata", "stimulus"}
"""Groups in which Octave would find nothing if one text in them had variable length."""


def keep_attributes_in_header(plist: Any) -> Any:
    """Set the limits of a creation list so that attributes stay in the object's header."""
    plist.set_attr_phase_change(MOST_ATTRIBUTES_IN_HEADER, MOST_ATTRIBUTES_IN_HEADER // 2)
    return plist


@lru_cache(maxsize=1)
def group_plist() -> h5p.PropGCID:
    """Return the creation list of every group."""
    return keep_attributes_in_header(h5p.create(h5p.GROUP_CREATE))


def stored_type(value: Raw, path: str) -> h5t.TypeID:
    """Return the type in the file of a dataset at a path.

    Text has a fixed length if that does not waste much, and is then ASCII; in groups that people load as a whole,
    other characters are there as well, in UTF-8.
    """
    if value.dtype.kind != "O":
        return file_type(value.dtype)
    texts = encoded_texts(np.asarray(value))
    longest = max(map(len, texts), default=0)
    is_short = len(texts) * (longest + 1) <= FIXED_TEXT_BYTES
    if is_short and (path.partition("/")[0] in LOADED_AS_A_WHOLE or all(map(bytes.isascii, texts))):
        return text_type(longest)
    return file_type(value.dtype)


def encoded_texts(texts: NDArray[Any]) -> list[bytes]:
    """Return the texts of an array in UTF-8."""
    return [text.encode() for text in texts.ravel().tolist()]


def is_variable(type_id: h5t.TypeID) -> bool:
    """Return whether a type is text of variable length, which is not in the dataset itself."""
    return hasattr(type_id, "is_variable_str") and bool(type_id.is_variable_str())


def is_in_header(leaf: Leaf, path: str) -> bool:
    """Return whether a dataset's object header holds all its values and attributes (never text of any length)."""
    if leaf.value.dtype.kind != "O":
        n_bytes = leaf.value.nbytes
    else:
        type_id = stored_type(leaf.value, path)
        n_bytes = COMPACT_BYTES + 1 if is_variable(type_id) else leaf.value.size * type_id.get_size()
    return (
        n_bytes <= COMPACT_BYTES
        and has_attributes_in_header(leaf.attrs)
        and not texts_outside_header(leaf.attrs)
    )


def has_attributes_in_header(attrs: Attributes) -> bool:
    """Return whether the attributes of an object are in its header, except for the texts of any length among them."""
    return len(attrs) <= MOST_ATTRIBUTES_IN_HEADER and all(
        not isinstance(value, StoredAttribute) and value.nbytes <= COMPACT_BYTES for value in attrs.values()
    )


def texts_outside_header(attrs: Attributes) -> dict[str, NDArray[Any]]:
    """Return the texts of any length, by name: their characters are outside the header although they are in it."""
    return {
        name: value
        for name, value in attrs.items()
        if not isinstance(value, StoredAttribute) and value.dtype.kind == "O"
    }


@dataclass(frozen=True)
class Form:
    """Type, dataspace and creation list of a dataset; never select in the dataspace, it is shared."""

    type_id: h5t.TypeID
    space: h5s.SpaceID
    plist: h5p.PropDCID


def form_of(value: Raw, path: str, *, compresses: bool) -> Form:
    """Return the form of a dataset at a path."""
    if value.dtype.kind == "O" or value.dtype.metadata:
        return _form(value.shape, stored_type(value, path), compresses=compresses)
    return _form_of_numbers(value.shape, value.dtype, compresses)


@lru_cache(maxsize=4096)
def _form_of_numbers(shape: tuple[int, ...], dtype: np.dtype[Any], compresses: bool) -> Form:
    return _form(shape, file_type(dtype), compresses=compresses)


def _form(shape: tuple[int, ...], type_id: h5t.TypeID, *, compresses: bool) -> Form:
    return Form(type_id, _space_of(shape), _creation_plist(shape, type_id, compresses=compresses))


def _creation_plist(shape: tuple[int, ...], type_id: h5t.TypeID, *, compresses: bool) -> h5p.PropDCID:
    n_bytes = prod(shape) * type_id.get_size()
    if is_variable(type_id):
        return _with_fill_value()
    if n_bytes == 0:
        return _empty(shape)
    if n_bytes <= COMPACT_BYTES:
        return _layout(h5d.COMPACT)
    if compresses and n_bytes > COMPRESSED_BYTES:
        return _packed(shape, type_id.get_size())
    return _layout(h5d.CONTIGUOUS)


@lru_cache(maxsize=4096)
def _space_of(shape: tuple[int, ...]) -> h5s.SpaceID:
    if not shape:
        return h5s.create(h5s.SCALAR)
    # Only an empty array that could grow is written by h5repack when it is asked to compress everything.
    return h5s.create_simple(shape, tuple(length or h5s.UNLIMITED for length in shape))


@lru_cache(maxsize=1)
def _with_fill_value() -> h5p.PropDCID:
    """Creation list for text of variable length, which needs a fill value."""
    return keep_attributes_in_header(h5p.create(h5p.DATASET_CREATE))


@lru_cache(maxsize=4)
def _layout(layout: int) -> h5p.PropDCID:
    plist = keep_attributes_in_header(h5p.create(h5p.DATASET_CREATE))
    plist.set_layout(layout)
    plist.set_alloc_time(h5d.ALLOC_TIME_EARLY)  # `copy_range` needs the place in the file
    plist.set_fill_time(h5d.FILL_TIME_NEVER)
    return plist


def _empty(shape: tuple[int, ...]) -> h5p.PropDCID:
    plist = keep_attributes_in_header(h5p.create(h5p.DATASET_CREATE))
    plist.set_chunk(_chunk(tuple(length or 1 for length in shape), 1))
    return plist


def _packed(shape: tuple[int, ...], itemsize: int) -> h5p.PropDCID:
    plist = keep_attributes_in_header(h5p.create(h5p.DATASET_CREATE))
    plist.set_chunk(_chunk(shape, itemsize))
    plist.set_shuffle()
    plist.set_deflate(1)
    return plist


def _chunk(shape: tuple[int, ...], itemsize: int) -> tuple[int, ...]:
    part = next(iterate_slabs(shape, itemsize, 1 << 20))
    return tuple(cut.stop - cut.start for cut in part)
