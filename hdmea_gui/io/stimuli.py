"""Stimulus files: the timing of a movie (JSON) and the frames of a noise movie (npy)."""

from __future__ import annotations

import tokenize
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from hdmea_gui.errors import DataLoadError, MissingPathError, ValidationError
from hdmea_gui.io.json_file import read_json
from hdmea_gui.io.store import check_storable

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from numpy.typing import NDArray

_LEAST = {"start_frame": 0, "trial_length_frame": 1, "repeat": 1, "group_count": 1, "group_gap": 0}
_DEFAULTS = {"group_count": 1, "group_gap": 0}

_TOO_LARGE = 2**31
"""Limit for display frames and trials: more than a year of frames."""


@dataclass(frozen=True)
class TrialTiming:
    """Times of a movie's trials, in display frames.

    Parameters
    ----------
    start_frame
        First frame of the first trial, counted from the movie's first frame.
    trial_length_frame
        Frames per trial.
    repeat
        Trials per group.
    group_count, group_gap
        Number of groups, and frames between them.
    """

    start_frame: int
    trial_length_frame: int
    repeat: int
    group_count: int = 1
    group_gap: int = 0

    @property
    def end_frame(self) -> int:
        """Frame after the last trial, counted from the movie's first frame."""
        n_trials = self.repeat * self.group_count
        gaps = (self.group_count - 1) * self.group_gap
        return self.start_frame + n_trials * self.trial_length_frame + gaps


@dataclass(frozen=True)
class Stimulus:
    """Timing and description of one movie.

    Parameters
    ----------
    name
        The movie.
    timing
        Times of its trials.
    content
        The whole JSON file as a dict: ``generate_kwargs``, ``section_kwargs`` and, in our files, ``kind``
        and ``events``.
    """

    name: str
    timing: TrialTiming
    content: dict[str, Any] = field(default_factory=dict)


def read_stimuli(movies: Iterable[str], folders: Iterable[Path]) -> dict[str, Stimulus]:
    """Read the stimulus JSON of several movies from the first folder that has each.

    Raises
    ------
    MissingPathError
        Some movies have no file; all of them are named, with the folders searched.
    DataLoadError
        A file cannot be read, or lacks a required number.
    """
    places = list(folders)
    found: dict[str, Stimulus] = {}
    missing = []
    for movie in dict.fromkeys(movies):
        path = next((p for folder in places if (p := folder / f"{movie}.json").is_file()), None)
        if path is None:
            missing.append(movie)
        else:
            found[movie] = read_stimulus(path, movie)
    if missing:
        searched = ", ".join(map(str, places)) or "no folder"
        raise MissingPathError(
            f"No stimulus file (JSON) for: {', '.join(missing)}. Searched in {searched}. "
            "Choose the folder that has one file per movie, named after the movie.",
            places[0] / f"{missing[0]}.json" if places else None,
        )
    return found


def read_stimulus(path: Path, movie: str) -> Stimulus:
    """Read the stimulus JSON of one movie.

    Raises
    ------
    DataLoadError
        The file cannot be read, lacks a required number, or contains a value that a session file cannot store.
    """
    content = read_json(path, "JSON file")
    section = content.get("section_kwargs") if isinstance(content, dict) else None
    if not isinstance(section, dict):
        raise DataLoadError(f"{path} has no 'section_kwargs', which define the trials.", path)
    numbers = {name: _whole(section, name, path) for name in _LEAST}
    try:
        check_storable({"dataset_id": movie, "stimulus": {"definitions": {movie: content}}})
    except ValidationError as error:
        raise DataLoadError(
            f"{path} contains something that a session file cannot store: {error} Correct the JSON file.",
            path,
            error,
        ) from error
    return Stimulus(movie, TrialTiming(**numbers), content)


def _whole(section: dict[str, Any], name: str, path: Path) -> int:
    value: Any = section.get(name)
    if value is None and name in _DEFAULTS:
        return _DEFAULTS[name]
    fits = isinstance(value, (int, float)) and _LEAST[name] <= value < _TOO_LARGE and not value % 1
    if not fits or isinstance(value, bool):
        found = "missing" if value is None else repr(value)
        raise DataLoadError(
            f"{path}: '{name}' in 'section_kwargs' is {found}. "
            f"It must be a whole number, at least {_LEAST[name]} and at most {_TOO_LARGE - 1}.",
            path,
        )
    return int(value)


_UNREADABLE = (
    OSError,
    ValueError,
    EOFError,
    OverflowError,
    SyntaxError,
    RecursionError,
    MemoryError,
    tokenize.TokenError,
)
"""What NumPy raises for damaged files; which one depends on where the damage is."""


def read_movie_frames(path: Path) -> NDArray[np.uint8]:
    """Open the frames of a noise movie, mapped from the file.

    Returns
    -------
    array
        uint8 (n_frames, height, width), read-only.

    Raises
    ------
    DataLoadError
        The file is missing or contains something else.
    """
    try:
        frames = np.lib.format.open_memmap(path, mode="r")
    except _UNREADABLE as error:
        raise DataLoadError(f"{path} is not a readable movie (.npy): {error}.", path, error) from error
    if frames.ndim != 3 or frames.dtype != np.uint8 or not frames.size:
        raise DataLoadError(
            f"{path} contains {frames.dtype} {frames.shape}. "
            "A movie must be 8-bit (uint8) frames: (frames, height, width).",
            path,
        )
    return frames
