"""Data that the electrical-image view draws: images in chip rows and columns, in volts if the conversion is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF

from hdmea_gui.analysis.lane_mask import interpolated, masked
from hdmea_gui.session.bad_lanes import ChipLanes, axes_of
from hdmea_gui.session.unit import image_of, soma_of
from hdmea_gui.views.frames import Frames, Lags, Pixel, round_limit
from hdmea_gui.views.map_plot import ellipse

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_USUAL_PRE_SAMPLES = 10
_WAVEFORM_MS = (-1.0, 3.0)
_WAVEFORM_ROWS = 2.0
"""Height of the largest waveform, in rows of electrodes."""

_FINE_VOLTS = 1e-8
"""Volts per count below which values are shown in nanovolts."""


@dataclass(frozen=True)
class Soma:
    """A soma in chip coordinates: centroid and equivalent diameter, in electrodes."""

    row: float
    col: float
    diameter: float

    def outline(self) -> NDArray[np.float64]:
        """Return the outline of a disc of the same area, float64 (n_points, 2), electrodes; x and y."""
        return ellipse((self.col, self.row), (self.diameter / 2, self.diameter / 2))


@dataclass(frozen=True)
class EIPicture:
    """An electrical image, ready to be drawn.

    Parameters
    ----------
    frames : Frames
        Its frames, in rows and columns of the chip, from 1 as everywhere that an electrode is shown.
    peak_to_peak : ndarray
        float32 (n_rows, n_cols). Peak-to-peak amplitude over all frames.
    peak_to_peak_limit : float
        Round number at or above the largest peak-to-peak amplitude.
    peak : int
        Index of the frame with the largest absolute value at that electrode.
    electrode : tuple of int
        Row and column of the electrode with the largest peak-to-peak amplitude.
    soma : Soma or None
        The soma, if it was found.
    unit : str
        Unit of the values.
    axes : str
        Order of the data's axes, as text.
    lanes : ChipLanes or None
        Bad lanes.
    """

    frames: Frames
    peak_to_peak: NDArray[np.float32]
    peak_to_peak_limit: float
    peak: int
    electrode: Pixel
    soma: Soma | None
    unit: str
    axes: str
    lanes: ChipLanes | None = None

    @property
    def region(self) -> QRectF:
        """The recorded region in columns and rows of the chip; centres of electrodes are whole numbers."""
        n_rows, n_cols = self.peak_to_peak.shape
        return QRectF(self.frames.left - 0.5, self.frames.top - 0.5, n_cols, n_rows)


def picture_of(
    data: NDArray[Any],
    feature: Mapping[str, Any],
    rate_hz: float | None,
    contrast: float = 1.0,
    lanes: ChipLanes | None = None,
) -> EIPicture | None:
    """Return an electrical image ready to be drawn, or None if it is all NaN.

    Parameters
    ----------
    data : ndarray
        Any float (n_lags, axis 1, axis 2), raw counts.
    feature : mapping
        The feature that holds the image.
    rate_hz : float or None
        Acquisition rate, for images without their own sampling rate.
    contrast : float
        Fraction of the colour limits at which the last colour is reached.
    lanes : ChipLanes, optional
        Bad lanes. What is left out of them is interpolated.
    """
    metadata = feature.get("metadata", {})
    values = np.asarray(data, np.float32)
    if values.ndim != 3 or not values.size or not np.isfinite(values).any():
        return None
    in_image = None if lanes is None or not lanes.lanes else lanes.in_image(metadata)
    if in_image is not None:
        values = masked(values, in_image).astype(np.float32, copy=False)
    volts, unit = _in_volts(values, metadata)
    measured = np.ptp(volts, axis=0)
    shown = measured
    if in_image is not None:
        volts, shown = (
            interpolated(each, in_image).astype(np.float32, copy=False) for each in (volts, measured)
        )
    axes = _axes(metadata)
    turned, peak_to_peak, measured = (
        each.swapaxes(-2, -1) if axes[0] == "col" else each for each in (volts, shown, measured)
    )
    # argmax would return the position of a NaN
    known = np.where(np.isfinite(measured), measured, 0.0)
    row, col = np.unravel_index(int(known.argmax()), known.shape)
    left, top = (max(int(metadata.get(name, 1)), 1) for name in ("region_left", "region_top"))
    limit = round_limit(float(np.nanmax(np.abs(turned))))
    return EIPicture(
        frames=Frames(turned, _lags(len(turned), metadata, rate_hz), limit, left, top, contrast),
        peak_to_peak=peak_to_peak,
        peak_to_peak_limit=round_limit(float(known.max())),
        peak=int(np.abs(turned[:, row, col]).argmax()),
        electrode=(int(row) + top, int(col) + left),
        soma=_soma(soma_of(feature), left, top),
        unit=unit,
        axes=_axes_text(metadata, axes),
        lanes=lanes,
    )


def _axes(metadata: Mapping[str, Any]) -> tuple[str, str]:
    """Meaning of axes 1 and 2 of the data."""
    _, first, second = axes_of(metadata)
    return first, second


def _axes_text(metadata: Mapping[str, Any], axes: tuple[str, str]) -> str:
    names = {"col": "column", "row": "row"}
    text = f"stored as lag, {names[axes[0]]}, {names[axes[1]]}"
    if "axes" not in metadata:
        text += " (assumed)"
    if "region_left" not in metadata:
        text += "; position on the chip unknown"
    return text


def _items(value: Any) -> Iterable[Any]:
    return () if value is None else np.asarray(value).reshape(-1)


def _in_volts(values: NDArray[np.float32], metadata: Mapping[str, Any]) -> tuple[NDArray[np.float32], str]:
    """Convert counts to microvolts, or to nanovolts if one count is that small; keep counts if no factor is known."""
    factors, exponent = metadata.get("conversion_factors"), metadata.get("exponent")
    if factors is None or exponent is None or np.shape(factors) != values.shape[1:]:
        return values, "counts"
    per_count = np.asarray(factors, np.float64) * 10.0 ** float(exponent)
    scale, unit = (1e9, "nV") if float(np.nanmedian(per_count)) < _FINE_VOLTS else (1e6, "µV")
    return values * (per_count * scale).astype(np.float32), unit


def _lags(n_lags: int, metadata: Mapping[str, Any], rate_hz: float | None) -> Lags:
    window = list(_items(metadata.get("window_range")))
    first = -int(metadata.get("pre_samples", -window[0] if window else _USUAL_PRE_SAMPLES))
    samples = np.arange(first, first + n_lags, dtype=np.float64)
    rate = float(metadata.get("sampling_rate", rate_hz or 0.0))
    return Lags(samples / rate * 1e3, "ms") if rate > 0 else Lags(samples, "samples")


def _soma(geometry: Mapping[str, Any], left: int, top: int) -> Soma | None:
    names = ("center_row", "center_col", "equivalent_diameter")
    row, col, diameter = (float(geometry.get(name, np.nan)) for name in names)
    return Soma(row + top, col + left, diameter) if np.isfinite([row, col, diameter]).all() else None


def regions_of(units: Iterable[Mapping[str, Any]]) -> list[tuple[float, float, int, int]]:
    """Return left, top, width and height of the regions that the images cover; pixel centres are whole numbers."""
    found: dict[tuple[float, float, int, int], None] = {}
    for unit in units:
        feature = image_of(unit) or {}
        metadata, shape = feature.get("metadata", {}), np.shape(feature.get("data", ()))
        if "region_left" not in metadata or len(shape) != 3:
            continue
        width, height = shape[1:] if _axes(metadata)[0] == "col" else shape[:0:-1]
        # from the centre of the first pixel to its edge
        found[metadata["region_left"] - 0.5, metadata["region_top"] - 0.5, width, height] = None
    return list(found)


def numbers_of(picture: EIPicture, um_per_electrode: float | None = None) -> str:
    """Return peak-to-peak amplitude and soma in one line, with the diameter in micrometres if the pitch is given."""
    row, col = picture.electrode
    parts = [
        f"peak-to-peak {float(np.nanmax(picture.peak_to_peak)):.3g} {picture.unit} at row {row}, column {col}"
    ]
    soma = picture.soma
    if soma is not None:
        um = um_per_electrode
        diameter = f"{soma.diameter:.1f} electrodes" if um is None else f"{soma.diameter * um:.0f} µm"
        parts.append(f"soma at row {soma.row:.1f}, column {soma.col:.1f}, diameter {diameter}")
    if picture.lanes is not None and picture.lanes.lanes:
        parts.append(f"bad {picture.lanes.words()} (hatched)")
    return " · ".join([*parts, picture.axes])


@dataclass(frozen=True)
class Waveforms:
    """Waveforms at their electrodes, joined into one line.

    Parameters
    ----------
    path : ndarray
        float64 (n_points, 2), electrodes. Column and row of each point.
    connect : ndarray
        int32 (n_points,). 0 where the line breaks after a point.
    row_height : float
        Signal that corresponds to one row, in the image's unit.
    span : float
        Time that corresponds to one column, in the unit of the lags.
    """

    path: NDArray[np.float64]
    connect: NDArray[np.int32]
    row_height: float
    span: float


def waveforms_of(picture: EIPicture, reach: int) -> Waveforms:
    """Return the waveforms around the electrode with the largest peak-to-peak amplitude.

    Parameters
    ----------
    picture : EIPicture
        The image.
    reach : int
        Number of electrodes on each side.
    """
    frames, lags = picture.frames, picture.frames.lags
    row, col = picture.electrode[0] - frames.top, picture.electrode[1] - frames.left
    first_row, first_col = max(row - reach, 0), max(col - reach, 0)
    # the window is in milliseconds: without a rate, all samples are shown
    shown = (lags.values >= _WAVEFORM_MS[0]) & (lags.values <= _WAVEFORM_MS[1]) | (lags.unit != "ms")
    part = frames.values[shown, first_row : row + reach + 1, first_col : col + reach + 1]
    n_lags, n_rows, n_cols = part.shape
    height = round_limit(float(np.nanmax(picture.peak_to_peak)) / _WAVEFORM_ROWS)
    # a waveform takes 0.9 of its column, so that neighbours do not touch
    x = np.arange(n_cols) + first_col + frames.left + np.linspace(-0.45, 0.45, n_lags)[:, None, None]
    # rows count downwards, so positive signals are drawn towards smaller rows
    y = (np.arange(n_rows) + first_row + frames.top)[:, None] - part.astype(np.float64) / height
    path = np.stack(np.broadcast_arrays(x, y), axis=-1).transpose(1, 2, 0, 3).reshape(-1, 2)
    connect = np.ones((n_rows * n_cols, n_lags), np.int32)
    connect[:, -1] = 0
    span = float(np.ptp(lags.values[shown])) / 0.9
    return Waveforms(path, connect.reshape(-1), height, span)
