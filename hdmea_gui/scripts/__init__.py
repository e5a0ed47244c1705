"""Execution of scripts written for the lab's package ``hdmea``, unchanged, with this program."""

from __future__ import annotations

from hdmea_gui.scripts.command import main

__all__ = ["main"]
