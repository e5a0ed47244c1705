"""Which units the user looks at: one current, some selected, those that pass the filter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

if TYPE_CHECKING:
    from collections.abc import Iterable


class Selection(QObject):
    """The units that table and views share.

    ``current`` is the one unit that views of a single unit show; ``units`` are all that are selected, the current one
    among them; ``visible`` are those that pass the filter, in the order of the table.
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
        """Id of the current unit; empty where there is none."""
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
        """Select units; the current one is the one named, else it stays if it can, else the first."""
        self._take(self._visible, tuple(unit_ids), current)

    def show(self, unit_ids: Iterable[str], selected: Iterable[str] | None = None) -> None:
        """Say which units pass the filter, in the order of the table, and which are selected, if these change too."""
        units = self._units if selected is None else tuple(selected)
        self._take(tuple(unit_ids), units, None if selected is not None else self._current)

    def _take(self, visible: tuple[str, ...], units: tuple[str, ...], current: str | None) -> None:
        """Take everything before anything is told, so that whoever is told finds it all as it will stay."""
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
        """Go some units up or down in the table."""
        if not self._visible:
            return
        place = self._visible.index(self._current) + by if self._current in self._visible else 0
        chosen = self._visible[min(max(place, 0), len(self._visible) - 1)]
        self.select((chosen,), chosen)
