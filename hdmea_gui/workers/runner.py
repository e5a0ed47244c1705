"""Drives a run of steps: each step on a thread of its own, and its update applied on the GUI thread."""

from __future__ import annotations

import asyncio
import dataclasses
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from hdmea_gui.errors import HDMEAError, SessionError
from hdmea_gui.pipeline.plan import Plan, records_to_come
from hdmea_gui.pipeline.running import Run, failed, steps_of_run
from hdmea_gui.pipeline.status import ENDS_RUN, StatusKind, StepStatus
from hdmea_gui.session import PipelineSession
from hdmea_gui.session.unit import USERS_FIELDS
from hdmea_gui.workers.job import Ending, Outcome
from hdmea_gui.workers.jobs import StepJob, Stepped
from hdmea_gui.workers.time_left import TimeLeft

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hdmea_gui.models.changed import Changed
    from hdmea_gui.models.session_model import SessionModel
    from hdmea_gui.pipeline.progress import Report
    from hdmea_gui.session import Prepared


@dataclass
class _Run:
    """State of one run."""

    keys: tuple[str, ...]
    steps: Run
    session: PipelineSession
    to_come: dict[tuple[str, ...], Any]
    edits: dict[tuple[Any, ...], Any] = dataclasses.field(default_factory=dict)
    stopping: bool = False


