"""Screenshots of the window with a session in light and dark theme, taken without a user."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NoReturn

from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QWidget

from hdmea_gui.errors import SessionError
from hdmea_gui.window.ask import Ask
from hdmea_gui.window.dialogs.threshold import ThresholdDialog
from hdmea_gui.window.pipeline_commands import pick_threshold
from hdmea_gui.window.workbench import Workbench

if TYPE_CHECKING:
    from pathlib import Path

    from hdmea_gui.window.main_window import MainWindow
    from hdmea_gui.workers.failure import Failure

_SIZE: Final = (1600, 960)  # the default size of the window on a large screen
_TURN_S: Final = 0.02
_SETTLE_S: Final = 0.3
_LONGEST_S: Final = 60.0
_SMALLEST: Final = 0
"""Qt's quality setting for PNG: 0 compresses most, and PNG is lossless anyway."""


@dataclass(frozen=True)
class Shot:
    """One screenshot.

    Parameters
    ----------
    name : str
        File name without suffix.
    views : tuple of str
        Views in front.
    is_dark : bool
        Whether the theme is dark.
    open_dialog : callable or None
        Opens a dialog to be taken instead of the window.
    """

    name: str
    views: tuple[str, ...] = ()
    is_dark: bool = False
    open_dialog: Callable[[Workbench], None] | None = None


SHOTS: Final[tuple[Shot, ...]] = (
    Shot("window", ("receptive_field", "raster_psth")),
    Shot("window-dark", ("electrical_image", "spike_train"), is_dark=True),
    Shot("all-receptive-fields", ("all_receptive_fields", "stimulus")),
    Shot("threshold", open_dialog=pick_threshold),
)
"""The screenshots, in the order of the README."""


class Nobody(Ask):
    """Stand-in for `Ask` without a user: it shows no dialogs and raises failures."""

    def __init__(self) -> None:
        pass  # no parent window, because it shows no dialogs

    def show_failure(self, failure: Failure) -> NoReturn:
        """Raise the failure instead of showing it."""
        raise SessionError(failure.message)


async def take_screenshots(window: MainWindow, session: Path, folder: Path) -> list[Path]:
    """Open a session in a window and save screenshots of several layouts as PNG.

    Parameters
    ----------
    window : MainWindow
        The window, shown.
    session : Path
        File of the session.
    folder : Path
        Where the pictures go; created if missing.

    Raises
    ------
    SessionError
        The session cannot be opened, or a picture cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    window.resize(*_SIZE)
    await window.workbench.files.open(session)
    return [await _take(window, shot, folder) for shot in SHOTS]


async def _take(window: MainWindow, shot: Shot, folder: Path) -> Path:
    before, bench = QApplication.palette(), window.workbench
    taken: QWidget = window
    _set_palette(palette_of(is_dark=shot.is_dark))
    try:
        bench.panels.docks.reset()
        _choose_unit(bench)
        for key in shot.views:
            bench.panels.docks.bring(key)
        if shot.open_dialog is not None:
            shot.open_dialog(bench)
            taken = window.findChildren(ThresholdDialog)[-1]
        await _stillness(window)
        return _write(taken, folder / f"{shot.name}.png")
    finally:
        if taken is not window:
            taken.close()
        _set_palette(before)


def _set_palette(palette: QPalette) -> None:
    """Set the palette of the program if it is a different one, because every widget is redrawn."""
    if palette != QApplication.palette():
        QApplication.setPalette(palette)


def _choose_unit(bench: Workbench) -> None:
    """Select the unit with the most spikes: its plots show most."""
    session = bench.model.session
    if session is not None and session.units:
        unit_id = max(session.units, key=lambda name: len(session.units[name].get("spike_times", ())))
        bench.context.selection.select((unit_id,), unit_id)


async def _stillness(window: MainWindow) -> None:
    """Wait until everything is drawn.

    Raises
    ------
    SessionError
        Drawing takes too long.
    """
    loop = asyncio.get_running_loop()
    begun = still_since = loop.time()
    while loop.time() - still_since < _SETTLE_S:
        await asyncio.sleep(_TURN_S)
        if not window.fetcher.is_idle or window.workbench.files.is_busy:
            still_since = loop.time()
        if loop.time() - begun > _LONGEST_S:
            raise SessionError(
                "The window is still drawing after a minute. Try again when the computer is less busy."
            )


def _write(widget: QWidget, path: Path) -> Path:
    if not widget.grab().save(str(path), quality=_SMALLEST):
        raise SessionError(f"The picture {path} cannot be written. Check free space and write permission.")
    return path


def palette_of(*, is_dark: bool) -> QPalette:
    """Return the palette of a light or dark desktop in the Fusion style."""
    if not is_dark:
        return QApplication.style().standardPalette()
    window, base, text = QColor(50, 50, 50), QColor(36, 36, 36), QColor(240, 240, 240)
    palette = QPalette(text, window, window.lighter(150), window.darker(150), window.darker(130), text, base)
    roles, faint = QPalette.ColorRole, QColor(130, 130, 130)
    palette.setColor(roles.Highlight, QColor(48, 140, 198))
    palette.setColor(roles.HighlightedText, text)
    palette.setColor(roles.AlternateBase, QColor(43, 43, 43))
    palette.setColor(roles.PlaceholderText, faint)
    palette.setColor(roles.Link, QColor(110, 180, 240))
    palette.setColor(roles.ToolTipBase, base)
    palette.setColor(roles.ToolTipText, text)
    for role in (roles.Text, roles.WindowText, roles.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, faint)
    return palette
