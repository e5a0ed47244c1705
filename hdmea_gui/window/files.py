"""Opening, saving and checkpoints: in the background, never over anything unasked."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from hdmea_gui.errors import SessionError
from hdmea_gui.io.store import has_changed, is_another
from hdmea_gui.paths import optional_path
from hdmea_gui.pipeline.step import Outcome
from hdmea_gui.session import Prepared, create_session, update_to
from hdmea_gui.window.ask import Unsaved
from hdmea_gui.window.automatic import AutomaticCheckpoint, is_automatic, leftovers
from hdmea_gui.workers.failure import failure_of
from hdmea_gui.workers.jobs import CallJob, LoadJob, SaveJob
from hdmea_gui.workers.tasks import outside

if TYPE_CHECKING:
    from hdmea_gui.io.store import KnownFile
    from hdmea_gui.models.session_model import SessionModel
    from hdmea_gui.session import PipelineSession, Snapshot
    from hdmea_gui.window.ask import Ask
    from hdmea_gui.workers.job import Ending, Job

logger = logging.getLogger(__name__)


class Files(QObject):
    """Brings sessions in and out of files.

    Parameters
    ----------
    model : SessionModel
        The session of the window.
    ask : Ask
        Asks the user.
    """

    begun = Signal(str)
    """Work with a file has begun; its words."""

    progressed = Signal(object)
    """A `Report` of that work."""

    ended = Signal()
    """That work has ended, in whatever way."""

    opened = Signal(object)
    """The path of a file that was opened or saved, to be remembered."""

    reported = Signal(str)
    """A sentence for the log."""

    def __init__(self, model: SessionModel, ask: Ask, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._ask = ask
        self._job: Job | None = None
        self._doing = ""
        self._one_job = asyncio.Lock()
        self._one_save = asyncio.Lock()
        self._automatic: SaveJob | None = None
        self._checkpoint = AutomaticCheckpoint()

    @property
    def is_busy(self) -> bool:
        """Whether the user waits for a file."""
        return self._job is not None

    @property
    def doing(self) -> str:
        """What the user waits for, such as "saving x.h5"; empty if nothing."""
        return self._doing

    def cancel(self) -> None:
        """Stop what goes on; a file that was being written stays as it was."""
        if self._job is not None:
            self._job.cancel()

    async def finish(self) -> None:
        """Wait for what goes on."""
        for job in (self._job, self._automatic):
            if job is not None:
                await job.outcome()

    async def wind_up(self) -> None:
        """Finish what is being written, stop what is being read, and keep unsaved work in a checkpoint."""
        if isinstance(self._job, SaveJob):
            await self.finish()
        else:
            self.cancel()
        if self._model.is_unsaved and _has_content(self._model):
            await self.checkpoint_automatically()
        await self.finish()

    def release(self) -> None:
        """Leave the place of the automatic checkpoint to other windows."""
        self._checkpoint.release()

    # Opening

    def show_new(self, cmcr: Path | None, cmtr: Path | None) -> None:
        """Show an empty session of a recording."""
        source = cmcr or cmtr
        folder = source.parent if source is not None else "artifacts"
        session = create_session(None, cmcr, cmtr, folder)
        self._model.show(session)
        self._tell_of_leftover(session)

    async def open(self, path: Path) -> bool:
        """Show what a file holds; whether that worked."""
        ending = await self.do(LoadJob(path), f"Opening {path.name}")
        if ending.outcome is not Outcome.DONE:
            return False
        self._model.show(ending.value, ending.value.saved_snapshot)
        if is_automatic(path):
            await self._take_in_automatic(ending.value, path)
        self.opened.emit(path)
        self.reported.emit(f"Opened {path.name}.")
        self._tell_of_leftover(ending.value)
        for note in ending.value.opening_notes:
            self.reported.emit(note)
        return True

    async def _take_in_automatic(self, session: PipelineSession, path: Path) -> None:
        """Treat what comes from an automatic checkpoint as work that has no file yet: that one goes with a save."""
        self._model.note_in_checkpoint_only(path, session.saved_at or datetime.now(UTC))
        if self._checkpoint.is_elsewhere(path):
            self.reported.emit(
                f"{path.name} is the automatic checkpoint of another window, which will replace or remove it. "
                "Save the session here before you go on with it."
            )
        self._checkpoint.take_over(session, path)
        job = CallJob(_folder_of_recording, dict(session.source_files), doing="looking for the recording")
        session.output_dir = (await self.do(job, f"Opening {path.name}")).value or Path.home()

    def _tell_of_leftover(self, session: PipelineSession) -> None:
        """Say that work on this recording was left in an automatic checkpoint by an end without a save."""
        own = self._checkpoint.place_of(session)
        for path, moment in leftovers(session):
            if path != own and not self._checkpoint.is_elsewhere(path):
                self.reported.emit(
                    f"Unsaved work on this recording, of {moment.astimezone():%Y-%m-%d %H:%M}, was left in an "
                    f"automatic checkpoint. To go on with it, open {path}."
                )

    async def revert(self) -> bool:
        """Go back to what the session's file holds, as a change that can be undone."""
        session = self._model.session
        if session is None or session.hdf5_path is None:
            return False
        ending = await self.do(LoadJob(session.hdf5_path), f"Reading {session.hdf5_path.name}")
        if ending.outcome is not Outcome.DONE or self._model.session is not session:
            return False
        loaded: PipelineSession = ending.value
        now, stored = self._model.snapshot(), loaded.saved_snapshot
        if stored is None:
            return False
        job = CallJob(Prepared.of, update_to(stored), now, doing="going back to the file")
        ending = await self.do(job, "Going back")
        if ending.outcome is not Outcome.DONE or self._model.session is not session:
            return False
        self._model.apply_prepared(ending.value)
        snapshot = self._model.snapshot()
        if snapshot is not None:
            self._model.note_reverted(snapshot, self._model.state, loaded)
        if is_automatic(session.hdf5_path):
            self._model.note_in_checkpoint_only(session.hdf5_path, loaded.saved_at or datetime.now(UTC))
        return True

    # Saving

    async def save(self, path: Path | None = None) -> bool:
        """Save the session to its own file, or to another; whether that worked.

        Nothing that exists is replaced unasked, but for the session's own file. A save that is asked for during
        another begins when that one has ended, for it knows the file then.
        """
        async with self._one_save:
            return await self._save(path)

    async def _save(self, path: Path | None) -> bool:
        session = self._model.session
        if session is None:
            return False
        is_own = session.hdf5_path is not None and session.save_path == session.hdf5_path
        known = session.known_file if path is None and is_own else None
        if known is not None and await self._has_changed(session.save_path, known):
            if not await outside(self._ask.may, *_changed(session.save_path)):
                return False
            known = None
        if path is None:
            path = session.save_path
            if not is_own:
                path = await outside(self._ask.place_to_save, "Save Session", session.save_path)
        snapshot, state = self._model.snapshot(), self._model.state
        if path is None or snapshot is None or not await self._stays(path):
            return False
        ending = await self.do(SaveJob(snapshot, path, known=known), f"Saving {path.name}")
        if ending.outcome is not Outcome.DONE:
            return False
        if self._model.session is session:
            self._model.note_saved(snapshot, state, path, ending.value)
        self._checkpoint.remove(session)
        self.opened.emit(path)
        self.reported.emit(f"Saved {path}.")
        return True

    async def _stays(self, path: Path) -> bool:
        """Whether a file would stay where it is written; if not, that is told."""
        if not is_automatic(path):
            return True
        error = SessionError(
            f"{path} lies in the folder of the automatic checkpoints, which come and go by themselves. "
            "Choose another folder."
        )
        await outside(self._ask.show_failure, failure_of(error, f"saving {path.name}"))
        return False

    async def _has_changed(self, path: Path, known: KnownFile) -> bool:
        if not is_another(path, known):
            return False
        ending = await self.do(
            CallJob(has_changed, path, known, doing="looking whether the file has changed"),
            f"Looking at {path.name}",
        )
        return ending.outcome is Outcome.DONE and bool(ending.value)

    async def save_as(self) -> bool:
        """Save the session to a file that the user names."""
        session = self._model.session
        if session is None:
            return False
        path = await outside(self._ask.place_to_save, "Save Session As", session.save_path)
        return path is not None and await self.save(path)

    async def save_checkpoint(self, path: Path, name: str, note: str) -> bool:
        """Write a checkpoint; whether that worked."""
        session, snapshot, state = self._model.session, self._model.snapshot(), self._model.state
        if session is None or snapshot is None:
            return False
        if not await self._stays(path):
            return False
        job = SaveJob(snapshot, path, kind="checkpoint", checkpoint_name=name, note=note)
        ending = await self.do(job, f"Writing checkpoint {path.name}")
        if ending.outcome is not Outcome.DONE:
            return False
        if self._model.session is session:
            self._model.note_checkpointed(state, path, ending.value)
        self.reported.emit(f"Wrote checkpoint {path}.")
        return True

    async def checkpoint_automatically(self) -> None:
        """Write the rotating checkpoint of the recording, quietly; a failure is only logged."""
        if self._automatic is not None:
            return  # the one that is being written looks once more when it is done
        state = -1
        session = self._model.session
        while session is not None and session is self._model.session and state != self._model.state:
            state, snapshot = self._model.state, self._model.snapshot()
            if (
                snapshot is None
                or not self._model.is_unsaved
                or not await self._write_automatically(session, snapshot, state)
            ):
                return

    async def _write_automatically(self, session: PipelineSession, snapshot: Snapshot, state: int) -> bool:
        """Write one automatic checkpoint; whether that worked."""
        path = self._checkpoint.place_of(session) or self._new_place(session)
        self._automatic = SaveJob(snapshot, path, kind="checkpoint", checkpoint_name="automatic")
        self._automatic.start()
        ending = await self._automatic.outcome()
        self._automatic = None
        if ending.failure is not None:
            self.reported.emit(f"The automatic checkpoint was not written. {ending.failure.message}")
        elif ending.outcome is Outcome.DONE and not self._model.is_unsaved:
            self._checkpoint.remove(session)
        elif ending.outcome is Outcome.DONE:
            self._model.note_checkpointed(state, path, ending.value)
        return ending.outcome is Outcome.DONE

    def _new_place(self, session: PipelineSession) -> Path:
        path, kept = self._checkpoint.take(session)
        if kept is not None:
            self.reported.emit(f"The automatic checkpoint of an earlier session is now {kept}.")
        return path

    async def may_leave(self) -> bool:
        """Settle unsaved work before the session goes; whether it may go."""
        session = self._model.session
        if session is None or not self._model.is_unsaved or not _has_content(self._model):
            return True
        answer = await outside(self._ask.unsaved, session.dataset_id)
        if answer is Unsaved.SAVE:
            return await self.save()
        return answer is Unsaved.DISCARD

    async def do(self, job: Job, words: str) -> Ending:
        """Run a job that the user waits for and can stop; what goes wrong is told."""
        async with self._one_job:
            self._job, self._doing = job, words[:1].lower() + words[1:]
            self.begun.emit(words)
            job.progressed.connect(self.progressed)
            job.start()
            ending = await job.outcome()
            self._job, self._doing = None, ""
            self.ended.emit()
        if ending.failure is not None:
            await outside(self._ask.show_failure, ending.failure)
        elif ending.outcome is Outcome.CANCELLED:
            self.reported.emit(f"{words} was stopped; nothing has changed.")
        return ending


def _folder_of_recording(source_files: dict[str, object]) -> Path | None:
    """The folder of the raw or the sorted file, where it is there."""
    for key in ("cmcr_path", "cmtr_path"):
        name = source_files.get(key)
        path = optional_path(name) if isinstance(name, str) and name else None
        if path is not None and path.parent.is_dir():
            return path.parent.absolute()
    return None


def _changed(path: Path) -> tuple[str, str, str]:
    """The question whether a file that somebody else has changed may be replaced."""
    return (
        f"{path.name} was changed by another program or window.",
        f"Since it was opened or saved here, {path} was changed. Replaced now, what is new in it is lost. "
        "To keep both, cancel and use Save As.",
        "Replace",
    )


def _has_content(model: SessionModel) -> bool:
    session = model.session
    return session is not None and bool(session.units or session.metadata or session.stimulus)


def checkpoint_name(moment: datetime | None = None) -> str:
    """A name for a checkpoint that says when it was taken."""
    return (moment or datetime.now(UTC).astimezone()).strftime("%Y-%m-%d %H.%M")
