"""Tooltips and What's This texts of controls."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget


def explain(control: QWidget, text: str) -> None:
    """Set the tooltip and the What's This text of a control."""
    control.setToolTip(text)
    control.setWhatsThis(text)
