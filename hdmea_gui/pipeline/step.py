"""What a step of the pipeline is, and how one is run."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Any

from hdmea_gui import __version__
from hdmea_gui.errors import MissingInputError
from hdmea_gui.pipeline.libraries import import_ahead
from hdmea_gui.pipeline.parameters import checked, recorded
from hdmea_gui.pipeline.progress import Progress
from hdmea_gui.pipeline.spike_times import check_spike_times
from hdmea_gui.session import Snapshot, Update

Run = Callable[[Snapshot, Any, Progress], Iterator[object]]


class Outcome(Enum):
    """How a step ended, or that it has yet to begin."""

    PLANNED = "planned"
    DONE = "done"
    LEFT_OUT = "left out"
    FAILED = "failed"
    CANCELLED = "cancelled"


def never_skipped(_snapshot: Snapshot, _params: Any) -> str | None:
    """Give no reason to leave a step out."""
    return None


def never_stale(_snapshot: Snapshot) -> str:
    """Nothing of a step's results is wrong."""
    return ""


def no_recorded_params(_snapshot: Snapshot) -> Mapping[str, Any]:
    """Tell of no parameter."""
    return {}


@dataclass(frozen=True)
class Step:
    """One step of the pipeline.

    Parameters
    ----------
    key : str
        Its name in files and on the command line.
    title : str
        Its name for the user.
    gives : str
        What the session has after it, in words that complete "This gives ...".
    params : type
        Frozen dataclass of its parameters, all with defaults.
    run : callable
        Generator of (snapshot, parameters, progress): any number of previews, then one Update.
    has_result : callable
        Whether a snapshot already holds the step's result, as this program computes it.
    needs : tuple of tuple of str
        Keys of the steps whose results it needs; of an inner tuple any one is enough.
    reads : tuple of str
        Keys of the steps whose results it also looks at where they are there.
    libraries : tuple of str
        Modules that take long to import and that it uses.
    skip_reason : callable
        Why a run of all steps would leave it out, as text, or None.
    stale_reason : callable
        Which of the step's results in a snapshot other scripts computed wrongly, as text; empty if none. They are
        kept and shown until they are recomputed.
    recorded_params : callable
        Parameters that can be read from the results of a snapshot without a record of the step, as other scripts
        leave it.
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
    recorded_params: Callable[[Snapshot], Mapping[str, Any]] = no_recorded_params

    def needs_key(self, key: str) -> bool:
        """Whether the step needs the result of another one."""
        return any(key in need for need in self.needs)

    @property
    def rests_on(self) -> tuple[str, ...]:
        """Keys of all steps whose results may go into this one's."""
        return tuple(key for need in self.needs for key in need) + self.reads


def missing_needs(step: Step, snapshot: Snapshot, steps: Mapping[str, Step]) -> list[tuple[Step, ...]]:
    """The needs of a step that a snapshot does not meet: of each inner tuple one would do."""
    needed = [tuple(steps[key] for key in need) for need in step.needs]
    return [options for options in needed if not any(option.has_result(snapshot) for option in options)]


def run_step(
    step: Step,
    snapshot: Snapshot,
    params: Any,
    steps: Mapping[str, Step],
    progress: Progress | None = None,
    on_preview: Callable[[object], None] | None = None,
) -> Update:
    """Run a step and give the one update that it ends with, its provenance included.

    Parameters
    ----------
    step : Step
        The step.
    snapshot : Snapshot
        What it works on; stays as it is.
    params : object
        Its parameters, an object of ``step.params``.
    steps : mapping
        All steps by key, to name the one that gives what is missing.
    progress : Progress, optional
        Is told how far it is and may stop it.
    on_preview : callable, optional
        Is given each preview.

    Raises
    ------
    MissingInputError
        The snapshot lacks what another step gives.
    ConfigurationError
        A parameter does not fit, or spike times that a script has set.
    Cancelled
        The user stopped it.
    """
    params = checked(params, step.title)
    check_needs(step, snapshot, steps)
    if step.needs:
        check_spike_times(snapshot)
    progress = progress or Progress()
    started, clock = datetime.now(UTC), time.perf_counter()
    import_ahead(step.libraries, progress)
    update = _update_of(step, step.run(snapshot, params, progress), on_preview)
    record = {
        "parameters": recorded(params),
        "program_version": __version__,
        "started_at": started.isoformat(),
        "duration_s": time.perf_counter() - clock,
        "outcome": Outcome.DONE.value,
        "used": _runs_used(step, snapshot),
        "warnings": list(update.warnings),
    }
    return _with_record(step, update, record, snapshot)


def check_needs(step: Step, snapshot: Snapshot, steps: Mapping[str, Step]) -> None:
    """Refuse a snapshot that lacks what another step gives, or holds it out of date.

    Raises
    ------
    MissingInputError
        The sentence names what is missing, and the step that gives it.
    """
    for options in missing_needs(step, snapshot, steps):
        titles = "' or '".join(option.title for option in options)
        raise MissingInputError(
            f"{step.title} needs {options[0].gives}. Run '{titles}' first.", missing_input=options[0].key
        )
    for key in step.rests_on:
        if step.needs_key(key) and is_out_of_date(steps[key], snapshot):
            raise MissingInputError(
                f"{step.title} needs {steps[key].gives}, and these are out of date: an earlier step was run again. "
                f"Run '{steps[key].title}' first.",
                missing_input=key,
            )


def _update_of(step: Step, items: Iterator[object], on_preview: Callable[[object], None] | None) -> Update:
    """The update that a running step ends with; what comes before it are previews."""
    update: Update | None = None
    for item in items:
        if isinstance(item, Update):
            update = item
        elif on_preview is not None:
            on_preview(item)
    if update is None:
        raise AssertionError(f"The step {step.key} ended without an update.")
    return update


def _with_record(step: Step, update: Update, record: dict[str, Any], snapshot: Snapshot) -> Update:
    """The update with the note that the step is done; remarks of its last run go."""
    outdated = snapshot.steps.get(step.key, {}).get("warnings", [])
    return dataclasses.replace(update, name=step.title).extended(
        {
            ("steps", step.key): record,
            ("completed_steps", step.key): True,
            ("warnings",): [warning for warning in snapshot.warnings if warning not in outdated],
        }
    )


def _runs_used(step: Step, snapshot: Snapshot) -> dict[str, str]:
    """For each step whose result was used, when the run that gave it started."""
    started = {key: snapshot.steps.get(key, {}).get("started_at") for key in step.rests_on}
    return {key: str(moment) for key, moment in started.items() if moment is not None}


def is_done(step: Step, snapshot: Snapshot) -> bool:
    """Whether a step is noted as done and its result is there."""
    return step.key in snapshot.completed_steps and step.has_result(snapshot)


def is_out_of_date(step: Step, snapshot: Snapshot) -> bool:
    """Whether a result that went into a step's, or would go into it now, has been made since."""
    record = snapshot.steps.get(step.key, {})
    return "used" in record and record["used"] != _runs_used(step, snapshot)


def rests_on_outdated(step: Step, snapshot: Snapshot, steps: Mapping[str, Step]) -> bool:
    """Whether a result that went into a step's is out of date, or rests on such a one in turn."""
    used = [steps[key] for key in snapshot.steps.get(step.key, {}).get("used", {}) if key in steps]
    return any(is_out_of_date(other, snapshot) or rests_on_outdated(other, snapshot, steps) for other in used)
