"""The snapshot that follows another one by an update, in a time that depends on the update alone."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from hdmea_gui.session.snapshot import CONTENT, Snapshot
from hdmea_gui.session.tree import REMOVED
from hdmea_gui.session.update import gained, move_behind

if TYPE_CHECKING:
    from hdmea_gui.session.update import Change, Update


def snapshot_after(snapshot: Snapshot, update: Update) -> Snapshot:
    """The snapshot of a session that was as a snapshot tells and has then taken an update.

    Both share every container off the paths of the update; neither may be changed by anybody.

    Parameters
    ----------
    snapshot : Snapshot
        What the session held before; stays as it is.
    update : Update
        What the session has taken.
    """
    root: dict[Any, Any] = {name: getattr(snapshot, name) for name in CONTENT}
    own: dict[int, Any] = {}
    for change in update.changes:
        _make(root, change, own)
    warnings = tuple(gained(root["warnings"], update.warnings) if update.warnings else root["warnings"])
    content = root | {"warnings": warnings, "completed_steps": frozenset(root["completed_steps"])}
    return dataclasses.replace(snapshot, **content)


def _make(root: dict[Any, Any], change: Change, own: dict[int, Any]) -> None:
    """Make a change in containers of our own; those that are shared are copied on the way down."""
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
            own[id(child)] = child  # kept here, so that its id stays its own
        place[key] = child
        place = child
    if change.value is REMOVED:
        place.pop(last, None)
        return
    is_new = last not in place
    place[last] = change.value
    if is_new and change.before in place:
        move_behind(place, last, change.before)
