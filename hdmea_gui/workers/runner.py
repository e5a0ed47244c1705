"""Runs steps one after the other, in one coroutine that awaits each of them."""

from __future__ import annotations

import asyncio
import dataclasses
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from hdmea_gui.errors import HDMEAError, SessionError
from hdmea_gui.pipeline.plan import LeftOut, Plan, records_to_come
from hdmea_gui.pipeline.progress import Report
from hdmea_gui.pipeline.step import Outcome
from hdmea_gui.session import PipelineSession
from hdmea_gui.session.unit import USERS_FIELDS
from hdmea_gui.workers.failure import Failure, failure_of
from hdmea_gui.workers.job import Ending
from hdmea_gui.workers.jobs import StepJob
from hdmea_gui.workers.time_left import TimeLeft

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hdmea_gui.models.changed import Changed
    from hdmea_gui.models.session_model import SessionModel
    from hdmea_gui.pipeline.step import Step
    from hdmea_gui.session import Prepared


@dataclass(frozen=True)
class StepState:
    """State of a step in the current run or the last one.

    Parameters
    ----------
    key, title : str
        The step.
    outcome : Outcome
        How it ended; PLANNED while it is waiting or running.
    is_running : bool
        Whether it is running now.
    report : Report or None
        Progress so far.
    seconds_left : float or None
        Estimated time left; None if unknown.
    message : str
        Why it was left out or failed.
    failure : Failure or None
        What went wrong.
    warnings : tuple of str
        Warnings of the step.
    duration_s : float
        Duration of the step.
    """

    key: str
    title: str
    outcome: Outcome = Outcome.PLANNED
    is_running: bool = False
    report: Report | None = None
    seconds_left: float | None = None
    message: str = ""
    failure: Failure | None = None
    warnings: tuple[str, ...] = ()
    duration_s: float = 0.0


@dataclass
class _Run:
    """State of one run."""

    plan: Plan
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
    """The state of a step has changed; carries its key."""

    applied = Signal(str)
    """The result of a step was added to the session, which is the time for a checkpoint; carries its key."""

    previewed = Signal(str, object)
    """A step has a preview; carries its key and the preview."""

    def __init__(self, model: SessionModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._states: dict[str, StepState] = {}
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
    def current(self) -> StepState | None:
        """State of the running step; None between steps."""
        return self._states.get(self._current)

    def state_of(self, key: str) -> StepState | None:
        """Return the state of a step in this run, or in the last run on this session that had it; else None."""
        return self._states.get(key)

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
            for step in run.plan.steps:
                state = await self._run_step(step, run)
                if state.outcome in {Outcome.FAILED, Outcome.CANCELLED}:
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
        self._run = _Run(plan, session, records_to_come(plan, session.completed_steps))
        for step in plan.steps:
            self._set(StepState(step.key, step.title))
        self.started.emit()
        return self._run

    def _finish(self) -> None:
        if self._job is not None:  # the coroutine was cancelled from outside
            self._job.cancel()
        is_lost = self._run is not None and self._run.session is not self._model.session
        self._run, self._job, self._current = None, None, ""
        states = list(self._states.values())
        self._forget([state.key for state in states if is_lost or state.outcome is Outcome.PLANNED])
        self.finished.emit()

    def _forget(self, keys: list[str]) -> None:
        for key in keys:
            del self._states[key]
            self.step_changed.emit(key)

    async def _run_step(self, step: Step, run: _Run) -> StepState:
        clock = time.perf_counter()
        self._current = step.key
        self._set(StepState(step.key, step.title, is_running=True))
        ending = await self._ending_of(step, run)
        state = self._taken(step, ending, run)
        state = dataclasses.replace(state, duration_s=time.perf_counter() - clock)
        self._current = ""
        self._set(state)
        if state.outcome is Outcome.DONE:
            self.applied.emit(step.key)
        return state

    async def _ending_of(self, step: Step, run: _Run) -> Ending:
        snapshot = self._model.snapshot()
        if run.stopping or snapshot is None:
            return Ending(Outcome.CANCELLED)
        run.edits.clear()  # the snapshot contains the earlier ones
        self._time_left = TimeLeft()
        self._job = StepJob(step, snapshot, run.plan, run.to_come)
        self._job.progressed.connect(self._on_progressed)
        self._job.previewed.connect(self._on_previewed)
        self._job.start()
        ending = await self._job.outcome()
        self._job = None
        return ending

    def _taken(self, step: Step, ending: Ending, run: _Run) -> StepState:
        """Apply the update of a step, if it returned one and the session is still the one it was computed for."""
        state = StepState(step.key, step.title, ending.outcome)
        if ending.failure is not None:
            return dataclasses.replace(state, message=ending.failure.message, failure=ending.failure)
        if isinstance(ending.value, LeftOut):
            return dataclasses.replace(state, outcome=Outcome.LEFT_OUT, message=ending.value.message)
        if ending.outcome is not Outcome.DONE or self._model.session is not run.session:
            return dataclasses.replace(state, outcome=Outcome.CANCELLED)
        prepared: Prepared = ending.value
        try:
            self._model.apply_prepared(_with_edits(prepared, run.edits))
        except HDMEAError as error:
            failure = failure_of(error, f"applying the result of '{step.title}'")
            return dataclasses.replace(
                state, outcome=Outcome.FAILED, message=failure.message, failure=failure
            )
        run.to_come = {}  # recorded by the update just applied
        return dataclasses.replace(state, warnings=prepared.update.warnings)

    def _set(self, state: StepState) -> None:
        self._states[state.key] = state
        self.step_changed.emit(state.key)

    def _on_progressed(self, report: Report) -> None:
        state = self.current
        if state is not None:
            seconds_left = self._time_left.note(report, time.monotonic())
            self._set(dataclasses.replace(state, report=report, seconds_left=seconds_left))

    def _on_previewed(self, item: object) -> None:
        self.previewed.emit(self._current, item)

    def _on_changed(self, changed: Changed) -> None:
        """Remember labels and notes that the user enters while a step runs."""
        if self._run is None or self._job is None:
            return
        units = self._run.session.units
        for path in changed.paths:
            if len(path) == 3 and path[0] == "units" and path[2] in USERS_FIELDS:
                self._run.edits[path] = units[path[1]].get(path[2], "")

    def _on_replaced(self) -> None:
        """Forget the states of the previous session; a run on it is stopped and its result discarded."""
        if self._run is None:
            self._forget(list(self._states))
        else:
            self.stop()


def _with_edits(prepared: Prepared, edits: Mapping[tuple[Any, ...], Any]) -> Prepared:
    """Add the user's edits to an update that replaces all units, which would otherwise lose them."""
    units = next((change.value for change in prepared.update.changes if change.path == ("units",)), None)
    put = {path: value for path, value in edits.items() if isinstance(units, dict) and path[1] in units}
    return prepared.extended(put) if put else prepared
