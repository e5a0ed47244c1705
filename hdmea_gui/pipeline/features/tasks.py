"""Assignment of feature families to the movies of a recording."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hdmea_gui.errors import ConfigurationError, FeatureExtractionError
from hdmea_gui.pipeline.features import FAMILIES, PLACEHOLDERS, light_triggered
from hdmea_gui.pipeline.features.family import Family
from hdmea_gui.pipeline.stimulus_folders import definition, stimulus_folders
from hdmea_gui.session.recording import RecordingReader, declared_kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from hdmea_gui.session import Snapshot

Movies = dict[str, dict[str, Any]]
"""Movies with trials, and the content of their stimulus files."""


@dataclass(frozen=True)
class Task:
    """Computation of one family on one movie.

    Attributes
    ----------
    name
        Name under which the result is stored.
    family
        The feature family.
    movie
        The movie; None for a family computed on the whole recording, or if it was not shown.
    absent_reason
        Why it cannot be computed for any unit; empty if it can.
    """

    name: str
    family: Family
    movie: str | None = None
    absent_reason: str = ""


def definitions_of(snapshot: Snapshot, stimuli_dir: Path | None = None) -> Movies:
    """Return the movies with trials and their stimulus definitions, from the session and the folders.

    Raises
    ------
    ConfigurationError
        If the given folder does not exist, or contains a stimulus file that cannot be used.
    """
    recording = RecordingReader(snapshot)
    return {
        movie: as_shown(recording, movie, definition(snapshot, movie, stimuli_dir))
        for movie in recording.sectioned_movies
    }


def as_shown(recording: RecordingReader, movie: str, content: Mapping[str, Any]) -> dict[str, Any]:
    """Return a stimulus definition with the kind that the movie has in a recording, where light may time its trials."""
    timed = {"kind": light_triggered.FAMILY.kind} if recording.is_timed_by_light(movie) else {}
    return {**content, **timed}


def tasks_of(names: tuple[str, ...] | None, movies: Movies) -> tuple[list[Task], list[str]]:
    """Return the features to compute, and warnings about names that are placeholders.

    Parameters
    ----------
    names
        Registered names, or names of movies; None for every feature that the movies allow.
    movies
        Movies with trials, and their stimulus definitions.

    Returns
    -------
    tasks
        Features to compute.
    warnings
        One warning per placeholder.

    Raises
    ------
    FeatureExtractionError
        If a name is unknown.
    """
    if names is None:
        return [task for family in FAMILIES for task in _tasks_of_family(family, movies)], []
    warnings = [
        f"The feature '{name}' was not computed: {PLACEHOLDERS[name]}."
        for name in names
        if name in PLACEHOLDERS
    ]
    meant = [name for name in names if name not in PLACEHOLDERS]
    return [
        _task_of_name(name, family_named(name, movies, only_shown=True), movies) for name in meant
    ], warnings


def check_names(names: tuple[str, ...] | None, snapshot: Snapshot, stimuli_dir: Path | None) -> None:
    """Check, even before the recording is loaded, whether the requested features can exist.

    A name may be a registered name of a family, a movie to which a family applies by its name, a movie of the
    recording, or a movie with a stimulus file.

    Parameters
    ----------
    names
        Requested features.
    snapshot
        The session before the run.
    stimuli_dir
        The user's folder of stimulus files.

    Raises
    ------
    ConfigurationError
        If a name is none of these, or the folder does not exist.
    """
    recording = RecordingReader(snapshot)
    held = {*recording.sectioned_movies, *recording.section_bounds, *PLACEHOLDERS}
    for name in names or ():
        is_known = name in held or any(
            name in family.names or family.serves(name, None) for family in FAMILIES
        )
        if not is_known and not any(
            (folder / f"{name}.json").is_file() for folder in stimulus_folders(stimuli_dir)
        ):
            raise ConfigurationError(f"There is no feature '{name}'. Available: {_known_names()}.")


def unknown_names(names: Iterable[str], movies: Movies) -> dict[str, str]:
    """Return the names that refer to no feature of a recording, each with an explanation.

    Parameters
    ----------
    names
        Requested features.
    movies
        Movies with trials, and their stimulus definitions.
    """
    unknown = {}
    for name in names:
        try:
            if name not in PLACEHOLDERS:
                family_named(name, movies, only_shown=True)
        except FeatureExtractionError as error:
            unknown[name] = str(error)
    return unknown


def family_of(movie: str, definition: Mapping[str, Any]) -> Family | None:
    """Return the family that applies to a movie, by its stimulus definition or its name; None if there is none."""
    return next((family for family in FAMILIES if family.serves(movie, declared_kind(definition))), None)


def _known_names() -> str:
    return ", ".join(name for family in FAMILIES for name in family.names)


def family_named(name: str, movies: Movies, *, only_shown: bool = False) -> Family:
    """Return the family that a name refers to: a registered name, a movie shown, or else a movie not shown.

    Raises
    ------
    FeatureExtractionError
        If it refers to none.
    """
    for family in FAMILIES:
        if name in family.names or _serves(family, name, movies):
            return family
        if name not in movies and not only_shown and family.serves(name, None):
            return family
    raise FeatureExtractionError(f"There is no feature '{name}'. Available: {_known_names()}.", name)


def _serves(family: Family, movie: str, movies: Movies) -> bool:
    return movie in movies and family.serves(movie, declared_kind(movies[movie]))


def _served(family: Family, movies: Movies) -> list[str]:
    return [movie for movie in movies if _serves(family, movie, movies)]


def _tasks_of_family(family: Family, movies: Movies) -> list[Task]:
    served = _served(family, movies)
    if not served and family.anywhere:
        return [Task(family.names[0], family)]
    return [Task(movie, family, movie) for movie in served]


def _task_of_name(name: str, family: Family, movies: Movies) -> Task:
    """Task for a registered name: on the movie of that name, otherwise on the only movie of its kind."""
    served = _served(family, movies)
    if name in served:
        return Task(name, family, name)
    if len(served) == 1:
        return Task(served[0], family, served[0])
    if not served and family.anywhere:
        return Task(name, family)
    several = f"several movies of its kind were shown: {', '.join(served)}"
    return Task(name, family, absent_reason=several if served else "not shown in this recording")
