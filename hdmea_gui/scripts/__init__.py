"""Runs scripts that were written for the lab's package ``hdmea``, as they are, on this program."""

from __future__ import annotations

from hdmea_gui.scripts.command import main

__all__ = ["main"]
