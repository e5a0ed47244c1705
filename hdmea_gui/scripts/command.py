"""The command ``hdmea-gui script``: which words are ours and which are the script's."""

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
--map stands before FILE or right after it; all else is the script's, and so is --map behind "--".

examples:
  hdmea-gui script analysis.py
  hdmea-gui script analysis.py --map "O:\20250410=/data/20250410" 2025.04.10-10.11.12-Rec
  hdmea-gui script --map "O:\=/mnt/o" --map "M:\stimuli=/data/stimuli" analysis.py -- --map mine

The script runs as with "python FILE"; what it imports from hdmea is this program, whatever else is installed.
Its paths are rewritten where our functions use them; the longest OLD that fits wins, and slashes of both kinds
count as equal. FILE itself is not rewritten.
"""


def make_parser() -> argparse.ArgumentParser:
    """Make the description of the command's own options."""
    parser = argparse.ArgumentParser(
        prog="hdmea-gui script",
        usage=_USAGE,
        description="Run a script of the lab as it is.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "--map", action="append", default=[], metavar="OLD=NEW", help="put NEW where a path begins with OLD"
    )
    return parser


def main(words: Sequence[str]) -> int:
    """Run the script that a command line names, in this process; give the exit code if it ends by itself.

    2 is wrong usage, said in a sentence. What the script raises, its exit included, goes through.
    """
    try:
        before, rest = _leading_rules(words)
        if not rest or rest[0].startswith("-"):
            make_parser().parse_args(rest)  # ends for --help and for options that do not exist
            make_parser().error("no script is named")
        name, after = rest[0], rest[1:]
        behind, own = _leading_rules(after)
        script = Script(_checked(name), read_rules(before + behind))
    except ConfigurationError as error:
        if sys.stderr is not None:  # as in a program without a console
            sys.stderr.write(f"{error}\n")
        return WRONG_USAGE
    run(script, own[1:] if own[:1] == ["--"] else own, name)
    return OK


def _leading_rules(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """The rules that words begin with, and the other words."""
    rules, rest = [], list(words)
    while rest and rest[0].partition("=")[0] == "--map":
        word = rest.pop(0)
        if word == "--map" and not rest:
            raise ConfigurationError("Behind --map stands nothing. Write --map OLD=NEW.")
        rules.append(rest.pop(0) if word == "--map" else word.removeprefix("--map="))
    return rules, rest


def _checked(name: str) -> str:
    """The script's absolute path.

    Raises
    ------
    ConfigurationError
        There is no such file, or it cannot be read.
    """
    path = Path(name)
    if not path.exists():
        raise ConfigurationError(f"The script {name} is not there. Give the path of a Python file.")
    if not path.is_file():
        raise ConfigurationError(f"{name} is no file. Give the path of a Python file.")
    try:
        with path.open("rb"):
            pass
    except OSError as error:
        raise ConfigurationError(f"The script {name} cannot be read: {error.strerror or error}.") from error
    return str(path.absolute())
