"""Arrays for views: those in memory at once, those on disk as soon as a worker has read them."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QObject, Signal

if TYPE_CHECKING:
    from numpy.typing import NDArray

_KEPT_BYTES = 256 << 20


class Arrays(QObject):
    """Provider of array values for views that never reads a file on the GUI thread.

    A view asks with `get`; an array on disk is read later, `arrived` is emitted, and the view asks again.
    """

    wanted = Signal(object)
    """Array on disk whose values are needed; the reader of files answers with `put`."""

    arrived = Signal()
    """Values that were requested are available now."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._kept: OrderedDict[int, tuple[Any, NDArray[Any]]] = OrderedDict()
        self._asked: set[int] = set()
        self.n_arrived = 0
        self.n_missed = 0
        """Number of calls of `get` that returned None."""

    def get(self, array: Any) -> NDArray[Any] | None:
        """Return the values of an array, or None while they are being read."""
        if isinstance(array, np.ndarray):
            return array
        key = id(array)
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key][1]
        if key not in self._asked:
            self._asked.add(key)
            self.wanted.emit(array)
        self.n_missed += 1
        return None

    def put(self, array: Any, values: NDArray[Any]) -> None:
        """Store the values of a requested array."""
        self._asked.discard(id(array))
        # the array is kept with its values, so that no other object gets its id
        self._kept[id(array)] = (array, values)
        # the newest is kept even if it alone exceeds the budget
        while len(self._kept) > 1 and sum(held.nbytes for _, held in self._kept.values()) > _KEPT_BYTES:
            self._kept.popitem(last=False)
        self.n_arrived += 1
        self.arrived.emit()

    def forget(self) -> None:
        """Drop everything, because another session is shown."""
        self._kept.clear()
        self._asked.clear()
