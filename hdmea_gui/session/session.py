"""The session: one recording in memory, from its first step to the save at the end."""

from __future__ import annotations

import logging
import os
import threading
import warnings as python_warnings
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from enum import Enum
from typing import TYPE_CHECKING, Any

from hdmea_gui.errors import CheckpointError, DataLoadError, SessionError, ValidationError
from hdmea_gui.io.store import read_tree
from hdmea_gui.paths import local_path
from hdmea_gui.session.dataset_id import located, validated_dataset_id
from hdmea_gui.session.snapshot import CONTENT, Snapshot, update_to, write_snapshot
from hdmea_gui.session.tree import copied, freeze, resident_bytes, same
from hdmea_gui.session.update import Update, change_tree

if TYPE_CHECKING:
    from pathlib import Path

logger = logging.getLogger(__name__)


class SaveState(Enum):
    """Whether what is in memory is also in the session's file."""

    DEFERRED = "deferred"
    SAVED = "saved"


class PipelineSession:
    """One recording in memory: what the steps have found and what is to be saved.

    The content is plain dicts in the names of the file. The program changes it through
    `apply`; scripts may also assign into the dicts. Either way `is_saved` tells whether
    the session's file holds the same.

    A session belongs to one thread, the one that made it: only there may it be changed,
    compared, saved or given a snapshot. Other threads work on a `snapshot`. A session that
    was loaded on one thread for another is taken over there with `adopt`.

    Parameters
    ----------
    dataset_id : str
        Name of the recording; becomes a file name.
    output_dir : path
        Folder of the session's file where none is named.

    Raises
    ------
    ValidationError
        The dataset id is empty or not fit for a file name.

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
        self.dataset_id = validated_dataset_id(dataset_id)
        self.output_dir = local_path(output_dir).absolute()
        self.hdf5_path: Path | None = None
        self.created_at = datetime.now(UTC)
        self.saved_at: datetime | None = None
        self._tree: dict[str, Any] = {name: make() for name, make in CONTENT.items()}
        self._saved: Snapshot | None = None
        self._from_checkpoint = False
        self._thread = threading.get_ident()

    def __repr__(self) -> str:
        return (
            f"PipelineSession({self.dataset_id!r}, {self.save_state.name}, {self.unit_count} units, "
            f"{self.memory_estimate_gb:.2f} GB)"
        )

    # Content

    @property
    def units(self) -> dict[str, dict[str, Any]]:
        """Units by id; see the file layout for what one holds."""
        return self._branch("units")

    @units.setter
    def units(self, value: dict[str, dict[str, Any]]) -> None:
        self._tree["units"] = value

    @property
    def metadata(self) -> dict[str, Any]:
        """Acquisition rate (Hz), frame timestamps (samples) and the attributes of the source files."""
        return self._branch("metadata")

    @metadata.setter
    def metadata(self, value: dict[str, Any]) -> None:
        self._tree["metadata"] = value

    @property
    def stimulus(self) -> dict[str, Any]:
        """Light channels, frame times, section times and light templates."""
        return self._branch("stimulus")

    @stimulus.setter
    def stimulus(self, value: dict[str, Any]) -> None:
        self._tree["stimulus"] = value

    @property
    def source_files(self) -> dict[str, Any]:
        """Paths of the recording, ``cmcr_path`` and ``cmtr_path``, as text."""
        return self._branch("source_files")

    @source_files.setter
    def source_files(self, value: dict[str, Any]) -> None:
        self._tree["source_files"] = value

    @property
    def completed_steps(self) -> set[str]:
        """Keys of the steps that are done, with what older programs noted."""
        steps: set[str] = self._tree["completed_steps"]
        return steps

    @completed_steps.setter
    def completed_steps(self, value: Iterable[str]) -> None:
        self._tree["completed_steps"] = set(value)

    @property
    def warnings(self) -> list[str]:
        """What the steps had to remark, in sentences."""
        texts: list[str] = self._tree["warnings"]
        return texts

    @warnings.setter
    def warnings(self, value: Iterable[str]) -> None:
        self._tree["warnings"] = list(value)

    @property
    def steps(self) -> dict[str, dict[str, Any]]:
        """Per step its parameters, program version, start, duration and outcome."""
        return self._branch("steps")

    @property
    def attributes(self) -> dict[str, dict[str, Any]]:
        """Attributes of nodes of the file that have no other place, by the node's path."""
        return self._branch("attributes")

    @property
    def root(self) -> dict[str, Any]:
        """Attributes of the file itself that nothing else gives."""
        return self._branch("root")

    @property
    def extras(self) -> dict[str, Any]:
        """What other programs put at the top of the file."""
        return self._branch("extras")

    def _branch(self, name: str) -> dict[str, Any]:
        branch: dict[str, Any] = self._tree[name]
        return branch

    def add_units(self, units: Mapping[str, Mapping[str, Any]]) -> None:
        """Merge units into the session, at every depth."""
        _merge(self.units, units)

    def add_metadata(self, metadata: Mapping[str, Any]) -> None:
        """Merge metadata into the session, at every depth."""
        _merge(self.metadata, metadata)

    def add_stimulus(self, stimulus: Mapping[str, Any]) -> None:
        """Merge stimulus data into the session, at every depth."""
        _merge(self.stimulus, stimulus)

    def add_feature(
        self, unit_id: str, feature_name: str, data: Any, metadata: Mapping[str, Any] | None = None
    ) -> None:
        """Put a feature of a unit in place of what had its name.

        Raises
        ------
        SessionError
            The session has no such unit.
        """
        if unit_id not in self.units:
            raise SessionError(f"The session has no unit '{unit_id}', so it cannot hold a feature of it.")
        features = self.units[unit_id].setdefault("features", {})
        features[feature_name] = {"data": data, "metadata": dict(metadata or {})}

    def mark_step_complete(self, step: str) -> None:
        """Note that a step is done."""
        self.completed_steps.add(step)

    def rename(self, dataset_id: str) -> None:
        """Give the session another dataset id.

        Raises
        ------
        ValidationError
            It is empty or not fit for a file name.
        """
        self.dataset_id = validated_dataset_id(dataset_id)

    def set_source_files(
        self, cmcr_path: str | os.PathLike[str] | None = None, cmtr_path: str | os.PathLike[str] | None = None
    ) -> None:
        """Note where the recording lies; a path that is not given stays as it was."""
        for name, path in (("cmcr_path", cmcr_path), ("cmtr_path", cmtr_path)):
            if path is not None:
                self.source_files[name] = located(path)

    # Changes

    def snapshot(self) -> Snapshot:
        """What the session holds now, for other threads and for saving; arrays become read-only."""
        self._check_thread()
        try:
            content = {name: freeze(copied(branch)) for name, branch in self._tree.items()}
        except RecursionError:
            raise ValidationError(
                "The session cannot be saved: something in it contains itself, or is nested too deeply."
            ) from None
        content["completed_steps"] = frozenset(self.completed_steps)
        content["warnings"] = tuple(self.warnings)
        return Snapshot(self.dataset_id, self.created_at, **content)

    def apply(self, update: Update) -> Update:
        """Take an update, whole or not at all.

        Returns
        -------
        Update
            The update that takes it back.

        Raises
        ------
        SessionError
            The update does not fit the session, which is unchanged.
        """
        self._check_thread()
        return change_tree(self._tree, update)

    def restore(self, snapshot: Snapshot) -> Update:
        """Go back to a snapshot of this session; the update that undoes it is the result."""
        return self.apply(update_to(snapshot))

    def adopt(self) -> None:
        """Make the calling thread the one that the session belongs to."""
        self._thread = threading.get_ident()

    def _check_thread(self) -> None:
        if threading.get_ident() != self._thread:
            raise SessionError(
                "A session may be changed, compared and saved only by the thread that made it. "
                "Give other threads a snapshot, or call adopt() there first."
            )

    # State

    @property
    def save_state(self) -> SaveState:
        """SAVED while the session's file holds what the session holds, else DEFERRED."""
        return SaveState.SAVED if self.is_saved else SaveState.DEFERRED

    @property
    def is_saved(self) -> bool:
        """Whether the session's file holds what the session holds."""
        there = self.hdf5_path is not None and self.hdf5_path.exists()
        return there and self._saved is not None and self.holds(self._saved)

    @property
    def is_deferred(self) -> bool:
        """Whether something is in memory only."""
        return not self.is_saved

    @property
    def saved_snapshot(self) -> Snapshot | None:
        """What the session's file holds; None where it has none."""
        return self._saved

    def holds(self, snapshot: Snapshot) -> bool:
        """Whether nothing has changed since a snapshot was taken."""
        self._check_thread()
        return (
            self.dataset_id == snapshot.dataset_id
            and self.completed_steps == snapshot.completed_steps
            and tuple(self.warnings) == snapshot.warnings
            and all(
                same(self._tree[name], getattr(snapshot, name))
                for name in CONTENT
                if name not in {"completed_steps", "warnings"}
            )
        )

    @property
    def unit_count(self) -> int:
        """Number of units."""
        return len(self.units)

    @property
    def memory_estimate_gb(self) -> float:
        """Memory that the session's values hold, in GB (1e9 bytes); what is only on disk does not count."""
        return resident_bytes(self._tree) / 1e9

    # Files

    @property
    def save_path(self) -> Path:
        """Where `save` writes if no path is given: the session's file, never an opened checkpoint."""
        if self.hdf5_path is not None and not self._from_checkpoint:
            return self.hdf5_path
        return self.output_dir / f"{self.dataset_id}.h5"

    def save(
        self,
        output_path: str | os.PathLike[str] | None = None,
        *,
        overwrite: bool = True,
        compression: str | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> Path:
        """Write the session to its file, whole or not at all, and call it saved.

        Parameters
        ----------
        output_path : path, optional
            The file; left out, `save_path`.
        overwrite : bool
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
        SessionError
            The file cannot be written; the old one is as it was.

        Examples
        --------
        >>> import tempfile
        >>> session = PipelineSession("demo", output_dir=tempfile.mkdtemp())
        >>> session.save_state.name, session.save().name, session.save_state.name
        ('DEFERRED', 'demo.h5', 'SAVED')
        """
        path = local_path(output_path if output_path is not None else self.save_path).absolute()
        snapshot = self.snapshot()
        path.parent.mkdir(parents=True, exist_ok=True)
        saved_at = write_snapshot(
            snapshot, path, overwrite=overwrite, compression=compression, progress=progress
        )
        self.mark_saved(snapshot, path, saved_at)
        return path

    def mark_saved(self, snapshot: Snapshot, path: Path, saved_at: datetime) -> None:
        """Note that a snapshot of this session is in a file, its own from now on."""
        self._check_thread()
        self._saved, self.hdf5_path, self.saved_at = snapshot, path, saved_at
        self._from_checkpoint = False

    def checkpoint(
        self,
        path: str | os.PathLike[str],
        *,
        checkpoint_name: str | None = None,
        overwrite: bool = True,
        note: str = "",
    ) -> Path:
        """Write what the session holds to a file beside its own; the session's state stays.

        Parameters
        ----------
        path : path
            The file.
        checkpoint_name, note : str, optional
            What the user calls it, and what he remarks on it.
        overwrite : bool
            Whether an existing file may be replaced.

        Raises
        ------
        FileExistsError
            The file exists and must not be replaced.
        CheckpointError
            The file cannot be written; the old one is as it was.

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
        if target.resolve() == self.save_path.resolve():
            logger.warning(
                "The checkpoint %s lies where the session itself is saved; the next save replaces it.", target
            )
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            write_snapshot(
                snapshot,
                target,
                kind="checkpoint",
                checkpoint_name=checkpoint_name,
                note=note,
                overwrite=overwrite,
            )
        except (SessionError, ValidationError) as error:
            raise CheckpointError(f"The checkpoint was not written. {error}") from error
        return target

    def ensure_saved(self, default_path: str | os.PathLike[str] | None = None) -> Path:
        """The path of a file that holds what the session holds, saving it first where needed.

        Parameters
        ----------
        default_path : path, optional
            Where to save a session that has no file yet.
        """
        if self.is_saved and self.hdf5_path is not None:
            return self.hdf5_path
        path = default_path if self.hdf5_path is None or self._from_checkpoint else None
        logger.warning("Saving the session '%s' because a file of it is needed.", self.dataset_id)
        return self.save(path)

    def __fspath__(self) -> str:
        python_warnings.warn(
            f"The session '{self.dataset_id}' is used as a file, so it is saved now.",
            UserWarning,
            stacklevel=2,
        )
        return os.fspath(self.ensure_saved())

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> PipelineSession:
        """Load a session or checkpoint; large arrays stay in the file until they are looked at.

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
            raise DataLoadError(f"{path} names no usable dataset: {error}", path) from error
        for name, make in CONTENT.items():
            if name in tree:
                session._tree[name] = set(tree[name]) if make is set else tree[name]
        session.created_at = _moment(tree.get("created_at")) or session.created_at
        session.saved_at = _moment(tree.get("saved_at"))
        session.hdf5_path = path.absolute()
        session._from_checkpoint = loaded.kind == "checkpoint"
        for note in loaded.notes:
            logger.warning("%s: %s", path, note)
        session._saved = session.snapshot()
        return session

    def mark_deferred(self) -> None:
        """Call everything unsaved, though a file is there."""
        self._saved = None


def _merge(target: dict[str, Any], addition: Mapping[str, Any]) -> None:
    for key, value in addition.items():
        if isinstance(value, Mapping) and isinstance(target.get(key), dict):
            _merge(target[key], value)
        else:
            target[key] = copied(dict(value)) if isinstance(value, Mapping) else value


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
    """An empty session, in memory only.

    Parameters
    ----------
    dataset_id : str, optional
        Name of the recording; left out, the raw file's name, else the sorted file's.
    cmcr_path, cmtr_path : path, optional
        The recording; noted, not read.
    output_dir : path
        Folder of the session's file.

    Raises
    ------
    ValidationError
        There is neither a dataset id nor a file, or the id is not fit for a file name.
    """
    source = cmcr_path or cmtr_path
    name = dataset_id or (local_path(source).stem.rstrip("-") if source else "")
    session = PipelineSession(name, output_dir=output_dir)
    session.set_source_files(cmcr_path, cmtr_path)
    return session
