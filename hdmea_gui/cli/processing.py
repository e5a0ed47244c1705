"""The commands that run steps: on a recording, or continuing from a saved file."""

from __future__ import annotations

import itertools
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hdmea_gui.byte_sizes import size_text
from hdmea_gui.cli.terminal import FAILED, OK, WRONG_USAGE, Terminal
from hdmea_gui.errors import ConfigurationError, HDMEAError, SessionError, ValidationError, words_of
from hdmea_gui.io.store import check_target
from hdmea_gui.paths import is_same_place
from hdmea_gui.pipeline.flow import Flow, find_flow
from hdmea_gui.pipeline.plan import (
    Plan,
    chosen_keys,
    is_passed_over,
    planned_params,
)
from hdmea_gui.pipeline.running import run_plan
from hdmea_gui.pipeline.status import StatusKind, StepStatus
from hdmea_gui.pipeline.steps import STEPS_BY_KEY
from hdmea_gui.session import SESSION_SUFFIXES, PipelineSession, create_session
from hdmea_gui.settings import data_dir
from hdmea_gui.sources import format_named, refuse_recording, titles

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable


_OPTION_VALUES: dict[str, tuple[tuple[str, str], ...]] = {
    "cmcr": (("load_recording", "cmcr_path"), ("compute_eimage_sta", "cmcr_path")),
    "cmtr": (("load_recording", "cmtr_path"),),
    "sorting": (("load_recording", "sorting_path"),),
    "frame_times": (("load_recording", "frame_times_path"),),
    "playlist_file": (("add_section_time", "playlist_file"),),
    "movie_lengths": (("add_section_time", "movie_length_file"),),
    "playlist": (("add_section_time", "playlist_name"),),
    "repeats": (("add_section_time", "repeats"),),
    "stimuli": tuple(
        (key, "stimuli_dir")
        for key in ("add_section_time", "section_spike_times", "compute_sta", "extract_features")
    ),
}
"""Command-line options, and the step parameters that each of them sets."""


def add_run(commands: Any) -> None:
    """Add the command that processes a recording."""
    parser = commands.add_parser("run", help="process a recording and save the result")
    _add_run_options(parser, saves_to="artifacts/NAME.h5")
    parser.set_defaults(command=_run)


def add_resume(commands: Any) -> None:
    """Add the command that continues from a saved file."""
    parser = commands.add_parser("resume", help="continue from a saved session or checkpoint")
    parser.add_argument(
        "file", type=Path, metavar="FILE", help="session, checkpoint, or file written by the lab's scripts"
    )
    _add_run_options(parser, saves_to="FILE itself, or NAME.h5 beside it if FILE is a checkpoint")
    parser.set_defaults(command=_resume)


