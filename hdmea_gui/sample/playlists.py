"""Files that accompany a recording, in the lab's form: playlists, movie lengths, stimuli."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from hdmea_gui.sample.stimuli import Movie

PLAYLIST_NAME = "sample_set"
OTHER_PLAYLIST_NAME = "sample_set_backwards"


def write_playlists(path: Path, names: Sequence[str]) -> None:
    """Write the playlist that was shown, and another that was not: the same movies in reverse order.

    Parameters
    ----------
    path
        The CSV file.
    names
        Movies in the order shown, without file endings.
    """
    files = [f"{name}.mov" for name in names]
    rows = [(PLAYLIST_NAME, str(files)), (OTHER_PLAYLIST_NAME, str(files[::-1]))]
    _write_csv(path, [("playlist_name", "movie_names"), *rows])


def write_movie_lengths(path: Path, movies: Iterable[Movie]) -> None:
    """Write the length of each movie in display frames.

    Parameters
    ----------
    path
        The CSV file.
    movies
        The movies shown, each once.
    """
    rows = [(movie.name, str(movie.n_frames)) for movie in movies]
    _write_csv(path, [("movie_name", "movie_length"), *rows])


def write_stimuli(folder: Path, movies: Iterable[Movie]) -> None:
    """Write each movie's JSON file, and the pixels of noise movies.

    Parameters
    ----------
    folder
        Folder for the files; created if missing.
    movies
        The movies shown, each once.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for movie in movies:
        text = json.dumps(movie.description, indent=2) + "\n"
        (folder / f"{movie.name}.json").write_text(text, encoding="utf-8")
        if movie.pixels is not None:
            np.save(folder / f"{movie.name}.npy", movie.pixels)


def _write_csv(path: Path, rows: Iterable[tuple[str, str]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)
