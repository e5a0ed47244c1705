"""The commands and their options."""

from __future__ import annotations

import argparse
import logging
import sys
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from hdmea_gui import __version__
from hdmea_gui.cli.demo import run_demo
from hdmea_gui.cli.export import add_export
from hdmea_gui.cli.inspection import INSPECTION_AS_JSON, inspect_file
from hdmea_gui.cli.processing import add_resume, add_run
from hdmea_gui.cli.terminal import FAILED, INTERRUPTED, OK, WRONG_USAGE, Terminal
from hdmea_gui.errors import ConfigurationError, SessionError, words_of
from hdmea_gui.printable import OneLine
from hdmea_gui.sample import fault_lines, make_sample
from hdmea_gui.scripts import main as run_script
from hdmea_gui.settings import has_screen
from hdmea_gui.signals import end_requests_handled_by

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from hdmea_gui.cli.demo import Demo, Window

    AddCommand = Callable[[Any], None]

logger = logging.getLogger(__name__)

_TRUTH = "truth.json"  # every sample has one


def main(
    arguments: Sequence[str] | None = None,
    more: Sequence[AddCommand] = (),
    get_window: Callable[[], Window] | None = None,
) -> int:
    """Run a command line and return the exit code.

    0 is success, 1 a failure with an explanation, 2 wrong usage, 130 an interruption by the user.

    Parameters
    ----------
    arguments : sequence of str, optional
        Words of the command line; by default those the program was started with.
    more : sequence of callable
        Each adds a command that is implemented in a package above this one.
    get_window : callable, optional
        Returns the window for the demo, which does without one by default.
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
    console.setFormatter(OneLine("%(message)s"))
    logging.basicConfig(handlers=[console])
    terminal = Terminal(as_json=getattr(options, "json", False))
    try:
        with _interrupted_by_signals(terminal):
            code: int = options.command(options, terminal)
    except Exception as error:  # noqa: BLE001 - every error becomes a message and an exit code
        return terminal.fail("\n".join([_message(error), *getattr(error, "__notes__", [])]), FAILED)
    except KeyboardInterrupt:
        return terminal.fail("Interrupted. No file was changed.", INTERRUPTED)
    if terminal.lost:
        return terminal.fail(f"The result could not be written to standard output: {terminal.lost}.", FAILED)
    return code


class _Parser(argparse.ArgumentParser):
    """Parser that attaches its error message to the SystemExit, so that --json can report it."""

    def error(self, message: str) -> NoReturn:
        """Print the message and exit."""
        try:
            super().error(message)
        except SystemExit as end:
            end.add_note(message)
            raise


@contextmanager
def _interrupted_by_signals(terminal: Terminal) -> Iterator[None]:
    """Interrupt the running command at Ctrl-C or a request to terminate.

    Where Python swallows a KeyboardInterrupt, it prints a traceback; that is suppressed, since the terminal remembers
    the interruption and raises it again.
    """
    report = sys.unraisablehook

    def report_others(unraisable: sys.UnraisableHookArgs) -> None:
        if not issubclass(unraisable.exc_type, KeyboardInterrupt):
            report(unraisable)

    sys.unraisablehook = report_others
    try:
        with end_requests_handled_by(terminal.interrupt):
            yield
    finally:
        sys.unraisablehook = report


def _message(error: Exception) -> str:
    """Return the message of an error; the traceback of an unexpected one goes to the log."""
    message = words_of(error)
    if message is not None:
        return message
    logger.error("Unexpected error", exc_info=error)
    return f"Internal error: {type(error).__name__}: {error}. Please report this with the lines above."


def make_parser(more: Sequence[AddCommand] = ()) -> argparse.ArgumentParser:
    """Build the parser for all commands and their options."""
    parser = _Parser(
        prog="hdmea-gui",
        description="From a retina recording to one HDF5 file.",
        epilog="Without a command the window opens: hdmea-gui [--new-instance] [FILE ...]",
    )
    parser.add_argument("--version", action="version", version=f"hdmea-gui {__version__}")
    _add_commands(parser, more)
    return parser


def command_names(more: Sequence[AddCommand] = ()) -> frozenset[str]:
    """Return the names of all commands."""
    return frozenset(_add_commands(_Parser(), more).choices)


def _add_commands(parser: argparse.ArgumentParser, more: Sequence[AddCommand]) -> Any:
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    add_run(commands)
    add_resume(commands)
    add_export(commands)
    _add_inspect(commands)
    _add_sample(commands)
    _add_demo(commands)
    commands.add_parser("script", help="run a script written for the lab's package hdmea", add_help=False)
    for add in more:
        add(commands)
    return commands


def _seed(text: str) -> int:
    """Parse a seed, a whole number of at least 0."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError("a seed is a whole number, 0 or larger")
    return int(text)


