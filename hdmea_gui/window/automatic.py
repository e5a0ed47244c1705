"""The automatic checkpoint of a window: its place, apart from those of other windows, and what a crash has left."""

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
    """The file that holds the automatic checkpoint of a recording; further windows on it have files of their own."""
    ending = "" if window == 1 else f".window-{window}"
    return _folder() / f"{dataset_id}{ending}.h5"


def is_automatic(path: Path) -> bool:
    """Whether a file lies where automatic checkpoints come and go."""
    return is_same_place(path.parent, _folder())


def leftovers(session: PipelineSession) -> list[tuple[Path, datetime]]:
    """What ended without a save has left of the session's recording since it was saved, and when, the oldest first."""
    found = []
    for path in _all_of(session.dataset_id):
        moment = _moment_of(path)
        if moment is not None and (session.saved_at is None or moment >= session.saved_at):
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
    """The place of a window's automatic checkpoint. No other window, of this process or another, takes it."""

    def __init__(self) -> None:
        self._session: PipelineSession | None = None
        self._path: Path | None = None
        self._lock: QLockFile | None = None

    def place_of(self, session: PipelineSession) -> Path | None:
        """The file of the session's automatic checkpoint, if it has one."""
        return self._path if session is self._session else None

    def is_elsewhere(self, path: Path) -> bool:
        """Whether an automatic checkpoint is that of another window which is still there."""
        return path != self._path and _locked(path) is None

    def take(self, session: PipelineSession) -> tuple[Path, Path | None]:
        """A place for a session, and where what an earlier session has left there is now; the last one is kept."""
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
        """Let a session that was opened from an automatic checkpoint go on with that one, if it is its recording's."""
        own = next((own for own in _all_of(session.dataset_id) if is_same_place(own, path)), None)
        if own is None or self.is_elsewhere(own):
            return
        self.release()
        self._session, self._path, self._lock = session, own, _locked(own)

    def remove(self, session: PipelineSession) -> None:
        """Remove the session's checkpoint, unless something in memory has not been read from it yet."""
        path = self.place_of(session)
        if path is not None and not is_in_use(path):
            with contextlib.suppress(OSError):  # it is only superfluous
                path.unlink(missing_ok=True)

    def release(self) -> None:
        """Leave the place to other windows; what lies there stays."""
        if self._lock is not None:
            self._lock.unlock()
        self._session = self._path = self._lock = None


def _locked(path: Path) -> QLockFile | None:
    """A lock on the place of a checkpoint; None while another window has it.

    A process that was killed has none any more. Where no lock can be written, neither can a checkpoint.
    """
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
    lock = QLockFile(f"{path}.lock")
    lock.setStaleLockTime(0)  # however long a window has been open, it is no crash
    if lock.tryLock(0) or lock.error() != QLockFile.LockError.LockFailedError:
        return lock
    return None


def _put_aside(path: Path, kept: Path) -> bool:
    """Rename a file, whatever has the new name; whether nothing that somebody may need was lost with it."""
    lock = _locked(kept)
    if lock is None or is_in_use(kept):
        return False
    try:
        if is_in_use(path):  # what is read from it later stays where it is
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
    """When a file was written; None where there is none."""
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except (OSError, ValueError, OverflowError):
        return None
