"""Playlists and movie lengths, the two tables that tell what the projector showed."""

from __future__ import annotations

import ast
import csv
from io import StringIO
from typing import TYPE_CHECKING

from hdmea_gui.errors import ConfigurationError, DataLoadError

if TYPE_CHECKING:
    from pathlib import Path


def movie_name(file_name: str) -> str:
    """Give the name of a movie without what follows its first dot."""
    return file_name.split(".", 1)[0].strip()


def read_playlists(path: Path) -> dict[str, list[str]]:
    """Read a table of playlists: for each name its movies, in the order shown.

    Parameters
    ----------
    path
        CSV file with the columns playlist_name and movie_names; the latter is a list of names, written
        as Python or JSON writes one.

    Raises
    ------
    DataLoadError
        The file is missing, lacks a column, or a list cannot be read.
    """
    playlists = {}
    for number, row in _rows(path, ("playlist_name", "movie_names")):
        playlists[row["playlist_name"]] = [
            movie_name(name) for name in _names(row["movie_names"], f"{path}, line {number}", path)
        ]
    return playlists


def playlist_movies(path: Path, playlist_name: str) -> list[str]:
    """Read the movies of one playlist, in the order shown.

    Raises
    ------
    ConfigurationError
        The table has no playlist of that name.
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
    return playlists[playlist_name]


def read_movie_lengths(path: Path) -> dict[str, int]:
    """Read a table of movie lengths, in display frames.

    Parameters
    ----------
    path
        CSV file with the columns movie_name and movie_length.

    Raises
    ------
    DataLoadError
        The file is missing, lacks a column, or a length is no whole positive number.
    """
    lengths = {}
    for number, row in _rows(path, ("movie_name", "movie_length")):
        try:
            length = float(row["movie_length"])
        except ValueError:
            length = -1.0
        if not (length > 0 and length == int(length)):
            raise DataLoadError(
                f"{path}, line {number}: the length of '{row['movie_name']}' is '{row['movie_length']}'. "
                "It must be a whole number of display frames.",
                path,
            )
        lengths[movie_name(row["movie_name"])] = int(length)
    return lengths


def lengths_of(movies: list[str], lengths: dict[str, int], path: Path) -> list[int]:
    """Give the length of every movie, in the order shown.

    Raises
    ------
    ConfigurationError
        Movies have no length; all of them are named.
    """
    missing = sorted({name for name in movies if name not in lengths})
    if missing:
        raise ConfigurationError(
            f"{path} has no length for: {', '.join(missing)}. Every movie of the playlist needs one, "
            "because a missing length would shift all later movies. Add the lengths (in display frames)."
        )
    return [lengths[name] for name in movies]


def _rows(path: Path, columns: tuple[str, ...]) -> list[tuple[int, dict[str, str]]]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            text = file.read()
    except OSError as error:
        reason = error.strerror or "it is not there"
        raise DataLoadError(f"{path} cannot be read: {reason}. Choose another file.", path, error) from error
    except UnicodeDecodeError as error:
        raise DataLoadError(f"{path} is no text table (CSV). Choose another file.", path, error) from error
    separator = ";" if ";" in text.split("\n", 1)[0] else ","
    reader = csv.DictReader(StringIO(text, newline=""), delimiter=separator, skipinitialspace=True)
    missing = [name for name in columns if name not in [field.strip() for field in reader.fieldnames or ()]]
    if missing:
        found = ", ".join(reader.fieldnames or ()) or "none"
        raise DataLoadError(f"{path} has no column '{missing[0]}'. Its columns are: {found}.", path)
    rows = []
    for row in reader:
        cells = {str(key).strip(): value.strip() for key, value in row.items() if isinstance(value, str)}
        if cells.get(columns[0]):
            rows.append((reader.line_num, {name: cells.get(name, "") for name in columns}))
    return rows


def _names(text: str, where: str, path: Path) -> list[str]:
    """Read a list of names that is written as Python or JSON writes one; nothing is evaluated."""
    try:
        names = ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        names = None
    if not isinstance(names, (list, tuple)) or not all(isinstance(name, str) for name in names):
        raise DataLoadError(
            f"{where}: the movie names are '{text}'. They must be a list such as ['a.mov', 'b.mov'].",
            path,
        )
    return list(names)
