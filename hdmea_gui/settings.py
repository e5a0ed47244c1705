"""The user's settings and folders."""

from __future__ import annotations

import json
import logging
import os
import tempfile
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Final

import platformdirs

from hdmea_gui.errors import ConfigurationError

logger = logging.getLogger(__name__)

CONFIG_DIR_VARIABLE: Final = "HDMEA_CONFIG_DIR"


@dataclass(frozen=True)
class Settings:
    """What the user has set once for all recordings.

    Parameters
    ----------
    playlist_file : Path or None
        The table of playlists (playlist.csv).
    movie_length_file : Path or None
        The table of movie lengths (movie_length.csv).
    stimuli_dir : Path or None
        The folder of the stimuli (one .json and .npy a movie).
    """

    playlist_file: Path | None = None
    movie_length_file: Path | None = None
    stimuli_dir: Path | None = None


@dataclass(frozen=True)
class KnownPath:
    """A path that is asked for by several steps, and the ways to give it.

    Parameters
    ----------
    setting : str
        Its field in Settings.
    variable : str
        Its environment variable.
    argument : str
        Its argument and its command-line option, as the user reads them.
    what : str
        What it is, in words.
    """

    setting: str
    variable: str
    argument: str
    what: str


PLAYLIST: Final = KnownPath(
    "playlist_file",
    "HDMEA_PLAYLIST",
    "playlist_file_path (on the command line --playlist-file)",
    "table of playlists (playlist.csv)",
)
MOVIE_LENGTHS: Final = KnownPath(
    "movie_length_file",
    "HDMEA_MOVIE_LENGTHS",
    "movie_length_file_path (on the command line --movie-lengths)",
    "table of movie lengths (movie_length.csv)",
)
STIMULI: Final = KnownPath(
    "stimuli_dir",
    "HDMEA_STIMULI",
    "stimuli_dir (on the command line --stimuli)",
    "folder of the stimuli",
)


def _user_dir(name: str, system_dir: Path) -> Path:
    """Folder of one purpose: below HDMEA_CONFIG_DIR where that is set, else the system's own."""
    chosen = os.environ.get(CONFIG_DIR_VARIABLE)
    return Path(chosen) / name if chosen else system_dir


def config_dir() -> Path:
    """Folder of the settings, which need not exist yet (HDMEA_CONFIG_DIR, or the system's own)."""
    return _user_dir("", platformdirs.user_config_path("hdmea-gui", appauthor=False))


def data_dir() -> Path:
    """Folder of what the program keeps for the user, which need not exist yet."""
    return _user_dir("data", platformdirs.user_data_path("hdmea-gui", appauthor=False))


def log_dir() -> Path:
    """Folder of the logs, which need not exist yet."""
    return _user_dir("log", platformdirs.user_log_path("hdmea-gui", appauthor=False))


def cache_dir() -> Path:
    """Folder of what can be made again, which need not exist yet."""
    return _user_dir("cache", platformdirs.user_cache_path("hdmea-gui", appauthor=False))


def settings_file() -> Path:
    """Place of the settings, which need not exist yet."""
    return config_dir() / "settings.json"


def load_settings() -> Settings:
    """Settings as they were saved last, or empty ones.

    A file that cannot be read as settings is renamed (``.unreadable`` is added to its name) with a warning in the
    log, and a single value of the wrong form counts as not set.
    """
    stored = _read_stored(settings_file())
    paths: dict[str, Path] = {}
    for field in fields(Settings):
        value = stored.get(field.name)
        if isinstance(value, str) and value:
            paths[field.name] = Path(value)
        elif value:
            logger.warning("The setting %s in %s is not a path and is ignored.", field.name, settings_file())
    return Settings(**paths)


def save_settings(settings: Settings) -> None:
    """Write the settings whole or not at all; what other versions keep in the file stays there.

    Raises
    ------
    ConfigurationError
        When the file cannot be written.
    """
    path = settings_file()
    stored = _read_stored(path)
    for name, value in asdict(settings).items():
        stored[name] = None if value is None else str(value.absolute())
    try:
        _write_whole(path, json.dumps(stored, indent=2) + "\n")
    except OSError as error:
        raise ConfigurationError(
            f"The settings cannot be written to {path}: {error.strerror or error}. "
            "Check that the folder may be written to and that the disk is not full."
        ) from error


def find_path(given: str | os.PathLike[str] | None, known: KnownPath) -> Path | None:
    """Path that was given, else that of the settings, else that of the environment, else None."""
    if given is not None:
        return Path(given).expanduser()
    stored: Path | None = getattr(load_settings(), known.setting)
    if stored is not None:
        return stored.expanduser()
    variable = os.environ.get(known.variable)
    return Path(variable).expanduser() if variable else None


def require_path(given: str | os.PathLike[str] | None, known: KnownPath) -> Path:
    """Path as `find_path` finds it.

    Raises
    ------
    ConfigurationError
        When no way gives it, or nothing is there.
    """
    path = find_path(given, known)
    if path is None:
        raise ConfigurationError(
            f"No {known.what} is known. There are three ways to give it: the argument {known.argument}; "
            f"{known.setting} in the settings ({settings_file()}); the environment variable {known.variable}."
        )
    if not path.exists():
        raise ConfigurationError(
            f"The {known.what} is not there: {path}. Check the argument {known.argument}, {known.setting} "
            f"in the settings ({settings_file()}) and the environment variable {known.variable}, in this order."
        )
    return path


def _read_stored(path: Path) -> dict[str, object]:
    """Everything in the settings file; nothing when it is missing or cannot be read."""
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        logger.warning(
            "The settings in %s cannot be read (%s); going on without.", path, error.strerror or error
        )
        return {}
    except ValueError as error:
        _set_aside(path, str(error))
        return {}
    if isinstance(stored, dict):
        return stored
    _set_aside(path, "it holds no table of settings")
    return {}


def _set_aside(path: Path, reason: str) -> None:
    aside = path.with_name(path.name + ".unreadable")
    try:
        path.replace(aside)
    except OSError as error:
        logger.warning("The settings in %s cannot be read (%s), nor renamed (%s).", path, reason, error)
    else:
        logger.warning("The settings in %s cannot be read (%s). They are kept as %s.", path, reason, aside)


def _write_whole(path: Path, text: str) -> None:
    """Replace a file so that either the old or the new text stands there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".part")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
