"""One change of a session: what is put where, what is removed, under which name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hdmea_gui.errors import SessionError
from hdmea_gui.session.tree import REMOVED, Path, copied, freeze

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


@dataclass(frozen=True)
class Change:
    """One place of a session's tree and the value that it shall have.

    Parameters
    ----------
    path : tuple
        Keys from the root, for example ``("units", "unit_001", "label")``.
    value : object
        What shall be there; ``REMOVED`` empties the place.
    before : object
        Key before which a value comes that is new in its dict; ``REMOVED`` puts it at the end. So what
        comes back has its old place.
    """

    path: Path
    value: Any
    before: Any = REMOVED


@dataclass(frozen=True)
class Update:
    """A named set of changes that a session takes whole or not at all.

    Arrays in it become read-only. Changes are made in their order.

    Parameters
    ----------
    name : str
        What the change is, in the user's words; undo lists show it.
    changes : tuple of Change
        The changes.
    warnings : tuple of str
        Sentences that the session's warnings gain, as far as they are not among them.
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
        """Make an update of removals, made first, and of values to put."""
        removals = tuple(Change(path, REMOVED) for path in remove)
        return cls(name, removals + tuple(Change(*item) for item in (put or {}).items()), tuple(warnings))

    def extended(self, put: Mapping[Path, Any]) -> Update:
        """The same update with more values put at its end."""
        return Update(self.name, self.changes + tuple(Change(*item) for item in put.items()), self.warnings)


def gained(warnings: Iterable[str], new: Iterable[str]) -> list[str]:
    """Warnings with those at their end that are not among them yet."""
    known = list(warnings)
    return known + [warning for warning in dict.fromkeys(new) if warning not in known]


def change_tree(root: dict[str, Any], update: Update, copies: Sequence[Any] | None = None) -> Update:
    """Make the changes of an update in a tree and give the update that takes them back.

    Parameters
    ----------
    root : dict
        The tree.
    update : Update
        The changes; stays as it is, whatever becomes of the tree.
    copies : sequence, optional
        The value of each change in containers that become the tree's own, where they have been made already.

    Raises
    ------
    SessionError
        A path leads through something that holds nothing; the tree is as it was.
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
    """Make one change with a value that becomes the tree's own; the change that takes it back is the result."""
    hash(change.path)  # a key that no dict takes must not be met half-way
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
    """Put or remove a value; what was there, and the key that came after it if it is gone, are the result."""
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
    """Move the keys from one on behind another, which was the last."""
    keys = list(place)
    for other in keys[keys.index(first) : keys.index(key)]:
        place[other] = place.pop(other)


def _no_place(path: Path) -> SessionError:
    where = "/".join(map(str, path))
    return SessionError(f"The session holds a single value at '{where}', so nothing can be put below it.")
