"""Legend of the units in a plot."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from hdmea_gui.views.theme import UNIT_COLOURS

if TYPE_CHECKING:
    from collections.abc import Sequence


class UnitLegend(QLabel):
    """The units of a plot in their colours, and a note."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setWordWrap(True)
        self.setContentsMargins(8, 2, 8, 2)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)

    def show_units(self, unit_ids: Sequence[str], note: str) -> None:
        """Show the ids of the units drawn, followed by a note."""
        names = [
            f'<span style="color:{colour}">&#9632;</span>&nbsp;{escape(unit_id)}'
            for unit_id, colour in zip(unit_ids, UNIT_COLOURS, strict=False)
        ]
        text = (3 * "&nbsp;").join([*names, escape(note)])
        if text != self.text():
            self.setText(text)
