"""Search for the stimulus files of a recording."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hdmea_gui.errors import HDMEAError, MissingPathError
from hdmea_gui.io.resources import resources_dir
from hdmea_gui.io.stimuli import read_stimuli, read_stimulus
from hdmea_gui.session.recording import RecordingReader
from hdmea_gui.settings import STIMULI, find_path

if TYPE_CHECKING:
    from pathlib import Path

    from hdmea_gui.session import Snapshot


def stimulus_folders(given: Path | None) -> list[Path]:
    """Return the folders to search for stimulus files: the user's folder if set, otherwise the program's own.

    Raises
    ------
    MissingPathError
        If a folder is set but does not exist.
    """
    folder = named_folder(given)
    return [folder] if folder else [resources_dir() / "stimuli"]


def named_folder(given: Path | None) -> Path | None:
    """Return the user's folder of stimulus files: as given, from the settings or from the environment.

    Raises
    ------
    MissingPathError
        If it is set but does not exist.
    """
    folder = find_path(given, STIMULI)
    if folder is not None and not folder.is_dir():
        raise MissingPathError(
            f"The stimuli folder {folder} does not exist. Choose the folder of the stimulus files.", folder
        )
    return folder


def movie_file(movie: str, given: Path | None) -> Path | None:
    """Return the file with the frames of a movie (.npy) if it is in the user's folder."""
    folder = named_folder(given)
    path = folder / f"{movie}.npy" if folder else None
    return path if path is not None and path.is_file() else None


def definition(snapshot: Snapshot, movie: str, given: Path | None = None) -> dict[str, Any]:
    """Return the stimulus definition of a movie: from the session, otherwise from the folders, otherwise empty.

    Raises
    ------
    HDMEAError
        If the given folder does not exist, or its file of the movie cannot be used.
    """
    held = RecordingReader(snapshot).definitions.get(movie)
    if held is not None:
        return dict(held)
    if given is not None:
        path = next(iter(stimulus_folders(given))) / f"{movie}.json"
        return read_stimulus(path, movie).content if path.is_file() else {}
    try:
        return read_stimuli([movie], stimulus_folders(None))[movie].content
    except HDMEAError:  # a search nobody asked for: features without the definition are absent with a reason
        return {}
