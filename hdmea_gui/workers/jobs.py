"""The kinds of background work: steps, saves, loads and single calls."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from hdmea_gui.errors import CheckpointError, SessionError, ValidationError
from hdmea_gui.pipeline.running import Turn
from hdmea_gui.pipeline.status import StepStatus
from hdmea_gui.session import PipelineSession, Prepared, write_snapshot
from hdmea_gui.workers.job import Job

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from pathlib import Path

    from hdmea_gui.io.store import KnownFile
    from hdmea_gui.pipeline.progress import Progress
    from hdmea_gui.pipeline.running import Run
    from hdmea_gui.session import Snapshot, Update


@dataclass(frozen=True)
class Stepped:
    """Result of a `StepJob`.

    Parameters
    ----------
    status : StepStatus
        How the step ended.
    prepared : Prepared or None
        Its update, to be applied on the GUI thread; None if it has none.
    """

    status: StepStatus
    prepared: Prepared | None


class StepJob(Job):
    """Runs the step of a run that is about to start; the result is a `Stepped`.

    Parameters
    ----------
    run : Run
        The run.
    title : str
        Title of the step.
    snapshot : Snapshot
        What the step works on.
    more : mapping, optional
        Further paths and values to add to the update.
    """

    def __init__(
        self, run: Run, title: str, snapshot: Snapshot, more: Mapping[tuple[Any, ...], Any] | None = None
    ) -> None:
        super().__init__(partial(_run, run, snapshot, dict(more or {})), f"running '{title}'")


def _run(
    run: Run,
    snapshot: Snapshot,
    more: dict[tuple[Any, ...], Any],
    progress: Progress,
) -> Stepped:
    prepared: list[Prepared] = []

    def prepare(update: Update) -> None:
        prepared.append(Prepared.of(update.extended(more) if more else update, snapshot))

    status = run.send(Turn(snapshot, prepare, progress))
    return Stepped(status, prepared[0] if prepared else None)


class SaveJob(Job):
    """Writes a snapshot to a file, completely or not at all; the result is the time recorded in the file.

    A save that is cancelled in time leaves the disk unchanged; once the file is in place, the save has succeeded.

    Parameters
    ----------
    snapshot : Snapshot
        What to write.
    path : Path
        The file; its folder is created if missing.
    kind : str
        ``"session"`` or ``"checkpoint"``.
    checkpoint_name, note : str
        Name of a checkpoint, and the user's note on it.
    overwrite : bool
        Whether an existing file may be replaced.
    known : KnownFile or None
        The only file that may be replaced; None for any.
    compression : str or None
        ``"gzip"`` for a smaller file.
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
        compression: str | None = None,
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
            compression=compression,
        )
        work = partial(_save, path, write, is_checkpoint=kind == "checkpoint")
        super().__init__(work, f"writing {path.name}", counts_when_done=True)


def _save(path: Path, write: Callable[..., datetime], progress: Progress, *, is_checkpoint: bool) -> datetime:
    progress(0, 1, "Preparing")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        return write(progress=progress.named("Writing"))
    except (SessionError, ValidationError) as error:
        if is_checkpoint:
            raise CheckpointError(f"The checkpoint was not written. {error}") from error
        raise


class LoadJob(Job):
    """Loads a session or checkpoint; the result is a PipelineSession owned by the GUI thread.

    Parameters
    ----------
    path : Path
        The file.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(partial(_load, path), f"loading {path.name}", listens=False)

    def delivered(self, value: PipelineSession) -> PipelineSession:
        """Make the GUI thread the owner of the session."""
        value.adopt()
        return value


def _load(path: Path, _progress: object) -> PipelineSession:
    return PipelineSession.load(path)


class CallJob(Job):
    """Calls a function; the result is its return value.

    Parameters
    ----------
    function : callable
        The function; no method of a widget or model, because it runs on another thread.
    args, kwargs
        Arguments of the function.
    doing : str
        What it does, as text that completes "while ...".
    reports : bool
        Whether the function takes ``progress``, a callable of (done, total) that may raise to stop it. A function
        without it cannot be stopped: when cancelled, its result is dropped.
    """

    def __init__(
        self, function: Callable[..., Any], *args: Any, doing: str, reports: bool = False, **kwargs: Any
    ) -> None:
        work = partial(_call, partial(function, *args, **kwargs), reports)
        super().__init__(work, doing, listens=reports)


def _call(function: Callable[..., Any], reports: bool, progress: Progress) -> Any:
    return function(progress=progress.named("")) if reports else function()
