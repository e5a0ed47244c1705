"""Dialog for the size of exported figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QFormLayout, QWidget

from hdmea_gui.views.explain import explain
from hdmea_gui.views.export import FigurePage
from hdmea_gui.views.numbers import NumberField
from hdmea_gui.window.dialogs.answers import Answers

if TYPE_CHECKING:
    from PySide6.QtWidgets import QPushButton


class FigureDialog(QDialog):
    """Width, height, size of texts and resolution of figures.

    Parameters
    ----------
    page : FigurePage
        The sizes to begin with.
    """

    chosen = Signal(object)
    """Sizes were chosen; carries the page, or None for the size on screen."""

    def __init__(self, page: FigurePage, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Figure Size")
        self.width_mm, self.height_mm = _length(), _length()
        self.font_pt = NumberField(minimum=3.0, maximum=48.0, decimals=1, singleStep=0.5, suffix=" pt")
        self.dpi = NumberField(minimum=50.0, maximum=1200.0, decimals=0, singleStep=50.0, suffix=" dpi")
        fields = {
            self.width_mm: ("Width", "Width of the figure on paper.", page.width_mm),
            self.height_mm: ("Height", "Height of the figure on paper.", page.height_mm),
            self.font_pt: ("Text size", "Size of the texts; lines and symbols grow with it.", page.font_pt),
            self.dpi: ("Resolution", "Pixels per inch of a PNG; SVG and PDF are drawn with lines.", page.dpi),
        }
        form = QFormLayout(self)
        for field, (name, tip, value) in fields.items():
            field.setValue(value)
            field.setAccessibleName(name)
            explain(field, tip)
            form.addRow(name, field)
        self.buttons = Answers(self)
        self.buttons.answer("Save sizes", "Use these sizes for all figures from now on.")
        self.on_screen: QPushButton = self.buttons.command(
            "As on screen", "Export figures in the size on screen."
        )
        self.on_screen.clicked.connect(self._on_screen)
        form.addRow(self.buttons)
        self.accepted.connect(self._on_accepted)
        self.width_mm.setFocus()

    def _on_accepted(self) -> None:
        values = (field.value() for field in (self.width_mm, self.height_mm, self.font_pt, self.dpi))
        self.chosen.emit(FigurePage(*values))

    def _on_screen(self) -> None:
        self.chosen.emit(None)
        self.reject()


def _length() -> NumberField:
    return NumberField(minimum=20.0, maximum=1200.0, decimals=1, singleStep=5.0, suffix=" mm")
