"""Steps of the pipeline, and how they are run."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from hdmea_gui import __version__
from hdmea_gui.errors import MissingInputError
from hdmea_gui.io.store.declared import in_declared_types
from hdmea_gui.pipeline.health import with_health
from hdmea_gui.pipeline.libraries import import_ahead
from hdmea_gui.pipeline.parameters import checked, make_params, recorded
from hdmea_gui.pipeline.progress import Progress
from hdmea_gui.pipeline.spike_times import check_spike_times
from hdmea_gui.pipeline.staleness import WHOLE, Source, is_stale, provenance
from hdmea_gui.session import Snapshot, Update, snapshot_after

Run = Callable[[Snapshot, Any, Progress], Update]


PLANNED, DONE = "planned", "done"
"""Outcomes in the record of a step: still to be run, and run."""


def never_skipped(_snapshot: Snapshot, _params: Any) -> str | None:
    """Return None: the step is never left out."""
    return None


def never_stale(_snapshot: Snapshot) -> str:
    """Return an empty text: the step never needs recomputing."""
    return ""


def always_complete(_snapshot: Snapshot) -> str:
    """Return an empty text: the result lacks nothing."""
    return ""


def whole_result(_snapshot: Snapshot, _params: Any = None) -> tuple[str, ...]:
    """Return the only part of a result that has no parts."""
    return (WHOLE,)


def no_recorded_params(_snapshot: Snapshot) -> Mapping[str, Any]:
    """Return an empty mapping: no parameters are recorded."""
    return {}


def includes_nothing(_snapshot: Snapshot, _params: Any) -> list[tuple[str, dict[str, Any]]]:
    """Return an empty list: the step runs no other step."""
    return []


@dataclass(frozen=True)
class Offer:
    """A better way to run a step, as its result suggests.

    Attributes
    ----------
    finding
        What the result shows, as a sentence.
    verb
        What to do about it, for a button.
    values
        Parameters to change, by name.
    """

    finding: str
    verb: str
    values: Mapping[str, Any]


def offers_nothing(_snapshot: Snapshot) -> Offer | None:
    """Return None: the result suggests nothing."""
    return None


@dataclass(frozen=True)
class Step:
    """One step of the pipeline.

    Attributes
    ----------
    key
        Name in files and on the command line.
    title
        Name shown to the user.
    gives
        Result for the user, as a phrase that completes "... needs".
    params
        Frozen dataclass of the parameters, all with defaults.
    run
        Function of (snapshot, parameters, progress) that returns the update.
    has_result
        Whether a snapshot already has the step's result as computed by this program.
    needs
        Keys of the steps whose results are required; of an inner tuple, any one is sufficient.
    reads
        Keys of the steps whose results are used if they exist.
    libraries
        Slow-to-import modules used by the step.
    skip_reason
        Why a run of all steps would leave the step out, as text, or None.
    stale_reason
        Which results of the step in a snapshot were computed incorrectly by other scripts, as text; empty if none.
        They are kept and shown until they are recomputed.
    includes
        Keys and parameters (by name) of the steps that are run first as part of this one, where a result that it
        repeats is missing. One whose own needs are not met is not run.
    recorded_params
        Parameters inferred from the results of a snapshot that has no record of the step, as in files of other
        scripts.
    parts
        Parts of the result, such as movies, that a run with the given parameters computes.
    held
        Parts that a snapshot holds and that can be out of date.
    sources
        Results that a part is computed from; None for those of all steps in `rests_on`.
    lacks
        What the session has gained that the result does not cover yet, as text; empty if nothing.
    offer
        How the step would better be run again, as its result in a snapshot suggests.
    """

    key: str
    title: str
    gives: str
    params: type
    run: Run
    has_result: Callable[[Snapshot], bool]
    needs: tuple[tuple[str, ...], ...] = ()
    reads: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ()
    skip_reason: Callable[[Snapshot, Any], str | None] = never_skipped
    stale_reason: Callable[[Snapshot], str] = never_stale
    includes: Callable[[Snapshot, Any], list[tuple[str, dict[str, Any]]]] = includes_nothing
    recorded_params: Callable[[Snapshot], Mapping[str, Any]] = no_recorded_params
    parts: Callable[[Snapshot, Any], Collection[str]] = whole_result
    held: Callable[[Snapshot], Collection[str]] = whole_result
    sources: Callable[[Snapshot, str], list[Source]] | None = None
    lacks: Callable[[Snapshot], str] = always_complete
    offer: Callable[[Snapshot], Offer | None] = offers_nothing

    def needs_key(self, key: str) -> bool:
        """Whether the step requires the result of another step."""
        return any(key in need for need in self.needs)

    @property
    def rests_on(self) -> tuple[str, ...]:
        """Keys of all steps whose results this step may use."""
        return tuple(key for need in self.needs for key in need) + self.reads

    def sources_of(self, snapshot: Snapshot, part: str) -> list[Source]:
        """Return the results that a part of this step's result is computed from."""
        return (
            [Source(key) for key in self.rests_on] if self.sources is None else self.sources(snapshot, part)
        )


