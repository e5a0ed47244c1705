"""The commands and their options."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from hdmea_gui import __version__
from hdmea_gui.cli.demo import run_demo
from hdmea_gui.cli.inspection import inspect_file
from hdmea_gui.cli.terminal import Terminal
from hdmea_gui.errors import ConfigurationError, HDMEAError, SessionError, ValidationError, words_of
from hdmea_gui.pipeline.flow import Flow, find_flow
from hdmea_gui.pipeline.plan import Plan, StepReport, chosen_keys, planned_params, run_plan
from hdmea_gui.pipeline.step import Outcome
from hdmea_gui.pipeline.steps import STEPS_BY_KEY
from hdmea_gui.sample import make_sample
from hdmea_gui.scripts import main as run_script
from hdmea_gui.session import PipelineSession, create_session
from hdmea_gui.settings import has_screen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from types import FrameType

    from hdmea_gui.cli.demo import Demo, Window
    from hdmea_gui.pipeline.step import Step

    AddCommand = Callable[[Any], None]

logger = logging.getLogger(__name__)

OK, FAILED, WRONG_USAGE, INTERRUPTED = 0, 1, 2, 130

_OPTION_VALUES: dict[str, tuple[tuple[str, str], ...]] = {
    "cmcr": (("load_recording", "cmcr_path"), ("compute_eimage_sta", "cmcr_path")),
    "cmtr": (("load_recording", "cmtr_path"),),
    "playlist_file": (("add_section_time", "playlist_file"),),
    "movie_lengths": (("add_section_time", "movie_length_file"),),
    "playlist": (("add_section_time", "playlist_name"),),
    "repeats": (("add_section_time", "repeats"),),
    "stimuli": (("section_spike_times", "stimuli_dir"), ("compute_sta", "stimuli_dir")),
}
"""Options of the command line and the parameters of steps that they give."""


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
        Each adds a command that rooms above this one carry out.
    get_window : callable, optional
        Gives the window, for the demo; left out, it does without.
    """
    words = sys.argv[1:] if arguments is None else list(arguments)
    if words[:1] == ["script"]:
        return run_script(words[1:])
    options = make_parser(more).parse_args(words, argparse.Namespace(get_window=get_window))
    console = logging.StreamHandler(sys.stderr)
    console.setLevel(logging.WARNING)
    logging.basicConfig(format="%(message)s", handlers=[console])
    previous = signal.signal(signal.SIGTERM, _interrupt)
    terminal = Terminal(as_json=getattr(options, "json", False))
    try:
        code: int = options.command(options, terminal)
    except Exception as error:  # noqa: BLE001 - whatever escapes is told in a sentence
        return terminal.fail("\n".join([_sentence(error), *getattr(error, "__notes__", [])]), FAILED)
    except KeyboardInterrupt:
        return terminal.fail("Interrupted. No file was changed.", INTERRUPTED)
    finally:
        signal.signal(signal.SIGTERM, previous)
    return code


