"""The command line: the same work without a window."""

from __future__ import annotations

from hdmea_gui.cli.commands import main

__all__ = ["main"]
