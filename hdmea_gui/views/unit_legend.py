"""Legend of the units, or of the curves, in a plot."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from hdmea_gui.views.theme import UNIT_COLOURS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


@dataclass(frozen=True)
class Entry:
    """A name in a legend with the colour and the mark that stand for it in the plot.

    Parameters
    ----------
    colour : str or QColor
        The colour.
    name : str
        The name.
    mark : str
        The mark; a square by default.
    """

    colour: str | QColor
    name: str
    mark: str = "■"


class UnitLegend(QLabel):
    """What the colours of a plot stand for, and a note."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setWordWrap(True)
        self.setContentsMargins(8, 2, 8, 2)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)

    def show_units(self, unit_ids: Sequence[str], note: str) -> None:
        """Show the ids of the units drawn, followed by a note."""
        self.show_entries(entries_of_units(unit_ids), note)

    def show_entries(self, entries: Iterable[Entry], note: str) -> None:
        """Show names with their colours, followed by a note."""
        names = [
            f'<span style="color:{_name(entry.colour)}">{entry.mark}</span>&nbsp;{_unbroken(entry.name)}'
            for entry in entries
        ]
        text = (3 * "&nbsp;" + " ").join([*names, escape(note)])
        if text != self.text():
            self.setText(text)


def entries_of_units(unit_ids: Iterable[str]) -> list[Entry]:
    """Return the ids of units in their colours."""
    return [Entry(colour, unit_id) for unit_id, colour in zip(unit_ids, UNIT_COLOURS, strict=False)]


def _name(colour: str | QColor) -> str:
    return colour if isinstance(colour, str) else colour.name()


def _unbroken(name: str) -> str:
    return escape(name).replace(" ", "&nbsp;")