def _add_inspect(commands: Any) -> None:
    parser = commands.add_parser(
        "inspect",
        help="show the contents of a file and check it",
        description="Show the contents of a session, a checkpoint, a file written by the lab's scripts or a recording, "
        "and check the file. Exit code 1 means that the file has a problem.",
        epilog=INSPECTION_AS_JSON,
    )
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("--json", action="store_true", help="report as one JSON object on standard output")
    parser.set_defaults(command=_inspect)


def _add_sample(commands: Any) -> None:
    parser = commands.add_parser(
        "sample",
        help="create a synthetic recording with known ground truth",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="\n".join(["faults, with the value that stands for VALUE if none is given:", *fault_lines()]),
    )
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument(
        "--units", type=int, default=12, metavar="N", help="number of ganglion cells (default: 12)"
    )
    parser.add_argument(
        "--seed",
        type=_seed,
        default=1,
        metavar="N",
        help="random seed; the same seed produces the same recording",
    )
    parser.add_argument(
        "--fault",
        action="append",
        default=[],
        metavar="KIND[=VALUE]",
        help="a fault of the recording, listed below; may be given several times",
    )
    parser.add_argument("--json", action="store_true", help="report as one JSON object on standard output")
    parser.add_argument("--overwrite", action="store_true", help="replace an earlier sample recording in DIR")
    parser.set_defaults(command=_sample)


def _add_demo(commands: Any) -> None:
    parser = commands.add_parser(
        "demo",
        help="create a sample recording, run every step, save, check the file, and show it",
        description="Create a sample recording, run every step, save, check the file, and open it in the window. "
        "Without a screen, save screenshots of the window instead.",
    )
    parser.add_argument(
        "--output",
        type=Path,
        default=Path("hdmea-demo"),
        metavar="DIR",
        help="folder for everything it creates",
    )
    parser.add_argument(
        "--no-window", action="store_true", help="save screenshots of the window instead of opening it"
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
    if (options.folder / _TRUTH).exists() and not options.overwrite:
        raise FileExistsError(
            f"{options.folder} contains a sample recording. Add --overwrite to replace it, or choose another folder."
        )
    with terminal.bar("Creating the recording") as progress:
        sample = make_sample(
            options.folder,
            seed=options.seed,
            n_units=options.units,
            faults=options.fault,
            progress=progress,
        )
    made = {
        "units": len(sample.truth.units),
        "cmcr": str(sample.cmcr_path),
        "cmtr": str(sample.cmtr_path),
        "playlist_file": str(sample.playlist_path),
        "movie_lengths": str(sample.movie_lengths_path),
        "stimuli": str(sample.stimuli_dir),
        "playlist": sample.playlist_name,
        "analog_threshold": sample.analog_threshold,
        "faults": sample.truth.faults,
        "exit_code": OK,
    }
    lines = [
        f"Created a recording with {len(sample.truth.units)} units in {sample.folder}. Process it with:",
        _command(sample),
    ]
    terminal.finish(lines, made)
    return OK


def _check_own_folder(folder: Path) -> None:
    """Refuse a folder that contains anything but an earlier sample."""
    if folder.exists() and any(folder.iterdir()) and not (folder / _TRUTH).exists():
        raise SessionError(
            f"{folder} contains other files, which the sample could overwrite. Choose a new folder."
        )


def _command(sample: Any) -> str:
    """Return the command line that processes a sample recording."""
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
    """Return the command that started this program, or its name if it was started otherwise."""
    return sys.argv[0] if Path(sys.argv[0]).stem == "hdmea-gui" else "hdmea-gui"


def _with_screenshots(demo: Demo, options: argparse.Namespace, terminal: Terminal) -> Demo:
    started = time.perf_counter()
    with terminal.bar("Taking screenshots"):
        taken = _window(options).take_screenshots(demo.output, options.output / "screenshots")
    return replace(demo, screenshots=taken, elapsed_s=demo.elapsed_s + time.perf_counter() - started)


def _window(options: argparse.Namespace) -> Window:
    """Return the window.

    Raises
    ------
    ConfigurationError
        A system library that Qt needs is missing.
    """
    try:
        window: Window = options.get_window()
    except ImportError as error:
        raise ConfigurationError(
            f"The session is saved, but the window cannot open because something is missing on this system: {error}. "
            "Run packaging/dev.py of the project to install it."
        ) from error
    return window