class Runner(QObject):
    """Runs steps on the session of a model; lives on the GUI thread.

    The session may be edited meanwhile: a step's update changes only its own paths, and labels and notes that were
    written while it ran are kept.

    Parameters
    ----------
    model : SessionModel
        Owner of the session; applies every update.
    parent : QObject, optional
        Qt parent.
    """

    started = Signal()
    """A run has started."""

    finished = Signal()
    """A run has ended: done, failed or stopped."""

    step_changed = Signal(str)
    """The status of a step in the run has changed; carries its key."""

    applied = Signal(str)
    """The result of a step was added to the session, which is the time for a checkpoint; carries its key."""

    def __init__(self, model: SessionModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._statuses: dict[str, StepStatus] = {}
        self._run: _Run | None = None
        self._job: StepJob | None = None
        self._current = ""
        self._time_left = TimeLeft()
        model.replaced.connect(self._on_replaced)
        model.changed.connect(self._on_changed)

    @property
    def is_running(self) -> bool:
        """Whether a run is in progress."""
        return self._run is not None

    @property
    def current(self) -> StepStatus | None:
        """Status of the running step; None between steps."""
        return self._statuses.get(self._current)

    def state_of(self, key: str) -> StepStatus | None:
        """Return the status of a step in this run, or how the last run on this session that had it ended; else None."""
        return self._statuses.get(key)

    async def run(
        self,
        keys: tuple[str, ...],
        params: Mapping[str, Any] | None = None,
        *,
        named: bool = False,
        skip_done: bool = False,
    ) -> bool:
        """Run steps in their order; the first that fails or is stopped ends the run.

        Parameters
        ----------
        keys : tuple of str
            The steps, in pipeline order.
        params : mapping, optional
            Parameters by step; a step without an entry runs with its defaults.
        named : bool
            Whether the user named the steps; then a step that would be left out fails with the reason.
        skip_done : bool
            Whether to skip steps that are done and up to date.

        Returns
        -------
        bool
            Whether every step is done or left out.

        Raises
        ------
        SessionError
            There is no session, or a run is in progress.
        """
        run = self._begin(Plan(keys, dict(params or {}), named=named, skip_done=skip_done))
        try:
            for starting in run.steps:
                status = await self._run_step(starting, run)
                if status.kind in ENDS_RUN:
                    return False
            return True
        finally:
            self._finish()

    async def ended(self) -> None:
        """Wait until no run is in progress."""
        while self._run is not None:
            if self._job is not None:
                await self._job.outcome()
            await asyncio.sleep(0)  # the run's own coroutine resumes next

    def stop(self) -> None:
        """Stop the run; the result of the running step is discarded."""
        if self._run is not None:
            self._run.stopping = True
        if self._job is not None:
            self._job.cancel()

    def _begin(self, plan: Plan) -> _Run:
        if self._run is not None:
            raise SessionError("Steps are already running. Wait until they are done, or stop them first.")
        session = self._model.session
        if session is None:
            raise SessionError("No recording is open. Open one first.")
        self._run = _Run(
            plan.keys, steps_of_run(plan), session, records_to_come(plan, session.completed_steps)
        )
        for key in plan.keys:  # what a row shows of an earlier run stays until the step starts
            self._statuses.pop(key, None)
        self.started.emit()
        return self._run

    def _finish(self) -> None:
        if self._job is not None:  # the coroutine was cancelled from outside
            self._job.cancel()
        run, self._run, self._job, self._current = self._run, None, None, ""
        if run is not None:
            is_lost = run.session is not self._model.session
            self._forget(list({*self._statuses, *run.keys}) if is_lost else self._not_ended(run.keys))
        self.finished.emit()

    def _not_ended(self, keys: tuple[str, ...]) -> list[str]:
        ended = [key for key, status in self._statuses.items() if status.kind is not StatusKind.RUNNING]
        return [key for key in keys if key not in ended]

    def _forget(self, keys: list[str]) -> None:
        for key in keys:
            self._statuses.pop(key, None)
            self.step_changed.emit(key)

    async def _run_step(self, starting: StepStatus, run: _Run) -> StepStatus:
        self._current = starting.key
        self._set(starting)
        ending = await self._ending_of(starting, run)
        status = self._applied(starting, ending, run)
        self._current = ""
        self._set(status)
        if status.kind is StatusKind.DONE:
            self.applied.emit(status.key)
        return status

    async def _ending_of(self, starting: StepStatus, run: _Run) -> Ending:
        snapshot = self._model.snapshot()
        if run.stopping or snapshot is None:
            return Ending(Outcome.CANCELLED)
        run.edits.clear()  # the snapshot contains the earlier ones
        self._time_left = TimeLeft()
        self._job = StepJob(run.steps, starting.title, snapshot, run.to_come)
        self._job.progressed.connect(self._on_progressed)
        self._job.start()
        ending = await self._job.outcome()
        self._job = None
        return ending

    def _applied(self, starting: StepStatus, ending: Ending, run: _Run) -> StepStatus:
        """Apply the update of a step, if it has one and the session is still the one it was computed for."""
        if ending.failure is not None:  # a bug: the run yields all other failures
            return dataclasses.replace(
                starting,
                kind=StatusKind.FAILED,
                message=ending.failure.message,
                details=ending.failure.details,
            )
        if ending.outcome is not Outcome.DONE or self._model.session is not run.session:
            return dataclasses.replace(starting, kind=StatusKind.STOPPED)
        stepped: Stepped = ending.value
        if stepped.prepared is not None:
            try:
                self._model.apply_prepared(_with_edits(stepped.prepared, run.edits))
            except HDMEAError as error:
                return failed(starting, error)
            run.to_come = {}  # recorded by the update just applied
        return stepped.status

    def _set(self, status: StepStatus) -> None:
        self._statuses[status.key] = status
        self.step_changed.emit(status.key)

    def _on_progressed(self, report: Report) -> None:
        status = self.current
        if status is not None:
            seconds_left = self._time_left.note(report, time.monotonic())
            self._set(dataclasses.replace(status, report=report, seconds_left=seconds_left))

    def _on_changed(self, changed: Changed) -> None:
        """Remember labels and notes that the user enters while a step runs."""
        if self._run is None or self._job is None:
            return
        units = self._run.session.units
        for path in changed.paths:
            if len(path) == 3 and path[0] == "units" and path[2] in USERS_FIELDS:
                self._run.edits[path] = units[path[1]].get(path[2], "")

    def _on_replaced(self) -> None:
        """Forget the statuses of the previous session; a run on it is stopped and its result discarded."""
        if self._run is None:
            self._forget(list(self._statuses))
        else:
            self.stop()


def _with_edits(prepared: Prepared, edits: Mapping[tuple[Any, ...], Any]) -> Prepared:
    """Add the user's edits to an update that replaces all units, which would otherwise lose them."""
    units = next((change.value for change in prepared.update.changes if change.path == ("units",)), None)
    put = {path: value for path, value in edits.items() if isinstance(units, dict) and path[1] in units}
    return prepared.extended(put) if put else prepared
