"""Data that the receptive-field views draw, taken from the features of a unit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hdmea_gui.analysis.frame_intervals import frame_intervals
from hdmea_gui.pipeline.recency import OUT_OF_DATE, is_out_of_date
from hdmea_gui.session.unit import (
    ABSENT_REASON,
    FIELD_CLASS,
    STA_GEOMETRY,
    first_lag_of,
    n_spikes_used,
    receptive_field_of,
)
from hdmea_gui.views.frames import Frames, Lags, Pixel, round_limit
from hdmea_gui.views.map_plot import ellipse
from hdmea_gui.views.view import Empty

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hdmea_gui.models.arrays import Arrays
    from hdmea_gui.session.recording import RecordingReader

UNIT = "grey levels"
"""Unit of the values of a movie and of its spike-triggered averages."""


def lags_of(feature: Mapping[str, Any], n_lags: int, frame_ms: float | None) -> Lags:
    """Return the lags of the frames of an STA, from its window and the duration of a display frame (ms)."""
    first = first_lag_of(feature, n_lags)
    frames = np.arange(first, first + n_lags, dtype=np.float64)
    return Lags(frames, "frames") if frame_ms is None else Lags(frames * frame_ms, "ms")


def frame_interval_ms(recording: RecordingReader, arrays: Arrays) -> float | None:
    """Return the mean duration of a display frame in ms; None if unknown or not read yet."""
    frames = arrays.get(recording.frames)
    if frames is None or frames.size < 2 or not recording.has_rate:
        return None
    return frame_intervals(frames, recording.rate_hz).mean_s * 1e3


@dataclass(frozen=True)
class StaPicture:
    """An STA, ready to be drawn.

    Parameters
    ----------
    frames : Frames
        STA minus its overall mean.
    spatial : ndarray
        float32 (height, width), grey levels. Map at the peak.
    peak : int
        Index of the peak lag.
    centre : tuple of int
        Row and column of the centre pixel.
    """

    frames: Frames
    spatial: NDArray[np.float32]
    peak: int
    centre: Pixel


def picture_of(data: NDArray[Any], feature: Mapping[str, Any], frame_ms: float | None) -> StaPicture | None:
    """Return an STA ready to be drawn, or None if it holds NaN.

    Parameters
    ----------
    data : ndarray
        Any float (n_lags, height, width), grey levels.
    feature : mapping
        The feature that holds the STA.
    frame_ms : float or None
        Duration of a display frame.
    """
    geometry = receptive_field_of(feature)
    movie = np.asarray(data, np.float32)
    if movie.ndim != 3 or not movie.size or not np.isfinite(movie).all():
        return None
    deviation = movie - np.float32(movie.mean(dtype=np.float64))
    largest = np.abs(deviation).max(axis=(1, 2))
    peak = min(int(geometry.get("peak_frame", largest.argmax())), len(movie) - 1)
    spatial = np.asarray(geometry.get("spatial_map", deviation[peak]), np.float32)
    if spatial.shape != movie.shape[1:]:
        spatial = deviation[peak]
    limit = round_limit(max(float(largest.max()), float(np.abs(spatial).max())))
    frames = Frames(deviation, lags_of(feature, len(movie), frame_ms), limit)
    return StaPicture(frames, spatial, peak, _centre(spatial, geometry))


def map_of(source: NDArray[Any]) -> NDArray[np.float32]:
    """Return the map of a receptive field at its own peak, float32 (height, width), grey levels.

    Parameters
    ----------
    source : ndarray
        Any float (height, width), a spatial map, or (n_lags, height, width), an STA without one.
    """
    if source.ndim != 3:
        return np.asarray(source, np.float32)
    deviation = np.asarray(source, np.float32) - np.float32(source.mean(dtype=np.float64))
    return np.asarray(deviation[int(np.abs(deviation).max(axis=(1, 2)).argmax())])


def _centre(spatial: NDArray[np.float32], geometry: Mapping[str, Any]) -> Pixel:
    fit = geometry.get("gaussian_fit", {})
    candidates = [
        (fit.get("center_y", np.nan), fit.get("center_x", np.nan)),
        (geometry.get("center_row", np.nan), geometry.get("center_col", np.nan)),
    ]
    for row, col in candidates:
        if -0.5 <= row < spatial.shape[0] - 0.5 and -0.5 <= col < spatial.shape[1] - 0.5:
            return round(row), round(col)
    row, col = np.unravel_index(int(np.abs(spatial).argmax()), spatial.shape)
    return int(row), int(col)


@dataclass(frozen=True)
class FieldEllipse:
    """Gaussian fitted to a receptive field; lengths in pixels, angle in radians."""

    x: float
    y: float
    sigma_x: float
    sigma_y: float
    theta: float
    amplitude: float
    r_squared: float

    def path(self, times: float = 1.0) -> NDArray[np.float64]:
        """Return the outline at a number of standard deviations, float64 (n_points, 2), pixels; x and y."""
        return ellipse((self.x, self.y), (times * self.sigma_x, times * self.sigma_y), self.theta)

    def distance(self, x: float, y: float) -> float:
        """Return the distance of a place from the centre, in standard deviations."""
        dx, dy = x - self.x, y - self.y
        along = (dx * np.cos(self.theta) + dy * np.sin(self.theta)) / self.sigma_x
        across = (-dx * np.sin(self.theta) + dy * np.cos(self.theta)) / self.sigma_y
        return float(np.hypot(along, across))


def ellipse_of(geometry: Mapping[str, Any]) -> FieldEllipse | None:
    """Return the fitted Gaussian of a geometry, or None if the fit failed."""
    fit = geometry.get("gaussian_fit", {})
    names = ("center_x", "center_y", "sigma_x", "sigma_y", "theta", "amplitude", "r_squared")
    values = [float(fit.get(name, 0.0 if name == "theta" else np.nan)) for name in names]
    # an ellipse can be drawn without its R²
    return FieldEllipse(*values) if np.isfinite(values[:6]).all() else None


@dataclass(frozen=True)
class Field:
    """The receptive field of one unit.

    Parameters
    ----------
    unit_id : str
        The unit.
    map : ndarray
        float32 (height, width), grey levels. STA minus its mean, at the unit's own peak.
    fit : FieldEllipse or None
        The fitted Gaussian.
    """

    unit_id: str
    map: NDArray[np.float32]
    fit: FieldEllipse | None


def numbers_of(feature: Mapping[str, Any]) -> str:
    """Return the geometry of an STA in one line."""
    geometry, parts = receptive_field_of(feature), []
    if "polarity" in geometry:
        polarity = "ON" if geometry["polarity"] > 0 else "OFF"
        parts.append("ON-OFF" if geometry.get(FIELD_CLASS) == "on_off" else polarity)
    fit = ellipse_of(geometry)
    if fit is not None:
        parts += [
            f"column {fit.x:.2f}, row {fit.y:.2f}",
            f"σ {abs(fit.sigma_x):.2f} × {abs(fit.sigma_y):.2f} pixels, {np.degrees(fit.theta):.0f}°",
            f"R² {fit.r_squared:.2f}",
        ]
    elif geometry:
        parts.append("no Gaussian fit")
    else:
        parts.append(feature.get(STA_GEOMETRY, {}).get(ABSENT_REASON, "not fitted yet"))
    parts += [
        f"{title} {float(geometry[name]):.1f}{unit}"
        for name, title, unit in (("peak_lag_ms", "peak", " ms"), ("snr", "SNR", ""))
        if name in geometry
    ]
    numbers = " · ".join(parts).replace("-", "−")
    return (
        f"out of date: {feature['metadata'][OUT_OF_DATE]} · {numbers}" if is_out_of_date(feature) else numbers
    )


def spikes_of(feature: Mapping[str, Any]) -> str:
    """Return the number of spikes used for a feature, as text."""
    spikes = n_spikes_used(feature)
    return "" if spikes is None else f"{spikes} spikes"


NO_STA = Empty(
    "No STAs yet.",
    "compute_sta",
    "Compute stimulus STA",
)
"""Message of the views when no unit has an STA."""
