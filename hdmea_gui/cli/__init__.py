"""The program without a window: the same jobs from a command line."""

from __future__ import annotations

from hdmea_gui.cli.commands import main

__all__ = ["main"]
