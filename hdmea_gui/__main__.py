"""Start of the program."""

from __future__ import annotations

import sys

_INTERRUPTED = 130


def main() -> int:
    """Do what the command line asks for and give the exit code."""
    try:
        from hdmea_gui.cli import main as run_command
    except KeyboardInterrupt:
        return _INTERRUPTED
    return run_command()


if __name__ == "__main__":
    sys.exit(main())
