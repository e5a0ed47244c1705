"""The geometry of a receptive field, in the names of the file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hdmea_gui.analysis import CannotCompute
from hdmea_gui.analysis.receptive_field import receptive_field

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray


def with_geometry(
    feature: Mapping[str, Any], frame_timestamps: NDArray[np.uint64], rate_hz: float
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
    """
    frame_ms = float(np.median(np.diff(frame_timestamps.astype(np.int64)))) / rate_hz * 1e3
    first_lag = int(feature["metadata"]["cover_range"][0])
    geometry: dict[str, Any]
    try:
        geometry = receptive_field(np.asarray(feature["data"]), first_lag, frame_ms).as_tree()
    except CannotCompute as absent:
        geometry = {"absent_reason": absent.reason}
    return {**feature, "sta_geometry": geometry}
