"""Playlists and movie lengths: the two tables that describe what the projector showed."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, TypeVar

from hdmea_gui.errors import ConfigurationError
from hdmea_gui.io.movie_names import is_one_name, movie_name, names_in
from hdmea_gui.io.table import read_table, row_error, shortened

if TYPE_CHECKING:
    from pathlib import Path

    from hdmea_gui.io.table import Row

_Value = TypeVar("_Value")

_WHOLE = re.compile(r"\+?([0-9]{1,12})(?:[.,]0{0,2})?")
_POWER = re.compile(r"[0-9]{1,12}(?:[.,][0-9]{0,11})?[eE]\+?[0-9]{1,2}")
_NUMBER = re.compile(r"[0-9]+(?:[.,][0-9]+)?")
_THOUSANDS = re.compile(r"[0-9]{3}(?:\.0*)?")
_TOO_LONG = 2**31
"""Limit for display frames, more than a year: no movie is that long."""


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
    for row in read_table(path, ("playlist_name", "movie_names")):
        _note(playlists, row.cells["playlist_name"], _movies(row, path), row, path)
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
    rows = read_table(path, ("movie_name", "movie_length"))
    _refuse_split_thousands(rows, path)
    for row in rows:
        file_name, written = row.cells["movie_name"], row.cells["movie_length"]
        length, name = _length(written), movie_name(file_name)
        if not is_one_name(name):
            raise row_error(
                path, row.line, f"'{shortened(file_name)}' is not the name of one movie.", row.text
            )
        if not 0 < length < _TOO_LONG:
            raise row_error(
                path,
                row.line,
                f"the length of '{shortened(file_name)}' is '{shortened(written)}'. It must be a whole number of "
                "display frames.",
                row.text,
            )
        _note(lengths, name, length, row, path)
    return {name: length for name, (length, _) in lengths.items()}


def _length(text: str) -> int:
    """Read a whole number that may be written as 2400, 2400.0, 2400,0 or 2.4E+03; 0 for any other text.

    Three or more zeros after the point may mean thousands: 2.000 is ambiguous and therefore refused.
    """
    match = _WHOLE.fullmatch(text)
    if match is not None:
        return int(match[1])
    number = Decimal(text.replace(",", ".")) if _POWER.fullmatch(text) else Decimal(0)
    return int(number) if number % 1 == 0 else 0


def _refuse_split_thousands(rows: list[Row], path: Path) -> None:
    """Refuse 3,600 without quotes, whose end stands in the next column, unless that is a column of numbers."""
    if all(_NUMBER.fullmatch(row.beside) for row in rows):
        return
    for row in rows:
        written = row.cells["movie_length"]
        if len(written) <= 3 and written.isdigit() and _THOUSANDS.fullmatch(row.beside):
            raise row_error(
                path,
                row.line,
                f"the length may be {written} or {written}{row.beside[:3]}. Write it without a thousands separator.",
                row.text,
            )


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


def _note(found: dict[str, tuple[_Value, int]], name: str, value: _Value, row: Row, path: Path) -> None:
    """Add the value of a name; refuse a second line that contradicts the first."""
    earlier, first_line = found.setdefault(name, (value, row.line))
    if earlier != value:
        raise row_error(
            path,
            row.line,
            f"'{name}' already appears in line {first_line}, with another value. Keep only the correct line.",
            row.text,
        )


def _movies(row: Row, path: Path) -> list[str]:
    names = names_in(row.cells["movie_names"])
    if names is None:
        raise row_error(
            path,
            row.line,
            f"the movie names are '{shortened(row.cells['movie_names'])}'. They must be a list such as "
            "['a.mov', 'b.mov'], with each name in its own quotes and a comma between them.",
            row.text,
        )
    return names
