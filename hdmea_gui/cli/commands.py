"""The commands and their options."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from hdmea_gui import __version__
from hdmea_gui.cli.demo import run_demo
from hdmea_gui.cli.inspection import INSPECTION_AS_JSON, inspect_file
from hdmea_gui.cli.processing import add_resume, add_run
from hdmea_gui.cli.terminal import FAILED, INTERRUPTED, OK, WRONG_USAGE, Terminal
from hdmea_gui.errors import ConfigurationError, SessionError, words_of
from hdmea_gui.sample import make_sample
from hdmea_gui.scripts import main as run_script
from hdmea_gui.settings import has_screen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from hdmea_gui.cli.demo import Demo, Window

    AddCommand = Callable[[Any], None]

logger = logging.getLogger(__name__)


def main(
    arguments: Sequence[str] | None = None,
    more: Sequence[AddCommand] = (),
    get_window: Callable[[], Window] | None = None,
) -> int:
    """Do what a command line asks for and give the exit code.

    0 is success, 1 a failure that has been explained, 2 wrong usage, 130 an interruption by the user.

    Parameters
    ----------
    arguments : sequence of str, optional
        The words of the line; left out, those that the program was started with.
    more : sequence of callable
        Each adds a command that packages above this one carry out.
    get_window : callable, optional
        Gives the window, for the demo; left out, it does without.
    """
    words = sys.argv[1:] if arguments is None else list(arguments)
    if words[:1] == ["script"]:
        return run_script(words[1:])
    try:
        options = make_parser(more).parse_args(words, argparse.Namespace(get_window=get_window))
    except SystemExit as end:
        if end.code == WRONG_USAGE and "--json" in words:
            Terminal(as_json=True).finish([], {"error": " ".join(end.__notes__), "exit_code": WRONG_USAGE})
        raise
    console = logging.StreamHandler(sys.stderr)
    console.setLevel(logging.WARNING)
    logging.basicConfig(format="%(message)s", handlers=[console])
    terminal = Terminal(as_json=getattr(options, "json", False))
    try:
        with _interrupted_by_signals(terminal):
            code: int = options.command(options, terminal)
    except Exception as error:  # noqa: BLE001 - whatever escapes is told in a sentence
        return terminal.fail("\n".join([_sentence(error), *getattr(error, "__notes__", [])]), FAILED)
    except KeyboardInterrupt:
        return terminal.fail("Interrupted. No file was changed.", INTERRUPTED)
    return code


class _Parser(argparse.ArgumentParser):
    """Keeps what it says of wrong usage with the exit, for those who want it as JSON."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and end."""
        try:
            super().error(message)
        except SystemExit as end:
            end.add_note(message)
            raise


@contextmanager
def _interrupted_by_signals(terminal: Terminal) -> Iterator[None]:
    """Let Ctrl-C and a request to end break off what runs.

    Where Python swallows an interruption it would print a traceback; the terminal remembers it, so that is left out.
    """
    handlers = {
        number: signal.signal(number, terminal.interrupt) for number in (signal.SIGINT, signal.SIGTERM)
    }
    report = sys.unraisablehook

    def report_others(unraisable: sys.UnraisableHookArgs) -> None:
        if not issubclass(unraisable.exc_type, KeyboardInterrupt):
            report(unraisable)

    sys.unraisablehook = report_others
    try:
        yield
    finally:
        sys.unraisablehook = report
        for number, handler in handlers.items():
            signal.signal(number, handler)


def _sentence(error: Exception) -> str:
    """What went wrong, in a sentence; the traceback of what nobody has foreseen goes to the log."""
    words = words_of(error)
    if words is not None:
        return words
    logger.error("Unforeseen error", exc_info=error)
    return (
        f"The program is at fault: {type(error).__name__}: {error}. Please report this with the lines above."
    )


