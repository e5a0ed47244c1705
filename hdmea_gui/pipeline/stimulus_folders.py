"""Where the stimulus files of a recording are looked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hdmea_gui.errors import HDMEAError, MissingPathError
from hdmea_gui.io.resources import resources_dir
from hdmea_gui.io.stimuli import read_stimuli, read_stimulus
from hdmea_gui.settings import STIMULI, find_path

if TYPE_CHECKING:
    from pathlib import Path

    from hdmea_gui.session import Snapshot


def stimulus_folders(given: Path | None) -> list[Path]:
    """Folders that may hold a movie's stimulus files: the one that is named, else the program's own.

    Raises
    ------
    MissingPathError
        A folder is named and is not there.
    """
    folder = named_folder(given)
    return [folder] if folder else [resources_dir() / "stimuli"]


def named_folder(given: Path | None) -> Path | None:
    """The folder of stimulus files that the user names: here, in the settings or the environment.

    Raises
    ------
    MissingPathError
        It is named and is not there.
    """
    folder = find_path(given, STIMULI)
    if folder is not None and not folder.is_dir():
        raise MissingPathError(
            f"The stimuli folder {folder} is not there. Choose the folder of the stimulus files.", folder
        )
    return folder


def movie_file(movie: str, given: Path | None) -> Path | None:
    """The frames of a movie (.npy) if they are in the folder that the user names."""
    folder = named_folder(given)
    path = folder / f"{movie}.npy" if folder else None
    return path if path is not None and path.is_file() else None


def definition(snapshot: Snapshot, movie: str, given: Path | None = None) -> dict[str, Any]:
    """What is known of a movie's stimulus: what the session holds, else the folders, else nothing.

    Raises
    ------
    HDMEAError
        A folder is named here and is not there, or its file of the movie cannot be used.
    """
    held = snapshot.stimulus.get("definitions", {}).get(movie)
    if held is not None:
        return dict(held)
    if given is not None:
        path = next(iter(stimulus_folders(given))) / f"{movie}.json"
        return read_stimulus(path, movie).content if path.is_file() else {}
    try:
        return read_stimuli([movie], stimulus_folders(None))[movie].content
    except HDMEAError:
        return {}
