"""Receptive field of a unit, from its spike-triggered average (STA; Chichilnisky 2001).

Positions are in stimulus pixels, 0-based, rows downwards and columns to the right, with integers at the
pixel centres.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hdmea_gui.analysis import CannotCompute
from hdmea_gui.analysis.field_test import FieldTest, find_field
from hdmea_gui.analysis.gaussian_fits import (
    DifferenceOfGaussians,
    GaussianFit,
    Start,
    fit_difference_of_gaussians,
    fit_gaussian,
    fit_two_sides,
)

if TYPE_CHECKING:
    from collections.abc import Callable

_FINE = 8  # grid points per pixel along each axis for measuring the half-maximum area
_SHARE_OF_VARIANCE = 1 - float(np.log(2))  # fraction of a Gaussian's variance within its half-maximum area
_BLUR = 0.7  # standard deviation in pixels
_SAME_LAG = 6  # frames
_TWO_SIDES_GAIN = (
    30.0  # in residuals over the noise's variance: the second field is searched for over the whole map
)
_AT_A_TIME = 1 << 20  # values processed between two checks for a cancel


def _nowhere() -> None:
    """Check nothing."""


@dataclass(frozen=True)
class HalfMaximum:
    """Connected area in which a map reaches at least half of its peak.

    Attributes
    ----------
    center_row, center_col
        Centroid of the area, weighted by the map, pixels.
    size_x, size_y
        Width and height of the area, pixels.
    area
        Square pixels.
    equivalent_diameter
        Diameter of a disc of that area, pixels.
    """

    center_row: float
    center_col: float
    size_x: float
    size_y: float
    area: float
    equivalent_diameter: float


@dataclass(frozen=True)
class ReceptiveField:
    """Receptive field of a unit; without a significant one everything but its evidence is NaN or empty.

    Attributes
    ----------
    absent_reason
        Why there is no receptive field; empty if there is one.
    p
        p-value of the receptive field, corrected for pixels and lags.
    snr
        Ratio of the map's largest deviation to the standard deviation over the earliest quarter of the lags.
    half_maximum
        Centroid and extent of the central area.
    peak_frame
        Index of the lag with the strongest response.
    peak_lag_ms
        Time of that lag, ms; negative before the spike.
    polarity
        1 for ON, -1 for OFF: the sign of the map's largest deviation at the peak lag; 0 without a receptive field.
    temporal_kernel
        float32 (n_lags,). Equal to 1 at the peak lag.
    spatial_map
        float32 (height, width), grey levels. Deviation of the STA at the peak lag.
    gaussian_fit, difference_of_gaussians
        Fits to the spatial map; the second is NaN without a significant surround.
    on_fit, off_fit
        Positive and negative Gaussian, without rotation, that together explain the map significantly better than one
        field does. Otherwise the one of the field's polarity, and NaN for the other.
    """

    absent_reason: str
    p: float
    snr: float
    half_maximum: HalfMaximum
    peak_frame: int
    peak_lag_ms: float
    polarity: int
    temporal_kernel: NDArray[np.float32]
    spatial_map: NDArray[np.float32]
    gaussian_fit: GaussianFit
    difference_of_gaussians: DifferenceOfGaussians
    on_fit: GaussianFit
    off_fit: GaussianFit

    @property
    def center_error(self) -> float:
        """Standard error of the fitted centre, pixels."""
        return float(np.hypot(self.gaussian_fit.center_x_error, self.gaussian_fit.center_y_error))

    def as_tree(self) -> dict[str, Any]:
        """Return all values as nested dicts, under the names used in the file."""
        evidence = {"p": self.p, "snr": self.snr}
        if self.absent_reason:
            return {ABSENT: self.absent_reason, **evidence}
        fitted = ("center_x", "center_y", "sigma_x", "sigma_y", "amplitude")
        kept = (*fitted, "r_squared", *(f"{name}_error" for name in fitted))
        sides = {"on": self.on_fit, "off": self.off_fit}
        return {
            **evidence,
            **asdict(self.half_maximum),
            "center_error": self.center_error,
            "peak_frame": self.peak_frame,
            "peak_lag_ms": self.peak_lag_ms,
            "polarity": self.polarity,
            "temporal_kernel": self.temporal_kernel,
            "spatial_map": self.spatial_map,
            "gaussian_fit": _without_unknown_errors(asdict(self.gaussian_fit))
            | _reason(self.gaussian_fit.amplitude, "no Gaussian fits the map"),
            "DoG": _without_unknown_errors(asdict(self.difference_of_gaussians))
            | _reason(self.difference_of_gaussians.amp_inh, "a surround does not explain the map better"),
            "ONOFF_model": _without_unknown_errors(
                {f"{side}_{name}": getattr(fit, name) for side, fit in sides.items() for name in kept}
            )
            | _reason(
                self.on_fit.amplitude + self.off_fit.amplitude,
                "a field of the other sign does not explain the map better",
            ),
        }


ABSENT = "absent_reason"


def _without_unknown_errors(fit: dict[str, float]) -> dict[str, float]:
    """Leave out standard errors that are NaN: they are many, and each would be an object of the file in every unit."""
    return {name: value for name, value in fit.items() if not (name.endswith("_error") and math.isnan(value))}


def _reason(value: float, reason: str) -> dict[str, str]:
    return {ABSENT: reason} if np.isnan(value) else {}


def receptive_field(
    sta: NDArray[np.floating[Any]],
    window_start: int,
    frame_ms: float,
    check_cancelled: Callable[[], None] | None = None,
) -> ReceptiveField:
    """Measure the receptive field in an STA, if it is significant.

    Sizes are those of the map: they are not corrected for the size of a pixel, whose variance of 1/12 adds to that of
    the field (a field with a standard deviation of 0.6 pixels appears 11 % wider, one of 1.2 pixels 3 %).

    Parameters
    ----------
    sta
        Any float (n_lags, height, width), grey levels.
    window_start
        Lag of the first entry, display frames; -60 for a window that starts 60 frames before the spike.
    frame_ms
        Mean duration of a display frame, ms.
    check_cancelled
        Called between the parts of the computation and at every step of a fit; may raise to cancel.

    Returns
    -------
    field
        Evidence, position, size, time course and fits.

    Raises
    ------
    CannotCompute
        If the STA contains NaN or does not vary.
    """
    check_cancelled = check_cancelled or _nowhere
    kernel, spatial = separate(sta, check_cancelled)
    check_cancelled()
    found = find_field(sta, window_start)
    snr = _signal_to_noise(sta, spatial)
    if not found.is_significant:
        return _no_field(found, snr, kernel.size, spatial.shape)
    peak_frame = int(np.abs(kernel).argmax())
    if abs(peak_frame - found.frame) > _SAME_LAG:  # the strongest component is noise
        peak_frame = found.frame
        kernel, spatial = _at_lag(sta, peak_frame)
    deviation = _blur(spatial)  # a single noisy pixel must not decide the polarity
    polarity = 1 if deviation.flat[np.abs(deviation).argmax()] > 0 else -1
    area = _central_area(spatial * polarity, check_cancelled)
    start = area.start(polarity)
    check_cancelled()
    gaussian = fit_gaussian(spatial, start, check_cancelled=check_cancelled)
    difference = fit_difference_of_gaussians(spatial, start, check_cancelled)
    if not abs(difference.amp_inh) > 0:
        difference = DifferenceOfGaussians(*[np.nan] * 8)
    single = max(np.nan_to_num([gaussian.r_squared, difference.r_squared]))
    on_fit, off_fit = _two_sides(spatial, polarity, start, float(single), check_cancelled)
    check_cancelled()
    return ReceptiveField(
        absent_reason="",
        p=found.p,
        snr=snr,
        half_maximum=area.half_maximum(),
        peak_frame=peak_frame,
        peak_lag_ms=(peak_frame + window_start) * frame_ms,
        polarity=polarity,
        temporal_kernel=kernel.astype(np.float32),
        spatial_map=spatial.astype(np.float32),
        gaussian_fit=gaussian,
        difference_of_gaussians=difference,
        on_fit=on_fit,
        off_fit=off_fit,
    )


def _no_field(found: FieldTest, snr: float, n_lags: int, shape: tuple[int, ...]) -> ReceptiveField:
    nan, nothing = float("nan"), GaussianFit(*[np.nan] * 8)
    reason = (
        "the window of the STA has no lags early enough to measure its noise"
        if np.isnan(found.p)
        else f"no significant receptive field (p = {found.p:.2g})"
    )
    return ReceptiveField(
        absent_reason=reason,
        p=found.p,
        snr=snr,
        half_maximum=HalfMaximum(*[nan] * 6),
        peak_frame=-1,
        peak_lag_ms=nan,
        polarity=0,
        temporal_kernel=np.full(n_lags, nan, np.float32),
        spatial_map=np.full(shape, nan, np.float32),
        gaussian_fit=nothing,
        difference_of_gaussians=DifferenceOfGaussians(*[np.nan] * 8),
        on_fit=nothing,
        off_fit=nothing,
    )


def _at_lag(sta: NDArray[np.floating[Any]], frame: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the kernel and the map (see `separate`) from the frames around one lag."""
    movie = np.asarray(sta, np.float64)
    deviation = movie - movie.mean(axis=0)
    spatial = deviation[max(frame - 2, 0) : frame + 2].mean(axis=0)
    pattern = _blur(spatial)
    kernel = _blur(deviation).reshape(len(movie), -1) @ pattern.reshape(-1)
    return kernel / kernel[frame], spatial


