"""Keys that step through units and label them, in the table and in every plot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent

_STEPS = {int(Qt.Key.Key_Up): -1, int(Qt.Key.Key_Down): 1}
_LABELS = {
    int(Qt.Key.Key_G): "good",
    int(Qt.Key.Key_M): "MUA",
    int(Qt.Key.Key_N): "noise",
    int(Qt.Key.Key_U): "",
}


def step_of(event: QKeyEvent) -> int | None:
    """Return the number of units that a key moves by in the table; None for any other key."""
    return _STEPS.get(event.key()) if _is_plain(event) else None


def label_of(event: QKeyEvent) -> str | None:
    """Return the label that a key sets, empty to remove it; None for any other key."""
    return _LABELS.get(event.key()) if _is_plain(event) else None


def _is_plain(event: QKeyEvent) -> bool:
    return event.modifiers() in {Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier}
