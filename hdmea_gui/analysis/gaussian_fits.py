"""Least-squares fits of Gaussians and differences of Gaussians to small maps.

Positions are in pixels, x along the columns and y along the rows, with integers at the pixel centres.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    _Model = Callable[
        [NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]],
        tuple[NDArray[np.float64], NDArray[np.float64]],
    ]
    _Solution = tuple[list[float], float, NDArray[np.float64]]
    _Read = Callable[[list[float]], list[float]]
    CheckCancelled = Callable[[], None] | None

_MAX_EVALUATIONS = 100
_NARROWEST = 1.5  # smallest ratio of the surround's width to the centre's: nearer, the two cancel each other
_BOUND = 1.02  # a ratio within 2 % of a bound is on it
_HIGHEST = (
    1.5  # amplitude of a Gaussian over the largest deviation of the map: more, and its peak is between pixels
)
_LOWEST_SIGMA = 0.35  # pixels; the response of a pixel to a point has a standard deviation of 0.29
_CONVERGED = (1, 2, 3, 4)  # MINPACK's codes for convergence to a minimum


@dataclass(frozen=True)
class GaussianFit:
    """Two-dimensional Gaussian with offset; all values are NaN if the fit failed.

    Attributes
    ----------
    center_x, center_y, sigma_x, sigma_y
        Centre and widths, pixels. sigma_x belongs to the axis closer to x.
    amplitude, offset
        In the map's unit; the amplitude is negative for a trough.
    theta
        Angle of the axis of sigma_x, rad, from the x axis towards y, in (-pi/4, pi/4].
    r_squared
        Fraction of the map's variance explained by the fit.
    center_x_error, center_y_error, sigma_x_error, sigma_y_error, amplitude_error, theta_error, offset_error
        Standard errors, from the slopes and the residuals.
    """

    center_x: float
    center_y: float
    sigma_x: float
    sigma_y: float
    amplitude: float
    theta: float
    offset: float
    r_squared: float
    center_x_error: float = math.nan
    center_y_error: float = math.nan
    sigma_x_error: float = math.nan
    sigma_y_error: float = math.nan
    amplitude_error: float = math.nan
    theta_error: float = math.nan
    offset_error: float = math.nan


@dataclass(frozen=True)
class DifferenceOfGaussians:
    """Concentric circular centre minus surround; all values are NaN if the fit failed.

    The map is offset + amp_exc exp(-r^2 / 2 sigma_exc^2) - amp_inh exp(-r^2 / 2 sigma_inh^2).

    Attributes
    ----------
    center_x, center_y, sigma_exc, sigma_inh
        Centre and widths, pixels. Without a measurable surround, sigma_inh is NaN and amp_inh is 0.
    amp_exc, amp_inh, offset
        In the map's unit. Both amplitudes are negative for an OFF cell; amp_inh is at most as strong as amp_exc.
    r_squared
        Fraction of the map's variance explained by the fit.
    center_x_error, center_y_error, sigma_exc_error, sigma_inh_error, amp_exc_error, amp_inh_error, offset_error
        Standard errors, from the slopes and the residuals.
    """

    center_x: float
    center_y: float
    sigma_exc: float
    sigma_inh: float
    amp_exc: float
    amp_inh: float
    offset: float
    r_squared: float
    center_x_error: float = math.nan
    center_y_error: float = math.nan
    sigma_exc_error: float = math.nan
    sigma_inh_error: float = math.nan
    amp_exc_error: float = math.nan
    amp_inh_error: float = math.nan
    offset_error: float = math.nan


@dataclass(frozen=True)
class Start:
    """Starting point of a fit.

    Attributes
    ----------
    x, y, sigma_x, sigma_y
        Centre and widths, pixels.
    theta
        Angle of the axis of sigma_x, rad.
    amplitude
        In the map's unit.
    """

    x: float
    y: float
    sigma_x: float
    sigma_y: float
    theta: float
    amplitude: float


def fit_gaussian(
    values: NDArray[np.float64], start: Start, *, rotated: bool = True, check_cancelled: CheckCancelled = None
) -> GaussianFit:
    """Fit a two-dimensional Gaussian to a map.

    Parameters
    ----------
    values
        float64 (height, width). The map; NaN pixels are left out.
    start
        Starting point of the fit.
    rotated
        Whether the axes of the Gaussian may be rotated against those of the map.
    check_cancelled
        Called at every step of the search; may raise to cancel.

    Returns
    -------
    fit
        The Gaussian; all values NaN if the fit failed.
    """
    # widths are fitted as logarithms, which keeps them positive without bounds
    grid = _Grid(values, check_cancelled)
    first = [start.x, start.y, np.log(start.sigma_x), np.log(start.sigma_y), start.amplitude, 0.0]
    solution = grid.solve(_gaussian, [*first, start.theta] if rotated else first)
    if solution is None:
        return GaussianFit(*[np.nan] * 8)
    best, r_squared, covariance = solution
    x, y, sigma_x, sigma_y, amplitude, theta, offset = _read_gaussian(best)
    # with the other sign the search has left the blob it started from
    same_sign = amplitude * start.amplitude > 0
    is_within = grid.holds(x, y) and grid.fits_width(sigma_x) and grid.fits_width(sigma_y)
    if not (same_sign and is_within and grid.fits_height(amplitude)):
        return GaussianFit(*[np.nan] * 8)
    errors = _errors(_read_gaussian, best, covariance)
    return GaussianFit(x, y, sigma_x, sigma_y, amplitude, theta, offset, r_squared, *errors)


def _read_gaussian(point: list[float]) -> list[float]:
    x, y, log_x, log_y, amplitude, offset, *turn = point
    sigma_x, sigma_y, theta = _unfold(_exp(log_x), _exp(log_y), turn[0] if turn else 0.0)
    return [x, y, sigma_x, sigma_y, amplitude, theta, offset]


@dataclass(frozen=True)
class TwoSides:
    """Sum of a positive and a negative Gaussian with a common offset, not rotated.

    Attributes
    ----------
    on, off
        The two Gaussians; the amplitude of the second is negative. Both have the offset and R2 of the sum.
    """

    on: GaussianFit
    off: GaussianFit


def fit_two_sides(
    values: NDArray[np.float64], on: Start, off: Start, check_cancelled: CheckCancelled = None
) -> TwoSides | None:
    """Fit a positive and a negative Gaussian to a map together; None if there is no sensible fit.

    Parameters
    ----------
    values
        float64 (height, width). The map.
    on, off
        Starting points; the amplitude of the second is negative.
    check_cancelled
        Called at every step of the search; may raise to cancel.
    """
    grid = _Grid(values, check_cancelled)
    first = [
        value
        for start in (on, off)
        for value in (start.x, start.y, np.log(start.sigma_x), np.log(start.sigma_y), start.amplitude)
    ]
    solution = grid.solve(_two_gaussians, [*first, 0.0])
    if solution is None:
        return None
    best, r_squared, covariance = solution
    read = _read_two(best)
    errors = _errors(_read_two, best, covariance)
    sides = [
        GaussianFit(*[*read[k : k + 5], 0.0, read[10], r_squared, *errors[k : k + 5], np.nan, errors[10]])
        for k in (0, 5)
    ]
    is_within = all(
        grid.holds(side.center_x, side.center_y)
        and grid.fits_width(side.sigma_x)
        and grid.fits_width(side.sigma_y)
        and grid.fits_height(side.amplitude)
        for side in sides
    )
    return TwoSides(*sides) if is_within and sides[0].amplitude > 0 > sides[1].amplitude else None


def _read_two(point: list[float]) -> list[float]:
    return [
        *(
            value
            for k in (0, 5)
            for value in (*point[k : k + 2], *map(_exp, point[k + 2 : k + 4]), point[k + 4])
        ),
        point[10],
    ]


def _two_gaussians(
    p: NDArray[np.float64], x: NDArray[np.float64], y: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the values (n,) and derivatives (11, n) of the sum of two Gaussians with one offset."""
    first, slopes = _gaussian(np.append(p[:5], p[10]), x, y)
    second, others = _gaussian(np.append(p[5:10], 0.0), x, y)
    return first + second, np.concatenate([slopes[:5], others[:5], slopes[5:]])


