"""Receptive-field geometry under the names used in the file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hdmea_gui.analysis import CannotCompute
from hdmea_gui.analysis.frame_intervals import frame_intervals
from hdmea_gui.analysis.receptive_field import receptive_field
from hdmea_gui.pipeline.recency import is_out_of_date
from hdmea_gui.session.unit import (
    ABSENT_REASON,
    FIELD_CLASS,
    ON_OFF_COL,
    ON_OFF_P,
    ON_OFF_ROW,
    STA_GEOMETRY,
    first_lag_of,
    stas_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

EVIDENCE = "p"
"""Entry of a geometry that was tested for significance."""

RECEPTIVE_FIELD_LIBRARIES = ("scipy.optimize", "scipy.linalg", "scipy.ndimage", "scipy.stats")
"""Slow-to-import modules used for measuring a receptive field."""


def is_tested(geometry: Mapping[str, Any]) -> bool:
    """Whether a geometry was tested for significance, or is absent; earlier programs measured noise as well."""
    return EVIDENCE in geometry or ABSENT_REASON in geometry


def valid_stas_of(unit: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the stimulus STAs of a unit by movie, except those that are out of date."""
    return {movie: feature for movie, feature in stas_of(unit).items() if not is_out_of_date(feature)}


def with_geometry(
    feature: Mapping[str, Any],
    frame_timestamps: NDArray[np.uint64],
    rate_hz: float,
    check_cancelled: Callable[[], None] | None = None,
) -> dict[str, Any]:
    """Return a stimulus STA with the geometry of its receptive field, or the reason why there is none.

    Parameters
    ----------
    feature
        Feature ``sta_<movie>`` of a unit.
    frame_timestamps
        uint64 (n_frames,), samples. Onset of each display frame, ascending.
    rate_hz
        Acquisition rate, Hz.
    check_cancelled
        Called between the parts of the computation; may raise to cancel.

    Returns
    -------
    feature
        Copy of the feature with an entry ``sta_geometry``.
    """
    # the mean, not the median: lags of 60 frames would add up the median's rounding to whole samples
    frame_ms = frame_intervals(frame_timestamps, rate_hz).mean_s * 1e3
    sta = np.asarray(feature["data"])
    geometry: dict[str, Any]
    try:
        geometry = receptive_field(sta, first_lag_of(feature, len(sta)), frame_ms, check_cancelled).as_tree()
    except CannotCompute as absent:
        geometry = {ABSENT_REASON: absent.reason}
    return {**feature, STA_GEOMETRY: _classed(geometry, feature.get("metadata", {}))}


def _classed(geometry: dict[str, Any], found: Mapping[str, Any]) -> dict[str, Any]:
    """Add the class of the field to a geometry; `found` holds what the movie itself shows of an ON-OFF field."""
    is_on_off, is_absent = ON_OFF_ROW in found, ABSENT_REASON in geometry
    if is_on_off and is_absent:
        geometry = geometry | {
            ABSENT_REASON: f"the STA of this ON-OFF cell is flat; its field is around row {found[ON_OFF_ROW]}, "
            f"column {found[ON_OFF_COL]} (p = {found[ON_OFF_P]:.2g})"
        }
    linear = "none" if is_absent else "on" if geometry["polarity"] > 0 else "off"
    return {**geometry, FIELD_CLASS: "on_off" if is_on_off else linear}
