"""The user's settings and folders."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import sys
import tempfile
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import platformdirs

from hdmea_gui.errors import ConfigurationError, MissingPathError
from hdmea_gui.paths import local_path

if TYPE_CHECKING:
    from collections.abc import Callable

logger = logging.getLogger(__name__)

CONFIG_DIR_VARIABLE: Final = "HDMEA_CONFIG_DIR"


WITHOUT_SCREEN: Final = frozenset({"offscreen", "minimal"})
"""Qt's platforms that draw where nobody can see it."""

_SCREENS: Final = {"xcb": "DISPLAY", "wayland": "WAYLAND_DISPLAY"}
"""Variables that name the screen, by Qt's platform."""


def has_screen() -> bool:
    """Whether somebody could see a window; found out without Qt, which ends the process where it finds no screen."""
    platform = os.environ.get("QT_QPA_PLATFORM", "").partition(":")[0]
    if platform in WITHOUT_SCREEN:
        return False
    needed = next((name for start, name in _SCREENS.items() if platform.startswith(start)), None)
    if sys.platform == "linux" and (needed or not platform):
        return any(os.environ.get(name) for name in ([needed] if needed else _SCREENS.values()))
    return True


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
    sensor_pitch_um : float or None
        Distance of neighbouring sensors, 16 or 32 by chip; without it positions are in electrodes.
    checkpoint_after_steps : bool
        Whether the window writes the rotating checkpoint after each step.
    undo_memory_gb : float
        What the window's undo list may hold.
    recent_files : tuple of str
        Sessions that were opened or saved last, the newest first.
    window : dict
        Where the window and its panels stand, in the window's own words.
    """

    playlist_file: Path | None = None
    movie_length_file: Path | None = None
    stimuli_dir: Path | None = None
    sensor_pitch_um: float | None = None
    checkpoint_after_steps: bool = True
    undo_memory_gb: float = 2.0
    recent_files: tuple[str, ...] = ()
    window: dict[str, Any] = field(default_factory=dict)


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


def log_file() -> Path:
    """The log of the program with a window, which need not exist yet."""
    return log_dir() / "hdmea-gui.log"


def log_last_words(words: str) -> None:
    """Add to the log why the program does not start, where nothing else can tell it and that can be written."""
    line = f"{datetime.now().astimezone():%Y-%m-%d %H:%M:%S} CRITICAL {words.strip()}\n"
    with contextlib.suppress(OSError):
        log_dir().mkdir(parents=True, exist_ok=True)
        with log_file().open("a", encoding="utf-8", errors="backslashreplace") as stream:
            stream.write(line)


def cache_dir() -> Path:
    """Folder of what can be made again, which need not exist yet."""
    return _user_dir("cache", platformdirs.user_cache_path("hdmea-gui", appauthor=False))


def settings_file() -> Path:
    """Place of the settings, which need not exist yet."""
    return config_dir() / "settings.json"


def _path(value: object) -> Path:
    if not isinstance(value, str):
        raise TypeError
    return Path(value)


def _number(value: object) -> float:
    if (
        isinstance(value, bool)
        or not isinstance(value, (int, float))
        or not value > 0
        or value == float("inf")
    ):
        raise TypeError
    return float(value)


def _switch(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, (list, tuple)) or not all(isinstance(text, str) for text in value):
        raise TypeError
    return tuple(value)


def _table(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TypeError
    return value


_FORMS: Final[dict[str, tuple[Callable[[object], Any], str]]] = {
    "Path | None": (_path, "a path"),
    "float | None": (_number, "a number above 0"),
    "float": (_number, "a number above 0"),
    "bool": (_switch, "true or false"),
    "tuple[str, ...]": (_texts, "a list of texts"),
    "dict[str, Any]": (_table, "a table"),
}
"""By the type of a setting: what reads it, and what it is, in words."""


def load_settings() -> Settings:
    """Settings as they were saved last, or empty ones.

    A file that cannot be read as settings is renamed (``.unreadable`` is added to its name) with a warning in the
    log, and a single value of the wrong form counts as not set.
    """
    stored = _read_stored(settings_file())
    values: dict[str, Any] = {}
    for item in fields(Settings):
        value = stored.get(item.name)
        if value is None or value == "":
            continue
        read, words = _FORMS[str(item.type)]
        try:
            values[item.name] = read(value)
        except (TypeError, ValueError):
            logger.warning(
                "The setting %s in %s is not %s and is ignored.", item.name, settings_file(), words
            )
    return Settings(**values)


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
        stored[name] = str(value.absolute()) if isinstance(value, Path) else value
    try:
        write_whole(path, json.dumps(stored, indent=2) + "\n")
    except OSError as error:
        raise ConfigurationError(
            f"The settings cannot be written to {path}: {error.strerror or error}. "
            "Check that the folder may be written to and that the disk is not full."
        ) from error


def find_path(given: str | os.PathLike[str] | None, known: KnownPath) -> Path | None:
    """Path that was given, else that of the settings, else that of the environment, else None."""
    if given is not None:
        return local_path(given).expanduser()
    stored: Path | None = getattr(load_settings(), known.setting)
    if stored is not None:
        return local_path(stored).expanduser()
    variable = os.environ.get(known.variable)
    return local_path(variable).expanduser() if variable else None


def require_path(given: str | os.PathLike[str] | None, known: KnownPath) -> Path:
    """Path as `find_path` finds it.

    Raises
    ------
    ConfigurationError
        When no way gives it, or nothing is there (then it is a MissingPathError, and thus Python's
        FileNotFoundError too).
    """
    path = find_path(given, known)
    if path is None:
        raise ConfigurationError(
            f"No {known.what} is known. There are three ways to give it: the argument {known.argument}; "
            f"{known.setting} in the settings ({settings_file()}); the environment variable {known.variable}."
        )
    if not path.exists():
        raise MissingPathError(
            f"The {known.what} is not there: {path}. Check the argument {known.argument}, {known.setting} "
            f"in the settings ({settings_file()}) and the environment variable {known.variable}, in this order.",
            path,
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


def write_whole(path: Path, text: str) -> None:
    """Replace a text file so that either the old or the new text stands there; its folder is made if need be."""
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
