"""Arrangement of the electrodes of a recording, and the positions of its units on it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from hdmea_gui.settings import load_settings
from hdmea_gui.sources import ProbeGeometry

if TYPE_CHECKING:
    from hdmea_gui.sources import RawSource, SortingSource, SourceUnit


@dataclass(frozen=True)
class KnownProbe:
    """What is known of the electrodes: their grid, and where its pitch comes from if there is one."""

    grid: ProbeGeometry
    pitch_from: str

    def as_stored(self) -> dict[str, Any]:
        """Return what a session holds of the grid."""
        stored: dict[str, Any] = {"n_rows": self.grid.n_rows, "n_cols": self.grid.n_cols}
        if self.grid.pitch_um is not None:
            stored |= {"pitch_um": self.grid.pitch_um, "pitch_from": self.pitch_from}
        return stored

    def position_um(self, unit: SourceUnit) -> tuple[float, float] | None:
        """Return x and y of a unit's main electrode by its row and column, micrometres; None if they are unknown."""
        if unit.row is None or unit.column is None:
            return None
        return self.grid.position_of(unit.row, unit.column)


def probe_of(raw: RawSource | None, sorting: SortingSource | None) -> KnownProbe | None:
    """Return the grid as the raw source states it, else the sorting; the pitch as either does, else the preferences."""
    grids = [source.probe for source in (raw, sorting) if source is not None and source.probe is not None]
    if not grids:
        return None
    pitch_um = next((grid.pitch_um for grid in grids if grid.pitch_um), None)
    if pitch_um is not None:
        return KnownProbe(replace(grids[0], pitch_um=pitch_um), "the files")
    return KnownProbe(replace(grids[0], pitch_um=load_settings().sensor_pitch_um), "the preferences")
