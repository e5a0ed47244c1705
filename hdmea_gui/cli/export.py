"""The command that exports a session."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from hdmea_gui import exports
from hdmea_gui.cli.terminal import OK, WRONG_USAGE, Terminal
from hdmea_gui.errors import SessionError
from hdmea_gui.exports import UnitExcerpt
from hdmea_gui.paths import is_same_place
from hdmea_gui.session import PipelineSession
from hdmea_gui.session.columns import unit_columns
from hdmea_gui.session.recording import RecordingReader

if TYPE_CHECKING:
    import argparse

    from hdmea_gui.session import Snapshot


def add_export(commands: Any) -> None:
    """Add the command that exports a session."""
    choices = {entry.key: entry for entry in exports.EXPORTS}
    listed = " ".join(f"{key}: {entry.tip}" for key, entry in choices.items())
    parser = commands.add_parser(
        "export",
        help="write a session to a file of another kind",
        description=f"Write all units of a session or checkpoint to a file of another kind. {listed}",
    )
    parser.add_argument(
        "file", type=Path, metavar="FILE", help="session, checkpoint, or file written by the lab's scripts"
    )
    parser.add_argument(
        "--to", required=True, choices=tuple(choices), metavar="KIND", help=f"one of: {', '.join(choices)}"
    )
    parser.add_argument("output", type=Path, metavar="OUT", help="file to write")
    parser.add_argument("--overwrite", action="store_true", help="replace an existing file")
    parser.add_argument("--json", action="store_true", help="report as one JSON object on standard output")
    parser.set_defaults(command=_export)


def _export(options: argparse.Namespace, terminal: Terminal) -> int:
    entry = next(entry for entry in exports.EXPORTS if entry.key == options.to)
    output: Path = options.output.absolute()
    if output.suffix.lower() not in entry.suffixes:
        ending = " or ".join(entry.suffixes)
        return terminal.fail(f"{output} does not have the ending {ending}. Choose another name.", WRONG_USAGE)
    if is_same_place(options.file, output):
        return terminal.fail(f"{output} is the session itself. Choose another name.", WRONG_USAGE)
    if output.exists() and not options.overwrite:
        raise FileExistsError(
            f"{output} already exists. Add --overwrite to replace it, or choose another name."
        )
    session = PipelineSession.load(options.file)
    snapshot = session.snapshot()
    if any(is_same_place(path, output) for path in _inputs(snapshot)):
        raise SessionError(f"{output} is an input of this session. Choose another name.")
    columns = unit_columns(snapshot.units, RecordingReader(snapshot).duration_s)
    entry.export(output, snapshot, UnitExcerpt.of(columns))
    summary = {"units": session.unit_count, "columns": len(columns), "output": str(output), "exit_code": OK}
    terminal.finish([f"Wrote {session.unit_count} units to {output}."], summary)
    return OK


def _inputs(snapshot: Snapshot) -> list[Path]:
    """Files that the steps of a session have read, as far as they still exist."""
    values = (value for record in snapshot.steps.values() for value in record.get("parameters", {}).values())
    return [path for value in values if isinstance(value, str) and (path := Path(value)).is_file()]