def _errors(read: _Read, best: list[float], covariance: NDArray[np.float64]) -> list[float]:
    """Return the standard errors of what is read from a solution, by its numerical derivatives."""
    step = 1e-5
    slopes = np.array(
        [
            (np.array(read([*best[:k], value + step, *best[k + 1 :]])) - np.array(read(best))) / step
            for k, value in enumerate(best)
        ]
    )
    with np.errstate(all="ignore"):
        errors = np.sqrt(np.einsum("ki,kl,li->i", slopes, covariance, slopes))
    return [float(error) for error in errors]


def fit_difference_of_gaussians(
    values: NDArray[np.float64], start: Start, check_cancelled: CheckCancelled = None
) -> DifferenceOfGaussians:
    """Fit a difference of Gaussians to a map.

    The surround is at least 1.5 times as wide as the centre and at most as strong. It adds two
    parameters, so it is kept only if it explains more than these would by chance (Bayesian
    information criterion) and is no wider than the map: beyond that it resembles an offset.

    Parameters
    ----------
    values
        float64 (height, width). The map.
    start
        Starting point of the fit.
    check_cancelled
        Called at every step of the search; may raise to cancel.

    Returns
    -------
    fit
        Centre and surround; all values NaN if the fit failed.
    """
    grid = _Grid(values, check_cancelled)
    log_sigma = float(np.log(start.sigma_x * start.sigma_y) / 2)
    place = [start.x, start.y, log_sigma]
    fits = [_read_round(grid.solve(_round, [*place, start.amplitude, 0.0]))]
    # from a narrow and from a wide surround: 2.1 and 4.2 times the centre's width
    for widening in (-0.5, 1.0):
        first = [*place, widening, start.amplitude, -1.5, 0.0]
        fits.append(_read_difference(grid.solve(_difference, first)))
    best = DifferenceOfGaussians(*[np.nan] * 8)
    for fit in fits:
        if fit is not None and _is_sensible(fit, grid, start.amplitude) and _better(fit, best, values.size):
            best = fit
    return best


