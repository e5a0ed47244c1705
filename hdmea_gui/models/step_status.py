"""Status of a step: not run, ready, waiting, running, done, failed, left out, or out of date."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from hdmea_gui.pipeline.step import Outcome, is_done, is_out_of_date, missing_needs, rests_on_outdated
from hdmea_gui.pipeline.steps import STEPS_BY_KEY

if TYPE_CHECKING:
    from hdmea_gui.pipeline.step import Step
    from hdmea_gui.session import Snapshot


class StatusKind(Enum):
    """Kinds of step status; the values are shown to the user."""

    NO_SESSION = "no session"
    WAITING = "waiting"
    READY = "ready"
    RUNNING = "running"
    DONE = "done"
    OUT_OF_DATE = "out of date"
    TO_BE_RECOMPUTED = "to be recomputed"
    LEFT_OUT = "left out"
    FAILED = "failed"
    CANCELLED = "stopped"


@dataclass(frozen=True)
class StepStatus:
    """Status of a step, and the explanation shown to the user.

    Parameters
    ----------
    kind : StatusKind
        Its status.
    message : str
        What it is waiting for, why it failed, or how long it took.
    """

    kind: StatusKind
    message: str = ""


_ENDED = {
    Outcome.FAILED: StatusKind.FAILED,
    Outcome.CANCELLED: StatusKind.CANCELLED,
    Outcome.LEFT_OUT: StatusKind.LEFT_OUT,
}


def status_of(
    step: Step, snapshot: Snapshot | None, ended: Outcome | None = None, words: str = ""
) -> StepStatus:
    """Return the status of a step that is not running now.

    Parameters
    ----------
    step : Step
        The step.
    snapshot : Snapshot or None
        Snapshot of the session, if there is one.
    ended : Outcome or None
        Outcome of its last run on this session, if any.
    words : str
        Message of that run.
    """
    if snapshot is None:
        return StepStatus(StatusKind.NO_SESSION, "waiting for a recording")
    if ended in {Outcome.FAILED, Outcome.CANCELLED}:
        return StepStatus(_ENDED[ended], words)
    stale = step.stale_reason(snapshot)
    if is_done(step, snapshot):
        return StepStatus(StatusKind.TO_BE_RECOMPUTED, stale) if stale else _done(step, snapshot)
    missing = missing_needs(step, snapshot, STEPS_BY_KEY)
    if missing:
        return StepStatus(
            StatusKind.WAITING, "waiting for " + " or ".join(option.title for option in missing[0])
        )
    if ended is Outcome.LEFT_OUT:
        return StepStatus(StatusKind.LEFT_OUT, words)
    return StepStatus(StatusKind.TO_BE_RECOMPUTED, stale) if stale else StepStatus(StatusKind.READY)


def _done(step: Step, snapshot: Snapshot) -> StepStatus:
    if is_out_of_date(step, snapshot):
        return StepStatus(StatusKind.OUT_OF_DATE, "an earlier step was run again")
    if rests_on_outdated(step, snapshot, STEPS_BY_KEY):
        return StepStatus(StatusKind.OUT_OF_DATE, "an earlier step is out of date")
    return StepStatus(StatusKind.DONE, _when(step, snapshot))


def _when(step: Step, snapshot: Snapshot) -> str:
    """Duration of a step's last run, as text."""
    record = snapshot.steps.get(step.key, {})
    seconds = record.get("duration_s")
    return duration_words(float(seconds)) if seconds is not None else ""


def duration_words(seconds: float) -> str:
    """Return a duration as text, such as "12 s" or "2 min 05 s"."""
    if seconds < 9.95:  # from here on, one decimal would be rounded to 10.0
        return f"{seconds:.1f} s"
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{int(seconds // 60)} min {int(seconds % 60):02d} s"
