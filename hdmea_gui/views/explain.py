"""Tooltips, What's This texts and names of controls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QComboBox, QLineEdit, QToolButton

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget


def explain(control: QWidget, text: str) -> None:
    """Set the tooltip and the What's This text of a control."""
    control.setToolTip(text)
    control.setWhatsThis(text)


def name_for_readers(control: QWidget, name: str) -> None:
    """Set the name that a screen reader says of a control, and of the parts that Qt adds to it."""
    control.setAccessibleName(name)
    if isinstance(control, QComboBox):
        control.view().setAccessibleName(name)
        if (line := control.lineEdit()) is not None:
            line.setAccessibleName(name)
    elif isinstance(control, QLineEdit):
        for button in control.findChildren(QToolButton):
            button.setAccessibleName(f"Clear {name}")
