"""Carrying out an action of the window, whether or not its menu entry is enabled."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hdmea_gui.window.main_window import MainWindow


def carry_out(window: MainWindow, key: str) -> None:
    next(spec for spec in window.menus.specs if spec.key == key).run(window.workbench)
