"""Start of the program: the arguments decide whether a window opens."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hdmea_gui.cli.demo import Window

_OK, _FAILED, _WRONG_USAGE, _INTERRUPTED = 0, 1, 2, 130
_NEW_INSTANCE = "--new-instance"
_END_OF_OPTIONS = "--"
_URL = "file:"


def main() -> int:
    """Open the window, with the files that are named, or run a command; return the exit code."""
    try:
        return _start(sys.argv[1:])
    finally:
        for stream in (sys.stdout, sys.stderr):
            _drop_unwritten(stream)


def _drop_unwritten(stream: TextIO | None) -> None:
    """Drop what a stream could not write, to a full disk or to a reader that has gone.

    Python would try again at its very end, and end with another exit code.
    """
    if stream is None:
        return
    try:
        stream.flush()
    except OSError:
        with Path(os.devnull).open("wb") as nowhere:
            os.dup2(nowhere.fileno(), stream.fileno())


def _start(arguments: list[str]) -> int:
    try:
        _run_as_worker()
        if arguments[:1] != ["script"]:
            return _show_or_run(arguments)
    except KeyboardInterrupt:
        return _explain("Interrupted. No file was changed.", _INTERRUPTED)
    except ImportError as error:
        message = f"A part of the program is missing: {error}. Install the program again."
        return _explain(message, in_box=_opens_window(arguments))
    from hdmea_gui.scripts import main as run_script

    return run_script(arguments[1:])


def _run_as_worker() -> None:
    """Do a worker's job and end, if that is what a frozen program was started for."""
    import multiprocessing

    multiprocessing.freeze_support()


def _show_or_run(arguments: list[str]) -> int:
    if _opens_window(arguments):
        return _show_window(arguments)
    if (option := _unknown_option(arguments)) is not None:
        message = f"There is no option {option} for opening files. The window has one, {_NEW_INSTANCE}."
        return _explain(f"{message} For the commands and their options: hdmea-gui --help", _WRONG_USAGE)
    return _run_command(arguments)


def _unknown_option(arguments: list[str]) -> str | None:
    """Option that keeps files from being opened; None if there is none, or no file is named."""
    options = [
        argument for argument in _split(arguments)[0] if argument.startswith("-") and not _is_file(argument)
    ]
    options = [option for option in options if option != _NEW_INSTANCE]
    others = [argument for argument in _split(arguments)[0] if argument not in options]
    opens_files = bool(others) and all(argument == _NEW_INSTANCE or _is_file(argument) for argument in others)
    return options[0] if options and opens_files else None


def _opens_window(arguments: list[str]) -> bool:
    """Whether the arguments ask for the window rather than for a command."""
    return all(argument == _NEW_INSTANCE or _is_file(argument) for argument in _split(arguments)[0])


def _split(arguments: list[str]) -> tuple[list[str], list[str]]:
    """Arguments before the end of options, and those after it, which are always files."""
    end = arguments.index(_END_OF_OPTIONS) if _END_OF_OPTIONS in arguments else len(arguments)
    return arguments[:end], arguments[end + 1 :]


def _is_file(argument: str) -> bool:
    """Whether an argument names a file, existing or not, rather than a command."""
    path = Path(argument)
    if path.is_file() or argument.lower().startswith(_URL):
        return True
    is_option = argument.startswith("--") or (argument.startswith("-") and not path.suffix)
    return not is_option and (bool(path.suffix) or path.name != argument or _is_folder_only(path))


def _is_folder_only(path: Path) -> bool:
    """Whether a word is the name of a folder and not that of a command."""
    if not path.is_dir():
        return False
    from hdmea_gui.cli import command_names
    from hdmea_gui.selftest import add_command

    return path.name not in command_names([add_command])


def _path_of(argument: str) -> Path:
    """Path of a file that is named by its path or, as file managers do, by its URL."""
    if not argument.lower().startswith(_URL) or Path(argument).is_file():
        return Path(argument)
    from PySide6.QtCore import QUrl

    return Path(QUrl(argument).toLocalFile())


def _show_window(arguments: list[str]) -> int:
    options, files = _split(arguments)
    paths = [_path_of(name) for name in [name for name in options if name != _NEW_INSTANCE] + files]
    if paths and _NEW_INSTANCE not in options:
        from hdmea_gui.handover import hand_over

        answer = hand_over(paths)
        if answer is not None and answer.is_taken:
            return _OK
        if answer is not None:
            wanted = _wants_window(paths, answer.busy_with)
            if not wanted:
                return _FAILED if wanted is None else _OK
    from hdmea_gui.app import main as show_window

    return show_window(paths)


def _wants_window(paths: Sequence[Path], busy_with: str) -> bool | None:
    """Whether the user wants a new window, as the open one is busy; None if there is no screen to ask on."""
    from hdmea_gui.message_box import ask_in_box

    names = " and ".join(path.name for path in paths)
    message = f"{names} cannot be opened in the open HD-MEA window. Busy: {busy_with}."
    if sys.stderr is not None:
        sys.stderr.write(f"{message} To open a new window, add {_NEW_INSTANCE}.\n")
    return ask_in_box(message, "Open a new window?", "Open new window")


def _run_command(arguments: list[str]) -> int:
    from hdmea_gui.cli import main as run_command
    from hdmea_gui.selftest import add_command

    if sys.stderr is not None:
        return run_command(arguments, [add_command], _window)
    errors = io.StringIO()  # without a console, errors are shown in a box
    sys.stderr = errors
    try:
        code = run_command(arguments, [add_command], _window)
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else _FAILED
    finally:
        sys.stderr = None
    if code:
        _explain(errors.getvalue())
    return code


def _explain(message: str, code: int = _FAILED, *, in_box: bool = False) -> int:
    """Report why the program ends: on the console, and in a box if requested or if there is no console."""
    has_stream = sys.stderr is not None
    if has_stream:
        sys.stderr.write(message + "\n")
    else:
        _log(message)
    if in_box or not has_stream:
        try:
            from hdmea_gui.message_box import show_box
        except ImportError:  # without Qt; on Windows the frozen program then shows a box itself
            if not has_stream:
                raise
        else:
            show_box(message)
    return code


def _log(message: str) -> None:
    try:
        from hdmea_gui.settings import log_last_words
    except ImportError:  # only a box can tell what is missing
        return
    log_last_words(message)


def _window() -> Window:
    from hdmea_gui import app

    return app


if __name__ == "__main__":
    sys.exit(main())
