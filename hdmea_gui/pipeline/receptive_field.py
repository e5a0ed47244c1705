"""The geometry of a receptive field, in the names of the file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hdmea_gui.analysis import CannotCompute
from hdmea_gui.analysis.frame_intervals import frame_intervals
from hdmea_gui.analysis.receptive_field import receptive_field
from hdmea_gui.pipeline.recency import is_out_of_date

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

RECEPTIVE_FIELD_LIBRARIES = ("scipy.optimize", "scipy.linalg", "scipy.ndimage")
"""Modules that take long to import and that describing a receptive field uses."""


def stas_of(unit: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The stimulus STAs of a unit by name, without those of movies that were not shown after all."""
    return {
        name: feature
        for name, feature in unit.get("features", {}).items()
        if name.startswith("sta_") and not is_out_of_date(feature)
    }


def with_geometry(
    feature: Mapping[str, Any],
    frame_timestamps: NDArray[np.uint64],
    rate_hz: float,
    check_cancelled: Callable[[], None] | None = None,
) -> dict[str, Any]:
    """A stimulus STA with the geometry of its receptive field, or with the reason why there is none.

    Parameters
    ----------
    feature : mapping
        The feature ``sta_<movie>`` of a unit.
    frame_timestamps : ndarray
        uint64 (n_frames,), sample of every display frame.
    rate_hz : float
        Acquisition rate.
    check_cancelled : callable, optional
        Called some times; may raise to stop.
    """
    frame_ms = frame_intervals(frame_timestamps, rate_hz).mean_s * 1e3
    first_lag = int(feature["metadata"]["cover_range"][0])
    geometry: dict[str, Any]
    try:
        geometry = receptive_field(
            np.asarray(feature["data"]), first_lag, frame_ms, check_cancelled
        ).as_tree()
    except CannotCompute as absent:
        geometry = {"absent_reason": absent.reason}
    return {**feature, "sta_geometry": geometry}
