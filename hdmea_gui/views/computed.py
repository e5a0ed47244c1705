"""Results that take too long for the GUI thread, requested like arrays on disk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import DTypeLike, NDArray

    from hdmea_gui.models.arrays import Arrays


class Computed:
    """The result of a function that runs where arrays are read; views ask for it with `result_of`.

    Keep the object as long as its result is needed: results are looked up by its identity.

    Parameters
    ----------
    function : callable
        Function that returns an array or any other object; it runs on another thread.
    *args
        Its arguments, which may be stored arrays.
    """

    def __init__(self, function: Callable[..., Any], *args: Any) -> None:
        self._function = function
        self._args = args

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> NDArray[Any]:
        boxed = np.empty((), object)  # `Arrays` keeps arrays only, so any other object travels inside one
        boxed[()] = self._function(*self._args)
        return boxed


def result_of(computed: Computed, arrays: Arrays) -> Any:
    """Return the result, or None until it is ready; `Arrays.arrived` is emitted then."""
    boxed = arrays.get(computed)
    return None if boxed is None else boxed[()]


def piece_of(array: Any, start: int, stop: int) -> NDArray[Any]:
    """Read a stretch of an array."""
    return np.asarray(array[start:stop])
