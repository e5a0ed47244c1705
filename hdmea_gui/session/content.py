"""What a session holds in memory, and how it is changed."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from hdmea_gui.errors import SessionError, ValidationError
from hdmea_gui.session import plain_forms
from hdmea_gui.session.dataset_id import located, validated_dataset_id
from hdmea_gui.session.snapshot import CONTENT, Snapshot, update_to
from hdmea_gui.session.tree import copied, freeze, resident_bytes, same
from hdmea_gui.session.update import Update, change_tree

if TYPE_CHECKING:
    import os


class SessionContent:
    """One recording in memory: a tree of plain dicts in the names of the file, which knows of no file.

    It belongs to one thread, the one that made it; see `PipelineSession`.

    Parameters
    ----------
    dataset_id : str
        Name of the recording.

    Raises
    ------
    ValidationError
        The dataset id is empty or not fit for a file name.
    """

    def __init__(self, dataset_id: str) -> None:
        self.dataset_id = validated_dataset_id(dataset_id)
        self.created_at = datetime.now(UTC)
        self._tree: dict[str, Any] = {name: make() for name, make in CONTENT.items()}
        self._thread = threading.get_ident()
        self._noticed: list[str] = []  # other threads, which read arrays from the file, add to it

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
        """What the steps had to remark, in sentences, and what has turned out to be damaged in the file."""
        texts: list[str] = self._tree["warnings"]
        texts.extend(sentence for sentence in list(self._noticed) if sentence not in texts)
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

    def snapshot(self) -> Snapshot:
        """What the session holds now, for other threads and for saving; arrays become read-only.

        What a script has put there as h5py gives it from the file takes the session's form; see `plain_forms`.
        """
        self._check_thread()
        plain_forms.take(self.units, self.metadata)
        try:
            content = {name: freeze(copied(branch)) for name, branch in self._tree.items()}
        except RecursionError:
            raise ValidationError(
                "The session cannot be saved: something in it contains itself, or is nested too deeply."
            ) from None
        content["completed_steps"] = frozenset(self.completed_steps)
        content["warnings"] = tuple(self.warnings)
        return Snapshot(self.dataset_id, self.created_at, **content)

    def apply(self, update: Update, copies: Sequence[Any] | None = None) -> Update:
        """Take an update, whole or not at all.

        Parameters
        ----------
        update : Update
            The update.
        copies : sequence, optional
            The values of its changes in containers that nobody else holds, as a `Prepared` has them; left out,
            they are copied here.

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
        return change_tree(self._tree, update, copies)

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

    def holds(self, snapshot: Snapshot) -> bool:
        """Whether nothing has changed since a snapshot was taken."""
        self._check_thread()
        return (
            self.dataset_id == snapshot.dataset_id
            and self.completed_steps == snapshot.completed_steps
            and self._without_noticed(self.warnings) == self._without_noticed(snapshot.warnings)
            and all(
                same(self._tree[name], getattr(snapshot, name))
                for name in CONTENT
                if name not in {"completed_steps", "warnings"}
            )
        )

    @property
    def noticed(self) -> tuple[str, ...]:
        """What has turned out to be damaged when it was read from the file, in sentences."""
        return tuple(self._noticed)

    def _without_noticed(self, warnings: Iterable[str]) -> list[str]:
        """Warnings without those on damage of the file: to have read it is no change."""
        return [sentence for sentence in warnings if sentence not in self._noticed]

    @property
    def unit_count(self) -> int:
        """Number of units."""
        return len(self.units)

    @property
    def memory_estimate_gb(self) -> float:
        """Memory that the session's values hold, in GB (1e9 bytes); what is only on disk does not count."""
        return resident_bytes(self._tree) / 1e9


def _merge(target: dict[str, Any], addition: Mapping[str, Any]) -> None:
    for key, value in addition.items():
        if isinstance(value, Mapping) and isinstance(target.get(key), dict):
            _merge(target[key], value)
        else:
            target[key] = copied(dict(value)) if isinstance(value, Mapping) else value