def _read_round(solution: _Solution | None) -> DifferenceOfGaussians | None:
    if solution is None:
        return None
    best, r_squared, covariance = solution
    errors = _errors(_read_round_values, best, covariance)
    values = [*_read_round_values(best), r_squared, *errors]
    return DifferenceOfGaussians(*values)


def _read_round_values(point: list[float]) -> list[float]:
    x, y, log_sigma, amplitude, offset = point
    return [x, y, _exp(log_sigma), np.nan, amplitude, 0.0, offset]


def _read_difference(solution: _Solution | None) -> DifferenceOfGaussians | None:
    if solution is None:
        return None
    best, r_squared, covariance = solution
    errors = _errors(_read_difference_values, best, covariance)
    values = [*_read_difference_values(best), r_squared, *errors]
    return DifferenceOfGaussians(*values)


def _read_difference_values(point: list[float]) -> list[float]:
    x, y, log_exc, widening, amp_exc, share, offset = point
    sigma_exc = _exp(log_exc)
    sigma_inh = sigma_exc * (_NARROWEST + _exp(widening))
    return [x, y, sigma_exc, sigma_inh, amp_exc, amp_exc * _logistic(share), offset]


def _is_sensible(fit: DifferenceOfGaussians, grid: _Grid, sign: float) -> bool:
    # a surround on a bound of the search is none
    is_narrow = fit.sigma_inh <= _BOUND * _NARROWEST * fit.sigma_exc
    is_strong = _BOUND * abs(fit.amp_inh) >= abs(fit.amp_exc)
    surround_fits = np.isnan(fit.sigma_inh) or not (fit.sigma_inh > max(grid.shape) or is_narrow or is_strong)
    centre_fits = grid.holds(fit.center_x, fit.center_y) and grid.fits_width(fit.sigma_exc)
    return bool(surround_fits and centre_fits and fit.amp_exc * sign > 0)


def _better(new: DifferenceOfGaussians, old: DifferenceOfGaussians, n_pixels: int) -> bool:
    if np.isnan(old.r_squared):
        return True
    # two more parameters must lower n log(residuals) by 2 log(n) (Bayesian information criterion)
    needed = n_pixels ** (-2 / n_pixels) if np.isnan(old.sigma_inh) else 1.0
    return 1 - new.r_squared < (1 - old.r_squared) * needed


class _Grid:
    """A map with the positions of its pixels."""

    def __init__(self, values: NDArray[np.float64], check_cancelled: CheckCancelled = None) -> None:
        self.check_cancelled = check_cancelled
        self.shape = values.shape
        y, x = np.nonzero(np.isfinite(values))
        self.values = values[y, x]
        self.x, self.y = x.astype(np.float64), y.astype(np.float64)

    def holds(self, x: float, y: float) -> bool:
        height, width = self.shape
        return bool(-1 <= x <= width and -1 <= y <= height)

    def fits_width(self, sigma: float) -> bool:
        return bool(_LOWEST_SIGMA <= sigma <= max(self.shape))

    def fits_height(self, amplitude: float) -> bool:
        deviation = np.abs(self.values - np.median(self.values)).max()
        return bool(abs(amplitude) <= _HIGHEST * deviation)

    def solve(self, model: _Model, first: list[float]) -> _Solution | None:
        """Return the parameters, R2 and covariance; None if the search does not converge or the map is too small."""
        from scipy.optimize import leastsq

        spread = float(((self.values - self.values.mean()) ** 2).sum())
        if min(self.shape) < 3 or self.values.size <= len(first) or spread == 0:
            return None
        search = _Search(model, self)
        with np.errstate(all="ignore"):  # steps of the search may overflow; they are rejected
            best, unscaled, info, _, outcome = leastsq(
                search.residuals,
                first,
                Dfun=search.slopes,
                col_deriv=True,
                full_output=True,
                ftol=1e-6,
                xtol=1e-6,
                maxfev=_MAX_EVALUATIONS,
            )
        if outcome not in _CONVERGED or not np.isfinite(best).all():
            return None
        residual = float((info["fvec"] ** 2).sum())
        scale: Any = np.nan if unscaled is None else unscaled  # None if it is singular
        covariance = (
            np.broadcast_to(scale, (len(first), len(first))) * residual / (self.values.size - len(first))
        )
        return best.tolist(), 1 - residual / spread, covariance


