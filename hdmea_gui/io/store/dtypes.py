"""Dtypes that HDF5 returns unchanged, and descriptions of the others."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np

if TYPE_CHECKING:
    from h5py.h5t import TypeID

TEXT = h5py.string_dtype()
_IS_TEXT = "hdmea_text"


def file_type(dtype: np.dtype[Any]) -> TypeID:
    """Return the HDF5 type in the file for a dtype; dtype object means text of any length."""
    if dtype.metadata:  # an enumeration; dtypes that differ in this alone are equal and share a hash
        return h5py.h5t.py_create(dtype, logical=True)
    return _file_type(dtype)


@lru_cache(maxsize=1024)
def _file_type(dtype: np.dtype[Any]) -> TypeID:
    return h5py.h5t.py_create(TEXT if dtype.kind == "O" else dtype, logical=True)


def holds_text(dtype: np.dtype[Any]) -> bool:
    """Whether values of a dtype read from a file are text: of any length, or of a fixed one (see `text_type`)."""
    return dtype.kind == "O" or _IS_TEXT in (dtype.metadata or ())


@lru_cache(maxsize=1024)
def text_type(n_bytes: int) -> TypeID:
    """Return the HDF5 type in the file for short text: fixed length, ending in NUL.

    NumPy's own bytes are padded with NULs instead, so that the two are told apart when they are read.
    """
    type_id = h5py.h5t.C_S1.copy()
    type_id.set_size(n_bytes + 1)
    return type_id


def memory_type(dtype: np.dtype[Any]) -> TypeID:
    """Return the HDF5 type in memory for a dtype. For text it is a pointer to a Python object, unlike `file_type`."""
    return h5py.h5t.py_create(dtype) if dtype.metadata else _memory_type(dtype)


@lru_cache(maxsize=1024)
def _memory_type(dtype: np.dtype[Any]) -> TypeID:
    return h5py.h5t.py_create(TEXT if dtype.kind == "O" else dtype)


@lru_cache(maxsize=1024)
def is_plain_dtype(dtype: np.dtype[Any]) -> bool:
    """Whether HDF5 returns exactly this dtype."""
    if dtype.hasobject or dtype.itemsize == 0 or dtype.kind not in "biufcSV":
        return False
    try:
        returned = h5py.h5t.py_create(dtype, logical=True).dtype
    except (TypeError, ValueError):
        return False
    return bool(returned == dtype)


def record_description(dtype: np.dtype[Any]) -> str | None:
    """Describe a structured dtype that HDF5 does not know; return None if that is impossible."""
    if dtype.names is None or dtype.hasobject or dtype.itemsize == 0:
        return None
    try:
        description = np.lib.format.dtype_to_descr(dtype)
        same = record_dtype(description) == dtype
    except (TypeError, ValueError):
        return None
    return repr(description) if same and isinstance(description, list) else None


def record_dtype(description: Any) -> np.dtype[Any]:
    """Return the structured dtype of a description."""
    dtype: np.dtype[Any] = np.lib.format.descr_to_dtype(description)
    return dtype


@lru_cache(maxsize=1024)
def dtype_of_code(code: bytes) -> np.dtype[Any] | None:
    """Return the dtype of a type in a file (as HDF5 encodes it), or None if no array can represent it unchanged.

    Variable-length text has dtype object; of fixed-length text `holds_text` says that it is one. For references,
    variable-length lists, opaque tags that are not NumPy's and named types the result is None: such nodes are copied
    as they are.
    """
    type_id = h5py.h5t.decode(code)
    try:
        dtype = type_id.dtype
    except (TypeError, ValueError):
        return None
    if isinstance(type_id, h5py.h5t.TypeStringID) and type_id.is_variable_str():
        return np.dtype(object)
    if dtype.hasobject:
        return None
    if isinstance(type_id, h5py.h5t.TypeStringID) and type_id.get_strpad() == h5py.h5t.STR_NULLTERM:
        text: np.dtype[Any] = np.dtype(dtype.str, metadata={_IS_TEXT: True})
        return text
    try:
        same = h5py.h5t.py_create(dtype, logical=True) == type_id
    except (TypeError, ValueError):
        return None
    return dtype if same or dtype.kind == "S" else None
