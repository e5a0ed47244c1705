"""What takes too long for the GUI thread, asked for like an array on disk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import DTypeLike, NDArray

    from hdmea_gui.models.arrays import Arrays


class Computed:
    """The result of a function, made where arrays are fetched; views ask for it with `result_of`.

    Keep the object as long as its result is wanted: it is known by its identity.

    Parameters
    ----------
    function : callable
        Gives an array, or anything else; it runs on another thread.
    *args
        Its arguments; stored arrays may be among them.
    """

    def __init__(self, function: Callable[..., Any], *args: Any) -> None:
        self._function = function
        self._args = args

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> NDArray[Any]:
        boxed = np.empty((), object)
        boxed[()] = self._function(*self._args)
        return boxed


def result_of(computed: Computed, arrays: Arrays) -> Any:
    """The result, or None while it is being made; `Arrays.arrived` tells when it is there."""
    boxed = arrays.get(computed)
    return None if boxed is None else boxed[()]


def piece_of(array: Any, start: int, stop: int) -> NDArray[Any]:
    """Read a stretch of an array."""
    return np.asarray(array[start:stop])