def _add_run_options(parser: argparse.ArgumentParser, saves_to: str) -> None:
    source = parser.add_argument_group("recording")
    source.add_argument("--cmcr", type=Path, metavar="FILE", help=titles("raw"))
    source.add_argument("--cmtr", type=Path, metavar="FILE", help="sorted file")
    source.add_argument(
        "--sorting", type=Path, metavar="PATH", help=f"in place of --cmtr: {titles('sorting')}"
    )
    source.add_argument(
        "--frame-times",
        type=Path,
        metavar="FILE",
        help="times of the display frames (.npy or .csv), if the raw file has none; the header of the first column is "
        "sample or time_s, else add --set load_recording.frame_times_unit=samples (or seconds)",
    )
    source.add_argument(
        "--dataset-id", metavar="NAME", help="name of the recording (default: from the name of the raw file)"
    )
    shown = parser.add_argument_group("stimulus")
    shown.add_argument("--playlist", metavar="NAME", help="name of the playlist")
    shown.add_argument("--repeats", type=int, metavar="N", help="number of times the playlist was shown")
    shown.add_argument("--playlist-file", type=Path, metavar="FILE", help="playlist table (playlist.csv)")
    shown.add_argument(
        "--movie-lengths", type=Path, metavar="FILE", help="movie length table (movie_length.csv)"
    )
    shown.add_argument(
        "--stimuli", type=Path, metavar="DIR", help="folder with the stimulus files (.json, .npy)"
    )
    steps = parser.add_argument_group("steps")
    steps.add_argument(
        "--flow",
        metavar="NAME",
        help="use the steps and parameters of a flow; NAME can also be a flow file (.json)",
    )
    steps.add_argument(
        "--steps", action="extend", type=_listed, metavar="A,B", help="run only these steps; may be repeated"
    )
    steps.add_argument(
        "--skip",
        action="extend",
        type=_listed,
        default=[],
        metavar="A,B",
        help="run all but these steps; may be repeated",
    )
    steps.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="STEP.PARAM=VALUE",
        help="set a parameter of a step; may be repeated",
    )
    result = parser.add_argument_group("result")
    result.add_argument("--output", type=Path, metavar="FILE", help=f"file to save to (default: {saves_to})")
    result.add_argument(
        "--overwrite", action="store_true", help="replace an existing output file and existing checkpoints"
    )
    result.add_argument(
        "--compress",
        action="store_true",
        help="save a smaller file: light channels and stimuli shrink to about a third, images hardly; saving such data "
        "takes about ten times as long, and each later look at them two to five times",
    )
    result.add_argument(
        "--checkpoint-dir", type=Path, metavar="DIR", help="save a checkpoint here after every step"
    )
    result.add_argument("--json", action="store_true", help="report as one JSON object on standard output")


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _run(options: argparse.Namespace, terminal: Terminal) -> int:
    if options.cmtr is not None and options.sorting is not None:
        return terminal.fail("Two sortings are given. Choose --cmtr FILE or --sorting PATH.", WRONG_USAGE)
    sorting = options.cmtr or options.sorting
    if options.cmcr is None and sorting is None:
        return terminal.fail(
            "No recording is given. Add --cmcr FILE, --cmtr FILE (or --sorting PATH), or both.", WRONG_USAGE
        )
    try:
        session = create_session(options.dataset_id, options.cmcr, sorting)
    except ValidationError as error:
        return terminal.fail(str(error), WRONG_USAGE)
    return _process(session, options, terminal, skip_done=False)


def _resume(options: argparse.Namespace, terminal: Terminal) -> int:
    session = PipelineSession.load(options.file)
    if options.dataset_id is not None:
        session.rename(options.dataset_id)
    # steps that the user names run even if they are done
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
        return terminal.fail(
            "There are no steps to run. Choose some with --steps, or skip fewer.", WRONG_USAGE
        )
    plan = Plan(keys, params, named=options.steps is not None, skip_done=skip_done)
    _check_output(output, session, options)
    _check_checkpoints(session, plan, options)
    try:
        on_ended = _on_ended(session, options, terminal)
        statuses = run_plan(session, plan, progress_of=terminal.progress_of, on_ended=on_ended)
        return _finish(session, output, statuses, terminal, "gzip" if options.compress else None)
    except Exception as error:
        rescued = _rescue(session, output)
        if rescued:
            error.add_note(rescued)
        raise


def _check_output(output: Path, session: PipelineSession, options: argparse.Namespace) -> None:
    """Check before the run that its result can be written.

    Raises
    ------
    SessionError
        It cannot be written, or it would replace an input file.
    FileExistsError
        The file already exists and may not be replaced.
    """
    inputs = (options.cmcr, options.cmtr, options.playlist_file, options.movie_lengths, options.frame_times)
    if any(
        path is not None and path.exists() and output.exists() and path.samefile(output) for path in inputs
    ):
        raise SessionError(f"{output} is an input file. Choose another --output.")
    if output.exists() and not output.is_file() and not output.is_dir():  # which reading would wait for
        raise SessionError(f"{output} is not a regular file. Choose another --output.")
    refuse_recording(output)
    if output.is_dir():
        raise SessionError(f"{output} is a folder. Add a file name to --output.")
    if format_named(output) is not None:
        raise SessionError(f"{output} has the name of a recording. Choose another --output, ending in .h5.")
    if output.exists() and output.suffix.lower() not in SESSION_SUFFIXES:
        raise SessionError(
            f"{output} is not a session, and only sessions are replaced. Choose another --output."
        )
    if output.exists() and not options.overwrite and not _is_own(session, output):
        raise FileExistsError(
            f"{output} already exists. Add --overwrite to replace it, or choose another --output."
        )
    for folder in (output.parent, options.checkpoint_dir):
        if folder is not None:
            _check_folder(folder)
    check_target(Path(os.path.realpath(output)), overwrite=True)


