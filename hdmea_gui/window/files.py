"""Opening, saving and checkpoints, in the background; nothing is replaced without asking."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from hdmea_gui.errors import SessionError
from hdmea_gui.io.store import has_changed, is_another
from hdmea_gui.session import Prepared, create_session, update_to
from hdmea_gui.sources import path_in
from hdmea_gui.window.ask import Unsaved
from hdmea_gui.window.automatic import AutomaticCheckpoint, is_automatic, leftovers
from hdmea_gui.workers.failure import failure_of
from hdmea_gui.workers.job import Outcome
from hdmea_gui.workers.jobs import CallJob, LoadJob, SaveJob
from hdmea_gui.workers.tasks import outside

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hdmea_gui.io.store import KnownFile
    from hdmea_gui.models.session_model import SessionModel
    from hdmea_gui.session import PipelineSession, Snapshot
    from hdmea_gui.sources.source import Role
    from hdmea_gui.window.ask import Ask
    from hdmea_gui.workers.job import Ending, Job

logger = logging.getLogger(__name__)


class Files(QObject):
    """Opens, saves and checkpoints the session of a window.

    Parameters
    ----------
    model : SessionModel
        The session of the window.
    ask : Ask
        Asks the user.
    """

    begun = Signal(str)
    """Work with a file has begun; carries the text for the status bar."""

    progressed = Signal(object)
    """Progress of that work; carries a `Report`."""

    ended = Signal()
    """That work has ended: done, failed or stopped."""

    opened = Signal(object)
    """A file was opened or saved; carries its path."""

    reported = Signal(str)
    """Something happened; carries a line for the log."""

    def __init__(self, model: SessionModel, ask: Ask, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._ask = ask
        self._job: Job | None = None
        self._one_job = asyncio.Lock()  # jobs with files run one after another
        self._one_save = asyncio.Lock()
        self._automatic: SaveJob | None = None
        self._checkpoint = AutomaticCheckpoint()
        self.compresses = False

    @property
    def is_busy(self) -> bool:
        """Whether the user is waiting for work with a file."""
        return self._job is not None

    @property
    def doing(self) -> str:
        """Description of that work, as text that completes "while ..."; empty if there is none."""
        return self._job.doing if self._job is not None else ""

    def cancel(self) -> None:
        """Stop the running work; a file that was being written stays as it was."""
        if self._job is not None:
            self._job.cancel()

    async def finish(self) -> None:
        """Wait until the running work, and an automatic checkpoint, have ended."""
        for job in (self._job, self._automatic):
            if job is not None:
                await job.outcome()

    async def wind_up(self) -> None:
        """Finish what is being written, stop what is being read, and keep unsaved work in a checkpoint."""
        self._model.commit()
        if isinstance(self._job, SaveJob):
            await self.finish()
        else:
            self.cancel()
        if self._model.is_unsaved and _has_content(self._model):
            await self.checkpoint_automatically()
        await self.finish()

    def release(self) -> None:
        """Unlock the automatic checkpoint for other windows."""
        self._checkpoint.release()

    # Opening

    def show_new(
        self, raw: Path | None, sorting: Path | None, stated: Mapping[str, Any] | None = None
    ) -> None:
        """Show an empty session of a recording, with what the user states about it as metadata."""
        source = raw or sorting
        folder = source.parent if source is not None else "artifacts"
        session = create_session(None, raw, sorting, folder)
        session.metadata.update(stated or {})
        self._model.show(session)
        self._tell_of_leftover(session)

    async def open(self, path: Path) -> bool:
        """Open a session or checkpoint; return whether that worked."""
        ending = await self.do_and_leave(LoadJob(path), f"Opening {path.name}")
        if ending is None:
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
        """Treat a session from an automatic checkpoint as unsaved: saving it removes that checkpoint."""
        self._model.note_in_checkpoint_only(path, session.saved_moment or datetime.now(UTC))
        if self._checkpoint.is_elsewhere(path):
            self.reported.emit(
                f"{path.name} is the automatic checkpoint of another open window, which will replace or remove it. "
                "Save the session here before you continue."
            )
        self._checkpoint.take_over(session, path)
        job = CallJob(_folder_of_recording, dict(session.source_files), doing="looking for the recording")
        session.output_dir = (await self.do(job, f"Opening {path.name}")).value or Path.home()

    def _tell_of_leftover(self, session: PipelineSession) -> None:
        """Report automatic checkpoints with unsaved work on this recording, as left by a crash."""
        own = self._checkpoint.place_of(session)
        for path, moment in leftovers(session):
            if path != own and not self._checkpoint.is_elsewhere(path):
                self.reported.emit(
                    f"An automatic checkpoint contains unsaved work on this recording from "
                    f"{moment.astimezone():%Y-%m-%d %H:%M}. To continue with it, open {path}."
                )

    async def revert(self) -> bool:
        """Go back to the version in the session's file; this can be undone."""
        session = self._model.session
        if session is None or session.hdf5_path is None:
            return False
        ending = await self.do(LoadJob(session.hdf5_path), f"Reading {session.hdf5_path.name}")
        if ending.outcome is not Outcome.DONE or self._model.session is not session:  # closed meanwhile
            return False
        loaded: PipelineSession = ending.value
        now, stored = self._model.snapshot(), loaded.saved_snapshot
        if stored is None:
            return False
        job = CallJob(Prepared.of, update_to(stored), now, doing="reverting to the saved file")
        ending = await self.do(job, "Reverting")
        if ending.outcome is not Outcome.DONE or self._model.session is not session:
            return False
        self._model.apply_prepared(ending.value)
        snapshot = self._model.snapshot()
        if snapshot is not None:
            self._model.note_reverted(snapshot, self._model.state, loaded)
        if is_automatic(session.hdf5_path):
            self._model.note_in_checkpoint_only(session.hdf5_path, loaded.saved_moment or datetime.now(UTC))
        return True

    # Saving

    async def save(self, path: Path | None = None) -> bool:
        """Save the session to its own file, or to another; return whether that worked.

        Apart from the session's own file, nothing is replaced without asking. A save that is requested during another
        waits for it, because only then the file on disk is known.
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
        self._model.commit()
        snapshot, state = self._model.snapshot(), self._model.state
        if path is None or snapshot is None or not await self._stays(path):
            return False
        job = SaveJob(snapshot, path, known=known, compression="gzip" if self.compresses else None)
        ending = await self.do(job, f"Saving {path.name}")
        if ending.outcome is not Outcome.DONE:
            return False
        if self._model.session is session:
            self._model.note_saved(snapshot, state, path, ending.value)
        self._checkpoint.remove(session)
        self.opened.emit(path)
        self.reported.emit(f"Saved {path}.")
        return True

    async def _stays(self, path: Path) -> bool:
        """Whether a file would stay where it is written; if not, show why."""
        if not is_automatic(path):
            return True
        error = SessionError(
            f"{path} is in the folder for automatic checkpoints, which the program replaces and removes by itself. "
            "Choose another folder."
        )
        await outside(self._ask.show_failure, failure_of(error, f"saving {path.name}"))
        return False

    async def _has_changed(self, path: Path, known: KnownFile) -> bool:
        if not is_another(path, known):
            return False
        ending = await self.do(
            CallJob(has_changed, path, known, doing="checking whether the file has changed"),
            f"Checking {path.name}",
        )
        return ending.outcome is Outcome.DONE and bool(ending.value)

    async def save_as(self) -> bool:
        """Save the session to a file that the user chooses."""
        session = self._model.session
        if session is None:
            return False
        path = await outside(self._ask.place_to_save, "Save Session As", session.save_path)
        return path is not None and await self.save(path)

    async def save_checkpoint(self, path: Path, name: str, note: str) -> bool:
        """Save a checkpoint; return whether that worked."""
        self._model.commit()
        session, snapshot, state = self._model.session, self._model.snapshot(), self._model.state
        if session is None or snapshot is None:
            return False
        if not await self._stays(path):
            return False
        job = SaveJob(snapshot, path, kind="checkpoint", checkpoint_name=name, note=note)
        ending = await self.do(job, f"Saving checkpoint {path.name}")
        if ending.outcome is not Outcome.DONE:
            return False
        if self._model.session is session:
            self._model.note_checkpointed(state, path, ending.value)
        self.reported.emit(f"Saved checkpoint {path}.")
        return True

    async def checkpoint_automatically(self) -> None:
        """Save the automatic checkpoint of the recording without showing it; a failure is only logged."""
        if self._automatic is not None:
            return  # the running call writes another one if the session has changed meanwhile
        state = -1  # no state of a model, so the loop starts
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
        """Save one automatic checkpoint; return whether that worked."""
        path = self._checkpoint.place_of(session) or self._new_place(session)
        self._automatic = SaveJob(snapshot, path, kind="checkpoint", checkpoint_name="automatic")
        self._automatic.start()
        ending = await self._automatic.outcome()
        self._automatic = None
        if ending.failure is not None:
            self.reported.emit(f"The automatic checkpoint was not saved. {ending.failure.message}")
        elif ending.outcome is Outcome.DONE and not self._model.is_unsaved:
            self._checkpoint.remove(session)
        elif ending.outcome is Outcome.DONE:
            self._model.note_checkpointed(state, path, ending.value)
        return ending.outcome is Outcome.DONE

    def _new_place(self, session: PipelineSession) -> Path:
        path, kept = self._checkpoint.take(session)
        if kept is not None:
            self.reported.emit(f"The automatic checkpoint of an earlier session was moved to {kept}.")
        return path

    async def may_leave(self) -> bool:
        """Ask about unsaved changes before the session is closed; return whether it may be closed."""
        self._model.commit()
        session = self._model.session
        if session is None or not self._model.is_unsaved or not _has_content(self._model):
            return True
        answer = await outside(self._ask.unsaved, session.dataset_id)
        if answer is Unsaved.SAVE:
            return await self._save_whole(session)
        return answer is Unsaved.DISCARD

    async def _save_whole(self, session: PipelineSession) -> bool:
        """Save a session with what the user changes during the save; return whether that worked."""
        while await self.save():
            self._model.commit()
            if self._model.session is not session or not self._model.is_unsaved:
                return True
        return False

    async def do_and_leave(self, job: Job, words: str) -> Ending | None:
        """Run a job whose result takes the place of the session.

        The user is asked again about changes made meanwhile. None if the job fails or the session is to stay.
        """
        before = self._model.session, self._model.state
        ending = await self.do(job, words)
        self._model.commit()
        is_changed = before != (self._model.session, self._model.state)
        is_agreed = ending.outcome is Outcome.DONE and (not is_changed or await self.may_leave())
        return ending if is_agreed else None

    async def do(self, job: Job, words: str) -> Ending:
        """Run a job that the user waits for and can stop; show its error if it fails."""
        async with self._one_job:
            self._job = job
            self.begun.emit(words)
            job.progressed.connect(self.progressed)
            job.start()
            ending = await job.outcome()
            self._job = None
            self.ended.emit()
        if ending.failure is not None:
            await outside(self._ask.show_failure, ending.failure)
        elif ending.outcome is Outcome.CANCELLED:
            self.reported.emit(f"{words} was stopped. Nothing was changed.")
        return ending


def _folder_of_recording(source_files: dict[str, Path]) -> Path | None:
    """Return the folder of the raw or the sorted file, if it exists."""
    roles: tuple[Role, ...] = ("raw", "sorting")
    for role in roles:
        path = path_in(source_files, role)
        if path is not None and path.parent.is_dir():
            return path.parent.absolute()
    return None


def _changed(path: Path) -> tuple[str, str, str]:
    """Return question, explanation and button text for replacing a file that another program or window has changed."""
    return (
        f"{path.name} was changed by another program or window.",
        f"{path} has changed since it was opened or saved here. If you replace it, those changes are lost. "
        "To keep both, cancel and use Save As.",
        "Replace",
    )


def _has_content(model: SessionModel) -> bool:
    session = model.session
    return session is not None and bool(session.units or session.metadata or session.stimulus)


def checkpoint_name(moment: datetime | None = None) -> str:
    """Return a checkpoint name with date and time."""
    # "%H.%M": the name becomes part of a file name, in which Windows forbids colons
    return (moment or datetime.now(UTC).astimezone()).strftime("%Y-%m-%d %H.%M")
