"""Automatic checkpoints: a separate place for each window, and those left by a crash."""

from __future__ import annotations

import contextlib
import itertools
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QLockFile

from hdmea_gui.io.store import is_in_use
from hdmea_gui.paths import is_same_place
from hdmea_gui.settings import data_dir

if TYPE_CHECKING:
    from pathlib import Path

    from hdmea_gui.session import PipelineSession


def rotating_checkpoint(dataset_id: str, window: int = 1) -> Path:
    """Path of a recording's automatic checkpoint; every further window on the recording has a separate file."""
    ending = "" if window == 1 else f".window-{window}"
    return _folder() / f"{dataset_id}{ending}.h5"


def is_automatic(path: Path) -> bool:
    """Whether a file is in the folder of the automatic checkpoints."""
    return is_same_place(path.parent, _folder())


def leftovers(session: PipelineSession) -> list[tuple[Path, datetime]]:
    """Return the automatic checkpoints of a recording that are newer than its saved session, oldest first.

    Parameters
    ----------
    session : PipelineSession
        A session of the recording.

    Returns
    -------
    list of (Path, datetime)
        Each file and when it was written.
    """
    found = []
    for path in _all_of(session.dataset_id):
        moment = _moment_of(path)
        # an older one was written before the session was last saved
        if moment is not None and (session.saved_moment is None or moment >= session.saved_moment):
            found.append((path, moment))
    return sorted(found, key=lambda one: one[1])


def _all_of(dataset_id: str) -> list[Path]:
    name = re.compile(re.escape(dataset_id) + r"(\.window-\d+)?(\.before)?\.h5")
    try:
        return [path for path in _folder().iterdir() if name.fullmatch(path.name)]
    except OSError:
        return []


def _folder() -> Path:
    return data_dir() / "checkpoints"


class AutomaticCheckpoint:
    """The file of a window's automatic checkpoint, locked against other windows and processes."""

    def __init__(self) -> None:
        self._session: PipelineSession | None = None
        self._path: Path | None = None
        self._lock: QLockFile | None = None

    def place_of(self, session: PipelineSession) -> Path | None:
        """Return the file of the session's automatic checkpoint, if it has one."""
        return self._path if session is self._session else None

    def is_elsewhere(self, path: Path) -> bool:
        """Whether an automatic checkpoint belongs to another window that is still open."""
        return path != self._path and _locked(path) is None

    def take(self, session: PipelineSession) -> tuple[Path, Path | None]:
        """Reserve a file for a session, and set aside the checkpoint that an earlier session left there.

        Returns
        -------
        path : Path
            The reserved file.
        kept : Path or None
            Where the earlier checkpoint is now; one is kept.
        """
        self.release()
        for window in itertools.count(1):
            path = rotating_checkpoint(session.dataset_id, window)
            lock = _locked(path)
            if lock is None:
                continue
            kept = path.with_name(f"{path.stem}.before.h5") if path.exists() else None
            if kept is None or _put_aside(path, kept):
                break
        self._session, self._path, self._lock = session, path, lock
        return path, kept

    def take_over(self, session: PipelineSession, path: Path) -> None:
        """Continue with the automatic checkpoint that a session was opened from, if it is its recording's."""
        own = next((own for own in _all_of(session.dataset_id) if is_same_place(own, path)), None)
        if own is None or self.is_elsewhere(own):
            return
        self.release()
        self._session, self._path, self._lock = session, own, _locked(own)

    def remove(self, session: PipelineSession) -> None:
        """Remove the session's checkpoint, unless some of its arrays have not been read into memory yet."""
        path = self.place_of(session)
        if path is not None and not is_in_use(path):
            with contextlib.suppress(OSError):  # a checkpoint that stays does no harm
                path.unlink(missing_ok=True)

    def release(self) -> None:
        """Unlock the file for other windows; the checkpoint itself stays."""
        if self._lock is not None:
            self._lock.unlock()
        self._session = self._path = self._lock = None


def _locked(path: Path) -> QLockFile | None:
    """Lock the file of a checkpoint; None while another window holds the lock.

    The lock of a killed process is void. Where no lock file can be written, no checkpoint can be written either.
    """
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
    lock = QLockFile(f"{path}.lock")
    lock.setStaleLockTime(0)  # by default Qt takes a lock older than 30 s as left by a crash
    if lock.tryLock(0) or lock.error() != QLockFile.LockError.LockFailedError:
        return lock
    return None


def _put_aside(path: Path, kept: Path) -> bool:
    """Move a file over an earlier one; False if the earlier one is still in use or the move fails."""
    lock = _locked(kept)
    if lock is None or is_in_use(kept):
        return False
    try:
        if is_in_use(path):  # arrays of an open session are still read from it
            kept.unlink(missing_ok=True)
            kept.hardlink_to(path)
        else:
            path.replace(kept)
    except OSError:
        return False
    finally:
        lock.unlock()
    return True


def _moment_of(path: Path) -> datetime | None:
    """Return when a file was written; None if it does not exist."""
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except (OSError, ValueError, OverflowError):
        return None