class _Search:
    """Residuals and slopes for the solver; both are computed together at each point."""

    def __init__(self, model: _Model, grid: _Grid) -> None:
        self._model = model
        self._grid = grid
        self._point: NDArray[np.float64] | None = None

    def residuals(self, point: NDArray[np.float64]) -> NDArray[np.float64]:
        if self._grid.check_cancelled is not None:
            self._grid.check_cancelled()
        self._point = point.copy()
        values, self._slopes = self._model(point, self._grid.x, self._grid.y)
        return values - self._grid.values

    def slopes(self, point: NDArray[np.float64]) -> NDArray[np.float64]:
        if self._point is None or not np.array_equal(self._point, point):
            self.residuals(point)
        return self._slopes


def _gaussian(
    p: NDArray[np.float64], x: NDArray[np.float64], y: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the values (n,) and derivatives (6 or 7, n) of a Gaussian.

    Parameters are x, y, log sigma_x, log sigma_y, amplitude, offset, and the angle if it is rotated.
    """
    cosine, sine = (np.cos(p[6]), np.sin(p[6])) if p.size > 6 else (1.0, 0.0)
    along, across = np.exp(-2 * p[2]), np.exp(-2 * p[3])  # inverse variances
    u = cosine * (x - p[0]) + sine * (y - p[1])
    v = cosine * (y - p[1]) - sine * (x - p[0])
    unit = np.exp(-(u * u * along + v * v * across) / 2)
    blob = p[4] * unit
    slopes = [
        blob * (u * cosine * along - v * sine * across),
        blob * (u * sine * along + v * cosine * across),
        blob * u * u * along,
        blob * v * v * across,
        unit,
        np.ones_like(x),
    ]
    if p.size > 6:
        slopes.append(blob * u * v * (across - along))
    return blob + p[5], np.array(slopes)


def _round(
    p: NDArray[np.float64], x: NDArray[np.float64], y: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the values (n,) and derivatives (5, n) of a circular Gaussian.

    Parameters are x, y, log sigma, amplitude, offset.
    """
    values, slopes = _gaussian(p[[0, 1, 2, 2, 3, 4]], x, y)
    slopes[3] += slopes[2]  # both widths are the same parameter
    return values, slopes[[0, 1, 3, 4, 5]]


def _difference(
    p: NDArray[np.float64], x: NDArray[np.float64], y: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the values (n,) and derivatives (7, n) of a difference of Gaussians.

    Parameters are x, y, log sigma_exc, log(sigma_inh / sigma_exc - 1.5), amp_exc,
    logit(amp_inh / amp_exc), offset: the surround is always wider and weaker than the centre.
    """
    dx, dy = x - p[0], y - p[1]
    squared = dx * dx + dy * dy
    widening = np.exp(p[3])
    inner, outer = np.exp(-2 * p[2]), np.exp(-2 * p[2]) / (_NARROWEST + widening) ** 2
    ratio = _logistic(p[5])
    centre, surround = np.exp(-squared * inner / 2), ratio * np.exp(-squared * outer / 2)
    pull = p[4] * (centre * inner - surround * outer)
    slopes = [
        pull * dx,
        pull * dy,
        pull * squared,
        -p[4] * surround * squared * outer * widening / (_NARROWEST + widening),
        centre - surround,
        -p[4] * surround * (1 - ratio),
        np.ones_like(x),
    ]
    return p[4] * (centre - surround) + p[6], np.array(slopes)


def _exp(value: float) -> float:
    # a search may run away to exponents that math.exp refuses
    return math.exp(min(max(value, -60.0), 60.0))


def _logistic(value: float) -> float:
    return 1 / (1 + _exp(-value))


def _unfold(sigma_x: float, sigma_y: float, theta: float) -> tuple[float, float, float]:
    """Return the same ellipse with its angle in (-pi/4, pi/4]."""
    turns = int(np.ceil((theta - np.pi / 4) / (np.pi / 2)))
    if turns % 2:
        sigma_x, sigma_y = sigma_y, sigma_x
    return sigma_x, sigma_y, theta - turns * np.pi / 2
