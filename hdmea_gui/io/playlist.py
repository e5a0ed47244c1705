"""Playlists and movie lengths: the two tables that describe what the projector showed."""

from __future__ import annotations

import ast
import csv
import json
import re
import warnings
from io import StringIO
from typing import TYPE_CHECKING, Any, TypeVar

from hdmea_gui.errors import ConfigurationError, DataLoadError

if TYPE_CHECKING:
    from pathlib import Path

_Value = TypeVar("_Value")

_WHOLE = re.compile(r"\+?([0-9]{1,12})(?:[.,]0{0,2})?")
_POWER = re.compile(r"[0-9][0-9.]{0,11}[eE]\+?[0-9]")
_TOO_LONG = 2**31
"""Limit for display frames, more than a year: no movie is that long."""


def movie_name(file_name: str) -> str:
    """Return the name of a movie up to its first dot."""
    return file_name.split(".", 1)[0].strip()


def read_playlists(path: Path) -> dict[str, list[str]]:
    """Read a table of playlists.

    Parameters
    ----------
    path
        CSV file with the columns playlist_name and movie_names; the latter is a list of names in Python or
        JSON notation.

    Returns
    -------
    dict
        The movies of each playlist, in the order shown.

    Raises
    ------
    DataLoadError
        The file is missing or lacks a column, a list cannot be read, or a playlist appears twice with
        different movies.
    """
    playlists: dict[str, tuple[list[str], int]] = {}
    for line, row in _rows(path, ("playlist_name", "movie_names")):
        _note(playlists, row["playlist_name"], _movies(row["movie_names"], line, path), line, path)
    return {name: movies for name, (movies, _) in playlists.items()}


def playlist_movies(path: Path, playlist_name: str) -> list[str]:
    """Read the movies of one playlist, in the order shown.

    Raises
    ------
    ConfigurationError
        The table has no playlist of that name, or the playlist has no movies.
    DataLoadError
        The table cannot be read.
    """
    playlists = read_playlists(path)
    if playlist_name not in playlists:
        known = ", ".join(sorted(playlists)) or "none"
        raise ConfigurationError(
            f"The playlist '{playlist_name}' is not in {path}. It has: {known}. "
            "Choose one of these, or another file."
        )
    if not playlists[playlist_name]:
        raise ConfigurationError(
            f"The playlist '{playlist_name}' in {path} has no movies. Add them, or choose another playlist."
        )
    return playlists[playlist_name]


def read_movie_lengths(path: Path) -> dict[str, int]:
    """Read a table of movie lengths.

    Parameters
    ----------
    path
        CSV file with the columns movie_name and movie_length.

    Returns
    -------
    dict
        The length of each movie in display frames.

    Raises
    ------
    DataLoadError
        The file is missing or lacks a column, a length is not a positive whole number, or a movie has two
        lengths.
    """
    lengths: dict[str, tuple[int, int]] = {}
    for line, row in _rows(path, ("movie_name", "movie_length")):
        length = _length(row["movie_length"])
        if not 0 < length < _TOO_LONG:
            raise DataLoadError(
                f"{path}, line {line}: the length of '{row['movie_name']}' is '{_short(row['movie_length'])}'. "
                "It must be a whole number of display frames.",
                path,
            )
        _note(lengths, movie_name(row["movie_name"]), length, line, path)
    return {name: length for name, (length, _) in lengths.items()}


def _length(text: str) -> int:
    """Read a whole number that may be written as 2400, 2400.0, 2400,0 or 24e2; 0 for any other text.

    Three or more zeros after the point may mean thousands: 2.000 is ambiguous and therefore refused.
    """
    match = _WHOLE.fullmatch(text)
    if match is None and _POWER.fullmatch(text) and text.count(".") < 2 and float(text).is_integer():
        return int(float(text))
    return int(match[1]) if match is not None else 0


def lengths_of(movies: list[str], lengths: dict[str, int], path: Path) -> list[int]:
    """Return the length of every movie in display frames, in the order shown.

    Raises
    ------
    ConfigurationError
        Some movies have no length; all of them are named.
    """
    missing = sorted({name for name in movies if name not in lengths})
    if missing:
        raise ConfigurationError(
            f"{path} has no length for: {', '.join(missing)}. Every movie of the playlist needs one, "
            "because a missing length would shift all later movies. Add the lengths (in display frames)."
        )
    return [lengths[name] for name in movies]


def _note(found: dict[str, tuple[_Value, int]], name: str, value: _Value, line: int, path: Path) -> None:
    """Add the value of a name; refuse a second line that contradicts the first."""
    earlier, first_line = found.setdefault(name, (value, line))
    if earlier != value:
        raise DataLoadError(
            f"{path}, line {line}: '{name}' already appears in line {first_line}, with another value. "
            "Keep only the correct line.",
            path,
        )


def _rows(path: Path, columns: tuple[str, ...]) -> list[tuple[int, dict[str, str]]]:
    """Rows whose first wanted column is not empty, each with the number of its last line."""
    text = _text(path)
    heading = next(iter(text.splitlines()), "")
    # Excel with German settings separates CSV with semicolons: the comma is its decimal point.
    separator = next((sign for sign in ";\t" if sign in heading), ",")
    reader = csv.DictReader(StringIO(text, newline=""), delimiter=separator, skipinitialspace=True)
    rows = []
    try:
        _check_columns(list(reader.fieldnames or ()), columns, path)
        for row in reader:
            cells = {str(key).strip(): value.strip() for key, value in row.items() if isinstance(value, str)}
            if cells.get(columns[0]):
                rows.append((reader.line_num, {name: cells.get(name, "") for name in columns}))
    except csv.Error as error:
        raise DataLoadError(f"{path} is not a text table (CSV). Choose another file.", path, error) from error
    return rows


def _text(path: Path) -> str:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            return file.read()
    except OSError as error:
        reason = error.strerror or "it does not exist"
        raise DataLoadError(f"{path} cannot be read: {reason}. Choose another file.", path, error) from error
    except UnicodeDecodeError as error:
        raise DataLoadError(
            f"{path} is not a text table in UTF-8. Save it as 'CSV UTF-8', or choose another file.",
            path,
            error,
        ) from error


def _check_columns(found: list[str], wanted: tuple[str, ...], path: Path) -> None:
    names = [name.strip() for name in found]
    missing = [name for name in wanted if name not in names]
    if missing:
        there = _short(", ".join(names)) or "none"
        raise DataLoadError(f"{path} has no column '{missing[0]}'. Its columns are: {there}.", path)


def _movies(text: str, line: int, path: Path) -> list[str]:
    """Read a list of movies in Python or JSON notation; nothing is evaluated."""
    for read in (json.loads, _literal):
        try:
            names = read(text)
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            continue
        if isinstance(names, (list, tuple)) and all(
            isinstance(name, str) and movie_name(name) for name in names
        ):
            return list(map(movie_name, names))
    raise DataLoadError(
        f"{path}, line {line}: the movie names are '{_short(text)}'. They must be a list such as ['a.mov', 'b.mov'].",
        path,
    )


def _literal(text: str) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a lone backslash
        return ast.literal_eval(text)


def _short(text: str) -> str:
    return text if len(text) <= 200 else f"{text[:200]} ..."
