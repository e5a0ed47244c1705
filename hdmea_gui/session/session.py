"""The session: one recording in memory, from its first step to the save at the end."""

from __future__ import annotations

import logging
import os
import sys
import warnings as python_warnings
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Any

from hdmea_gui.errors import CheckpointError, DataLoadError, SessionError, ValidationError
from hdmea_gui.io.store import KnownFile, has_changed, identity_of, read_tree
from hdmea_gui.paths import is_same_place, local_path, optional_path
from hdmea_gui.session.content import SessionContent
from hdmea_gui.session.snapshot import CONTENT, Snapshot, write_snapshot
from hdmea_gui.session.update import gained
from hdmea_gui.sources import dataset_id_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

logger = logging.getLogger(__name__)


class SaveState(Enum):
    """Whether the contents in memory are also in the session's file."""

    DEFERRED = "deferred"
    SAVED = "saved"


class PipelineSession(SessionContent):
    """One recording in memory: the results of the steps, until they are saved.

    The content is plain dicts with the file's names. The program changes it through `apply`; scripts may also assign
    to the dicts. Either way `is_saved` shows whether the session's file has the same content.

    A session belongs to the thread that created it: only this thread may change, compare or save it or take a
    snapshot. Other threads work on a `snapshot`. If a session is loaded on one thread for another, the other takes
    it over with `adopt`.

    Parameters
    ----------
    dataset_id
        Name of the recording; also used as a file name.
    output_dir
        Folder of the session's file if no path is given.

    Raises
    ------
    ValidationError
        The dataset id is empty or not usable as a file name.

    Examples
    --------
    Save once, at the end, and load it again:

    >>> import tempfile
    >>> folder = tempfile.mkdtemp()
    >>> session = PipelineSession("2026.02.03-Rec", output_dir=folder)
    >>> session.add_units({"unit_001": {"row": 7, "col": 9}})
    >>> path = session.save()
    >>> path.name, session.is_saved
    ('2026.02.03-Rec.h5', True)
    >>> PipelineSession.load(path).units["unit_001"]["row"]
    7
    """

    def __init__(self, dataset_id: str, *, output_dir: str | os.PathLike[str] = "artifacts") -> None:
        super().__init__(dataset_id)
        self.output_dir = output_dir
        self.hdf5_path = None
        self.saved_at: datetime | None = None
        self.opening_notes: tuple[str, ...] = ()
        """Notes on how the file that the session comes from was converted to the current layout."""

    def __repr__(self) -> str:
        return (
            f"PipelineSession({self.dataset_id!r}, {self.save_state.name}, {self.unit_count} units, "
            f"{self.memory_estimate_gb:.2f} GB)"
        )

    # State

    @property
    def save_state(self) -> SaveState:
        """SAVED if the session's file has the same content as the session, else DEFERRED."""
        return SaveState.SAVED if self.is_saved else SaveState.DEFERRED

    @property
    def is_saved(self) -> bool:
        """Whether the session's file has the same content as the session."""
        exists = self.hdf5_path is not None and self.hdf5_path.exists()
        return exists and self._saved is not None and self.holds(self._saved)

    @property
    def is_deferred(self) -> bool:
        """Whether any change is in memory only."""
        return not self.is_saved

    @property
    def saved_snapshot(self) -> Snapshot | None:
        """Content of the session's file; None if it has no file."""
        return self._saved

    # Files

    @property
    def output_dir(self) -> Path:
        """Folder of the session's file if no path is given."""
        return self._output_dir

    @output_dir.setter
    def output_dir(self, folder: str | os.PathLike[str]) -> None:
        self._output_dir = local_path(folder).absolute()

    @property
    def hdf5_path(self) -> Path | None:
        """The session's file; None if it has none. Scripts that read a file themselves set it here."""
        return self._hdf5_path

    @hdf5_path.setter
    def hdf5_path(self, path: str | os.PathLike[str] | None) -> None:
        self._hdf5_path = optional_path(path)
        self._saved: Snapshot | None = None
        self._known: KnownFile | None = None
        self._from_checkpoint = False

    @property
    def save_path(self) -> Path:
        """File that `save` writes if no path is given: the session's file, never an opened checkpoint."""
        if self.hdf5_path is not None and not self._from_checkpoint:
            return self.hdf5_path
        path = self.output_dir / f"{self.dataset_id}.h5"
        if self.hdf5_path is not None and is_same_place(path, self.hdf5_path):
            # The checkpoint has the name of the session's own file, and must not be overwritten.
            return path.with_name(f"{self.dataset_id}.session.h5")
        return path

    def save(
        self,
        output_path: str | os.PathLike[str] | None = None,
        *,
        overwrite: bool = True,
        compression: str | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> Path:
        """Write the session to its file, completely or not at all, and mark it as saved.

        Parameters
        ----------
        output_path
            The file; `save_path` if None.
        overwrite
            Whether an existing file may be replaced.
        compression, progress
            See `write_snapshot`.

        Returns
        -------
        Path
            The file.

        Raises
        ------
        FileExistsError
            The file exists and must not be replaced.
        FileChangedError
            No path is given, and another program has changed the session's file since the session read or wrote
            it. To replace it anyway, pass its path.
        SessionError
            The file cannot be written; the old one is left unchanged.

        Examples
        --------
        >>> import tempfile
        >>> session = PipelineSession("demo", output_dir=tempfile.mkdtemp())
        >>> session.save_state.name, session.save().name, session.save_state.name
        ('DEFERRED', 'demo.h5', 'SAVED')
        """
        path = local_path(output_path if output_path is not None else self.save_path).absolute()
        known = self.known_file if output_path is None else None
        return self._write(path, known=known, overwrite=overwrite, compression=compression, progress=progress)

    def update_file(self) -> Path:
        """Write the session to the file that it comes from, even if that is a checkpoint.

        Raises
        ------
        FileChangedError
            Another program has changed the file since the session read or wrote it.
        SessionError
            The session has no file, or the file cannot be written; the old one is left unchanged.
        """
        if self.hdf5_path is None:
            raise SessionError(f"The session '{self.dataset_id}' has no file yet. Save it first.")
        return self._write(self.hdf5_path, known=self._known, is_update=True)

    def _write(self, path: Path, **options: Any) -> Path:
        snapshot = self.snapshot()
        _make_folder(path)
        saved_at = write_snapshot(snapshot, path, **options)
        self.mark_saved(snapshot, path, saved_at)
        return path

    def mark_saved(self, snapshot: Snapshot, path: Path, saved_at: datetime) -> None:
        """Record that a snapshot of this session was saved to a file, which becomes the session's own."""
        self._check_thread()
        self.hdf5_path = path
        self._saved, self.saved_at = snapshot, saved_at
        self._know(path, saved_at.isoformat())

    def mark_reverted(self, snapshot: Snapshot, loaded: PipelineSession) -> None:
        """Record that this session again has the content of its file (or checkpoint), as just loaded from it."""
        self._check_thread()
        self._saved, self.saved_at, self._known = snapshot, loaded.saved_at, loaded._known

    def _know(self, path: Path, saved_at: str) -> None:
        self._known = KnownFile(identity_of(path), saved_at) if path.exists() else None

    @property
    def known_file(self) -> KnownFile | None:
        """Identity of the file at `save_path`, if this session has read or written it."""
        return self._known if self.save_path == self.hdf5_path else None

    @property
    def file_has_changed(self) -> bool:
        """Whether another program has changed the session's file since the session read or wrote it."""
        known = self.known_file
        return known is not None and has_changed(self.save_path, known)

    def checkpoint(
        self,
        path: str | os.PathLike[str],
        *,
        checkpoint_name: str | None = None,
        overwrite: bool = True,
        note: str = "",
    ) -> Path:
        """Write the session to a separate file; its own file and its saved state stay the same.

        Parameters
        ----------
        path
            The file.
        checkpoint_name, note
            The user's name of the checkpoint, and note on it.
        overwrite
            Whether an existing file may be replaced.

        Raises
        ------
        FileExistsError
            The file exists and must not be replaced.
        CheckpointError
            The file cannot be written; the old one is left unchanged.

        Examples
        --------
        >>> import tempfile
        >>> from pathlib import Path
        >>> folder = Path(tempfile.mkdtemp())
        >>> session = PipelineSession("demo", output_dir=folder)
        >>> path = session.checkpoint(folder / "before_sta.h5", checkpoint_name="before STA")
        >>> session.is_saved, PipelineSession.load(path).dataset_id
        (False, 'demo')
        """
        target, snapshot = local_path(path), self.snapshot()
        at_save_path = is_same_place(target, self.save_path)
        if at_save_path:
            logger.warning(
                "The checkpoint %s has the path of the session's own file; the next save replaces it.", target
            )
        try:
            _make_folder(target)
            saved_at = write_snapshot(
                snapshot,
                target,
                kind="checkpoint",
                checkpoint_name=checkpoint_name,
                note=note,
                overwrite=overwrite,
            )
        except (SessionError, ValidationError) as error:
            raise CheckpointError(f"The checkpoint was not written. {error}") from error
        if at_save_path and self.known_file is not None:
            self._know(self.save_path, saved_at.isoformat())
        return target

    def ensure_saved(self, default_path: str | os.PathLike[str] | None = None) -> Path:
        """Return the path of a file with the content of the session; save it first if needed.

        Parameters
        ----------
        default_path
            File for a session that has none yet.
        """
        if self.is_saved and self.hdf5_path is not None:
            return self.hdf5_path
        path = default_path if self.hdf5_path is None or self._from_checkpoint else None
        logger.warning("Saving the session '%s', because its file is needed.", self.dataset_id)
        return self.save(path)

    def __fspath__(self) -> str:
        python_warnings.warn(
            f"The session '{self.dataset_id}' is used as a file, so it is saved first if needed.",
            UserWarning,
            stacklevel=_stack_level_of_script(),
        )
        return os.fspath(self.ensure_saved())

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> PipelineSession:
        """Load a session or checkpoint; large arrays stay in the file until they are accessed.

        Raises
        ------
        DataLoadError
            The file is missing, damaged or of another kind.

        Examples
        --------
        >>> import tempfile
        >>> path = PipelineSession("demo", output_dir=tempfile.mkdtemp()).save()
        >>> session = PipelineSession.load(path)
        >>> session.is_saved, session.hdf5_path == path
        (True, True)
        """
        path = local_path(path)
        loaded = read_tree(path)
        tree = loaded.tree
        try:
            session = cls(tree["dataset_id"], output_dir=path.parent)
        except ValidationError as error:
            raise DataLoadError(f"{path} has no usable dataset id: {error}", path) from error
        for name, make in CONTENT.items():
            if name in tree:
                session._tree[name] = set(tree[name]) if make is set else tree[name]
        session.created_at = _moment(tree.get("created_at")) or session.created_at
        session.saved_at = _moment(tree.get("saved_at"))
        session.hdf5_path = path.absolute()
        session._from_checkpoint = loaded.kind == "checkpoint"
        session._known = KnownFile(loaded.identity, tree.get("saved_at"))
        session._noticed = loaded.noticed
        session.warnings = gained(session.warnings, loaded.damage)
        for message in loaded.damage:
            logger.warning("%s: %s", path, message)
        session.opening_notes = tuple(loaded.notes)
        for note in loaded.notes:
            logger.warning("%s: %s", path, note)
        session._saved = session.snapshot()
        return session

    def mark_deferred(self) -> None:
        """Mark everything as unsaved, even if the file exists."""
        self._saved = None


def _stack_level_of_script() -> int:
    """Stack level of the code that used a session as a file, outside this program and its libraries."""
    frame, level = sys._getframe(1), 1
    while frame.f_back is not None and _is_library(frame.f_globals.get("__name__", "")):
        frame, level = frame.f_back, level + 1
    return level


def _is_library(module: str) -> bool:
    package = module.partition(".")[0]
    return package in {"hdmea_gui", "h5py"} or package in sys.stdlib_module_names


def _make_folder(path: Path) -> None:
    """Create the folder of a file.

    Raises
    ------
    SessionError
        The folder cannot be created.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SessionError(
            f"{path} cannot be saved: its folder cannot be created ({error.strerror or error}). Choose another one."
        ) from error


def _moment(text: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None


def create_session(
    dataset_id: str | None = None,
    cmcr_path: str | os.PathLike[str] | None = None,
    cmtr_path: str | os.PathLike[str] | None = None,
    output_dir: str | os.PathLike[str] = "artifacts",
) -> PipelineSession:
    """Create an empty session in memory.

    Parameters
    ----------
    dataset_id
        Name of the recording; if None, from the name of its raw file, else of its sorting.
    cmcr_path, cmtr_path
        Raw file, and sorted file or folder of another spike sorter; their paths are stored, they are not read.
    output_dir
        Folder of the session's file.

    Raises
    ------
    ValidationError
        There is neither a dataset id nor a source, or the id is not usable as a file name.
    """
    source = cmcr_path or cmtr_path
    if dataset_id is None and not source:
        raise ValidationError("No recording is given. Specify a raw file, a sorting or a dataset id.")
    session = PipelineSession(dataset_id or (dataset_id_of(source) if source else ""), output_dir=output_dir)
    session.set_source_files(cmcr_path, cmtr_path)
    return session
