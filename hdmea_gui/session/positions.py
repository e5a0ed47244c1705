"""Where units lie on the chip, as far as the sorter has told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hdmea_gui.io.store import TO_BE_RECOMPUTED

if TYPE_CHECKING:
    from collections.abc import Mapping


def position_of(unit: Mapping[str, Any]) -> tuple[int, int] | None:
    """Row and column of a unit's sensor, the vendor's (1-based); None where they are missing or wrong."""
    row, column = unit.get("row", 0), unit.get("col", 0)
    return None if has_unreliable_position(unit) or min(row, column) < 1 else (int(row), int(column))


def has_unreliable_position(unit: Mapping[str, Any]) -> bool:
    """Whether row, column and sensor of a unit were made wrongly by other scripts and are to be recomputed."""
    return bool(unit.get("position") == TO_BE_RECOMPUTED)
