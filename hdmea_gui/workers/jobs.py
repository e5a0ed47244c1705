"""The work that the program does in the background: steps, saves, loads and single calls."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from hdmea_gui.errors import CheckpointError, SessionError, ValidationError
from hdmea_gui.pipeline.plan import LeftOut, run_planned
from hdmea_gui.session import PipelineSession, Prepared, write_snapshot
from hdmea_gui.workers.job import Job

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from pathlib import Path

    from hdmea_gui.io.store import KnownFile
    from hdmea_gui.pipeline.plan import Plan
    from hdmea_gui.pipeline.progress import Progress
    from hdmea_gui.pipeline.step import Step
    from hdmea_gui.session import Snapshot


class StepJob(Job):
    """Runs a step of a plan on a snapshot; gives its update as a `Prepared`, or a LeftOut with the reason.

    Parameters
    ----------
    step : Step
        The step.
    snapshot : Snapshot
        What it works on.
    plan : Plan
        Gives its parameters, and tells whether it may be left out.
    more : mapping, optional
        Further places and values that its update is to put.
    """

    def __init__(
        self, step: Step, snapshot: Snapshot, plan: Plan, more: Mapping[tuple[Any, ...], Any] | None = None
    ) -> None:
        super().__init__(partial(_run, step, snapshot, plan, dict(more or {})), f"running '{step.title}'")


def _run(
    step: Step,
    snapshot: Snapshot,
    plan: Plan,
    more: dict[tuple[Any, ...], Any],
    progress: Progress,
    preview: Callable[[object], None],
) -> Prepared | LeftOut:
    update = run_planned(step, snapshot, plan, progress, preview)
    if isinstance(update, LeftOut):
        return update
    return Prepared.of(update.extended(more) if more else update, snapshot)


class SaveJob(Job):
    """Writes a snapshot to a file, whole or not at all; gives the moment that the file names.

    Cancelled in time, it leaves no trace; once the file is in its place, it has succeeded.

    Parameters
    ----------
    snapshot : Snapshot
        What to write.
    path : Path
        The file; its folder is made.
    kind : str
        ``"session"`` or ``"checkpoint"``.
    checkpoint_name, note : str
        What the user calls a checkpoint, and what he remarks on it.
    overwrite : bool
        Whether an existing file may be replaced.
    known : KnownFile or None
        The only file that may be replaced; None: any may.
    """

    def __init__(
        self,
        snapshot: Snapshot,
        path: Path,
        *,
        kind: str = "session",
        checkpoint_name: str | None = None,
        note: str = "",
        overwrite: bool = True,
        known: KnownFile | None = None,
    ) -> None:
        write = partial(
            write_snapshot,
            snapshot,
            path,
            kind=kind,
            checkpoint_name=checkpoint_name,
            note=note,
            overwrite=overwrite,
            known=known,
        )
        work = partial(_save, path, write, is_checkpoint=kind == "checkpoint")
        super().__init__(work, f"writing {path.name}", counts_when_done=True)


def _save(
    path: Path, write: Callable[..., datetime], progress: Progress, _preview: object, *, is_checkpoint: bool
) -> datetime:
    progress(0, 1, "Preparing")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        return write(progress=progress.named("Writing"))
    except (SessionError, ValidationError) as error:
        if is_checkpoint:
            raise CheckpointError(f"The checkpoint was not written. {error}") from error
        raise


class LoadJob(Job):
    """Loads a session or checkpoint; gives a PipelineSession that belongs to the GUI thread.

    Parameters
    ----------
    path : Path
        The file.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(partial(_load, path), f"loading {path.name}", listens=False)

    def delivered(self, value: PipelineSession) -> PipelineSession:
        """Make the session belong to the GUI thread."""
        value.adopt()
        return value


def _load(path: Path, _progress: object, _preview: object) -> PipelineSession:
    return PipelineSession.load(path)


class CallJob(Job):
    """Calls a function; gives what it gives.

    Parameters
    ----------
    function : callable
        The function; no method of a widget or model, for it runs on another thread.
    args, kwargs
        What it is called with.
    doing : str
        What it does, in words that complete "while ...".
    reports : bool
        Whether it takes ``progress``, a callable of (done, total) that may raise to stop it. A function that
        does not cannot be stopped: cancelled, its result is dropped.
    """

    def __init__(
        self, function: Callable[..., Any], *args: Any, doing: str, reports: bool = False, **kwargs: Any
    ) -> None:
        work = partial(_call, partial(function, *args, **kwargs), reports)
        super().__init__(work, doing, listens=reports)


def _call(function: Callable[..., Any], reports: bool, progress: Progress, _preview: object) -> Any:
    return function(progress=progress.named("")) if reports else function()
