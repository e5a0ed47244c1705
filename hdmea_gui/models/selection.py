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
        units = tuple(unit_ids)
        wanted = current if current is not None else self._current
        chosen = wanted if wanted in units else (units[0] if units else "")
        if units != self._units:
            self._units = units
            self.units_changed.emit()
        if chosen != self._current:
            self._current = chosen
            self.current_changed.emit(chosen)

    def show(self, unit_ids: Iterable[str]) -> None:
        """Say which units pass the filter, in the order of the table."""
        visible = tuple(unit_ids)
        if visible != self._visible:
            self._visible = visible
            self.visible_changed.emit()

    def step(self, by: int) -> None:
        """Go some units up or down in the table."""
        if not self._visible:
            return
        place = self._visible.index(self._current) + by if self._current in self._visible else 0
        chosen = self._visible[min(max(place, 0), len(self._visible) - 1)]
        self.select((chosen,), chosen)
