"""The command ``hdmea-gui script``: separates its own arguments from the script's."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from hdmea_gui.errors import ConfigurationError
from hdmea_gui.paths import read_rules
from hdmea_gui.scripts.running import Script, run

if TYPE_CHECKING:
    from collections.abc import Sequence

OK, WRONG_USAGE = 0, 2

_USAGE = "hdmea-gui script [--map OLD=NEW ...] FILE [--map OLD=NEW ...] [--] [ARGS...]"
_EXAMPLES = r"""
--map must come before FILE or right after it; all other arguments, and any --map after "--", go to the script.

examples:
  hdmea-gui script analysis.py
  hdmea-gui script analysis.py --map "O:\20250410=/data/20250410" 2025.04.10-10.11.12-Rec
  hdmea-gui script --map "O:\=/mnt/o" --map "M:\stimuli=/data/stimuli" analysis.py -- --map mine

The script runs as with "python FILE"; its imports from hdmea use this program, even if another hdmea is installed.
Paths that it passes to hdmea functions are rewritten; the longest matching OLD wins, and slashes and backslashes
count as equal. FILE itself is not rewritten.
"""


def make_parser() -> argparse.ArgumentParser:
    """Return the parser for the command's own options."""
    parser = argparse.ArgumentParser(
        prog="hdmea-gui script",
        usage=_USAGE,
        description="Run a script of the lab without changing it.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "--map",
        action="append",
        default=[],
        metavar="OLD=NEW",
        help="replace OLD with NEW at the beginning of paths",
    )
    return parser


def main(words: Sequence[str]) -> int:
    """Run the script named on a command line in this process; return the exit code if the script ends normally.

    The exit code for wrong usage is 2, with a message. Exceptions of the script, including its exit, are passed on.
    """
    try:
        before, rest = _leading_rules(words)
        if not rest or rest[0].startswith("-"):
            make_parser().parse_args(rest)  # exits for --help and for unknown options
            make_parser().error("no script is given")
        name, after = rest[0], rest[1:]
        following, own = _leading_rules(after)
        script = Script(_checked(name), read_rules(before + following))
    except ConfigurationError as error:
        if sys.stderr is not None:  # it is None in a windowed program on Windows
            sys.stderr.write(f"{error}\n")
        return WRONG_USAGE
    run(script, own[1:] if own[:1] == ["--"] else own, name)
    return OK


def _leading_rules(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """Path rules at the beginning of the arguments, and the remaining arguments."""
    rules, rest = [], list(words)
    while rest and rest[0].partition("=")[0] == "--map":
        word = rest.pop(0)
        if word == "--map" and not rest:
            raise ConfigurationError("--map needs a rule. Write --map OLD=NEW.")
        rules.append(rest.pop(0) if word == "--map" else word.removeprefix("--map="))
    return rules, rest


def _checked(name: str) -> str:
    """Absolute path of the script.

    Raises
    ------
    ConfigurationError
        The file does not exist, or cannot be read.
    """
    path = Path(name)
    if not path.exists():
        raise ConfigurationError(f"The script {name} does not exist. Enter the path of a Python file.")
    if not path.is_file():
        raise ConfigurationError(f"{name} is not a file. Enter the path of a Python file.")
    try:
        with path.open("rb"):
            pass
    except OSError as error:
        raise ConfigurationError(f"The script {name} cannot be read: {error.strerror or error}.") from error
    return str(path.absolute())
