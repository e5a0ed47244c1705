"""Staleness of results: whether what a result was computed from has changed since.

A step's result consists of parts, such as one for each movie, and each part is judged by what it was computed from.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from hdmea_gui.session.recording import RecordingReader

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from hdmea_gui.session import Snapshot

WHOLE = "all"
"""Name of the only part of a result that has no parts."""

RUN_AGAIN = "an earlier step was run again"
RESTS_ON_STALE = "an earlier step is out of date"
_JOINED = "-"


@dataclass(frozen=True)
class Source:
    """Part of another step's result that a part of a result is computed from.

    Attributes
    ----------
    step, part
        Key of the step, and its part.
    content
        What is read of it, as text; empty if all of it is, so that every new run counts as a change.
    change
        What it means for the user if this has changed.
    """

    step: str
    part: str = WHOLE
    content: str = ""
    change: str = RUN_AGAIN


class Judged(Protocol):
    """Step whose results are judged."""

    @property
    def key(self) -> str:
        """Key of the step."""

    @property
    def held(self) -> Callable[[Snapshot], Collection[str]]:
        """Function that returns the parts that a snapshot holds."""

    def sources_of(self, snapshot: Snapshot, part: str) -> list[Source]:
        """Return the results that a part is computed from."""


def section_content(snapshot: Snapshot, movie: str) -> str:
    """Return the sections of a movie, with their margins, as text."""
    section = RecordingReader(snapshot).sections.get(movie)
    return "none" if section is None else repr((section.bounds.tolist(), section.info()))


def bounds_content(snapshot: Snapshot, movie: str) -> str:
    """Return the bounds of the trials of a movie as text."""
    bounds = RecordingReader(snapshot).trials(movie)
    return "none" if bounds is None else repr(np.asarray(bounds).tolist())


def made_at(snapshot: Snapshot, key: str, part: str) -> str:
    """Return the start of the run that computed a part of a step's result; empty if it is not recorded."""
    record = snapshot.steps.get(key, {})
    made = record.get("made", {part: record.get("started_at", "")})  # version 0.1.0 recorded whole runs only
    return str(made.get(part, ""))


def is_stale(step: Judged, part: str, snapshot: Snapshot) -> bool:
    """Whether what a part of a step's result was computed from has changed since."""
    record = snapshot.steps.get(step.key, {})
    inputs = record.get("inputs", {})
    if part in inputs:
        return bool(inputs[part] != _fingerprint(step, part, snapshot))
    used = record.get("used", {})  # the runs used, by step, as recorded by version 0.1.0
    now = {
        source.step: made_at(snapshot, source.step, source.part) for source in step.sources_of(snapshot, part)
    }
    return any(used.get(key, moment) != moment for key, moment in now.items())


def stale_parts(step: Judged, snapshot: Snapshot, steps: Mapping[str, Judged]) -> dict[str, str]:
    """Return the parts of a step's result that are out of date, directly or through other steps, with the reason."""
    reasons = {}
    for part in step.held(snapshot):
        if is_stale(step, part, snapshot):
            reasons[part] = _changed(step, part, snapshot)
        elif _rests_on_stale(step, part, snapshot, steps):
            reasons[part] = RESTS_ON_STALE
    return reasons


def _changed(step: Judged, part: str, snapshot: Snapshot) -> str:
    """What has changed since a part was computed; a new run of an earlier step counts first."""
    before = _hashes(snapshot.steps.get(step.key, {}).get("inputs", {}).get(part, ""))
    sources = step.sources_of(snapshot, part)
    now = _hashes(_fingerprint(step, part, snapshot))
    if not len(sources) == len(before) == len(now):  # recorded by a version in which the step had others
        return RUN_AGAIN
    changes = [source.change for source, old, new in zip(sources, before, now, strict=True) if old != new]
    return RUN_AGAIN if RUN_AGAIN in changes else next(iter(changes), RUN_AGAIN)


def _rests_on_stale(step: Judged, part: str, snapshot: Snapshot, steps: Mapping[str, Judged]) -> bool:
    return any(
        is_stale(steps[source.step], source.part, snapshot)
        or _rests_on_stale(steps[source.step], source.part, snapshot, steps)
        for source in step.sources_of(snapshot, part)
    )


def provenance(
    step: Judged, before: Snapshot, after: Snapshot, parts: Collection[str], started_at: str
) -> dict[str, Any]:
    """Return what the record of a step holds about the parts of its result.

    Parameters
    ----------
    step
        The step.
    before, after
        The session before and after the run.
    parts
        Parts that the run has computed; the others are those of earlier runs.
    started_at
        Start of the run.
    """
    old = before.steps.get(step.key, {})
    made = {part: made_at(before, step.key, part) for part in step.held(before)}
    made |= dict.fromkeys(parts, started_at)
    inputs = old.get("inputs", {}) | {part: _fingerprint(step, part, after) for part in parts}
    held = set(step.held(after))
    return {
        "made": {part: moment for part, moment in made.items() if part in held},
        "inputs": {part: fingerprint for part, fingerprint in inputs.items() if part in held},
    } | {name: old[name] for name in ("used",) if name in old}


def _fingerprint(step: Judged, part: str, snapshot: Snapshot) -> str:
    """Return a hash of each source that a part of a step's result is computed from, joined."""
    return _JOINED.join(_hash(source, snapshot) for source in step.sources_of(snapshot, part))


def _hash(source: Source, snapshot: Snapshot) -> str:
    read = (source.step, source.part, source.content or made_at(snapshot, source.step, source.part))
    return hashlib.blake2b(repr(read).encode(), digest_size=8).hexdigest()


def _hashes(fingerprint: str) -> list[str]:
    return fingerprint.split(_JOINED)
