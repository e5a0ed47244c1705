"""The loop that runs steps one after another; command line, scripts and window drive the same one."""

from __future__ import annotations

import dataclasses
import logging
import time
import traceback
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hdmea_gui.errors import HDMEAError, words_of
from hdmea_gui.pipeline.plan import Plan, next_reason, records_to_come
from hdmea_gui.pipeline.progress import Cancelled, Progress
from hdmea_gui.pipeline.status import ENDS_RUN, StatusKind, StepStatus
from hdmea_gui.pipeline.step import Step, run_step
from hdmea_gui.pipeline.steps import STEPS_BY_KEY
from hdmea_gui.session import Snapshot, Update

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hdmea_gui.session import PipelineSession

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Turn:
    """What the driver of a run gives to the step that is about to start.

    Attributes
    ----------
    snapshot
        Input of the step.
    take
        Takes the update of the step: applies it, or keeps it for whoever may apply it.
    progress
        Receives the progress and may cancel.
    """

    snapshot: Snapshot
    take: Callable[[Update], object]
    progress: Progress = field(default_factory=Progress)


Run = Generator[StepStatus, "Turn | None", None]


def steps_of_run(plan: Plan, *, raises: bool = False) -> Run:
    """Run the steps of a plan in order; the first that fails or is stopped ends the run.

    For each step the generator yields its status twice: running, when it is about to start, and how it ended, in
    answer to the `Turn` that is sent. Whatever sends the turn lends its thread to the step.

    Parameters
    ----------
    plan
        Steps to run.
    raises
        Whether the error of a step is raised instead of yielding that the step has failed.

    Yields
    ------
    status
        Status of a step.
    """
    for step in plan.steps:
        turn = yield StepStatus.of(step, StatusKind.RUNNING)
        assert turn is not None  # noqa: S101 - the driver answers a step that starts
        status = _ended(step, plan, turn, raises=raises)
        yield status
        if status.kind in ENDS_RUN:
            return


def _ended(step: Step, plan: Plan, turn: Turn, *, raises: bool) -> StepStatus:
    clock = time.perf_counter()
    status = StepStatus.of(step, StatusKind.DONE)
    try:
        reason = next_reason(step, turn.snapshot, plan)
        if reason is not None:
            return dataclasses.replace(status, kind=StatusKind.LEFT_OUT, message=reason)
        update = run_step(step, turn.snapshot, plan.params_of(step), STEPS_BY_KEY, turn.progress)
        turn.take(update)
        status = dataclasses.replace(status, warnings=update.warnings)
    except Cancelled:
        return dataclasses.replace(status, kind=StatusKind.STOPPED)
    except (HDMEAError, OSError, MemoryError) as error:
        # anything else is a bug and must not look like a failed step
        if raises:
            raise
        status = failed(status, error)
    return dataclasses.replace(status, duration_s=time.perf_counter() - clock)


def failed(status: StepStatus, error: Exception) -> StepStatus:
    """Return the status of a step that an error has ended, and log the error."""
    logger.info("%s failed", status.title, exc_info=error)
    details = "".join(traceback.format_exception(error))
    message = words_of(error) or str(error)
    return dataclasses.replace(status, kind=StatusKind.FAILED, message=message, details=details)


def run_on_session(
    session: PipelineSession,
    plan: Plan,
    take: Callable[[Update], object],
    *,
    progress_of: Callable[[StepStatus], Progress] | None = None,
    raises: bool = False,
) -> Iterator[StepStatus]:
    """Run the steps of a plan on a session in this thread.

    Parameters
    ----------
    session
        Provides the input of each step.
    plan
        Steps to run.
    take
        Applies the update of a step to the session.
    progress_of
        Function that returns the progress object for a step that starts.
    raises
        Whether the error of a step is raised.

    Yields
    ------
    status
        How a step ended, one for each.
    """
    run = steps_of_run(plan, raises=raises)
    for starting in run:
        progress = progress_of(starting) if progress_of is not None else Progress()
        yield run.send(Turn(session.snapshot(), take, progress))


def run_plan(
    session: PipelineSession,
    plan: Plan,
    *,
    progress_of: Callable[[StepStatus], Progress] | None = None,
    on_ended: Callable[[StepStatus], None] | None = None,
) -> list[StepStatus]:
    """Run the steps of a plan on a session; the first failure ends the run.

    Parameters
    ----------
    session
        Receives the result of each step as soon as it is done.
    plan
        Steps to run.
    progress_of
        Function that returns the progress object for a step that starts.
    on_ended
        Called with the status of each step that has ended.

    Returns
    -------
    statuses
        How the steps ended, up to the one that failed.
    """
    # recorded before the first step, so that a checkpoint on the way knows the parameters still to come
    session.apply(Update.of("Plan", records_to_come(plan, session.completed_steps)))
    statuses = []
    for status in run_on_session(session, plan, session.apply, progress_of=progress_of):
        statuses.append(status)
        if on_ended is not None:
            on_ended(status)
    return statuses