def separate(
    sta: NDArray[np.floating[Any]], check_cancelled: Callable[[], None] = _nowhere
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Split an STA into the temporal kernel and spatial map whose product approximates it best (SVD).

    The mean of each pixel over the lags is subtracted first: in a noise movie of finite length the
    mean of a pixel is not exactly grey, which adds the same deviation at all lags and can outweigh
    the response. The kernel is computed from a slightly blurred STA, the map from the original one.
    The kernel is then shifted to zero mean over the earliest lags, to which the unit cannot have
    responded.

    Parameters
    ----------
    sta
        Any float (n_lags, height, width), grey levels.
    check_cancelled
        Called between the parts of the computation; may raise to cancel.

    Returns
    -------
    kernel
        float64 (n_lags,). Equal to 1 where its absolute value is largest.
    spatial
        float64 (height, width), grey levels. Deviation of the STA at that lag.

    Raises
    ------
    CannotCompute
        If the STA contains NaN, or is the same at all lags.
    """
    from scipy.linalg import eigh

    movie = np.asarray(sta)
    if not np.isfinite(movie).all():
        raise CannotCompute("the spike-triggered average is empty (NaN): no spike could be used")
    check_cancelled()
    rows = (movie - movie.mean(axis=0, dtype=np.float64)).reshape(movie.shape[0], -1)
    check_cancelled()
    if rows.size == 0 or np.abs(rows).max() <= 1e-9 * max(float(np.abs(movie).max()), 1.0):
        raise CannotCompute("the spike-triggered average is the same at all lags")
    last = [rows.shape[0] - 1] * 2  # of the ascending eigenvalues: that of the first left singular vector
    products = _products(rows.reshape(movie.shape), check_cancelled)
    check_cancelled()
    first = np.asarray(eigh(products, subset_by_index=last)[1][:, 0])
    kernel = first - first[: _n_early(first.size)].mean()
    peak = kernel[np.abs(kernel).argmax()]
    spatial = first @ rows * peak  # the singular vector has length 1
    return kernel / peak, spatial.reshape(movie.shape[1:])


def _products(movie: NDArray[np.float64], check_cancelled: Callable[[], None]) -> NDArray[np.float64]:
    """Return the products (n_lags, n_lags) of all pairs of lags of a slightly blurred STA."""
    shared = np.empty((movie.shape[0], movie[0].size))
    lags, n_pixels = max(_AT_A_TIME // shared.shape[1], 1), max(_AT_A_TIME // shared.shape[0], 1)
    for start in range(0, shared.shape[0], lags):
        check_cancelled()
        blurred = _blur(movie[start : start + lags])
        shared[start : start + lags] = blurred.reshape(-1, shared.shape[1])
    products = np.zeros((shared.shape[0], shared.shape[0]))
    for start in range(0, shared.shape[1], n_pixels):
        check_cancelled()
        part = shared[:, start : start + n_pixels]
        products += np.einsum("ij,kj->ik", part, part)  # not BLAS: its threads cost more than they save
    return products


def half_maximum(values: NDArray[np.float64]) -> HalfMaximum:
    """Measure the connected area around a map's peak in which the map reaches at least half of it.

    The map is interpolated (cubic) between its pixels, so the sizes are resolved more finely than one
    pixel; a map of a single pixel has size 1.

    Parameters
    ----------
    values
        float64 (height, width). With a positive peak.

    Returns
    -------
    area
        Centroid and extent.
    """
    return _central_area(values).half_maximum()


@dataclass(frozen=True)
class _CentralArea:
    """The area on a fine grid: the map within it, 0 outside, and the positions of the rows and columns."""

    weight: NDArray[np.float64]
    row: NDArray[np.float64]
    col: NDArray[np.float64]
    fine: int

    def center(self) -> tuple[float, float]:
        by_row, by_col = self.weight.sum(axis=1), self.weight.sum(axis=0)
        return float(by_row @ self.row / by_row.sum()), float(by_col @ self.col / by_col.sum())

    def half_maximum(self) -> HalfMaximum:
        center_row, center_col = self.center()
        inside = self.weight > 0
        area = float(np.count_nonzero(inside)) / self.fine**2
        return HalfMaximum(
            center_row=center_row,
            center_col=center_col,
            size_x=float(np.ptp(np.flatnonzero(inside.any(axis=0))) + 1) / self.fine,
            size_y=float(np.ptp(np.flatnonzero(inside.any(axis=1))) + 1) / self.fine,
            area=area,
            equivalent_diameter=float(np.sqrt(4 * area / np.pi)),
        )

    def start(self, sign: int) -> Start:
        """Return the Gaussian with the moments of this area, as the starting point of a fit."""
        center_row, center_col = self.center()
        y, x = self.row[:, None] - center_row, self.col[None, :] - center_col
        total = self.weight.sum()
        xx, xy, yy = (float((self.weight * product).sum() / total) for product in (x * x, x * y, y * y))
        variances, axes = np.linalg.eigh([[xx, xy], [xy, yy]])
        # 1e-2: an area one grid point wide has no variance, and a fit cannot start from a width of 0
        sigma = np.sqrt(np.maximum(variances, 1e-2) / _SHARE_OF_VARIANCE)
        theta = float(np.arctan2(axes[1, 1], axes[0, 1]))
        return Start(
            center_col, center_row, float(sigma[1]), float(sigma[0]), theta, sign * float(self.weight.max())
        )


def _central_area(
    values: NDArray[np.float64], check_cancelled: Callable[[], None] = _nowhere, fine: int = _FINE
) -> _CentralArea:
    from scipy.ndimage import label

    blurred = _blur(values)
    peak_row, peak_col = np.unravel_index(int(blurred.argmax()), values.shape)
    near = label(blurred >= blurred.max() / 2)[0]
    rows, cols = np.nonzero(near == near[peak_row, peak_col])
    row = _fine_places(int(rows.min()), int(rows.max()), values.shape[0], fine)
    col = _fine_places(int(cols.min()), int(cols.max()), values.shape[1], fine)
    dense = _interpolated(values, row, col, check_cancelled)
    # only near the blurred map's peak: elsewhere a noisy pixel may be higher after interpolation
    at_peak = (np.abs(row - peak_row) <= 1)[:, None] & (np.abs(col - peak_col) <= 1)[None, :]
    peak = int(np.where(at_peak, dense, -np.inf).argmax())
    parts = label(dense >= dense.flat[peak] / 2)[0]
    return _CentralArea(np.where(parts == parts.flat[peak], dense, 0.0), row, col, fine)


def _interpolated(
    values: NDArray[np.float64],
    row: NDArray[np.float64],
    col: NDArray[np.float64],
    check_cancelled: Callable[[], None],
) -> NDArray[np.float64]:
    """Return a map, float64 (height, width), interpolated (cubic) at all positions of `row` and `col`."""
    from scipy.ndimage import map_coordinates

    n_rows = max(_AT_A_TIME // 4 // col.size, 1)
    parts = []
    for start in range(0, row.size, n_rows):
        check_cancelled()
        places = np.meshgrid(row[start : start + n_rows], col, indexing="ij")
        parts.append(map_coordinates(values, places, order=3, mode="nearest"))
    return np.concatenate(parts)


def _fine_places(first: int, last: int, size: int, fine: int) -> NDArray[np.float64]:
    """Return the fine grid over pixels first to last, and up to two more on either side within the map."""
    start, stop = max(first - 2, 0), min(last + 3, size)
    return start - 0.5 + (np.arange((stop - start) * fine) + 0.5) / fine


def _n_early(n_lags: int) -> int:
    """Return the number of lags, a quarter, that are too early for the unit to have responded to them."""
    return max(n_lags // 4, 1)


def _blur(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Blur over rows and columns: neighbouring pixels share the response but not the noise."""
    from scipy.ndimage import gaussian_filter1d

    return np.asarray(gaussian_filter1d(gaussian_filter1d(values, _BLUR, axis=-1), _BLUR, axis=-2))


def _signal_to_noise(sta: NDArray[np.floating[Any]], spatial: NDArray[np.float64]) -> float:
    # the mean of each pixel is subtracted as in `separate`: it is a property of the movie, not noise
    early = sta[: _n_early(sta.shape[0])] - np.mean(sta, axis=0, dtype=np.float64)
    noise = float(early.std())
    return float(np.abs(spatial).max()) / noise if noise > 0 else float("nan")


def _two_sides(
    spatial: NDArray[np.float64],
    polarity: int,
    start: Start,
    single: float,
    check_cancelled: Callable[[], None],
) -> tuple[GaussianFit, GaussianFit]:
    """Return the ON and the OFF Gaussian; NaN for the side whose field does not explain the map better.

    `single` is the share of the variance that a single field explains, with or without a surround.
    """
    other = -polarity * (spatial - _value_of(spatial, start))
    across = _central_area(other, check_cancelled, fine=2).start(-polarity)  # coarse: only a starting point
    starts = (start, across) if polarity > 0 else (across, start)
    both = fit_two_sides(spatial, *starts, check_cancelled)
    if both is not None:
        # the residuals of the richer model measure the noise
        gain = (both.on.r_squared - single) / (1 - both.on.r_squared) * (spatial.size - 11)
        if gain >= _TWO_SIDES_GAIN:
            return both.on, both.off
    alone = fit_gaussian(spatial, start, rotated=False, check_cancelled=check_cancelled)
    nothing = GaussianFit(*[np.nan] * 8)
    return (alone, nothing) if polarity > 0 else (nothing, alone)


def _value_of(spatial: NDArray[np.float64], start: Start) -> NDArray[np.float64]:
    y, x = np.indices(spatial.shape, dtype=np.float64)
    cosine, sine = np.cos(start.theta), np.sin(start.theta)
    u = cosine * (x - start.x) + sine * (y - start.y)
    v = cosine * (y - start.y) - sine * (x - start.x)
    return np.asarray(start.amplitude * np.exp(-((u / start.sigma_x) ** 2 + (v / start.sigma_y) ** 2) / 2))
