"""Whether the HDF5 library at hand has the filters that recordings and sessions may be packed with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import h5py
import numpy as np

from hdmea_gui.errors import DataLoadError

if TYPE_CHECKING:
    from collections.abc import Mapping

FILTERS: Final[Mapping[str, Mapping[str, Any]]] = {
    "gzip": {"compression": "gzip"},
    "lzf": {"compression": "lzf"},
    "shuffle": {"compression": "gzip", "shuffle": True},
    "fletcher32": {"fletcher32": True},
    "scaleoffset": {"scaleoffset": 0},
}
"""By name, what a dataset is made with to use a filter."""


def check_filters(filters: Mapping[str, Mapping[str, Any]] = FILTERS) -> str:
    """Write and read an array through each filter, in memory; the library's version and the filters, in words.

    Parameters
    ----------
    filters : mapping
        By name, what a dataset is made with.

    Raises
    ------
    DataLoadError
        A filter is missing, or gives other numbers back than it got.
    """
    array = np.arange(4096, dtype=np.int64).reshape(64, 64) % 251
    faults = [f"{name}: {fault}" for name, options in filters.items() if (fault := _fault(array, options))]
    if faults:
        raise DataLoadError(
            f"HDF5 {h5py.version.hdf5_version} cannot use every filter ({'; '.join(faults)}). "
            "Files packed with these cannot be read: install the program again."
        )
    return f"HDF5 {h5py.version.hdf5_version} with {', '.join(filters)}"


def _fault(array: np.ndarray[Any, np.dtype[np.int64]], options: Mapping[str, Any]) -> str:
    """What is wrong with a filter; empty when it works."""
    try:
        with h5py.File("filters", "w", driver="core", backing_store=False) as file:
            dataset = file.create_dataset("x", data=array, chunks=(16, 64), **options)
            file.flush()
            dataset.id.refresh()
            same = np.array_equal(dataset[:], array)
    except (OSError, ValueError, RuntimeError) as error:
        return str(error)
    return "" if same else "the numbers came back changed"
