"""Arrangement of the electrodes of a recording, and the positions of its units on it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from hdmea_gui.settings import load_settings

if TYPE_CHECKING:
    from hdmea_gui.sources import ProbeGeometry, RawSource, SortingSource, SourceUnit


def probe_of(raw: RawSource | None, sorting: SortingSource | None) -> ProbeGeometry | None:
    """Return the grid as the raw source states it, else the sorting, with the pitch that either states."""
    known = [source.probe for source in (raw, sorting) if source is not None and source.probe is not None]
    if not known:
        return None
    return replace(known[0], pitch_um=next((each.pitch_um for each in known if each.pitch_um), None))


def with_usual_pitch(probe: ProbeGeometry) -> ProbeGeometry:
    """Return the grid with the pitch of the preferences, if its files state none."""
    return probe if probe.pitch_um else replace(probe, pitch_um=load_settings().sensor_pitch_um)


def stored_probe(stated: ProbeGeometry) -> dict[str, Any]:
    """Return what a session holds of the grid, given what the files state."""
    probe = with_usual_pitch(stated)
    grid: dict[str, Any] = {"n_rows": probe.n_rows, "n_cols": probe.n_cols}
    if probe.pitch_um is None:
        return grid
    return grid | {
        "pitch_um": probe.pitch_um,
        "pitch_from": "the files" if stated.pitch_um else "the preferences",
    }


def position_um(unit: SourceUnit, probe: ProbeGeometry | None) -> tuple[float | None, float | None]:
    """Return x and y of a unit's main electrode, micrometres: as the sorter states them, else by its row and column."""
    if unit.x_um is not None or probe is None or unit.row is None or unit.column is None:
        return unit.x_um, unit.y_um
    return probe.position_of(unit.row, unit.column) or (None, None)
