"""Keys that step through units and label them, in the table and in every plot."""

from __future__ import annotations

import sys
import unicodedata
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt

if TYPE_CHECKING:
    from PySide6.QtGui import QInputMethodEvent, QKeyEvent

LABEL_KEYS: Final = {"G": "good", "M": "MUA", "N": "noise", "U": ""}
"""Label that each letter sets; an empty one removes the label."""

_STEPS = {int(Qt.Key.Key_Up): -1, int(Qt.Key.Key_Down): 1}
_PLAIN = {Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier}
_SCAN_CODES = {"win32": {0x22: "G", 0x32: "M", 0x31: "N", 0x16: "U"}}.get(
    sys.platform, {42: "G", 58: "M", 57: "N", 30: "U"}
)
_RUSSIAN = {"П": "G", "Ь": "M", "Т": "N", "Г": "U"}
_MAC_KEYS = {5: "G", 46: "M", 45: "N", 32: "U"}
"""Letters on the keys of a keyboard with Latin letters, by the numbers that Windows, X11 and Wayland, and macOS use;
and the letters in their places on a Russian one, for remote screens that do not pass on the numbers."""


def step_of(event: QKeyEvent) -> int | None:
    """Return the number of units that a key moves by in the table; None for any other key."""
    return _STEPS.get(event.key()) if _is_plain(event) else None


def label_of(event: QKeyEvent) -> str | None:
    """Return the label that a key sets, empty to remove it; None for any other key.

    On layouts whose letters are not Latin, the key in the place of the Latin letter counts.
    """
    if not _is_plain(event):
        return None
    code = event.key()
    if Qt.Key.Key_A.value <= code <= Qt.Key.Key_Z.value:
        return LABEL_KEYS.get(chr(code))
    typed = unicodedata.normalize("NFKC", event.text())
    if typed.isascii():
        return LABEL_KEYS.get(typed.upper())
    letter = _letter_at(event) or _RUSSIAN.get(typed.upper(), "")
    return LABEL_KEYS.get(letter) if typed.isalpha() else None


def label_of_input(event: QInputMethodEvent) -> str | None:
    """Return the label that a letter sets when an input method passes it on; None for any other text."""
    typed = unicodedata.normalize("NFKC", event.commitString() or event.preeditString())
    return LABEL_KEYS.get(typed.upper())


def _letter_at(event: QKeyEvent) -> str:
    """Return the Latin letter in the place of a key; empty for other keys."""
    if sys.platform == "darwin":
        return _MAC_KEYS.get(event.nativeVirtualKey(), "")
    return _SCAN_CODES.get(event.nativeScanCode(), "")


def _is_plain(event: QKeyEvent) -> bool:
    return event.modifiers() in _PLAIN
