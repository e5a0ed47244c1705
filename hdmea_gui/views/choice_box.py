"""A list to choose from that keeps its choice while the wheel passes over it, and has a name for screen readers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QComboBox

from hdmea_gui.views.explain import explain, name_for_readers
from hdmea_gui.views.wheel import ignore_wheel

if TYPE_CHECKING:
    from collections.abc import Iterable


class ChoiceBox(QComboBox):
    """A choice of one item out of several.

    Parameters
    ----------
    name : str
        What a screen reader calls it.
    tip : str
        What the user chooses.
    items : iterable of str
        The items, the first of which is chosen.
    """

    def __init__(self, name: str, tip: str, items: Iterable[str] = ()) -> None:
        super().__init__()
        self.addItems(list(items))
        ignore_wheel(self, with_focus=False)
        explain(self, tip)
        name_for_readers(self, name)
