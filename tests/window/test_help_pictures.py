"""The drawings of the help: there, right for the steps, and readable on light and dark grounds."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from PySide6.QtCore import QUrl
from PySide6.QtGui import QColor, QImage, QPalette, QTextDocument

from hdmea_gui.io.resources import resources_dir
from hdmea_gui.pipeline.steps import STEPS
from hdmea_gui.window.dialogs.text import TextDialog
from hdmea_gui.window.screenshots import palette_of

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

HELP = resources_dir() / "help"


def ink_of(dialog: TextDialog, name: str) -> QColor:
    """Colour of the words in a drawing: the one farthest from the ground."""
    kind = QTextDocument.ResourceType.ImageResource.value
    image = dialog.browser.loadResource(kind, QUrl(name))
    assert isinstance(image, QImage)
    colours = [
        image.pixelColor(x, y) for x in range(0, image.width(), 2) for y in range(0, image.height(), 2)
    ]
    opaque = [colour for colour in colours if colour.alpha() == 255]
    ground = dialog.browser.palette().color(QPalette.ColorRole.Base).lightness()
    return max(opaque, key=lambda colour: abs(colour.lightness() - ground))


def test_every_picture_of_the_help_is_drawn_in_the_colours_of_the_window(qtbot: QtBot) -> None:
    text = (HELP / "how-it-works.md").read_text(encoding="utf-8")
    pictures = re.findall(r"!\[[^]]+\]\(([^)]+)\)", text)
    assert pictures == ["saving.svg", "steps.svg", "clocks.svg"]
    dialog = TextDialog("How It Works", text, HELP)
    qtbot.addWidget(dialog)
    for is_dark in (False, True):
        dialog.browser.setPalette(palette_of(is_dark=is_dark))
        for name in pictures:
            assert (ink_of(dialog, name).lightness() > 128) is is_dark, name


def test_the_drawing_of_the_steps_names_every_step() -> None:
    words = set(re.findall(r">([^<>\n]+)</text>", (HELP / "steps.svg").read_text(encoding="utf-8")))
    titles = {"Light-triggered" if step.key == "add_section_time_analog" else step.title for step in STEPS}
    assert words == titles