def make_parser(more: Sequence[AddCommand] = ()) -> argparse.ArgumentParser:
    """Make the description of all commands and their options."""
    parser = _Parser(
        prog="hdmea-gui",
        description="From a retina recording to one HDF5 file.",
        epilog="Without a command the window opens: hdmea-gui [--new-instance] [FILE]",
    )
    parser.add_argument("--version", action="version", version=f"hdmea-gui {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    add_run(commands)
    add_resume(commands)
    _add_inspect(commands)
    _add_sample(commands)
    _add_demo(commands)
    commands.add_parser(
        "script", help="run a script that was written for the lab's package hdmea", add_help=False
    )
    for add in more:
        add(commands)
    return parser


def _seed(text: str) -> int:
    """Read a seed: a whole number from 0 on."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError("a seed is a whole number from 0 on")
    return int(text)


def _add_inspect(commands: Any) -> None:
    parser = commands.add_parser(
        "inspect",
        help="show what a file holds and check it",
        description="Show what a session, a checkpoint, a file of the lab's scripts or a recording holds, and check "
        "it. Exit code 1 means that something is wrong with it.",
        epilog=INSPECTION_AS_JSON,
    )
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("--json", action="store_true", help="report as one JSON object on standard output")
    parser.set_defaults(command=_inspect)


def _add_sample(commands: Any) -> None:
    parser = commands.add_parser("sample", help="make a synthetic recording with known truth")
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("--units", type=int, default=12, metavar="N", help="ganglion cells (default: 12)")
    parser.add_argument(
        "--seed", type=_seed, default=1, metavar="N", help="equal seeds give equal recordings"
    )
    parser.add_argument("--json", action="store_true", help="report as one JSON object on standard output")
    parser.set_defaults(command=_sample)


def _add_demo(commands: Any) -> None:
    parser = commands.add_parser(
        "demo",
        help="make a sample recording, run every step, save, check the file, and show it",
        description="Makes a sample recording, runs every step, saves, checks the file, and opens the window on it. "
        "Without a screen, pictures of the window are written instead.",
    )
    parser.add_argument(
        "--output", type=Path, default=Path("hdmea-demo"), metavar="DIR", help="folder for all of it"
    )
    parser.add_argument(
        "--no-window", action="store_true", help="write pictures of the window instead of opening it"
    )
    parser.add_argument("--json", action="store_true", help="report as one JSON object on standard output")
    parser.set_defaults(command=_demo)


def _inspect(options: argparse.Namespace, terminal: Terminal) -> int:
    report = inspect_file(options.file)
    code = FAILED if report.problems else OK
    terminal.finish(report.lines(), report.as_dict() | {"exit_code": code})
    return code


def _sample(options: argparse.Namespace, terminal: Terminal) -> int:
    _check_own_folder(options.folder)
    with terminal.bar("Making the recording") as progress:
        sample = make_sample(options.folder, seed=options.seed, n_units=options.units, progress=progress)
    made = {
        "units": len(sample.truth.units),
        "cmcr": str(sample.cmcr_path),
        "cmtr": str(sample.cmtr_path),
        "playlist_file": str(sample.playlist_path),
        "movie_lengths": str(sample.movie_lengths_path),
        "stimuli": str(sample.stimuli_dir),
        "playlist": sample.playlist_name,
        "analog_threshold": sample.analog_threshold,
        "exit_code": OK,
    }
    lines = [
        f"A recording of {len(sample.truth.units)} units is in {sample.folder}. Process it with:",
        _command(sample),
    ]
    terminal.finish(lines, made)
    return OK


def _check_own_folder(folder: Path) -> None:
    """Refuse a folder that holds something else than an earlier sample."""
    if folder.exists() and any(folder.iterdir()) and not (folder / "truth.json").exists():
        raise SessionError(f"{folder} holds other files, which a sample might replace. Choose a new folder.")


def _command(sample: Any) -> str:
    """The command line that processes a sample recording."""
    words = ["hdmea-gui", "run", "--cmcr", sample.cmcr_path, "--cmtr", sample.cmtr_path]
    words += ["--playlist-file", sample.playlist_path, "--movie-lengths", sample.movie_lengths_path]
    words += ["--playlist", sample.playlist_name, "--stimuli", sample.stimuli_dir]
    words += ["--output", sample.folder / "session.h5"]
    return _shell_words(words)


def _shell_words(words: Iterable[Any]) -> str:
    return " ".join(f'"{word}"' if " " in str(word) else str(word) for word in words)


def _demo(options: argparse.Namespace, terminal: Terminal) -> int:
    _check_own_folder(options.output / "recording")
    demo = run_demo(options.output, terminal.bar, terminal.progress_of, terminal.show)
    opens = options.get_window is not None and has_screen() and not options.no_window
    if options.get_window is not None and not opens:
        demo = _with_screenshots(demo, options, terminal)
    lines = demo.lines()
    if has_screen() and not opens:
        lines.append(f"Open it in the window with: {_shell_words([_program(), demo.output])}")
    terminal.finish(lines, demo.as_dict())
    if not demo.succeeded:
        return FAILED
    return _window(options).show(demo.output) if opens else OK


def _program() -> str:
    """How this program was started, or its name."""
    return sys.argv[0] if Path(sys.argv[0]).stem == "hdmea-gui" else "hdmea-gui"


def _with_screenshots(demo: Demo, options: argparse.Namespace, terminal: Terminal) -> Demo:
    started = time.perf_counter()
    with terminal.bar("Taking screenshots"):
        taken = _window(options).take_screenshots(demo.output, options.output / "screenshots")
    return replace(demo, screenshots=taken, elapsed_s=demo.elapsed_s + time.perf_counter() - started)


def _window(options: argparse.Namespace) -> Window:
    """The window.

    Raises
    ------
    ConfigurationError
        Qt lacks something of the system.
    """
    try:
        window: Window = options.get_window()
    except ImportError as error:
        raise ConfigurationError(
            f"The session is saved, but the window lacks something of the system: {error}. "
            "The file packaging/dev.py of the project installs it."
        ) from error
    return window