def _sentence(error: Exception) -> str:
    """What went wrong, in a sentence; the traceback of what nobody has foreseen goes to the log."""
    words = words_of(error)
    if words is not None:
        return words
    logger.error("Unforeseen error", exc_info=error)
    return (
        f"The program is at fault: {type(error).__name__}: {error}. Please report this with the lines above."
    )


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def make_parser(more: Sequence[AddCommand] = ()) -> argparse.ArgumentParser:
    """Make the description of all commands and their options."""
    parser = argparse.ArgumentParser(
        prog="hdmea-gui",
        description="From a retina recording to one HDF5 file.",
        epilog="Without a command the window opens: hdmea-gui [--new-instance] [FILE]",
    )
    parser.add_argument("--version", action="version", version=f"hdmea-gui {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    _add_run(commands)
    _add_resume(commands)
    _add_inspect(commands)
    _add_sample(commands)
    _add_demo(commands)
    commands.add_parser(
        "script", help="run a script that was written for the lab's package hdmea", add_help=False
    )
    for add in more:
        add(commands)
    return parser


def _add_run(commands: Any) -> None:
    parser = commands.add_parser("run", help="process a recording and save the result")
    _add_run_options(parser)
    parser.set_defaults(command=_run)


def _add_resume(commands: Any) -> None:
    parser = commands.add_parser("resume", help="go on from a saved session or checkpoint")
    parser.add_argument(
        "file", type=Path, metavar="FILE", help="session, checkpoint, or file of the lab's scripts"
    )
    _add_run_options(parser)
    parser.set_defaults(command=_resume)


def _add_run_options(parser: argparse.ArgumentParser) -> None:
    source = parser.add_argument_group("recording")
    source.add_argument("--cmcr", type=Path, metavar="FILE", help="raw file")
    source.add_argument("--cmtr", type=Path, metavar="FILE", help="sorted file")
    source.add_argument(
        "--dataset-id", metavar="NAME", help="name of the recording (default: the raw file's)"
    )
    shown = parser.add_argument_group("what was shown")
    shown.add_argument("--playlist", metavar="NAME", help="name of the playlist")
    shown.add_argument("--repeats", type=int, metavar="N", help="how often the playlist was shown")
    shown.add_argument("--playlist-file", type=Path, metavar="FILE", help="table of playlists (playlist.csv)")
    shown.add_argument(
        "--movie-lengths", type=Path, metavar="FILE", help="table of movie lengths (movie_length.csv)"
    )
    shown.add_argument(
        "--stimuli", type=Path, metavar="DIR", help="folder of the stimulus files (.json, .npy)"
    )
    steps = parser.add_argument_group("steps")
    steps.add_argument(
        "--flow", metavar="NAME", help="steps and parameters of a flow; NAME may be its file (.json)"
    )
    steps.add_argument("--steps", type=_listed, metavar="A,B", help="only these steps")
    steps.add_argument("--skip", type=_listed, default=(), metavar="A,B", help="all but these steps")
    steps.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="STEP.PARAM=VALUE",
        help="a parameter of a step; may be repeated",
    )
    result = parser.add_argument_group("result")
    result.add_argument(
        "--output", type=Path, metavar="FILE", help="file to save to (default: artifacts/NAME.h5)"
    )
    result.add_argument("--overwrite", action="store_true", help="replace an existing file")
    result.add_argument(
        "--checkpoint-dir", type=Path, metavar="DIR", help="save a checkpoint here after every step"
    )
    result.add_argument("--json", action="store_true", help="report as one JSON object on standard output")


def _seed(text: str) -> int:
    """Read a seed: a whole number from 0 on."""
    seed = int(text)
    if seed < 0:
        raise argparse.ArgumentTypeError("a seed is a whole number from 0 on")
    return seed


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _add_inspect(commands: Any) -> None:
    parser = commands.add_parser("inspect", help="show what a file holds and check it")
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


def _run(options: argparse.Namespace, terminal: Terminal) -> int:
    if options.cmcr is None and options.cmtr is None:
        return terminal.fail("No recording is named. Give --cmcr FILE, --cmtr FILE or both.", WRONG_USAGE)
    try:
        session = create_session(options.dataset_id, options.cmcr, options.cmtr)
    except ValidationError as error:
        return terminal.fail(str(error), WRONG_USAGE)
    return _process(session, options, terminal, skip_done=False)


def _resume(options: argparse.Namespace, terminal: Terminal) -> int:
    session = PipelineSession.load(options.file)
    if options.dataset_id is not None:
        session.rename(options.dataset_id)
    return _process(session, options, terminal, skip_done=options.steps is None)


def _process(
    session: PipelineSession, options: argparse.Namespace, terminal: Terminal, skip_done: bool
) -> int:
    output = (options.output or session.save_path).absolute()
    try:
        flow = find_flow(options.flow) if options.flow else Flow("", tuple(STEPS_BY_KEY))
        keys = chosen_keys(flow.steps if options.steps is None else options.steps, options.skip)
        params = planned_params(session.snapshot(), _values(options, flow), _texts(options.set))
    except ConfigurationError as error:
        return terminal.fail(str(error), WRONG_USAGE)
    if not keys:
        return terminal.fail("No step is left to run. Name some with --steps, or skip fewer.", WRONG_USAGE)
    _check_output(output, session, options)
    plan = Plan(keys, params, named=options.steps is not None, skip_done=skip_done)
    try:
        reports = run_plan(
            session,
            plan,
            progress_of=terminal.progress_of,
            on_report=terminal.show,
            after_step=_checkpointer(session, options.checkpoint_dir, terminal),
        )
        return _finish(session, output, reports, terminal)
    except Exception as error:
        rescued = _rescue(session, output)
        if rescued:
            error.add_note(rescued)
        raise


def _check_output(output: Path, session: PipelineSession, options: argparse.Namespace) -> None:
    """Find out before the work whether its result can be written.

    Raises
    ------
    SessionError
        It cannot, or it would replace what the work reads.
    FileExistsError
        A file is there and may not be replaced.
    """
    inputs = (options.cmcr, options.cmtr, options.playlist_file, options.movie_lengths)
    if any(
        path is not None and path.exists() and output.exists() and path.samefile(output) for path in inputs
    ):
        raise SessionError(f"{output} is one of the files to be read. Choose another --output.")
    if output.exists() and not options.overwrite and not _is_own(session, output):
        raise FileExistsError(f"{output} exists. Add --overwrite to replace it, or choose another --output.")
    for folder in (output.parent, options.checkpoint_dir):
        if folder is not None:
            _check_folder(folder)


