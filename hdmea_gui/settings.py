"""User settings and folders."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import sys
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import platformdirs

from hdmea_gui.errors import ConfigurationError, MissingPathError
from hdmea_gui.file_replacement import write_text
from hdmea_gui.paths import local_path

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

logger = logging.getLogger(__name__)

CONFIG_DIR_VARIABLE: Final = "HDMEA_CONFIG_DIR"


WITHOUT_SCREEN: Final = frozenset({"offscreen", "minimal"})
"""Qt platforms that draw nothing on a screen."""

_SCREENS: Final = {"xcb": "DISPLAY", "wayland": "WAYLAND_DISPLAY"}
"""Environment variable that names the screen, by Qt platform."""


def has_screen() -> bool:
    """Whether a window could be shown; determined without Qt, which aborts the process if it finds no screen."""
    platform = os.environ.get("QT_QPA_PLATFORM", "").partition(":")[0]
    if platform in WITHOUT_SCREEN:
        return False
    needed = next((name for start, name in _SCREENS.items() if platform.startswith(start)), None)
    if sys.platform == "linux" and (needed or not platform):
        return any(os.environ.get(name) for name in ([needed] if needed else _SCREENS.values()))
    return True


@dataclass(frozen=True)
class Settings:
    """Settings that apply to all recordings.

    Parameters
    ----------
    playlist_file
        The table of playlists (playlist.csv).
    movie_length_file
        The table of movie lengths (movie_length.csv).
    stimuli_dir
        The folder of the stimuli (one .json and .npy file per movie).
    sensor_pitch_um
        Electrode pitch in micrometres, 16 or 32 depending on the chip; if None, positions are in electrodes.
    time_zone
        Time zone of the recordings, such as Europe/Berlin; empty for that of the computer that loads them.
    checkpoint_after_steps
        Whether the window writes the rotating checkpoint after each step.
    compress_files
        Whether the window compresses the session files that it saves.
    undo_memory_gb
        Memory limit of the window's undo list.
    figures
        Size of exported figures, and the folder of the last one, in a form that only the window interprets.
    recent_files
        Sessions opened or saved last, newest first.
    window
        Layout of the window and its panels, in a form that only the window interprets.
    """

    playlist_file: Path | None = None
    movie_length_file: Path | None = None
    stimuli_dir: Path | None = None
    sensor_pitch_um: float | None = None
    time_zone: str = ""
    checkpoint_after_steps: bool = True
    compress_files: bool = False
    undo_memory_gb: float = 2.0
    figures: dict[str, Any] = field(default_factory=dict)
    recent_files: tuple[str, ...] = ()
    window: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class KnownPath:
    """A path that several steps need, and the ways to set it.

    Parameters
    ----------
    setting
        Its field in Settings.
    variable
        Its environment variable.
    argument
        Its argument and its command-line option, as shown to the user.
    what
        What it is, as shown to the user.
    """

    setting: str
    variable: str
    argument: str
    what: str


PLAYLIST: Final = KnownPath(
    "playlist_file",
    "HDMEA_PLAYLIST",
    "playlist_file_path (on the command line --playlist-file)",
    "playlist table (playlist.csv)",
)
MOVIE_LENGTHS: Final = KnownPath(
    "movie_length_file",
    "HDMEA_MOVIE_LENGTHS",
    "movie_length_file_path (on the command line --movie-lengths)",
    "movie length table (movie_length.csv)",
)
STIMULI: Final = KnownPath(
    "stimuli_dir",
    "HDMEA_STIMULI",
    "stimuli_dir (on the command line --stimuli)",
    "stimuli folder",
)


def _user_dir(name: str, system_dir: Path) -> Path:
    """Folder for one purpose: below HDMEA_CONFIG_DIR if that is set, else the system's own."""
    chosen = os.environ.get(CONFIG_DIR_VARIABLE)
    return Path(chosen) / name if chosen else system_dir


def config_dir() -> Path:
    """Folder of the settings, which need not exist yet (HDMEA_CONFIG_DIR, or the system's own)."""
    return _user_dir("", platformdirs.user_config_path("hdmea-gui", appauthor=False))


def data_dir() -> Path:
    """Folder of the data that the program keeps for the user, which need not exist yet."""
    return _user_dir("data", platformdirs.user_data_path("hdmea-gui", appauthor=False))


def log_dir() -> Path:
    """Folder of the logs, which need not exist yet."""
    return _user_dir("log", platformdirs.user_log_path("hdmea-gui", appauthor=False))


def log_file() -> Path:
    """Log file of the program with a window, which need not exist yet."""
    return log_dir() / "hdmea-gui.log"


def log_last_words(words: str) -> None:
    """Append to the log why the program does not start; do nothing if the log cannot be written."""
    line = f"{datetime.now().astimezone():%Y-%m-%d %H:%M:%S} CRITICAL {words.strip()}\n"
    with contextlib.suppress(OSError):
        log_dir().mkdir(parents=True, exist_ok=True)
        with log_file().open("a", encoding="utf-8", errors="backslashreplace") as stream:
            stream.write(line)


