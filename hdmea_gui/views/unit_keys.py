"""Keys that mean units wherever units are shown: in the table and in every plot."""

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
    """By how many units a key goes on in the table; None where it means something else."""
    return _STEPS.get(event.key()) if _is_plain(event) else None


def label_of(event: QKeyEvent) -> str | None:
    """The label that a key gives, empty to take it away; None where it means something else."""
    return _LABELS.get(event.key()) if _is_plain(event) else None


def _is_plain(event: QKeyEvent) -> bool:
    return event.modifiers() in {Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier}