def missing_needs(step: Step, snapshot: Snapshot, steps: Mapping[str, Step]) -> list[tuple[Step, ...]]:
    """Return the requirements of a step that a snapshot does not meet; of each inner tuple, any one is sufficient."""
    needed = [tuple(steps[key] for key in need) for need in step.needs]
    return [options for options in needed if not any(option.has_result(snapshot) for option in options)]


def run_step(
    step: Step,
    snapshot: Snapshot,
    params: Any,
    steps: Mapping[str, Step],
    progress: Progress | None = None,
) -> Update:
    """Run a step and return its update, including provenance.

    Parameters
    ----------
    step
        Step to run.
    snapshot
        Input of the step; not modified.
    params
        Parameters, an object of ``step.params``.
    steps
        All steps by key, to name the one that produces a missing input.
    progress
        Receives the progress and may cancel.

    Returns
    -------
    update
        Result of the step and of those that it includes, each with its record.

    Raises
    ------
    MissingInputError
        If the snapshot lacks the result of another step.
    ConfigurationError
        If a parameter is unsuitable, or a script has set unusable spike times.
    Cancelled
        If the user stopped the step.
    """
    params = checked(params, step.title)
    check_needs(step, snapshot, params, steps)
    if step.needs:  # only loading needs nothing, and it replaces the spike times
        check_spike_times(snapshot)
    progress = progress or Progress()
    started, clock = datetime.now(UTC), time.perf_counter()
    before = snapshot
    included, snapshot, progress = _run_included(step, snapshot, params, steps, progress)
    import_ahead(step.libraries, progress)
    parts = step.parts(snapshot, params)
    update = _in_declared_types(step.run(snapshot, params, progress))
    after = snapshot_after(snapshot, update)
    record = {
        "parameters": recorded(params),
        "program_version": __version__,
        "started_at": started.isoformat(),
        "duration_s": time.perf_counter() - clock,
        "outcome": DONE,
        "warnings": list(map(str, update.warnings)),
        **provenance(step, snapshot, after, parts, started.isoformat()),
    }
    done = included.followed_by(_with_record(step, update, record, snapshot))
    return with_health(before, done, lambda: progress(1, 1, "Looking at the recording's health"))


def _run_included(
    step: Step, snapshot: Snapshot, params: Any, steps: Mapping[str, Step], progress: Progress
) -> tuple[Update, Snapshot, Progress]:
    """Run the steps that a step includes: their update, the snapshot after it, and the progress that is left."""
    asked = [(steps[key], values) for key, values in step.includes(snapshot, params)]
    made = [(other, make_params(other.params, values, other.title)) for other, values in asked]
    runs = [(other, its_params) for other, its_params in made if _can_run(other, snapshot, its_params, steps)]
    *parts, rest = progress.parts(len(runs) + 1) if runs else [progress]
    update = Update(step.title)
    for (other, its_params), part in zip(runs, parts, strict=True):
        change = run_step(other, snapshot, its_params, steps, part)
        snapshot, update = snapshot_after(snapshot, change), update.followed_by(change)
    return update, snapshot, rest


def _can_run(step: Step, snapshot: Snapshot, params: Any, steps: Mapping[str, Step]) -> bool:
    try:
        check_needs(step, snapshot, params, steps)
    except MissingInputError:
        return False
    return True


def check_needs(step: Step, snapshot: Snapshot, params: Any, steps: Mapping[str, Step]) -> None:
    """Refuse a snapshot in which a result that a run requires is missing or out of date.

    Raises
    ------
    MissingInputError
        If there is one; the message names it and the step that produces it.
    """
    for options in missing_needs(step, snapshot, steps):
        titles = "' or '".join(option.title for option in options)
        raise MissingInputError(
            f"{step.title} needs {options[0].gives}. Run '{titles}' first.", missing_input=options[0].key
        )
    for part in step.parts(snapshot, params) if step.needs else ():
        _check_sources(step, part, snapshot, steps)


def _check_sources(step: Step, part: str, snapshot: Snapshot, steps: Mapping[str, Step]) -> None:
    for source in step.sources_of(snapshot, part):
        other = steps[source.step]
        if step.needs_key(other.key) and is_stale(other, source.part, snapshot):
            which = other.gives if source.part == WHOLE else f"{other.gives} of {source.part}"
            raise MissingInputError(
                f"{step.title} needs {which}, but the existing result is out of date: an earlier step was run again. "
                f"Run '{other.title}' first.",
                missing_input=other.key,
            )


def _in_declared_types(update: Update) -> Update:
    """Return an update whose values have the types that the file's schema declares."""
    changes = [
        dataclasses.replace(change, value=in_declared_types(change.path, change.value))
        for change in update.changes
    ]
    return dataclasses.replace(update, changes=tuple(changes))


def _with_record(step: Step, update: Update, record: dict[str, Any], snapshot: Snapshot) -> Update:
    """Add the record of the completed step to its update, and drop the warnings of its last run."""
    outdated = snapshot.steps.get(step.key, {}).get("warnings", [])
    return dataclasses.replace(update, name=step.title).extended(
        {
            ("steps", step.key): record,
            ("completed_steps", step.key): True,
            ("warnings",): [warning for warning in snapshot.warnings if warning not in outdated],
        }
    )


def is_done(step: Step, snapshot: Snapshot) -> bool:
    """Whether a step is recorded as done and its result exists."""
    return step.key in snapshot.completed_steps and step.has_result(snapshot)
