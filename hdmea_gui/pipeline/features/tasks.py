"""Which families are to be computed on which movies of a recording."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hdmea_gui.errors import ConfigurationError, FeatureExtractionError
from hdmea_gui.pipeline.features import FAMILIES, PLACEHOLDERS
from hdmea_gui.pipeline.features.family import Family
from hdmea_gui.pipeline.sections import sections_of
from hdmea_gui.pipeline.stimulus_folders import definition, stimulus_folders

if TYPE_CHECKING:
    from pathlib import Path

    from hdmea_gui.session import Snapshot

Movies = dict[str, dict[str, Any]]
"""The movies with trials and what their stimulus files say."""


@dataclass(frozen=True)
class Task:
    """One family on one movie.

    Parameters
    ----------
    name : str
        Where the result is kept.
    family : Family
        What computes it.
    movie : str or None
        The movie; None for a family that works on the whole recording, or when it was not shown.
    absent_reason : str
        Why it cannot be computed for any unit, else empty.
    """

    name: str
    family: Family
    movie: str | None = None
    absent_reason: str = ""


def definitions_of(snapshot: Snapshot, stimuli_dir: Path | None = None) -> Movies:
    """The movies with trials and what is known of their stimuli, from the session and the folders.

    Raises
    ------
    ConfigurationError
        The folder is named and is not there, or holds a stimulus file that cannot be used.
    """
    return {movie: definition(snapshot, movie, stimuli_dir) for movie in _sectioned_movies(snapshot)}


def tasks_of(names: tuple[str, ...] | None, movies: Movies) -> tuple[list[Task], list[str]]:
    """What is to be computed, and remarks on names that mean nothing.

    Parameters
    ----------
    names : tuple of str or None
        Registered names, or names of movies; None means every feature that the movies shown allow.
    movies : dict
        The movies with trials and what is known of their stimuli.

    Raises
    ------
    FeatureExtractionError
        A name is unknown.
    """
    if names is None:
        return [task for family in FAMILIES for task in _tasks_of_family(family, movies)], []
    remarks = [
        f"The feature '{name}' was not computed: {PLACEHOLDERS[name]}."
        for name in names
        if name in PLACEHOLDERS
    ]
    meant = [name for name in names if name not in PLACEHOLDERS]
    return [
        _task_of_name(name, family_named(name, movies, only_shown=True), movies) for name in meant
    ], remarks


def check_names(names: tuple[str, ...] | None, snapshot: Snapshot, stimuli_dir: Path | None) -> None:
    """Find out, before the recording is even loaded, whether features that are asked for can be meant.

    A name may be that of a family, of a movie that some family serves by its name, of a movie of the recording, or of
    one with a stimulus file.

    Parameters
    ----------
    names : tuple of str or None
        The features.
    snapshot : Snapshot
        The session as it is before the run.
    stimuli_dir : Path or None
        Folder of stimulus files that the user names.

    Raises
    ------
    ConfigurationError
        A name can mean none of them, or the folder is not there.
    """
    held = {*_sectioned_movies(snapshot), *sections_of(snapshot), *PLACEHOLDERS}
    for name in names or ():
        is_known = name in held or any(
            name in family.names or family.serves(name, None) for family in FAMILIES
        )
        if not is_known and not any(
            (folder / f"{name}.json").is_file() for folder in stimulus_folders(stimuli_dir)
        ):
            raise ConfigurationError(f"There is no feature '{name}'. There are: {_known_names()}.")


def _known_names() -> str:
    return ", ".join(name for family in FAMILIES for name in family.names)


def family_named(name: str, movies: Movies, *, only_shown: bool = False) -> Family:
    """The family that a name means, be it that of the family, of a movie shown or else of one that was not shown.

    Raises
    ------
    FeatureExtractionError
        It can mean none.
    """
    for family in FAMILIES:
        if name in family.names or _serves(family, name, movies):
            return family
        if name not in movies and not only_shown and family.serves(name, None):
            return family
    raise FeatureExtractionError(f"There is no feature '{name}'. There are: {_known_names()}.")


def _serves(family: Family, movie: str, movies: Movies) -> bool:
    return movie in movies and family.serves(movie, movies[movie].get("kind"))


def _served(family: Family, movies: Movies) -> list[str]:
    return [movie for movie in movies if _serves(family, movie, movies)]


def _tasks_of_family(family: Family, movies: Movies) -> list[Task]:
    served = _served(family, movies)
    if not served and family.anywhere:
        return [Task(family.names[0], family)]
    return [Task(movie, family, movie) for movie in served]


def _task_of_name(name: str, family: Family, movies: Movies) -> Task:
    """A registered name means the movie of that name, else the only movie of its kind."""
    served = _served(family, movies)
    if name in served:
        return Task(name, family, name)
    if len(served) == 1:
        return Task(served[0], family, served[0])
    if not served and family.anywhere:
        return Task(name, family)
    several = f"several movies of its kind were shown: {', '.join(served)}"
    return Task(name, family, absent_reason=several if served else "not shown in this recording")


def _sectioned_movies(snapshot: Snapshot) -> list[str]:
    """Movies with trials, in the order of their sections."""
    sectioned = {movie for unit in snapshot.units.values() for movie in unit.get("spike_times_sectioned", {})}
    ordered = [movie for movie in sections_of(snapshot) if movie in sectioned]
    return ordered + sorted(sectioned - set(ordered))
