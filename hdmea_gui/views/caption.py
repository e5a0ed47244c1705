"""Texts and choosers that stand beside plots."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from hdmea_gui.views.explain import explain

if TYPE_CHECKING:
    from collections.abc import Iterable


class Caption(QLabel):
    """A quiet line of numbers under or above a plot; it wraps, and never widens the view."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWordWrap(True)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        self.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self.setContentsMargins(8, 0, 8, 4)
        # so that a shorter text moves nothing
        self.setMinimumHeight(2 * self.fontMetrics().lineSpacing() + 8)

    def show_lines(self, heading: Iterable[str], numbers: str) -> None:
        """Show what is drawn, in parts, and its numbers below."""
        self.setText(" · ".join(part for part in heading if part) + "\n" + numbers)


class Chooser(QComboBox):
    """A choice of one among several names; long ones do not widen the view.

    Parameters
    ----------
    tip : str
        What is chosen.
    names : iterable of str
        The names.
    """

    def __init__(self, tip: str, names: Iterable[str] = ()) -> None:
        super().__init__()
        self._wish = ""
        self.addItems(list(names))
        self.activated.connect(self._on_activated)
        explain(self, tip)
        self.setAccessibleName(tip)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(8)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def offer(self, names: list[str]) -> None:
        """Offer other names; the chosen one stays if it is among them. Nothing is emitted."""
        if names == [self.itemText(number) for number in range(self.count())]:
            return
        chosen = self.currentText()
        wished = self._wish if self._wish in names else chosen
        self.blockSignals(True)
        self.clear()
        self.addItems(names)
        self.setCurrentIndex(max(self.findText(wished), 0))
        self.blockSignals(False)

    @property
    def wish(self) -> str:
        """The name that the user has chosen last, offered now or not."""
        return self._wish or self.currentText()

    def choose(self, name: str) -> None:
        """Choose a name, now or as soon as it is offered."""
        self._wish = name
        if self.findText(name) >= 0:
            self.setCurrentText(name)

    def _on_activated(self) -> None:
        self._wish = self.currentText()


def row_of(*widgets: QWidget | str, stretch: QWidget | None = None) -> QWidget:
    """Controls side by side, a text being a label; one of them takes the room, else they keep to the left."""
    row = QWidget()
    layout = QHBoxLayout(row)
    layout.setContentsMargins(8, 4, 8, 0)
    for widget in widgets:
        layout.addWidget(
            QLabel(widget) if isinstance(widget, str) else widget, stretch=int(widget is stretch)
        )
    if stretch is None:
        layout.addStretch()
    return row


def column_of(*widgets: QWidget) -> QWidget:
    """Widgets one above the other, without gaps."""
    column = QWidget()
    layout = QVBoxLayout(column)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(0)
    for widget in widgets:
        layout.addWidget(widget)
    return column
