"""What a control says of itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget


def explain(control: QWidget, words: str) -> None:
    """Let a control say what it does, when the mouse rests on it and when the user asks what it is."""
    control.setToolTip(words)
    control.setWhatsThis(words)
