"""Contents of a session in memory, and how they are changed."""

from __future__ import annotations

import re
import threading
import warnings as python_warnings
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hdmea_gui.errors import MissingUnitError, SessionError, ValidationError
from hdmea_gui.session import plain_forms
from hdmea_gui.session.argument_names import also_named
from hdmea_gui.session.dataset_id import validated_dataset_id
from hdmea_gui.session.snapshot import CONTENT, Snapshot, update_to
from hdmea_gui.session.source_files import as_paths, source_names
from hdmea_gui.session.tree import copied, freeze, resident_bytes, same
from hdmea_gui.session.unit import FEATURES
from hdmea_gui.session.update import Update, change_tree
from hdmea_gui.sources import path_names

if TYPE_CHECKING:
    import os

_UNIT_ID = re.compile(r"unit_\d+")


class SessionContent:
    """One recording in memory: a tree of plain dicts with the file's names, independent of any file.

    It belongs to the thread that created it; see `PipelineSession`.

    Parameters
    ----------
    dataset_id
        Name of the recording.

    Raises
    ------
    ValidationError
        The dataset id is empty or not usable as a file name.
    """

    def __init__(self, dataset_id: str) -> None:
        self.dataset_id = validated_dataset_id(dataset_id)
        self.created_at = datetime.now(UTC).isoformat()
        """Time at which the session began, ISO 8601."""
        self._tree: dict[str, Any] = {name: make() for name, make in CONTENT.items()}
        self._thread = threading.get_ident()
        self._noticed: list[str] = []  # other threads append to it when they read arrays from the file

    @property
    def units(self) -> dict[str, dict[str, Any]]:
        """Units by id; see the file layout for their contents."""
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
        """Paths of the recording's sources: ``cmcr_path``, and ``cmtr_path`` or ``sorting_path``."""
        return self._branch("source_files")

    @source_files.setter
    def source_files(self, value: dict[str, Any]) -> None:
        self._tree["source_files"] = as_paths(value)

    @property
    def completed_steps(self) -> set[str]:
        """Keys of the completed steps, with those that older programs noted."""
        steps: set[str] = self._tree["completed_steps"]
        return steps

    @completed_steps.setter
    def completed_steps(self, value: Iterable[str]) -> None:
        self._tree["completed_steps"] = set(value)

    @property
    def warnings(self) -> list[str]:
        """Warnings of the steps, and messages about damage found in the file."""
        texts: list[str] = self._tree["warnings"]
        texts.extend(message for message in list(self._noticed) if message not in texts)
        return texts

    @warnings.setter
    def warnings(self, value: Iterable[str]) -> None:
        self._tree["warnings"] = list(value)

    @property
    def steps(self) -> dict[str, dict[str, Any]]:
        """Parameters, program version, start, duration and outcome of each step."""
        return self._branch("steps")

    @property
    def health(self) -> dict[str, dict[str, Any]]:
        """Findings about the recording's health, by check: state, sentence, and the data of a curve."""
        return self._branch("health")

    @property
    def attributes(self) -> dict[str, dict[str, Any]]:
        """Attributes of nodes in the file that have no other place, by the node's path."""
        return self._branch("attributes")

    @property
    def root(self) -> dict[str, Any]:
        """Attributes of the file itself that are not derived from anything else."""
        return self._branch("root")

    @property
    def extras(self) -> dict[str, Any]:
        """Top-level entries that other programs put into the file."""
        return self._branch("extras")

    def _branch(self, name: str) -> dict[str, Any]:
        branch: dict[str, Any] = self._tree[name]
        return branch

    @also_named(units="units_data")
    def add_units(self, units_data: Mapping[str, Mapping[str, Any]]) -> None:
        """Merge units into the session, recursively; a name that is not like ``unit_001`` gives a warning."""
        _warn_of_odd_names(units_data)
        _merge(self.units, units_data)

    def add_metadata(self, metadata: Mapping[str, Any]) -> None:
        """Merge metadata into the session, recursively."""
        _merge(self.metadata, metadata)

    @also_named(stimulus="stimulus_data")
    def add_stimulus(self, stimulus_data: Mapping[str, Any]) -> None:
        """Merge stimulus data into the session, recursively."""
        _merge(self.stimulus, stimulus_data)

    @also_named(data="feature_data", metadata="feature_metadata")
    def add_feature(
        self,
        unit_id: str,
        feature_name: str,
        feature_data: Any,
        feature_metadata: Mapping[str, Any] | None = None,
    ) -> None:
        """Set a feature of a unit, replacing one of the same name.

        Raises
        ------
        MissingUnitError
            The session has no such unit; it is a KeyError too.
        """
        if unit_id not in self.units:
            raise MissingUnitError(
                f"The session has no unit '{unit_id}', so the feature cannot be added.", self.dataset_id
            )
        features = self.units[unit_id].setdefault(FEATURES, {})
        features[feature_name] = {"data": feature_data, "metadata": dict(feature_metadata or {})}

    @also_named(step="step_name")
    def mark_step_complete(self, step_name: str) -> None:
        """Mark a step as done."""
        self.completed_steps.add(step_name)

    def rename(self, dataset_id: str) -> None:
        """Change the dataset id of the session.

        Raises
        ------
        ValidationError
            It is empty or not usable as a file name.
        """
        self.dataset_id = validated_dataset_id(dataset_id)

    def set_source_files(
        self, cmcr_path: str | os.PathLike[str] | None = None, cmtr_path: str | os.PathLike[str] | None = None
    ) -> None:
        """Set the paths of the recording, also those of other formats; a path that is None stays as it was."""
        if cmcr_path is not None:
            self.source_files |= source_names(Path(cmcr_path), None)
        if cmtr_path is not None:
            for name in path_names("sorting"):  # another one replaces it, whatever its format
                self.source_files.pop(name, None)
            self.source_files |= source_names(None, Path(cmtr_path))

    def snapshot(self) -> Snapshot:
        """Return a snapshot of the session, for other threads and for saving; arrays become read-only.

        Values that a script copied from a file with h5py are converted to the session's form; see `plain_forms`.
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
        """Apply an update completely or not at all.

        Parameters
        ----------
        update
            The update.
        copies
            The values of its changes in containers that nothing else uses, as in a `Prepared`; if None, they are
            copied here.

        Returns
        -------
        Update
            The update that undoes it.

        Raises
        ------
        SessionError
            The update does not match the session, which is left unchanged.
        """
        self._check_thread()
        return change_tree(self._tree, update, copies)

    def restore(self, snapshot: Snapshot) -> Update:
        """Return to a snapshot of this session; return the update that undoes this."""
        return self.apply(update_to(snapshot))

    def adopt(self) -> None:
        """Make the calling thread the owner of the session."""
        self._thread = threading.get_ident()

    def _check_thread(self) -> None:
        if threading.get_ident() != self._thread:
            raise SessionError(
                "A session can be changed, compared and saved only by the thread that created it. "
                "Pass a snapshot to other threads, or call adopt() there first."
            )

    def holds_data_of(self, snapshot: Snapshot | None) -> bool:
        """Whether units, metadata and stimulus are those of a snapshot; of none, whether they are empty."""
        return all(
            same(self._tree[name], {} if snapshot is None else getattr(snapshot, name))
            for name in ("units", "metadata", "stimulus")
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
        """Messages about damage found when arrays were read from the file."""
        return tuple(self._noticed)

    def _without_noticed(self, warnings: Iterable[str]) -> list[str]:
        """Warnings without those about damage of the file: reading the file is not a change."""
        return [message for message in warnings if message not in self._noticed]

    @property
    def unit_count(self) -> int:
        """Number of units."""
        return len(self.units)

    @property
    def memory_estimate_gb(self) -> float:
        """Memory of the session's values in GB (1e9 bytes), without arrays that are only on disk."""
        return resident_bytes(self._tree) / 1e9


def _warn_of_odd_names(unit_ids: Iterable[str]) -> None:
    odd = [str(unit_id) for unit_id in unit_ids if not _UNIT_ID.fullmatch(str(unit_id))]
    if odd:
        python_warnings.warn(
            f"Units are usually named unit_001, unit_002 and so on, not {', '.join(odd[:5])}.",
            UserWarning,
            stacklevel=4,
        )


def _merge(target: dict[str, Any], addition: Mapping[str, Any]) -> None:
    for key, value in addition.items():
        if isinstance(value, Mapping) and isinstance(target.get(key), dict):
            _merge(target[key], value)
        else:
            target[key] = copied(dict(value)) if isinstance(value, Mapping) else value