def cache_dir() -> Path:
    """Folder of files that can be recreated, which need not exist yet."""
    return _user_dir("cache", platformdirs.user_cache_path("hdmea-gui", appauthor=False))


def settings_file() -> Path:
    """Path of the settings file, which need not exist yet."""
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


def _text(value: object) -> str:
    if not isinstance(value, str):
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
    "str": (_text, "a string"),
    "tuple[str, ...]": (_texts, "a list of strings"),
    "dict[str, Any]": (_table, "a table"),
}
"""By the type of a setting: its reader, and its form as shown to the user."""


def load_settings() -> Settings:
    """Load the settings as last saved, or empty ones.

    A file that cannot be read as settings is renamed (``.unreadable`` is added to its name) with a warning in the
    log; a single value of the wrong form counts as not set.
    """
    return _settings_of(_read_stored(settings_file()))


def _settings_of(stored: Mapping[str, object]) -> Settings:
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
    """Write the settings completely or not at all; entries of other versions in the file are kept.

    Raises
    ------
    ConfigurationError
        The file cannot be written.
    """
    path = settings_file()
    stored = _read_stored(path)
    for name, value in asdict(settings).items():
        stored[name] = str(value.absolute()) if isinstance(value, Path) else value
    try:
        write_text(path, json.dumps(stored, indent=2) + "\n")
    except OSError as error:
        raise ConfigurationError(
            f"The settings cannot be written to {path}: {error.strerror or error}. "
            "Check that you can write to the folder and that the disk is not full."
        ) from error


def merged_settings(base: Settings, mine: Settings) -> Settings:
    """Return settings with the changes that this program has made, and those that others have saved meanwhile.

    Parameters
    ----------
    base
        The settings as this program last read or saved them.
    mine
        The settings that it wants to save; for what both have changed, they count.
    """
    stored = _read_stored(settings_file())
    if not stored:  # removed, or cannot be read, which must not reset what this program knows
        return mine
    saved = _settings_of(stored)
    return Settings(
        **{
            item.name: merged(*(getattr(settings, item.name) for settings in (base, mine, saved)))
            for item in fields(Settings)
        }
    )


def merged(base: Any, mine: Any, theirs: Any) -> Any:
    """Return a value that two programs may have changed; tables are merged entry by entry."""
    if not (isinstance(mine, dict) and isinstance(theirs, dict)):
        return theirs if mine == base else mine
    before = base if isinstance(base, dict) else {}
    return theirs | {
        name: merged(before.get(name), value, theirs[name]) if name in theirs else value
        for name, value in mine.items()
    }


def set_aside_window(window: dict[str, Any]) -> None:
    """Keep a window layout that cannot be used in a file beside the settings, with a warning in the log."""
    aside = config_dir() / "window.unreadable.json"
    try:
        write_text(aside, json.dumps(window, indent=2) + "\n")
    except OSError as error:
        logger.warning("The window layout cannot be used, and %s cannot be written (%s).", aside, error)
    else:
        logger.warning("The window layout cannot be used; it is kept as %s. The default one applies.", aside)


def find_path(given: str | os.PathLike[str] | None, known: KnownPath) -> Path | None:
    """Return the path given, else that of the settings, else that of the environment, else None."""
    if given is not None:
        return local_path(given).expanduser()
    stored: Path | None = getattr(load_settings(), known.setting)
    if stored is not None:
        return local_path(stored).expanduser()
    variable = os.environ.get(known.variable)
    return local_path(variable).expanduser() if variable else None


def require_path(given: str | os.PathLike[str] | None, known: KnownPath) -> Path:
    """Return the path that `find_path` finds, which must exist.

    Raises
    ------
    ConfigurationError
        No path is set, or it does not exist (then it is a MissingPathError, and thus also Python's
        FileNotFoundError).
    """
    path = find_path(given, known)
    if path is None:
        raise ConfigurationError(
            f"No {known.what} is set. There are three ways to set it: the argument {known.argument}; "
            f"{known.setting} in the settings ({settings_file()}); the environment variable {known.variable}."
        )
    if not path.exists():
        raise MissingPathError(
            f"The {known.what} does not exist: {path}. Check the argument {known.argument}, {known.setting} "
            f"in the settings ({settings_file()}) and the environment variable {known.variable}, in this order.",
            path,
        )
    return path


def _read_stored(path: Path) -> dict[str, object]:
    """Contents of the settings file; empty if it is missing or cannot be read."""
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        logger.warning(
            "The settings in %s cannot be read (%s); continuing without them.", path, error.strerror or error
        )
        return {}
    except ValueError as error:
        _set_aside(path, str(error))
        return {}
    if isinstance(stored, dict):
        return stored
    _set_aside(path, "it is not a table of settings")
    return {}


def _set_aside(path: Path, reason: str) -> None:
    aside = path.with_name(path.name + ".unreadable")
    try:
        path.replace(aside)
    except OSError as error:
        logger.warning(
            "The settings in %s cannot be read (%s), and the file cannot be renamed (%s).",
            path,
            reason,
            error,
        )
    else:
        logger.warning("The settings in %s cannot be read (%s). The file is kept as %s.", path, reason, aside)
