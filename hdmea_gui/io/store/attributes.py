"""Reading and writing of all attributes of one HDF5 object."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
from h5py import h5a, h5s

from hdmea_gui.io.store.dataset_forms import has_attributes_in_header, texts_outside_header
from hdmea_gui.io.store.dtypes import dtype_of_code, file_type, holds_text, memory_type
from hdmea_gui.io.store.nodes import StoredAttribute

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from hdmea_gui.io.store.nodes import Attribute, Attributes

    ObjectID = Any
    SpaceID = Any


@lru_cache(maxsize=4096)
def space_of(shape: tuple[int, ...]) -> SpaceID:
    """Return the dataspace of a shape; it is shared, so never select in it."""
    return h5s.create_simple(shape) if shape else h5s.create(h5s.SCALAR)


def write_attributes(target: ObjectID, attrs: Mapping[str, Attribute]) -> None:
    """Create attributes on an object that has none with these names."""
    for name, value in attrs.items():
        if isinstance(value, StoredAttribute):
            _write_stored(target, name, value)
            continue
        attribute = h5a.create(target, name.encode(), file_type(value.dtype), space_of(value.shape))
        if value.size:
            attribute.write(np.asarray(value, order="C"), memory_type(value.dtype))


def read_attributes(source: ObjectID) -> Attributes:
    """Read all attributes of an object; text becomes `str` in arrays of dtype object."""
    count = h5a.get_num_attrs(source)
    attributes = (h5a.open(source, index=index) for index in range(count))
    return {attribute.name.decode(): _read(attribute) for attribute in attributes}


def has_attributes(source: ObjectID, attrs: Attributes) -> bool:
    """Whether an object that was just written has exactly these attributes.

    HDF5 has compared what is in the object's header with its checksum when it opened the object; only the rest is
    read.
    """
    if h5a.get_num_attrs(source) != len(attrs):
        return False
    if has_attributes_in_header(attrs):
        return all(
            _has_values(h5a.open(source, name.encode()), texts)
            for name, texts in texts_outside_header(attrs).items()
        )
    return all(_has(source, name.encode(), value) for name, value in attrs.items())


def _has(source: ObjectID, name: bytes, value: Attribute) -> bool:
    if not h5a.exists(source, name):
        return False
    if isinstance(value, StoredAttribute):
        return True
    attribute = h5a.open(source, name)
    has_form = attribute.get_type() == file_type(value.dtype) and attribute.shape == value.shape
    return has_form and _has_values(attribute, value)


def _has_values(attribute: h5a.AttrID, value: NDArray[Any]) -> bool:
    found = np.empty(value.shape, value.dtype)
    if value.size:
        attribute.read(found, memory_type(value.dtype))
    if value.dtype.kind == "O":
        return [item.decode() for item in found.ravel().tolist()] == value.ravel().tolist()
    return found.tobytes() == value.tobytes()


def decode_texts(items: NDArray[Any]) -> NDArray[Any] | None:
    """Decode an array of bytes into an object array of `str`; return None if they are not UTF-8."""
    texts = np.empty(items.shape, dtype=object)
    try:
        flat = [item.decode() for item in items.ravel().tolist()]
    except UnicodeDecodeError:
        return None
    texts.reshape(-1)[:] = flat
    return texts


def _read(attribute: h5a.AttrID) -> Attribute:
    type_id = attribute.get_type()
    code = type_id.encode()
    space = attribute.get_space()
    if space.get_simple_extent_type() == h5s.NULL:
        return StoredAttribute(code, None)
    shape = space.get_simple_extent_dims()
    dtype = dtype_of_code(code)
    if dtype is None:
        return _read_stored(attribute, code, shape)
    value = np.empty(shape, dtype)
    if value.size:
        attribute.read(value, memory_type(dtype))
    if not holds_text(dtype):
        return value
    texts = decode_texts(value)
    return StoredAttribute(code, shape, tuple(value.ravel())) if texts is None else texts


def _read_stored(attribute: h5a.AttrID, code: bytes, shape: tuple[int, ...]) -> StoredAttribute:
    dtype = attribute.dtype
    if h5py.check_ref_dtype(dtype) is not None:
        return StoredAttribute(code, shape, tuple(_referred(attribute, dtype, shape)))
    value = np.empty(shape, dtype)
    attribute.read(value)
    return StoredAttribute(code, shape, tuple(value.ravel()))


def _referred(attribute: h5a.AttrID, dtype: np.dtype[Any], shape: tuple[int, ...]) -> list[bytes | None]:
    """Paths that object references point to."""
    references = np.empty(shape, dtype)
    attribute.read(references)
    return [h5py.h5r.get_name(item, attribute) if item else None for item in references.ravel()]


def _write_stored(target: ObjectID, name: str, value: StoredAttribute) -> None:
    type_id = h5py.h5t.decode(value.type_code)
    space = h5s.create(h5s.NULL) if value.shape is None else space_of(value.shape)
    attribute = h5a.create(target, name.encode(), type_id, space)
    if not value.items or value.shape is None:
        return
    dtype = attribute.dtype
    if h5py.check_ref_dtype(dtype) is not None:
        return  # written at the end, when their targets exist
    items = np.empty(len(value.items), dtype)
    items[:] = value.items
    attribute.write(items.reshape(value.shape))


def write_references(file: h5py.File, path: str, attrs: Mapping[str, Attribute]) -> None:
    """Write the attributes of a node that refer to other nodes, once these exist."""
    for name, value in attrs.items():
        if not isinstance(value, StoredAttribute) or value.shape is None:
            continue
        attribute = h5a.open(file[path or "/"].id, name.encode())
        if h5py.check_ref_dtype(attribute.dtype) is None:
            continue
        items = np.empty(len(value.items), attribute.dtype)
        for index, target in enumerate(value.items):
            if target is not None and target in file:
                items[index] = file[target].ref
        attribute.write(items.reshape(value.shape))
