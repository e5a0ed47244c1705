"""Selection of units: the current one, the selected ones, and those that pass the filter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

if TYPE_CHECKING:
    from collections.abc import Iterable


class Selection(QObject):
    """Selection of units shared by the table and the views.

    ``current`` is the unit shown by views of a single unit; ``units`` are all selected units, including the current
    one; ``visible`` are the units that pass the filter, in the order of the table. What the user has selected is
    remembered while a filter hides it, and selected again once the filter lets it pass.
    """

    current_changed = Signal(str)
    units_changed = Signal()
    visible_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._current = ""
        self._units: tuple[str, ...] = ()
        self._visible: tuple[str, ...] = ()
        self._chosen: tuple[tuple[str, ...], str] = ((), "")
        self._path: tuple[str, ...] = ()

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
        self._path = self._visible
        self._choose(tuple(unit_ids), current)

    def show(self, unit_ids: Iterable[str], selected: Iterable[str] | None = None) -> None:
        """Set the units that pass the filter, in the order of the table, and optionally the selected ones."""
        self._path = visible = tuple(unit_ids)
        units = self._units if selected is None else tuple(selected)
        self._take(visible, units, None if selected is not None else self._current)
        self._chosen = (self._units, self._current)

    def restart(self, unit_ids: Iterable[str]) -> None:
        """Show the units of another recording, with the first one selected."""
        visible = tuple(unit_ids)
        self.show(visible, visible[:1])

    def filter(self, unit_ids: Iterable[str]) -> None:
        """Show other units, or in another order, because the user filters or sorts.

        The units that the user has selected stay selected as far as they are shown. If none of them is, the next one
        after the current unit takes their place until they are shown again.
        """
        visible = tuple(unit_ids)
        units, current = self._chosen
        shown = _in_order(visible, units) or self._next_in(visible)
        self._take(visible, shown, current if current in shown else None)
        self._path = visible

    def update(self, unit_ids: Iterable[str]) -> None:
        """Show other units, or in another order, because values have changed, for instance a label.

        `step` continues in the order that the units had before.
        """
        visible = tuple(unit_ids)
        shown = _in_order(visible, self._units)
        if shown:
            self._take(visible, shown, self._current)
        else:
            self._take(visible, self._next_in(visible), None)
            self._chosen = (self._units, self._current)
        if not set(visible) <= set(self._path):
            self._path = visible

    def step(self, by: int) -> None:
        """Move the current unit down the table by some rows, or up if negative."""
        if not self._visible:
            return
        path = _in_order(self._path, self._visible)
        place = path.index(self._current) + by if self._current in path else 0
        chosen = path[min(max(place, 0), len(path) - 1)]
        self._choose((chosen,), chosen)

    def _choose(self, units: tuple[str, ...], current: str | None) -> None:
        self._take(self._visible, units, current)
        self._chosen = (self._units, self._current)

    def _next_in(self, visible: tuple[str, ...]) -> tuple[str, ...]:
        """Return the unit shown that follows the current one, or else the last one before it."""
        passing = set(visible)
        place = self._path.index(self._current) if self._current in self._path else 0
        after = (unit for unit in self._path[place:] if unit in passing)
        before = (unit for unit in reversed(self._path[:place]) if unit in passing)
        found = next(after, None) or next(before, None)
        return (found,) if found is not None else visible[:1]

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


def _in_order(order: tuple[str, ...], units: tuple[str, ...]) -> tuple[str, ...]:
    """Return those of the units that are in an order, in that order."""
    wanted = set(units)
    return tuple(unit for unit in order if unit in wanted)
