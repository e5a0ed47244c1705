"""Keys as a user presses them: each goes to whatever has the keyboard at that moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QKeyEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit, QWidget

if TYPE_CHECKING:
    from hdmea_gui.views.unit_table import UnitTable

PLAIN, CTRL = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier


def focused() -> QWidget:
    """What has the keyboard."""
    widget = QApplication.focusWidget()
    assert widget is not None
    return widget


def press(key: Qt.Key, modifier: Qt.KeyboardModifier = PLAIN) -> None:
    """Press a key."""
    QTest.keyClick(focused(), key, modifier)


def type_keys(text: str) -> None:
    """Press the keys of a text."""
    for letter in text:
        if letter.isascii():
            QTest.keyClicks(focused(), letter)
        else:  # QTest knows no others
            for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
                QApplication.sendEvent(focused(), QKeyEvent(kind, ord(letter.upper()), PLAIN, letter))


def edit_cell(table: UnitTable, unit_id: str, field: str) -> QWidget:
    """Double-click a cell of the table; return its editor."""
    row = table.table.row_of(unit_id)
    assert row is not None
    column = keys(table).index(f"unit.{field}" if f"unit.{field}" in keys(table) else field)
    index = table.table.index(row, column)
    table.view.scrollTo(index)
    centre = table.view.visualRect(index).center()
    QTest.mouseClick(table.view.viewport(), Qt.MouseButton.LeftButton, PLAIN, centre)
    QTest.mouseDClick(table.view.viewport(), Qt.MouseButton.LeftButton, PLAIN, centre)
    editor = focused()
    assert isinstance(editor, QComboBox if field == "label" else QLineEdit)
    return editor


def keys(table: UnitTable) -> list[str]:
    """Keys of the columns shown."""
    return [shown.key for shown in table.table.shown]


def turn_wheel(widget: QWidget, notches: int = -1) -> None:
    """Turn the wheel over the middle of a widget, as far as it goes up to the window."""
    centre = QPointF(widget.rect().center())
    event = QWheelEvent(
        centre,
        QPointF(widget.mapToGlobal(centre.toPoint())),
        QPoint(),
        QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton,
        PLAIN,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(widget, event)
