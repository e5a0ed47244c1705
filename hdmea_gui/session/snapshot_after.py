"""Snapshot after an update, computed in a time that depends on the size of the update alone."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from hdmea_gui.session.snapshot import CONTENT, Snapshot
from hdmea_gui.session.tree import REMOVED
from hdmea_gui.session.update import gained, move_behind

if TYPE_CHECKING:
    from hdmea_gui.session.update import Change, Update


def snapshot_after(snapshot: Snapshot, update: Update) -> Snapshot:
    """Return the snapshot of a session after an update, given the one before it.

    Both share all containers that the update does not touch, so neither may be modified.

    Parameters
    ----------
    snapshot
        The session before the update; it is not modified.
    update
        The update.
    """
    root: dict[Any, Any] = {name: getattr(snapshot, name) for name in CONTENT}
    own: dict[int, Any] = {}
    for change in update.changes:
        _make(root, change, own)
    warnings = tuple(gained(root["warnings"], update.warnings) if update.warnings else root["warnings"])
    content = root | {"warnings": warnings, "completed_steps": frozenset(root["completed_steps"])}
    return dataclasses.replace(snapshot, **content)


def _make(root: dict[Any, Any], change: Change, own: dict[int, Any]) -> None:
    """Apply a change in unshared containers; shared ones are copied on the way down."""
    *ancestors, last = change.path
    place = root
    for key in ancestors:
        if key not in place and change.value is REMOVED:
            return
        child = place.get(key, {})
        if isinstance(child, (set, frozenset)):
            place[key] = child - {last} if change.value is REMOVED else child | {last}
            return
        if id(child) not in own:
            child = dict(child)
            own[id(child)] = child  # keeps the dict alive, so that its id stays unique
        place[key] = child
        place = child
    if change.value is REMOVED:
        place.pop(last, None)
        return
    is_new = last not in place
    place[last] = change.value
    if is_new and change.before in place:
        move_behind(place, last, change.before)
