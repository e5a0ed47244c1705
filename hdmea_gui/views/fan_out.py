"""Positions of units on the chip, spread out where several share an electrode."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hdmea_gui.session.positions import position_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

_REACH = 0.35
"""Distance that units are moved away from a shared electrode, in electrodes."""

_TURN = np.pi * (3 - np.sqrt(5))
"""The golden angle: steps of it fill a disc evenly when the radius grows."""


def chip_positions(units: Iterable[Mapping[str, Any]]) -> NDArray[np.float64]:
    """Return the electrodes of units, float64 (n_units, 2), column and row, from 1; NaN if unknown.

    Stored rows and columns are the vendor's, 1-based; some scripts wrote 0 for an unknown position.
    """
    places = [position_of(unit) or (np.nan, np.nan) for unit in units]
    return np.array(places, np.float64).reshape(-1, 2)[:, ::-1]


def fan_out(positions: NDArray[np.float64]) -> NDArray[np.float64]:
    """Spread out positions that coincide, by less than half the electrode pitch.

    Parameters
    ----------
    positions : ndarray
        float64 (n_units, 2), electrodes. Whole numbers or NaN.

    Returns
    -------
    ndarray
        float64 (n_units, 2), electrodes. A unit alone at its electrode has not moved.
    """
    moved = positions.copy()
    known = np.flatnonzero(np.isfinite(positions).all(axis=1))
    _, place = np.unique(positions[known], axis=0, return_inverse=True)
    place = place.reshape(-1)
    for shared in np.flatnonzero(np.bincount(place) > 1):
        members = known[place == shared]
        number = np.arange(len(members))
        angle = _TURN * number if len(members) > 6 else 2 * np.pi * number / len(members)
        radius = _REACH * (np.sqrt((number + 0.5) / len(members)) if len(members) > 6 else 1.0)
        moved[members] += np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])
    return moved
