"""Start of the program: the first word decides whether a window opens."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hdmea_gui.cli.demo import Window

_FAILED, _INTERRUPTED = 1, 130
_OF_ITS_OWN = "--new-instance"
_ENDINGS = {".h5", ".hdf5", ".cmcr", ".cmtr", ".cmce", ".cmte"}


def main() -> int:
    """Open the window, with a file if one is named, or do what the command line asks for; give the exit code."""
    words = sys.argv[1:]
    try:
        _be_a_worker()
        if words[:1] != ["script"]:
            return _show_or_run(words)
    except KeyboardInterrupt:
        return _explain("Interrupted. No file was changed.", _INTERRUPTED)
    except ImportError as error:
        return _explain(f"The program is not whole: {error}. Install it again.", in_box=_opens_window(words))
    from hdmea_gui.scripts import main as run_script

    return run_script(words[1:])


def _be_a_worker() -> None:
    """Do a worker's job and end, where that is what a frozen program was started for."""
    import multiprocessing

    multiprocessing.freeze_support()


def _show_or_run(words: list[str]) -> int:
    return _show_window(words) if _opens_window(words) else _run_command(words)


def _opens_window(words: list[str]) -> bool:
    """Whether the window is asked for, rather than a command."""
    return all(word == _OF_ITS_OWN or _is_file(word) for word in words)


def _is_file(word: str) -> bool:
    """Whether a word names a file, there or not, rather than a command."""
    return Path(word).is_file() or Path(word).suffix.lower() in _ENDINGS


def _show_window(words: list[str]) -> int:
    files = [word for word in words if word != _OF_ITS_OWN]
    if files and _OF_ITS_OWN not in words:
        from hdmea_gui.handover import hand_over

        if hand_over(Path(files[0])):
            return 0
    from hdmea_gui.app import main as show_window

    return show_window(files)


def _run_command(words: list[str]) -> int:
    from hdmea_gui.cli import main as run_command
    from hdmea_gui.selftest import add_command

    if sys.stderr is not None:
        return run_command(words, [add_command], _window)
    said = io.StringIO()  # without a console, what goes wrong is shown in a box
    sys.stderr = said
    try:
        code = run_command(words, [add_command], _window)
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else _FAILED
    finally:
        sys.stderr = None
    if code:
        _explain(said.getvalue())
    return code


def _explain(words: str, code: int = _FAILED, *, in_box: bool = False) -> int:
    """Say why the program does not go on, where it will be seen: in a box too, if asked or if there is no stream."""
    has_stream = sys.stderr is not None
    if has_stream:
        sys.stderr.write(words + "\n")
    else:
        _log(words)
    if in_box or not has_stream:
        try:
            from hdmea_gui.message_box import show_box
        except ImportError:  # without Qt; on Windows the frozen program then shows a box of its own
            if not has_stream:
                raise
        else:
            show_box(words)
    return code


def _log(words: str) -> None:
    try:
        from hdmea_gui.settings import log_last_words
    except ImportError:  # what is missing is told in a box alone
        return
    log_last_words(words)


def _window() -> Window:
    from hdmea_gui import app

    return app


if __name__ == "__main__":
    sys.exit(main())