def _check_checkpoints(session: PipelineSession, plan: Plan, options: argparse.Namespace) -> None:
    """Check before the run that its checkpoints would not replace others.

    Raises
    ------
    FileExistsError
        A checkpoint already exists and may not be replaced.
    """
    if options.checkpoint_dir is None or options.overwrite:
        return
    snapshot = session.snapshot()
    steps = [step for step in plan.steps if not is_passed_over(step, snapshot, plan)]
    places = [_checkpoint_place(options.checkpoint_dir, session, step.key) for step in steps]
    existing = next((place for place in places if place.exists()), None)
    if existing is not None:
        raise FileExistsError(
            f"The checkpoint {existing} already exists. Continue from it with 'hdmea-gui resume', choose another "
            "--checkpoint-dir, or add --overwrite to replace it."
        )


def _checkpoint_place(folder: Path, session: PipelineSession, key: str) -> Path:
    return Path(folder / f"{session.dataset_id}_{key}.h5")


def _check_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise SessionError(
            f"Cannot write to {folder}: {error.strerror or error}. Choose another folder."
        ) from error


def _rescue(session: PipelineSession, output: Path) -> str:
    """Save completed steps after a failure, beside the output or else in the user's folder; return a message."""
    if not session.completed_steps or not session.is_deferred:
        return ""
    for folder in (output.parent, data_dir() / "unfinished"):
        path = _unused(folder / f"{output.stem}.unfinished.h5", session)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            session.checkpoint(path, checkpoint_name="unfinished", note="Saved after a failed run.")
        except (HDMEAError, OSError):
            continue
        return f"The completed steps are saved in {path}. Continue with: hdmea-gui resume {path} --output {output}"
    return ""


def _unused(path: Path, session: PipelineSession) -> Path:
    """Return an unused file name, since the file of an earlier run may hold more steps."""
    choices = (
        path.with_stem(f"{path.stem}-{number}") if number > 1 else path for number in itertools.count(1)
    )
    own = session.hdf5_path
    return next(
        choice
        for choice in choices
        if not choice.exists() or (own is not None and is_same_place(own, choice))
    )


def _is_own(session: PipelineSession, output: Path) -> bool:
    """Whether a file is the resumed session itself (no checkpoint), which a save without --output replaces."""
    own = session.hdf5_path
    return own is not None and own == session.save_path and is_same_place(own, output)


def _values(options: argparse.Namespace, flow: Flow) -> dict[str, dict[str, Any]]:
    """Return parameter values by step: those of the flow, overridden by the options."""
    values = {key: dict(own) for key, own in flow.parameters.items()}
    for option, places in _OPTION_VALUES.items():
        value = getattr(options, option)
        for step, parameter in places if value is not None else ():
            values.setdefault(step, {})[parameter] = value
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


def _on_ended(
    session: PipelineSession, options: argparse.Namespace, terminal: Terminal
) -> Callable[[StepStatus], None]:
    """Function that shows how a step ended and, if asked for, saves a checkpoint after it."""

    def on_ended(status: StepStatus) -> None:
        terminal.show(status)
        if options.checkpoint_dir is not None and status.kind is StatusKind.DONE:
            try:
                write(status)
            except (HDMEAError, OSError) as error:
                terminal.note(f"After {status.title}: {words_of(error)}")

    def write(status: StepStatus) -> None:
        session.checkpoint(
            _checkpoint_place(options.checkpoint_dir, session, status.key),
            checkpoint_name=f"after {status.title}",
            overwrite=options.overwrite,
        )

    return on_ended


def _finish(
    session: PipelineSession,
    output: Path,
    statuses: list[StepStatus],
    terminal: Terminal,
    compression: str | None,
) -> int:
    failed = [status for status in statuses if status.kind is StatusKind.FAILED]
    summary = {
        "dataset_id": session.dataset_id,
        "units": session.unit_count,
        "steps": [
            {
                "step": status.key,
                "outcome": status.kind.value,
                "words": status.message,
                "seconds": round(status.duration_s, 3),
                "warnings": list(status.warnings),
            }
            for status in statuses
        ],
    }
    if failed:
        rescued = _rescue(session, output)
        text = f"{failed[0].title} failed, so {output} was not written. {failed[0].message}"
        return terminal.fail(f"{text}\n{rescued}".strip(), FAILED, summary | {"output": None})
    with terminal.bar("Saving") as progress:
        session.save(output, compression=compression, progress=progress)
    terminal.finish(
        [f"Saved {session.unit_count} units to {output} ({size_text(output.stat().st_size)})."],
        summary | {"output": str(output), "exit_code": OK},
    )
    return OK
