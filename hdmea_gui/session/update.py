"""Updates of a session: named sets of values to put and to remove."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hdmea_gui.errors import SessionError
from hdmea_gui.session.tree import REMOVED, Path, copied, freeze

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


class LoggedWarning(str):
    """Warning of an update that has been logged already, before the work was done."""

    __slots__ = ()


@dataclass(frozen=True)
class Change:
    """One place of a session's tree and its new value.

    Parameters
    ----------
    path
        Keys from the root, for example ``("units", "unit_001", "label")``.
    value
        The new value; ``REMOVED`` removes the old one.
    before
        Key before which a value that is new in its dict is inserted; ``REMOVED`` puts it at the end. Thus undo
        restores the order of keys too.
    """

    path: Path
    value: Any
    before: Any = REMOVED


@dataclass(frozen=True)
class Update:
    """A named set of changes that a session applies completely or not at all.

    Arrays in it become read-only. Changes are applied in order.

    Parameters
    ----------
    name
        Name of the change as shown to the user, for example in undo lists.
    changes
        The changes.
    warnings
        Messages to add to the session's warnings, except those already among them.
    """

    name: str
    changes: tuple[Change, ...] = ()
    warnings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for change in self.changes:
            freeze(change.value)

    @classmethod
    def of(
        cls,
        name: str,
        put: Mapping[Path, Any] | None = None,
        remove: Iterable[Path] = (),
        warnings: Iterable[str] = (),
    ) -> Update:
        """Return an update that first removes some paths and then puts values."""
        removals = tuple(Change(path, REMOVED) for path in remove)
        return cls(name, removals + tuple(Change(*item) for item in (put or {}).items()), tuple(warnings))

    def extended(self, put: Mapping[Path, Any]) -> Update:
        """Return the same update with further values to put, added at its end."""
        return Update(self.name, self.changes + tuple(Change(*item) for item in put.items()), self.warnings)

    def followed_by(self, other: Update) -> Update:
        """Return both updates as one, with the name of this one."""
        return Update(self.name, self.changes + other.changes, self.warnings + other.warnings)


def gained(warnings: Iterable[str], new: Iterable[str]) -> list[str]:
    """Return warnings followed by those new ones that are not yet among them, as plain texts."""
    known = list(warnings)
    return known + [str(warning) for warning in dict.fromkeys(new) if warning not in known]


def change_tree(root: dict[str, Any], update: Update, copies: Sequence[Any] | None = None) -> Update:
    """Apply an update to a tree and return the update that undoes it.

    Parameters
    ----------
    root
        The tree.
    update
        The changes; later changes of the tree do not affect it.
    copies
        The value of each change in containers that the tree takes over; copied here if None.

    Raises
    ------
    SessionError
        A path leads through a value that is not a dict; the tree is left unchanged.
    """
    inverse: list[Change] = []
    try:
        for number, change in enumerate(update.changes):
            value = copied(change.value) if copies is None else copies[number]
            inverse.append(_make(root, change, value))
        if update.warnings:
            warnings = gained(root["warnings"], update.warnings)
            inverse.append(_make(root, Change(("warnings",), warnings), warnings))
    except BaseException:
        for change in reversed(inverse):
            _make(root, change, change.value)
        raise
    return Update(update.name, tuple(reversed(inverse)))


def _make(root: dict[str, Any], change: Change, value: Any) -> Change:
    """Apply one change with a value that the tree takes over; return the change that undoes it."""
    hash(change.path)  # an unhashable key must fail before anything is changed
    *ancestors, last = change.path
    place: Any = root
    made: Path | None = None
    for depth, key in enumerate(ancestors):
        if not isinstance(place, dict):
            raise _no_place(change.path[:depth])
        if key not in place:
            if value is REMOVED:
                return Change(change.path, REMOVED)
            made = made or change.path[: depth + 1]
            place[key] = {}
        place = place[key]
    if isinstance(place, set):
        return Change(change.path, _replace_member(place, last, value))
    if not isinstance(place, dict):
        raise _no_place(change.path[:-1])
    old, following = _replace(place, last, value, change.before)
    return Change(made, REMOVED) if made else Change(change.path, old, following)


def _replace_member(place: set[Any], key: Any, value: Any) -> Any:
    old = True if key in place else REMOVED
    (place.discard if value is REMOVED else place.add)(key)
    return old


def _replace(place: dict[Any, Any], key: Any, value: Any, before: Any) -> tuple[Any, Any]:
    """Put or remove a value; return the old value and, if it was removed, the key that came after it."""
    old = place.get(key, REMOVED)
    if value is not REMOVED:
        place[key] = value
        if old is REMOVED and before in place:
            move_behind(place, key, before)
        return old, REMOVED
    if old is REMOVED:
        return REMOVED, REMOVED
    keys = list(place)
    del place[key]
    return old, next(iter(keys[keys.index(key) + 1 :]), REMOVED)


def move_behind(place: dict[Any, Any], key: Any, first: Any) -> None:
    """Move the keys from `first` on after `key`, which was the last."""
    keys = list(place)
    for other in keys[keys.index(first) : keys.index(key)]:
        place[other] = place.pop(other)


def _no_place(path: Path) -> SessionError:
    where = "/".join(map(str, path))
    return SessionError(f"The session has a single value at '{where}', so nothing can be put below it.")
