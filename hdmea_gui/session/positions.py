"""Positions of units on the chip, as the sorter states them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hdmea_gui.io.store import TO_BE_RECOMPUTED

if TYPE_CHECKING:
    from collections.abc import Mapping


def position_of(unit: Mapping[str, Any]) -> tuple[int, int] | None:
    """Return row and column of a unit's sensor (the vendor's, 1-based), or None if they are missing or wrong."""
    row, column = unit.get("row", 0), unit.get("col", 0)
    return None if has_unreliable_position(unit) or min(row, column) < 1 else (int(row), int(column))


def has_unreliable_position(unit: Mapping[str, Any]) -> bool:
    """Whether row, column and sensor of a unit were computed incorrectly by other scripts and must be recomputed."""
    return bool(unit.get("position") == TO_BE_RECOMPUTED)