def _check_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise SessionError(
            f"Nothing can be written to {folder}: {error.strerror or error}. Choose another folder."
        ) from error


def _rescue(session: PipelineSession, output: Path) -> str:
    """Write what is done to a file beside the output, after something has failed; the words that tell of it."""
    if not session.completed_steps or not session.is_deferred:
        return ""
    path = output.with_name(f"{output.stem}.unfinished.h5")
    try:
        session.checkpoint(path, checkpoint_name="unfinished", note="A step after these failed.")
    except (HDMEAError, OSError):
        return ""
    return f"What was done before is in {path}. Go on with: hdmea-gui resume {path} --output {output}"


def _is_own(session: PipelineSession, output: Path) -> bool:
    """Whether a file is the very one that was resumed and that a plain save would replace."""
    return session.hdf5_path is not None and session.save_path.resolve() == output.resolve()


def _values(options: argparse.Namespace, flow: Flow) -> dict[str, dict[str, Any]]:
    """Values of parameters by step: those of the flow, and over them those of the options."""
    values = {key: dict(own) for key, own in flow.parameters.items()}
    for option, places in _OPTION_VALUES.items():
        given = getattr(options, option)
        for step, parameter in places if given is not None else ():
            values.setdefault(step, {})[parameter] = given
    return values


def _texts(settings: Iterable[str]) -> dict[str, dict[str, str]]:
    texts: dict[str, dict[str, str]] = {}
    for setting in settings:
        name, equals, text = setting.partition("=")
        step, dot, parameter = name.strip().partition(".")
        if not (equals and dot):
            raise ConfigurationError(
                f"--set {setting}: write it as STEP.PARAM=VALUE, for example compute_sta.movie_name=x"
            )
        texts.setdefault(step, {})[parameter] = text
    return texts


def _checkpointer(
    session: PipelineSession, folder: Path | None, terminal: Terminal
) -> Callable[[Step], None] | None:
    if folder is None:
        return None

    def save(step: Step) -> None:
        try:
            write(step)
        except (HDMEAError, OSError) as error:
            terminal.remark(f"The checkpoint after {step.title} was not written. {error}")

    def write(step: Step) -> None:
        session.checkpoint(
            folder / f"{session.dataset_id}_{step.key}.h5", checkpoint_name=f"after {step.title}"
        )

    return save


def _finish(session: PipelineSession, output: Path, reports: list[StepReport], terminal: Terminal) -> int:
    failed = [report for report in reports if report.outcome is Outcome.FAILED]
    summary = {
        "dataset_id": session.dataset_id,
        "units": session.unit_count,
        "steps": [
            {
                "step": report.key,
                "outcome": report.outcome.value,
                "words": report.words,
                "seconds": round(report.duration_s, 3),
                "warnings": list(report.warnings),
            }
            for report in reports
        ],
    }
    if failed:
        rescued = _rescue(session, output)
        text = f"{failed[0].title} failed, so {output} was not written. {failed[0].words}"
        return terminal.fail(f"{text}\n{rescued}".strip(), FAILED, summary | {"output": None})
    with terminal.bar("Saving") as progress:
        session.save(output, progress=progress)
    terminal.finish(
        [f"{session.unit_count} units saved to {output} ({output.stat().st_size / 1e6:.1f} MB)."],
        summary | {"output": str(output), "exit_code": OK},
    )
    return OK


def _inspect(options: argparse.Namespace, terminal: Terminal) -> int:
    report = inspect_file(options.file)
    terminal.finish(report.lines(), report.as_dict())
    return FAILED if report.problems else OK


def _sample(options: argparse.Namespace, terminal: Terminal) -> int:
    _check_own_folder(options.folder)
    with terminal.bar("Making the recording") as progress:
        sample = make_sample(options.folder, seed=options.seed, n_units=options.units, progress=progress)
    paths = {
        "cmcr": str(sample.cmcr_path),
        "cmtr": str(sample.cmtr_path),
        "playlist_file": str(sample.playlist_path),
        "movie_lengths": str(sample.movie_lengths_path),
        "stimuli": str(sample.stimuli_dir),
        "playlist": sample.playlist_name,
        "analog_threshold": sample.analog_threshold,
    }
    lines = [
        f"A recording of {len(sample.truth.units)} units is in {sample.folder}. Process it with:",
        _command(sample),
    ]
    terminal.finish(lines, paths)
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
