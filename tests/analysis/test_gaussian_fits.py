from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import curve_fit

from hdmea_gui.analysis import gaussian_fits
from hdmea_gui.analysis.gaussian_fits import Start, fit_difference_of_gaussians, fit_gaussian

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

Y, X = np.indices((13, 11), dtype=float)


def ellipse(
    x: float, y: float, sigma_x: float, sigma_y: float, theta: float, amplitude: float, offset: float
) -> NDArray[np.float64]:
    turned = ((X - x) + 1j * (Y - y)) * np.exp(-1j * theta)
    exponent = (turned.real / sigma_x) ** 2 + (turned.imag / sigma_y) ** 2
    return np.asarray(offset + amplitude * np.exp(-exponent / 2))


@pytest.mark.parametrize(
    ("model", "point"),
    [
        (gaussian_fits._gaussian, [4.2, 3.1, 0.3, 0.7, -5.0, 0.4]),
        (gaussian_fits._gaussian, [4.2, 3.1, 0.3, 0.7, -5.0, 0.4, 0.35]),
        (gaussian_fits._round, [4.2, 3.1, 0.3, -5.0, 0.4]),
        (gaussian_fits._difference, [4.2, 3.1, 0.3, 0.5, -5.0, -0.4, 0.35]),
    ],
)
def test_the_slopes_are_those_of_the_values(
    model: Callable[..., tuple[NDArray[np.float64], NDArray[np.float64]]], point: list[float]
) -> None:
    x, y = X.reshape(-1), Y.reshape(-1)
    at = np.array(point)
    slopes = model(at, x, y)[1]
    assert slopes.shape == (at.size, x.size)
    for i, step in enumerate(np.eye(at.size) * 1e-6):
        numeric = (model(at + step, x, y)[0] - model(at - step, x, y)[0]) / 2e-6
        np.testing.assert_allclose(slopes[i], numeric, atol=1e-7)


@settings(max_examples=30, deadline=None)
@given(st.floats(-3.2, 3.2), st.floats(0.9, 1.5), st.floats(1.8, 2.5))
def test_an_ellipse_at_any_angle_is_given_in_one_form(theta: float, minor: float, major: float) -> None:
    values = ellipse(5.2, 6.4, major, minor, theta, 8, 3)
    fit = fit_gaussian(values, Start(5, 6, 1.5, 1.5, 0.5, 5))
    assert -np.pi / 4 - 1e-9 < fit.theta <= np.pi / 4 + 1e-9
    again = ellipse(
        fit.center_x, fit.center_y, fit.sigma_x, fit.sigma_y, fit.theta, fit.amplitude, fit.offset
    )
    np.testing.assert_allclose(again, values, atol=1e-3)


def test_a_noisy_map_agrees_with_a_general_fitter() -> None:
    values = ellipse(5.2, 6.4, 1.3, 2.1, 0.3, -8, 3) + np.random.default_rng(0).normal(0, 0.5, X.shape)

    def flat(_: object, /, *p: float) -> NDArray[np.float64]:
        return ellipse(*p).reshape(-1)

    expected, _ = curve_fit(flat, np.arange(X.size), values.reshape(-1), p0=(5, 6, 1.5, 2, 0.2, -5, 0))
    fit = fit_gaussian(values, Start(5, 6, 1.5, 1.5, 0.5, -5))
    found = (fit.center_x, fit.center_y, fit.sigma_x, fit.sigma_y, fit.theta, fit.amplitude, fit.offset)
    np.testing.assert_allclose(found, expected, rtol=2e-3)
    left = values - ellipse(*expected)
    assert fit.r_squared == pytest.approx(1 - left.var() / values.var(), abs=1e-5)


@pytest.mark.parametrize(
    "values",
    [np.full((9, 9), 4.0), np.arange(81.0).reshape(9, 9), np.eye(2), -ellipse(5, 6, 1.5, 1.5, 0, 8, 0)],
    ids=["flat", "slope", "too small", "other sign"],
)
def test_what_is_no_such_blob_gives_nothing_at_all(values: NDArray[np.float64]) -> None:
    start = Start(5, 6, 1.5, 1.5, 0.5, 5)
    for fit in (fit_gaussian(values, start), fit_difference_of_gaussians(values, start)):
        assert np.isnan(dataclasses.astuple(fit)).all()


def test_a_surround_is_kept_only_where_the_data_call_for_one() -> None:
    noise = np.random.default_rng(1).normal(0, 0.3, X.shape)
    centre, surround = ellipse(5, 6, 1.1, 1.1, 0, 8, 0), ellipse(5, 6, 2.9, 2.9, 0, 2, 0)
    start = Start(5, 6, 1.2, 1.2, 0, 6)
    alone = fit_difference_of_gaussians(centre + noise, start)
    both = fit_difference_of_gaussians(centre - surround + noise, start)
    assert np.isnan(alone.sigma_inh)
    assert alone.amp_inh == 0
    assert both.sigma_inh == pytest.approx(2.9, rel=0.25)
    assert both.amp_inh == pytest.approx(2, rel=0.3)
