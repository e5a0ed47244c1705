"""Health of a recording: one file for each check, and the ordered table of all of them."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from hdmea_gui.pipeline.health import (
    amplitude_drift,
    bad_lanes,
    display_frames,
    movie_light,
    playlist_length,
    rates,
    refractory,
    spikes_outside,
)
from hdmea_gui.pipeline.health.check import STATES, Check, Finding, State, worst
from hdmea_gui.session.snapshot_after import snapshot_after
from hdmea_gui.session.tree import REMOVED
from hdmea_gui.session.update import Change

if TYPE_CHECKING:
    from collections.abc import Callable

    from hdmea_gui.session import Snapshot
    from hdmea_gui.session.update import Update

CHECKS: tuple[Check, ...] = (
    rates.CHECK,
    display_frames.CHECK,
    playlist_length.CHECK,
    movie_light.CHECK,
    spikes_outside.CHECK,
    bad_lanes.CHECK,
    refractory.CHECK,
    amplitude_drift.CHECK,
)

CHECKS_BY_KEY = {check.key: check for check in CHECKS}


def with_health(
    snapshot: Snapshot, update: Update, check_cancelled: Callable[[], None] = lambda: None
) -> Update:
    """Return an update that also brings the stored findings up to date, given the snapshot before it."""
    after = snapshot_after(snapshot, update)
    return dataclasses.replace(update, changes=update.changes + changes_of_health(after, check_cancelled))


def changes_of_health(
    snapshot: Snapshot, check_cancelled: Callable[[], None] = lambda: None
) -> tuple[Change, ...]:
    """Return the changes that bring the stored findings up to date with a snapshot."""
    changes = []
    for check in CHECKS:
        check_cancelled()
        finding = check.look(snapshot)
        held = snapshot.health.get(check.key)
        stored: Any = REMOVED if finding is None else finding.as_stored()
        if stored is not REMOVED or held is not None:
            changes.append(Change(("health", check.key), stored))
    return tuple(changes)


__all__ = [
    "CHECKS",
    "CHECKS_BY_KEY",
    "STATES",
    "Check",
    "Finding",
    "State",
    "changes_of_health",
    "with_health",
    "worst",
]
