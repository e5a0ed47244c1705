"""Pictures of the window on a session, light and dark, taken without anybody in front of it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NoReturn

from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QWidget

from hdmea_gui.errors import SessionError
from hdmea_gui.window.ask import Ask
from hdmea_gui.window.dialogs.threshold import ThresholdDialog

if TYPE_CHECKING:
    from pathlib import Path

    from hdmea_gui.window.main_window import MainWindow
    from hdmea_gui.workers.failure import Failure

_SIZE: Final = (1600, 960)
_TURN_S: Final = 0.02
_SETTLE_S: Final = 0.3
_LONGEST_S: Final = 60.0
_SMALLEST: Final = 0
"""Quality of a PNG as Qt counts: the picture is the same, the file smaller."""


@dataclass(frozen=True)
class Shot:
    """One picture.

    Parameters
    ----------
    name : str
        Name of its file, without the ending.
    views : tuple of str
        Views that stand in front.
    is_dark : bool
        Whether light text stands on a dark ground.
    action : str
        What opens the dialog that is taken instead of the window; empty for the window.
    """

    name: str
    views: tuple[str, ...] = ()
    is_dark: bool = False
    action: str = ""


SHOTS: Final[tuple[Shot, ...]] = (
    Shot("window", ("receptive_field", "raster_psth")),
    Shot("window-dark", ("electrical_image", "spike_train"), is_dark=True),
    Shot("all-receptive-fields", ("all_receptive_fields", "stimulus")),
    Shot("threshold", action="pick_threshold"),
)
"""What is taken, in the order of the README."""


class Nobody(Ask):
    """Answers no question: there is nobody in front of the window."""

    def __init__(self) -> None:
        pass

    def show_failure(self, failure: Failure) -> NoReturn:
        """Raise the failure instead of showing it."""
        raise SessionError(failure.message)


async def take_screenshots(window: MainWindow, session: Path, folder: Path) -> list[Path]:
    """Open a session in a window, look at it in several ways, and write a picture of each as PNG.

    Parameters
    ----------
    window : MainWindow
        The window, shown.
    session : Path
        File of the session.
    folder : Path
        Where the pictures go; it is made.

    Raises
    ------
    SessionError
        The session cannot be opened, or a picture not be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    window.resize(*_SIZE)
    await window.files.open(session)
    return [await _take(window, shot, folder) for shot in SHOTS]


async def _take(window: MainWindow, shot: Shot, folder: Path) -> Path:
    before = QApplication.palette()
    taken: QWidget = window
    _set_palette(palette_of(is_dark=shot.is_dark))
    try:
        window.docks.reset()
        _choose_unit(window)
        for key in shot.views:
            window.docks.bring(key)
        if shot.action:
            window.command(shot.action)()
            taken = window.findChildren(ThresholdDialog)[-1]
        await _stillness(window)
        return _write(taken, folder / f"{shot.name}.png")
    finally:
        if taken is not window:
            taken.close()
        _set_palette(before)


def _set_palette(palette: QPalette) -> None:
    """Give the program other colours, unless it has them: every widget is drawn again."""
    if palette != QApplication.palette():
        QApplication.setPalette(palette)


def _choose_unit(window: MainWindow) -> None:
    """Select the unit of the most spikes: it shows most."""
    session = window.model.session
    if session is not None and session.units:
        unit_id = max(session.units, key=lambda name: len(session.units[name].get("spike_times", ())))
        window.context.selection.select((unit_id,), unit_id)


async def _stillness(window: MainWindow) -> None:
    """Wait until everything is drawn.

    Raises
    ------
    SessionError
        It takes too long.
    """
    loop = asyncio.get_running_loop()
    begun = still_since = loop.time()
    while loop.time() - still_since < _SETTLE_S:
        await asyncio.sleep(_TURN_S)
        if not window.fetcher.is_idle or window.files.is_busy:
            still_since = loop.time()
        if loop.time() - begun > _LONGEST_S:
            raise SessionError(
                "The window is still drawing after a minute. Start again on a quieter machine."
            )


def _write(widget: QWidget, path: Path) -> Path:
    if not widget.grab().save(str(path), quality=_SMALLEST):
        raise SessionError(f"The picture {path} cannot be written. Is there room, and may you write there?")
    return path


def palette_of(*, is_dark: bool) -> QPalette:
    """The colours of a light or a dark desktop, as the style Fusion has them."""
    if not is_dark:
        return QApplication.style().standardPalette()
    ground, base, text = QColor(50, 50, 50), QColor(36, 36, 36), QColor(240, 240, 240)
    palette = QPalette(text, ground, ground.lighter(150), ground.darker(150), ground.darker(130), text, base)
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
