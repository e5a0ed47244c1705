"""Position of a unit's soma on the electrode array, from its electrical image.

The electrical image of a neuron is largest at the soma and axon hillock; the axonal signal is later
and weaker (Müller et al. 2015, Radivojevic et al. 2017), so the extent of the soma is measured in a
few frames around the spike. Rows and columns are 0-based within the recorded region.

Electrodes in bad lanes are left out as far as they are noisy. Where they touch the soma, its extent is that of a
Gaussian fitted to the electrodes around them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hdmea_gui.analysis import CannotCompute
from hdmea_gui.analysis.gaussian_fits import Start, fit_gaussian
from hdmea_gui.analysis.lane_mask import Lanes, interpolated, masked
from hdmea_gui.errors import ValidationError

_REACH = 4  # electrodes on either side of the peak that the fit sees
_WIDTH, _WIDEST = 1.2, 3.0  # usual and largest width of a soma, electrodes


@dataclass(frozen=True)
class SomaGeometry:
    """Position and extent of the soma.

    Attributes
    ----------
    center_row, center_col
        Centroid of the soma's area, electrodes. Weighted by the peak-to-peak amplitude around the spike.
    size_x, size_y
        Number of columns and rows spanned by the area.
    area
        Number of electrodes in the area.
    equivalent_diameter
        Diameter of a disc of that area, electrodes.
    peak_row, peak_col
        Electrode with the largest peak-to-peak amplitude.
    diff_map
        float32 (n_axis_1, n_axis_2), raw counts. Peak-to-peak amplitude over all lags at each electrode,
        in the axis order of the image; NaN where the image is NaN.
    """

    center_row: float
    center_col: float
    size_x: int
    size_y: int
    area: int
    equivalent_diameter: float
    peak_row: int
    peak_col: int
    diff_map: NDArray[np.float32]


def soma_geometry(
    image: NDArray[np.floating[Any]],
    axes: tuple[str, str],
    spike_lag: int,
    *,
    frames_around: int = 5,
    lanes: Lanes | None = None,
) -> SomaGeometry:
    """Locate the soma: the connected electrodes with at least half of the largest peak-to-peak amplitude.

    Parameters
    ----------
    image
        Any float (n_lags, n_axis_1, n_axis_2), raw counts. Mean of the sensor frames around a unit's spikes.
    axes
        Meaning of axes 1 and 2: ("col", "row") or ("row", "col").
    spike_lag
        Index of the lag at the spike. The first half of the lags before it is the baseline.
    frames_around
        Number of frames before and after the extreme of the strongest electrode over which the extent is
        measured.
    lanes
        Bad lanes of the image.

    Returns
    -------
    soma
        Position and extent.

    Raises
    ------
    CannotCompute
        If the image is NaN everywhere, or does not vary.
    ValidationError
        If the axes are not one of these two.
    """
    if axes not in (("row", "col"), ("col", "row")):
        raise ValidationError(
            f"The axes of an electrical image must be row and col in either order, not {axes}."
        )
    swap = axes == ("col", "row")
    frames = _without_baseline(image, spike_lag)
    if lanes is not None:
        frames = masked(frames, lanes).astype(np.float64, copy=False)
    if swap:
        frames = frames.swapaxes(1, 2)
        lanes = None if lanes is None else Lanes(1 - lanes.axis, lanes.indices)
    peak_to_peak = np.ptp(frames, axis=0)
    peak = _largest(peak_to_peak)
    if peak is None:
        raise CannotCompute("the electrical image is empty (NaN) or does not vary: no spike could be used")
    near = _around_spike(frames, peak, frames_around)
    if lanes is not None:
        near = _completed(near, peak, lanes)
        peak = _peak_beside(near, peak, np.isnan(peak_to_peak))
    weight = _soma_area(near, peak)
    rows, cols = np.nonzero(weight)
    return SomaGeometry(
        center_row=float(rows @ weight[rows, cols] / weight.sum()),
        center_col=float(cols @ weight[rows, cols] / weight.sum()),
        size_x=int(np.ptp(cols)) + 1,
        size_y=int(np.ptp(rows)) + 1,
        area=int(rows.size),
        equivalent_diameter=float(np.sqrt(4 * rows.size / np.pi)),
        peak_row=peak[0],
        peak_col=peak[1],
        diff_map=(peak_to_peak.T if swap else peak_to_peak).astype(np.float32),
    )


def peak_electrode(image: NDArray[np.floating[Any]], lanes: Lanes | None = None) -> tuple[int, int] | None:
    """Return the electrode with the largest peak-to-peak amplitude.

    Parameters
    ----------
    image
        Any float (n_lags, n_axis_1, n_axis_2), raw counts.
    lanes
        Bad lanes of the image.

    Returns
    -------
    electrode
        Index along axis 1 and axis 2; None if the image is NaN everywhere or does not vary.
    """
    frames = np.asarray(image).astype(np.float64)
    return _largest(np.ptp(frames if lanes is None else masked(frames, lanes), axis=0))


def _largest(peak_to_peak: NDArray[np.float64]) -> tuple[int, int] | None:
    known = np.where(np.isfinite(peak_to_peak), peak_to_peak, 0.0)
    if not known.any():
        return None
    first, second = np.unravel_index(int(known.argmax()), known.shape)
    return int(first), int(second)


def _without_baseline(image: NDArray[np.floating[Any]], spike_lag: int) -> NDArray[np.float64]:
    frames = np.asarray(image).astype(np.float64)
    return np.asarray(frames - frames[: max(spike_lag // 2, 1)].mean(axis=0))


def _around_spike(
    frames: NDArray[np.float64], peak: tuple[int, int], frames_around: int
) -> NDArray[np.float64]:
    """Return the peak-to-peak amplitude around the extreme of an electrode, (n_rows, n_cols)."""
    extreme = int(np.abs(frames[:, peak[0], peak[1]]).argmax())
    return np.asarray(np.ptp(frames[max(extreme - frames_around, 0) : extreme + frames_around + 1], axis=0))


def _completed(near: NDArray[np.float64], peak: tuple[int, int], lanes: Lanes) -> NDArray[np.float64]:
    """Fill what is left out near the peak from a Gaussian fit, or by interpolation if there is no fit."""
    window = tuple(slice(max(place - _REACH, 0), place + _REACH + 1) for place in peak)
    part = near[window]
    holes = np.isnan(part)
    if not holes.any():
        return near
    row, col = peak[0] - window[0].start, peak[1] - window[1].start
    fit = fit_gaussian(part, Start(col, row, _WIDTH, _WIDTH, 0.0, part[row, col]), rotated=False)
    y, x = np.nonzero(holes)
    if not max(fit.sigma_x, fit.sigma_y) <= _WIDEST:  # nor if the fit failed, with NaN
        return interpolated(near, lanes).astype(np.float64, copy=False)
    apart = ((x - fit.center_x) / fit.sigma_x) ** 2 + ((y - fit.center_y) / fit.sigma_y) ** 2
    filled = near.copy()
    filled[window][holes] = fit.offset + fit.amplitude * np.exp(-apart / 2)
    return filled


def _peak_beside(
    near: NDArray[np.float64], peak: tuple[int, int], is_left_out: NDArray[np.bool_]
) -> tuple[int, int]:
    """Return the electrode with the largest amplitude among the peak and those left out around it."""
    window = tuple(slice(max(place - _REACH, 0), place + _REACH + 1) for place in peak)
    rivals = np.zeros_like(near)
    rivals[window] = np.where(is_left_out[window], near[window], 0.0)
    rivals[peak] = near[peak]
    return _largest(rivals) or peak


def _soma_area(near: NDArray[np.float64], peak: tuple[int, int]) -> NDArray[np.float64]:
    """Return the amplitude around the spike, (n_rows, n_cols), 0 outside the connected area."""
    from scipy.ndimage import label

    known = np.where(np.isfinite(near), near, 0.0)
    parts = label(known >= known[peak] / 2)[0]
    return np.where(parts == parts[peak], known, 0.0)
