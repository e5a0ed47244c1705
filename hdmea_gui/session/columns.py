"""Unit columns: each scalar of a unit under one name, the same in the table, in filters and in exports.

Bare names belong to the unit itself and to the sorter (``row``, ``label``, ``snr``), besides ``id``, ``spikes`` and
``rate``. Results of steps and features have a bare name if it is unambiguous (``dsi``), else a qualified one
(``rf.snr``, ``soma.area``, ``step_up_5s_5i_b0_3x.on_peak_value``). The qualified name is always accepted: ``unit.``,
``sorter.``, ``soma.``, ``images.``, ``rf.<movie>.``, ``sta.<movie>.`` or the feature's name before the bare one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hdmea_gui.session.column_names import (
    CHIP_ORIGIN,
    COMPUTED,
    ID,
    RATE,
    SPIKES,
    Naming,
    Place,
    description_of,
    details_of,
    quantity_unit,
)
from hdmea_gui.session.column_values import (
    NOTHING,
    Container,
    Kind,
    Vector,
    find_scalars,
    held_under,
    inner_containers,
    spike_counts,
    text_vector,
    vector_of,
)
from hdmea_gui.session.positions import has_unreliable_position
from hdmea_gui.session.unit import FEATURES, SORTER_INFO, SPIKE_TIMES, USERS_FIELDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from numpy.typing import NDArray

_POSITION: tuple[Place, ...] = (("row",), ("col",), ("global_id",))
_EDITED: tuple[Place, ...] = tuple((name,) for name in USERS_FIELDS)
_SEARCHED_AT_ONCE = 600
_SLICE = 200


@dataclass(frozen=True)
class Column:
    """One column of the units; its values are collected on first access.

    Parameters
    ----------
    key
        Its qualified name, which does not depend on what else is computed.
    name
        The name under which it is shown.
    unit
        Unit of its numbers; empty if it is unknown, there is none, or the name contains it.
    source
        Its origin, as shown to the user.
    """

    key: str
    name: str
    unit: str
    source: str
    place: Place
    _columns: Columns

    @property
    def title(self) -> str:
        """Name and unit."""
        return f"{self.name} ({self.unit})" if self.unit else self.name

    @property
    def description(self) -> str:
        """What it is, in one phrase; empty if unknown."""
        return description_of(self.place)

    @property
    def details(self) -> tuple[str, ...]:
        """The range of its values, why it can be missing and what it comes from, a line for each."""
        return details_of(self.place)

    @property
    def kind(self) -> Kind:
        """Whether it has numbers, texts or booleans."""
        return self._columns.vector(self.place).kind

    @property
    def values(self) -> NDArray[Any]:
        """Values, float64 (n_units,) with NaN for missing ones, or object (n_units,) for texts; read-only."""
        return self._columns.vector(self.place).values


class Columns:
    """The columns of a session's units.

    Parameters
    ----------
    units
        Units by id; their values are read on access, so call `update` after changes.
    duration_s
        Duration of the recording in seconds, for the rate.
    whole
        Whether to search every unit for columns at once. Otherwise a few hundred units are searched, and
        `look_further` continues with the rest, because thousands of units take noticeable time.
    """

    def __init__(
        self, units: Mapping[str, Container], duration_s: float | None = None, *, whole: bool = True
    ) -> None:
        self.ids = tuple(units)
        self._units = list(units.values())
        self._duration_s = duration_s
        self._found: dict[Place, None] = {}
        self._ranks: dict[str, int] = {}
        self._unsearched: list[Container] = []
        self._vectors: dict[Place, Vector] = {}
        self._containers: dict[Place, list[Container]] = {(): self._units}
        self._rows = {unit_id: row for row, unit_id in enumerate(self.ids)}
        self._naming: Naming | None = None
        self._search(((),), whole=whole)

    # Lookup

    def __len__(self) -> int:
        return len(self._names().shown)

    def __iter__(self) -> Iterator[Column]:
        return (self._column(place) for place in self._names().shown)

    def __getitem__(self, name: str) -> Column:
        return self._column(self._names().place_of[name])

    def __contains__(self, name: str) -> bool:
        return name in self._names().place_of

    def get(self, name: str) -> Column | None:
        """Return the column for a name, shown or qualified; None if the name is unknown or ambiguous."""
        place = self._names().place_of.get(name)
        return None if place is None else self._column(place)

    @property
    def names(self) -> tuple[str, ...]:
        """Names under which the columns are shown, in their natural order."""
        return tuple(self._names().shown.values())

    def meant_by(self, name: str) -> list[str]:
        """Return the names of the columns that an ambiguous name could mean."""
        return self._names().meant_by(name)

    def near(self, name: str) -> list[str]:
        """Return column names that resemble an unknown one."""
        return self._names().near(name)

    def is_beginning(self, name: str) -> bool:
        """Whether the name of any column, or its last part, begins with a text."""
        return bool(self._names().beginning_with(name))

    def has_unit(self, unit_id: str) -> bool:
        """Whether there is a unit with this id."""
        return unit_id in self._rows

    def row_of(self, unit_id: str) -> int:
        """Return the index of a unit in every vector."""
        return self._rows[unit_id]

    def _names(self) -> Naming:
        if self._naming is None:
            self._naming = Naming([*COMPUTED, *sorted(self._found, key=self._order)])
        return self._naming

    def _order(self, place: Place) -> tuple[int, int]:
        """Sort key: fields of the unit itself first, then the sorter's, then features in their order."""
        if place[0] == FEATURES:
            return 2, self._ranks[place[1]]
        return int(place[0] == SORTER_INFO), 0

    def _column(self, place: Place) -> Column:
        naming = self._names()
        unit, source = quantity_unit(place), naming.source_of(place)
        return Column(naming.key_of[place], naming.shown[place], unit, source, place, self)

    # Search for columns

    @property
    def is_complete(self) -> bool:
        """Whether every unit has been searched, so that no further column can be found."""
        return not self._unsearched

    def look_further(self, n_units: int = _SLICE) -> bool:
        """Search some more units for columns; return whether any was found."""
        units, self._unsearched = self._unsearched[:n_units], self._unsearched[n_units:]
        before = len(self._found)
        self._find(units, ())
        return len(self._found) > before

    def complete(self) -> None:
        """Search all remaining units for columns."""
        self.look_further(len(self._unsearched))

    def _search(self, branches: Iterable[Place], *, whole: bool) -> None:
        units = self._units
        if not whole and len(units) > _SEARCHED_AT_ONCE:
            units, self._unsearched = units[:: len(units) // _SEARCHED_AT_ONCE + 1], units
        for branch in branches:
            self._find(units, branch)

    def _find(self, units: list[Container], branch: Place) -> None:
        """Search the contents of units at a path; all of them if it is empty."""
        containers = units
        for key in branch[:-1]:
            containers = inner_containers(containers, key)
        if branch:
            key = branch[-1]
            containers = [{key: container[key]} for container in containers if key in container]
        n_before = len(self._found)
        find_scalars(containers, branch[:-1], self._found)
        self._found.update(dict.fromkeys(_EDITED))
        for place in self._found:
            if place[0] == FEATURES:
                self._ranks.setdefault(place[1], len(self._ranks))
        if len(self._found) > n_before:
            self._naming = None

    # Values

    def vector(self, place: Place) -> Vector:
        """Return the values of the column at a place."""
        if place not in self._vectors:
            vector = self._computed(place) if place in COMPUTED else self._collected(place)
            vector.values.setflags(write=False)
            self._vectors[place] = vector
        return self._vectors[place]

    def _computed(self, place: Place) -> Vector:
        if place == ID:
            return text_vector(self.ids)
        if place == SPIKES:
            return Vector("number", spike_counts(self._units))
        duration_s = self._duration_s or np.nan
        return Vector("number", self.vector(SPIKES).values / duration_s)

    def _collected(self, place: Place) -> Vector:
        key = place[-1]
        containers = self._containers_at(place[:-1])
        if place in _POSITION:  # wrong positions must not be used in filters and plots
            containers = [NOTHING if has_unreliable_position(unit) else unit for unit in containers]
        vector = vector_of(held_under(containers, key))
        if place in CHIP_ORIGIN and vector.kind == "number":
            return Vector("number", vector.values + self._origins(CHIP_ORIGIN[place]))
        if place in _EDITED and vector.kind != "text":
            return text_vector([""] * len(self._units))
        return vector

    def _origins(self, place: Place) -> NDArray[np.float64]:
        """Return the first chip row or column of each unit's image, from 1; 1 where it is unknown."""
        origins = vector_of(held_under(self._containers_at(place[:-1]), place[-1]))
        known = origins.values if origins.kind == "number" else np.full(len(self._units), np.nan)
        return np.nan_to_num(np.asarray(known, np.float64), nan=1.0)

    def _containers_at(self, path: Place) -> list[Container]:
        if path not in self._containers:
            self._containers[path] = inner_containers(self._containers_at(path[:-1]), path[-1])
        return self._containers[path]

    # Changes

    def update(self, paths: Iterable[tuple[Any, ...]]) -> frozenset[str] | None:
        """Update the columns after changes of the session.

        Parameters
        ----------
        paths
            Places of the session whose values have changed, such as ``("units", "unit_001", "label")``. If whole
            units are added, removed or replaced, create new columns instead.

        Returns
        -------
        frozenset of str or None
            Keys of the columns whose values may have changed; None if columns may have been added or removed.
        """
        changed: dict[Place, set[str]] = {}
        for path in (path for path in paths if path[0] == "units"):
            changed.setdefault(_branch(path), set()).add(path[1])
        edited = {branch: ids for branch, ids in changed.items() if self._patch(branch, ids)}
        again = [branch for branch in changed if branch not in edited]
        for branch in again:
            self._forget(branch)
        if again:
            self._search(again, whole=self.is_complete and len(self._units) <= _SEARCHED_AT_ONCE)
            return None
        return frozenset(self._names().key_of[branch] for branch in edited)

    def _patch(self, place: Place, unit_ids: Iterable[str]) -> bool:
        """Put the new texts of a few units into a text column; return False if it is not such a column."""
        if place not in self._found or len(place) != 1:
            return False
        rows = [self.row_of(unit_id) for unit_id in unit_ids]
        new = [self._units[row].get(place[0]) or "" for row in rows]
        if self.vector(place).kind != "text" or not all(isinstance(text, str) for text in new):
            return False
        values = self.vector(place).values.copy()
        for row, text in zip(rows, new, strict=True):
            values[row] = text
        values.setflags(write=False)
        self._vectors[place] = Vector("text", values)
        return True

    def _forget(self, branch: Place) -> None:
        """Discard the columns and values of one branch of the units."""
        depth = len(branch)
        kept = {place: None for place in self._found if place[:depth] != branch}
        self._found, self._naming = kept, None
        computed = {SPIKES, RATE} if branch[0] in {SPIKE_TIMES, "spike_count"} else set()
        self._vectors = {
            place: vector
            for place, vector in self._vectors.items()
            if place[:depth] != branch and place not in computed
        }
        self._containers = {
            path: held for path, held in self._containers.items() if not path or path[:depth] != branch
        }


def _branch(path: tuple[Any, ...]) -> Place:
    """Part of a unit that a change affects: one of its fields, or one feature."""
    return tuple(path[2:4] if path[2] == FEATURES else path[2:3])


def unit_columns(units: Mapping[str, Container], duration_s: float | None = None) -> Columns:
    """Return the columns of units, found by searching every unit.

    Parameters
    ----------
    units
        Units by id, as in a session or a snapshot.
    duration_s
        Duration of the recording in seconds, for the rate; see `RecordingReader.duration_s`.

    Examples
    --------
    >>> columns = unit_columns({"unit_001": {"row": 7, "unit_meta": {"snr": np.array([6.1])}}})
    >>> columns.names
    ('id', 'spikes', 'rate', 'row', 'label', 'note', 'snr')
    >>> columns["snr"].values
    array([6.1])
    """
    return Columns(units, duration_s)
