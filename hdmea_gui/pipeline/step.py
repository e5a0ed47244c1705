"""Steps of the pipeline, and how they are run."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from hdmea_gui import __version__
from hdmea_gui.errors import MissingInputError
from hdmea_gui.io.store.declared import in_declared_types
from hdmea_gui.pipeline.health import changes_of_health
from hdmea_gui.pipeline.libraries import import_ahead
from hdmea_gui.pipeline.parameters import checked, make_params, recorded
from hdmea_gui.pipeline.progress import Progress
from hdmea_gui.pipeline.spike_times import check_spike_times
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


def no_recorded_params(_snapshot: Snapshot) -> Mapping[str, Any]:
    """Return an empty mapping: no parameters are recorded."""
    return {}


def uses_nothing_else(_snapshot: Snapshot, _parameters: Mapping[str, Any]) -> Mapping[str, str]:
    """Return an empty mapping: the step uses the results of other steps only."""
    return {}


def includes_nothing(_snapshot: Snapshot, _params: Any) -> list[tuple[str, dict[str, Any]]]:
    """Return an empty list: the step runs no other step."""
    return []


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
    also_uses
        What a run with recorded parameters uses besides the results of other steps and can change without them, as
        text by name. The result is out of date if it has changed since.
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
    also_uses: Callable[[Snapshot, Mapping[str, Any]], Mapping[str, str]] = uses_nothing_else

    def needs_key(self, key: str) -> bool:
        """Whether the step requires the result of another step."""
        return any(key in need for need in self.needs)

    @property
    def rests_on(self) -> tuple[str, ...]:
        """Keys of all steps whose results this step may use."""
        return tuple(key for need in self.needs for key in need) + self.reads


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
    check_needs(step, snapshot, steps)
    if step.needs:  # only loading needs nothing, and it replaces the spike times
        check_spike_times(snapshot)
    progress = progress or Progress()
    started, clock = datetime.now(UTC), time.perf_counter()
    before = snapshot
    included, snapshot, progress = _run_included(step, snapshot, params, steps, progress)
    import_ahead(step.libraries, progress)
    update = step.run(snapshot, params, progress)
    record = {
        "parameters": recorded(params),
        "program_version": __version__,
        "started_at": started.isoformat(),
        "duration_s": time.perf_counter() - clock,
        "outcome": DONE,
        "used": _used(step, snapshot, recorded(params)),
        "warnings": list(update.warnings),
    }
    done = included.followed_by(_with_record(step, _in_declared_types(update), record, snapshot))
    return dataclasses.replace(done, changes=done.changes + changes_of_health(snapshot_after(before, done)))


def _run_included(
    step: Step, snapshot: Snapshot, params: Any, steps: Mapping[str, Step], progress: Progress
) -> tuple[Update, Snapshot, Progress]:
    """Run the steps that a step includes: their update, the snapshot after it, and the progress that is left."""
    runs = [(steps[key], values) for key, values in step.includes(snapshot, params)]
    runs = [(other, values) for other, values in runs if _can_run(other, snapshot, steps)]
    *parts, rest = progress.parts(len(runs) + 1) if runs else [progress]
    update = Update(step.title)
    for (other, values), part in zip(runs, parts, strict=True):
        made = run_step(other, snapshot, make_params(other.params, values, other.title), steps, part)
        snapshot, update = snapshot_after(snapshot, made), update.followed_by(made)
    return update, snapshot, rest


def _can_run(step: Step, snapshot: Snapshot, steps: Mapping[str, Step]) -> bool:
    try:
        check_needs(step, snapshot, steps)
    except MissingInputError:
        return False
    return True


def check_needs(step: Step, snapshot: Snapshot, steps: Mapping[str, Step]) -> None:
    """Refuse a snapshot in which a required result is missing or out of date.

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
    for key in step.rests_on:
        if step.needs_key(key) and is_out_of_date(steps[key], snapshot):
            raise MissingInputError(
                f"{step.title} needs {steps[key].gives}, but the existing result is out of date: an earlier step was "
                f"run again. Run '{steps[key].title}' first.",
                missing_input=key,
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


def _used(step: Step, snapshot: Snapshot, parameters: Mapping[str, Any]) -> dict[str, str]:
    """Start time of the run that produced each result that is used, by step, and what else is used."""
    started = {key: snapshot.steps.get(key, {}).get("started_at") for key in step.rests_on}
    runs = {key: str(moment) for key, moment in started.items() if moment is not None}
    return runs | dict(step.also_uses(snapshot, parameters))


def is_done(step: Step, snapshot: Snapshot) -> bool:
    """Whether a step is recorded as done and its result exists."""
    return step.key in snapshot.completed_steps and step.has_result(snapshot)


def is_out_of_date(step: Step, snapshot: Snapshot) -> bool:
    """Whether a result that a step used, or would use now, has been computed since."""
    return bool(changed_since(step, snapshot))


def changed_since(step: Step, snapshot: Snapshot) -> list[str]:
    """Return the keys of steps that were run since their results were used, and the names of what else changed."""
    record = snapshot.steps.get(step.key, {})
    if "used" not in record:
        return []
    before, now = record["used"], _used(step, snapshot, record.get("parameters", {}))
    return [key for key in dict.fromkeys([*before, *now]) if before.get(key) != now.get(key)]


def rests_on_outdated(step: Step, snapshot: Snapshot, steps: Mapping[str, Step]) -> bool:
    """Whether a step used a result that is out of date, directly or through other steps."""
    used = [steps[key] for key in snapshot.steps.get(step.key, {}).get("used", {}) if key in steps]
    return any(is_out_of_date(other, snapshot) or rests_on_outdated(other, snapshot, steps) for other in used)
