"""Start of the program: the first word decides whether a window opens."""

from __future__ import annotations

import sys
from pathlib import Path

_INTERRUPTED = 130


def main() -> int:
    """Open the window, with a file if one is named, or do what the command line asks for; give the exit code."""
    words = sys.argv[1:]
    if words[:1] == ["script"]:
        from hdmea_gui.scripts import main as run_script

        return run_script(words[1:])
    try:
        if not words or Path(words[0]).is_file():
            from hdmea_gui.app import main as show_window

            return show_window(words)
        from hdmea_gui.cli import main as run_command
    except KeyboardInterrupt:
        return _INTERRUPTED
    return run_command(words)


if __name__ == "__main__":
    sys.exit(main())
