"""Tables of a phy folder: arrays in .npy files, and values by cluster in .tsv files."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import numpy as np

from hdmea_gui.errors import DataLoadError

if TYPE_CHECKING:
    from pathlib import Path

_ID_NAMES = ("cluster_id", "id")

Values = dict[int, dict[str, str]]
"""Texts by cluster and column."""


def read_array(path: Path, ndim: int) -> np.ndarray:
    """Read an array without executing anything; a large one stays in the file until it is accessed.

    Parameters
    ----------
    path
        The .npy file.
    ndim
        Number of axes. Axes of length 1 at the end are dropped.

    Returns
    -------
    array
        Any real number type, with `ndim` axes.

    Raises
    ------
    DataLoadError
        The file is missing, damaged, or holds something else.
    """
    try:
        array = _loaded(path)
    except FileNotFoundError as error:
        raise DataLoadError(
            f"{path.parent} is not a complete Kilosort or phy folder: it has no {path.name}.", path, error
        ) from error
    except (OSError, EOFError, ValueError, SyntaxError, MemoryError, OverflowError, TypeError) as error:
        raise DataLoadError(
            f"{path} cannot be read: it is damaged, or not an array of numbers. Export it again.", path, error
        ) from error
    while array.ndim > ndim and array.shape[-1] == 1:
        array = array[..., 0]
    if array.ndim != ndim or array.dtype.kind not in "iuf":
        raise DataLoadError(
            f"{path} has an array of shape {array.shape} and type {array.dtype}; numbers with {ndim} "
            f"{'axis' if ndim == 1 else 'axes'} are expected.",
            path,
        )
    return array


def _loaded(path: Path) -> np.ndarray:
    # Mapped first: a damaged header may ask for more memory than there is.
    try:
        array: np.ndarray = np.load(path, mmap_mode="r", allow_pickle=False)
    except ValueError:
        if path.stat().st_size > 256:
            raise
        array = np.load(path, allow_pickle=False)  # an empty array cannot be mapped
    return array


def read_whole_numbers(path: Path) -> np.ndarray:
    """Read a list of whole numbers, none negative.

    Returns
    -------
    numbers
        int64 (n,).

    Raises
    ------
    DataLoadError
        The file is missing or damaged, or has negative or fractional numbers.
    """
    array = read_array(path, 1)
    if array.dtype.kind == "f" and not (np.isfinite(array).all() and (array == np.rint(array)).all()):
        raise DataLoadError(f"{path} has numbers that are not whole. Export it again.", path)
    if array.size and (array.min() < 0 or array.max() > np.iinfo(np.int64).max // 2):
        wrong = "negative" if array.min() < 0 else "impossibly large"
        raise DataLoadError(f"{path} has {wrong} numbers. Export it again.", path)
    return array.astype(np.int64)


def read_clusters(folder: Path) -> Values:
    """Read the values of clusters from all tables of a folder: ``cluster_group.tsv``, ``cluster_info.tsv`` and so on.

    ``cluster_info.tsv`` is a summary of the others, which therefore have precedence.

    Raises
    ------
    DataLoadError
        A table cannot be read, or has no clusters.
    """
    tables = sorted(folder.glob("cluster_*.tsv"), key=lambda path: path.name != "cluster_info.tsv")
    found: Values = {}
    for path in tables:
        for cluster, values in _table(path).items():
            found.setdefault(cluster, {}).update(values)
    return found


def _table(path: Path) -> Values:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file, delimiter="\t", restkey="", restval=""))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataLoadError(
            f"{path} cannot be read as a table. Save it again in phy.", path, error
        ) from error
    found: Values = {}
    for line, row in enumerate(rows, start=2):
        texts = {name: text.strip() for name, text in row.items() if name and isinstance(text, str)}
        cluster = next((texts.pop(name) for name in _ID_NAMES if name in texts), "")
        if not cluster.isdecimal() or len(cluster) > 9:
            raise DataLoadError(
                f"{path}, line {line}: '{cluster[:30]}' is not the number of a cluster. Save the table again in phy.",
                path,
            )
        found[int(cluster)] = {name: text for name, text in texts.items() if text}
    return found
