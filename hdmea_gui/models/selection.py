"""Selection of units: the current one, the selected ones, and those that pass the filter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

if TYPE_CHECKING:
    from collections.abc import Iterable


class Selection(QObject):
    """Selection of units shared by the table and the views.

    ``current`` is the unit shown by views of a single unit; ``units`` are all selected units, including the current
    one; ``visible`` are the units that pass the filter, in the order of the table.
    """

    current_changed = Signal(str)
    units_changed = Signal()
    visible_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._current = ""
        self._units: tuple[str, ...] = ()
        self._visible: tuple[str, ...] = ()

    @property
    def current(self) -> str:
        """Id of the current unit; empty if there is none."""
        return self._current

    @property
    def units(self) -> tuple[str, ...]:
        """Ids of the selected units, in the order of the table."""
        return self._units

    @property
    def visible(self) -> tuple[str, ...]:
        """Ids of the units that pass the filter, in the order of the table."""
        return self._visible

    def select(self, unit_ids: Iterable[str], current: str | None = None) -> None:
        """Select units; without `current`, the current unit is kept if it is among them, else it is the first."""
        self._take(self._visible, tuple(unit_ids), current)

    def show(self, unit_ids: Iterable[str], selected: Iterable[str] | None = None) -> None:
        """Set the units that pass the filter, in the order of the table, and optionally the selected ones."""
        units = self._units if selected is None else tuple(selected)
        self._take(tuple(unit_ids), units, None if selected is not None else self._current)

    def _take(self, visible: tuple[str, ...], units: tuple[str, ...], current: str | None) -> None:
        """Set everything before emitting any signal, so that every slot sees the final state."""
        wanted = current if current is not None else self._current
        before = (self._visible, self._units, self._current)
        self._visible, self._units = visible, units
        self._current = wanted if wanted in units else (units[0] if units else "")
        if visible != before[0]:
            self.visible_changed.emit()
        if units != before[1]:
            self.units_changed.emit()
        if self._current != before[2]:
            self.current_changed.emit(self._current)

    def step(self, by: int) -> None:
        """Move the current unit down the table by some rows, or up if negative."""
        if not self._visible:
            return
        place = self._visible.index(self._current) + by if self._current in self._visible else 0
        chosen = self._visible[min(max(place, 0), len(self._visible) - 1)]
        self.select((chosen,), chosen)
