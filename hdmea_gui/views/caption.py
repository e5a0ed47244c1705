"""Captions and choosers around plots."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from hdmea_gui.views.choice_box import ChoiceBox

if TYPE_CHECKING:
    from collections.abc import Iterable

    from PySide6.QtGui import QPaintEvent


class Caption(QLabel):
    """Muted text above or below a plot; it wraps and never widens the view."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWordWrap(True)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        self.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self.setContentsMargins(8, 0, 8, 4)
        # two lines are reserved, so that the plots stay in place when the text gets shorter
        self.setMinimumHeight(2 * self.fontMetrics().lineSpacing() + 8)

    def show_lines(self, heading: Iterable[str], numbers: str) -> None:
        """Show a heading made of several parts, and a line of numbers below it."""
        self.setText(" · ".join(part for part in heading if part) + "\n" + numbers)


class ElidedLabel(QLabel):
    """Label that ends in dots where its text does not fit."""

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Draw as much of the text as there is space for."""
        painter = QPainter(self)
        area = self.contentsRect()
        text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, area.width())
        self.style().drawItemText(
            painter,
            area,
            int(self.alignment()),
            self.palette(),
            self.isEnabled(),
            text,
            self.foregroundRole(),
        )


class Chooser(ChoiceBox):
    """A choice of one name out of several; long names do not widen the view.

    Parameters
    ----------
    tip : str
        What the user chooses.
    names : iterable of str
        The names.
    """

    def __init__(self, tip: str, names: Iterable[str] = ()) -> None:
        super().__init__(tip, tip, names)
        self._wish = ""
        self.activated.connect(self._on_activated)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(8)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def offer(self, names: list[str]) -> None:
        """Replace the names offered; the chosen one is kept if it is among them. No signal is emitted."""
        if names == [self.itemText(number) for number in range(self.count())]:
            return
        chosen = self.currentText()
        # a choice restored from the settings waits until its name is offered
        wished = self._wish if self._wish in names else chosen
        self.blockSignals(True)
        self.clear()
        self.addItems(names)
        self.setCurrentIndex(max(self.findText(wished), 0))
        self.blockSignals(False)

    @property
    def wish(self) -> str:
        """Name that the user chose last, whether or not it is offered now."""
        return self._wish or self.currentText()

    def choose(self, name: str) -> None:
        """Select a name, now or as soon as it is offered."""
        self._wish = name
        if self.findText(name) >= 0:
            self.setCurrentText(name)

    def _on_activated(self) -> None:
        self._wish = self.currentText()


def row_of(*widgets: QWidget | str, stretch: QWidget | None = None) -> QWidget:
    """Put controls side by side; a text becomes a label. One of them may stretch, else all are left-aligned."""
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
    """Stack widgets one above the other, without gaps."""
    column = QWidget()
    layout = QVBoxLayout(column)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(0)
    for widget in widgets:
        layout.addWidget(widget)
    return column
