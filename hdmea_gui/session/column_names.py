"""Names of unit columns, the same in the table, in filters and in exports."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from typing import TYPE_CHECKING

from hdmea_gui.io.store.fields import Field
from hdmea_gui.io.store.schema import SCHEMA
from hdmea_gui.session.unit import (
    FEATURES,
    IMAGE,
    QUALITY,
    SOMA_GEOMETRY,
    SORTER_INFO,
    STA_GEOMETRY,
    movie_of_sta,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

Place = tuple[str, ...]
"""Keys from a unit to a scalar in it; an empty first key marks a value that is computed from the unit."""

ID: Place = ("", "id")
SPIKES: Place = ("", "spikes")
RATE: Place = ("", "rate")
COMPUTED = (ID, SPIKES, RATE)

UNIT_SOURCE, SORTER_SOURCE = "Unit", "Sorter"


@dataclass(frozen=True)
class Names:
    """Possible names of a column.

    Parameters
    ----------
    key
        The qualified name; unique, whatever else is computed.
    short
        The qualified name without the movie, if the key contains one.
    bare
        The name alone.
    source
        Origin of the value, as shown to the user.
    rank
        Priority for a bare name that several columns could have: the lowest gets it.
    stays_qualified
        Whether the bare name is too vague to be shown.
    """

    key: str
    short: str
    bare: str
    source: str
    rank: int
    stays_qualified: bool = False


def names_of(place: Place) -> Names:
    """Return the names of the scalar at a place."""
    if place[0] == "":
        return Names(place[1], place[1], place[1], UNIT_SOURCE, 0)
    if place[0] == SORTER_INFO and len(place) > 1:
        bare = ".".join(place[1:])
        return Names(f"sorter.{bare}", f"sorter.{bare}", bare, SORTER_SOURCE, 2)
    if place[0] == QUALITY and len(place) > 1:
        bare = ".".join(place[1:])
        return Names(f"quality.{bare}", f"quality.{bare}", bare, UNIT_SOURCE, 2)
    if place[0] == FEATURES and len(place) > 2:
        return _feature_names(place[1], place[2], place[3:])
    bare = ".".join(place)
    taken = len(place) == 1 and ("", bare) in COMPUTED
    return Names(f"unit.{bare}" if taken else bare, f"unit.{bare}", bare, UNIT_SOURCE, 1)


def _feature_names(entry: str, part: str, rest: Place) -> Names:
    field = ".".join(rest)
    if part == STA_GEOMETRY:
        return _movie_names("rf", entry, rest, "Receptive field")
    if part == "metadata" and movie_of_sta(entry) is not None:
        return _movie_names("sta", entry, rest, "Stimulus STA", stays_qualified=True)
    if entry == IMAGE and part == SOMA_GEOMETRY:
        return Names(f"soma.{field}", f"soma.{field}", field, "Soma", 3, len(rest) > 1)
    if entry == IMAGE and part == "metadata":
        return Names(f"images.{field}", f"images.{field}", field, "Electrical image", 3, stays_qualified=True)
    if part in {"data", "metadata"} and rest:
        stays = part == "metadata" or len(rest) > 1
        return Names(f"{entry}.{field}", f"{entry}.{field}", field, entry, 3, stays)
    whole = ".".join((part, *rest))
    return Names(f"{entry}.{whole}", f"{entry}.{whole}", whole, entry, 3, bool(rest))


def _movie_names(
    qualifier: str, entry: str, rest: Place, source: str, *, stays_qualified: bool = False
) -> Names:
    movie, field = movie_of_sta(entry) or entry, ".".join(rest)
    stays = stays_qualified or len(rest) > 1
    return Names(
        f"{qualifier}.{movie}.{field}", f"{qualifier}.{field}", field, f"{source}, {movie}", 3, stays
    )


class Naming:
    """Names of a set of columns; each name means one column.

    Parameters
    ----------
    places
        Places of the scalars.
    """

    def __init__(self, places: Iterable[Place]) -> None:
        self._names = {place: names_of(place) for place in places}
        self.key_of: dict[Place, str] = {}
        self.place_of: dict[str, Place] = {}
        self._candidates: dict[str, list[Place]] = defaultdict(list)
        self._assign_keys()
        self._assign_aliases()
        self.shown: dict[Place, str] = {place: self._shown(place) for place in self._names}

    def _assign_keys(self) -> None:
        for place, names in sorted(self._names.items(), key=lambda item: item[1].rank):
            key = names.key if names.key not in self.place_of else ".".join(place)
            while key in self.place_of:
                key += "'"
            self.key_of[place] = key
            self.place_of[key] = place

    def _assign_aliases(self) -> None:
        """Make every shorter name mean its column, if it can mean only one."""
        # in files spike_count is an attribute of the unit itself
        self.place_of.setdefault("spike_count", SPIKES)
        for place, names in self._names.items():
            for alias in {names.short, names.bare} - {names.key}:
                self._candidates[alias].append(place)
        for alias, places in self._candidates.items():
            rank = min(self._names[place].rank for place in places)
            first = [place for place in places if self._names[place].rank == rank]
            if alias not in self.place_of and (len(first) == 1 or rank < 3):
                self.place_of[alias] = first[0]

    def _shown(self, place: Place) -> str:
        names = self._names[place]
        wanted = (names.short,) if names.stays_qualified else (names.bare, names.short)
        return next((name for name in wanted if self.place_of.get(name) == place), self.key_of[place])

    def source_of(self, place: Place) -> str:
        """Return the origin of a column, as shown to the user."""
        return self._names[place].source

    def meant_by(self, name: str) -> list[str]:
        """Return the names of the columns that a name could mean."""
        return [self.shown[place] for place in self._candidates.get(name, ())]

    def beginning_with(self, name: str) -> list[str]:
        """Return the names of columns that begin with a text, or whose last part does."""
        wanted = name.casefold()
        folded = [(shown, shown.casefold()) for shown in self.shown.values()]
        found = [shown for shown, whole in folded if whole.startswith(wanted)]
        return found + [shown for shown, whole in folded if f".{wanted}" in whole and shown not in found]

    def near(self, name: str) -> list[str]:
        """Return up to three column names that resemble an unknown one."""
        shown = {name.casefold(): name for name in self.shown.values()}
        ends: dict[str, str] = {}
        for key, full in shown.items():
            ends.setdefault(key.rpartition(".")[2], full)
        wanted = name.casefold()
        found = self.beginning_with(name) if len(wanted) > 1 else []
        found += [shown[close] for close in get_close_matches(wanted, shown, 3, 0.6)]
        found += [ends[close] for close in get_close_matches(wanted.rpartition(".")[2], ends, 2, 0.75)]
        return list(dict.fromkeys(found))[:3]


_SHORT_UNITS = {
    "electrode": "el",
    "electrode^2": "el²",
    "pixel": "px",
    "pixel^2": "px²",
    "degree": "°",
    "1": "",
}
_SPIKES_OF_UNIT = "the unit's spikes"
_COMPUTED_FIELDS = {
    ID: Field("units/*", "id", "str", "name of the unit in the session", source="assigned by the program"),
    SPIKES: Field(
        "units/*", "spikes", "int", "number of spikes", unit="1", limits="0 or more", source=_SPIKES_OF_UNIT
    ),
    RATE: Field(
        "units/*",
        "rate",
        "float",
        "mean firing rate over the recording",
        unit="Hz",
        limits="0 or more",
        absent="if the recording's duration is unknown",
        source=_SPIKES_OF_UNIT,
    ),
}
"""Declarations of the columns that are not stored."""

CHIP_ORIGIN: dict[Place, Place] = {
    (FEATURES, IMAGE, SOMA_GEOMETRY, f"{which}_{axis}"): (FEATURES, IMAGE, "metadata", origin)
    for which in ("center", "peak")
    for axis, origin in (("row", "region_top"), ("col", "region_left"))
}
"""Positions that are stored within the region of an image, from 0, and shown on the chip, from 1."""

_IN_THE_NAME = ("_ms", "_hz", "_s", "_deg", "_um", "_samples", "_frame")


def quantity_unit(place: Place) -> str:
    """Return the unit of a column's numbers; empty if there is none, or if the name contains it."""
    declared = declaration_of(place)
    if declared is None or place[-1].endswith(_IN_THE_NAME):
        return ""
    return _SHORT_UNITS.get(declared.unit, declared.unit)


