"""Changes of the selection when units are picked with the mouse."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

if TYPE_CHECKING:
    from collections.abc import Collection

    from hdmea_gui.models.selection import Selection

_ADDING = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier


def pick(selection: Selection, unit_id: str, modifiers: Qt.KeyboardModifier) -> None:
    """Select a unit; with Ctrl or Shift, add it to the selection or remove it."""
    if not modifiers & _ADDING:
        selection.select((unit_id,), unit_id)
    elif unit_id in selection.units and len(selection.units) > 1:  # the last one stays selected
        selection.select(other for other in selection.units if other != unit_id)
    else:
        pick_all(selection, (unit_id,), modifiers)
        selection.select(selection.units, unit_id)


def pick_all(selection: Selection, unit_ids: Collection[str], modifiers: Qt.KeyboardModifier) -> None:
    """Select units; with Ctrl or Shift, add them to the selection. No units leave it unchanged."""
    if not unit_ids:
        return
    picked = set(unit_ids) | (set(selection.units) if modifiers & _ADDING else set())
    # in the order of the table
    selection.select(unit_id for unit_id in selection.visible if unit_id in picked)
