"""The command line: the same work without a window."""

from __future__ import annotations

from hdmea_gui.cli.commands import command_names, main

__all__ = ["command_names", "main"]
