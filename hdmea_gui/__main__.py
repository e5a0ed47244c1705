"""Start of the program."""

from __future__ import annotations

import sys


def main() -> int:
    """Do what the command line asks for and give the exit code."""
    from hdmea_gui.cli import main as run_command

    return run_command()


if __name__ == "__main__":
    sys.exit(main())
