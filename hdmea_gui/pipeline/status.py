"""Status of a step: what the session says of it, and how its last run went."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from hdmea_gui.pipeline.progress import Report
from hdmea_gui.pipeline.staleness import RESTS_ON_STALE, RUN_AGAIN, stale_parts
from hdmea_gui.pipeline.step import is_done, missing_needs
from hdmea_gui.pipeline.steps import STEPS_BY_KEY

if TYPE_CHECKING:
    from hdmea_gui.pipeline.step import Step
    from hdmea_gui.session import Snapshot


class StatusKind(Enum):
    """Kinds of step status; the values are shown to the user and stand in reports as JSON."""

    NO_SESSION = "no session"
    WAITING = "waiting"
    READY = "ready"
    RUNNING = "running"
    DONE = "done"
    OUT_OF_DATE = "out of date"
    TO_BE_RECOMPUTED = "to be recomputed"
    LEFT_OUT = "left out"
    FAILED = "failed"
    STOPPED = "stopped"


ENDS_RUN = frozenset({StatusKind.FAILED, StatusKind.STOPPED})
"""Kinds after which no further step of a run is started."""


@dataclass(frozen=True)
class StepStatus:
    """Status of a step.

    Attributes
    ----------
    key, title
        Key and title of the step.
    kind
        Its status.
    message
        For the user: what it is waiting for, why it was left out or failed, or how long its last run took.
    details
        Of a failure, as text for a bug report.
    warnings
        Warnings of a completed run.
    duration_s
        Duration of a run that is done or has failed, s.
    report
        Progress so far of a running step.
    seconds_left
        Estimated time left of a running step, s; None if unknown.
    """

    key: str
    title: str
    kind: StatusKind
    message: str = ""
    details: str = ""
    warnings: tuple[str, ...] = ()
    duration_s: float = 0.0
    report: Report | None = None
    seconds_left: float | None = None

    @classmethod
    def of(cls, step: Step, kind: StatusKind, message: str = "") -> StepStatus:
        """Return a status of a step."""
        return cls(step.key, step.title, kind, message)

    @property
    def share_done(self) -> float:
        """Fraction of a running step that is done, 0 to 1."""
        return self.report.done / self.report.total if self.report is not None and self.report.total else 0.0


def status_of(step: Step, snapshot: Snapshot | None, ended: StepStatus | None = None) -> StepStatus:
    """Return the status of a step that is not running now.

    Parameters
    ----------
    step
        The step.
    snapshot
        Snapshot of the session, if there is one.
    ended
        How its last run on this session ended, if there was one.

    Returns
    -------
    status
        The status; that of the last run as long as the session does not say more.
    """
    if snapshot is None:
        return StepStatus.of(step, StatusKind.NO_SESSION, "waiting for a recording")
    if ended is not None and ended.kind in ENDS_RUN:
        return ended
    result = status_of_result(step, snapshot)
    if result is not None and is_done(step, snapshot):
        return result
    missing = missing_needs(step, snapshot, STEPS_BY_KEY)
    if missing:
        titles = " or ".join(option.title for option in missing[0])
        return StepStatus.of(step, StatusKind.WAITING, f"waiting for {titles}")
    if ended is not None and ended.kind is StatusKind.LEFT_OUT:
        return ended
    return result or StepStatus.of(step, StatusKind.READY)


def status_of_result(step: Step, snapshot: Snapshot) -> StepStatus | None:
    """Return the status of the result that a session has of a step; None if it has none."""
    if stale := step.stale_reason(snapshot):
        return StepStatus.of(step, StatusKind.TO_BE_RECOMPUTED, stale)
    if not is_done(step, snapshot):
        return None
    if reason := _stale_reason(step, snapshot) or step.lacks(snapshot):
        return StepStatus.of(step, StatusKind.OUT_OF_DATE, reason)
    return StepStatus.of(step, StatusKind.DONE, _when(step, snapshot))


def _stale_reason(step: Step, snapshot: Snapshot) -> str:
    """Why a result is out of date, with its parts if that does not concern all of them; empty if it is not."""
    reasons = stale_parts(step, snapshot, STEPS_BY_KEY)
    if not reasons:
        return ""
    direct = [reason for reason in reasons.values() if reason != RESTS_ON_STALE]
    reason = RUN_AGAIN if RUN_AGAIN in direct else next(iter(direct), RESTS_ON_STALE)
    return reason if len(reasons) == len(step.held(snapshot)) else f"{reason} ({', '.join(reasons)})"


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