def stored_unit(place: Place) -> str:
    """Return the unit of a column's numbers as files state it; empty if there is none."""
    declared = declaration_of(place)
    unit = declared.unit if declared is not None else ""
    return "" if unit == "1" else unit


def is_attribute(place: Place) -> bool:
    """Return whether files store the values of a column as attributes, which not every program reads."""
    declared = declaration_of(place)
    return declared is not None and declared.place == "attribute"


def description_of(place: Place) -> str:
    """Return what a column is, in one phrase; empty if the file's schema does not declare it."""
    declared = declaration_of(place)
    if declared is None:
        return ""
    if place in CHIP_ORIGIN:
        return declared.description.replace("in the region, from 0", "on the chip, from 1")
    return declared.description


def details_of(place: Place) -> tuple[str, ...]:
    """Return the range of a column's values, why it can be missing and what it comes from, a line for each."""
    declared = declaration_of(place)
    if declared is None:
        return ()
    limits = "within the chip" if place in CHIP_ORIGIN else declared.limits
    named = {"Range: ": limits, "Missing ": declared.absent, "Computed from: ": declared.source}
    return tuple(f"{name}{text}" for name, text in named.items() if text)


@lru_cache(maxsize=4096)
def declaration_of(place: Place) -> Field | None:
    """Return the declaration of the field in a column; None if the file's schema has none."""
    return SCHEMA.field_at(("units", "*", *place)) if place[0] else _COMPUTED_FIELDS.get(place)
