from __future__ import annotations

import dataclasses
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import scipy.optimize
from hypothesis import given, settings
from hypothesis import strategies as st

from hdmea_gui.analysis import CannotCompute
from hdmea_gui.analysis.gaussian_fits import Start, fit_gaussian
from hdmea_gui.analysis.receptive_field import half_maximum, receptive_field, separate
from hdmea_gui.analysis.spike_triggered_average import spike_triggered_average

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

FRAME_MS = 1000 / 60
LAGS = np.arange(-60, 0)


def kernel(peak: float = -5.0) -> NDArray[np.float64]:
    time_course = np.exp(-((LAGS - peak) ** 2) / 8) - 0.35 * np.exp(-((LAGS - peak + 7) ** 2) / 30)
    return np.asarray(time_course / time_course.max())


def gaussian(
    x: float, y: float, sigma_x: float, sigma_y: float, theta: float = 0.0, shape: tuple[int, int] = (15, 17)
) -> NDArray[np.float64]:
    rows, cols = np.indices(shape, dtype=float)
    u = (cols - x) * np.cos(theta) + (rows - y) * np.sin(theta)
    v = (rows - y) * np.cos(theta) - (cols - x) * np.sin(theta)
    return np.asarray(np.exp(-(u**2) / (2 * sigma_x**2) - v**2 / (2 * sigma_y**2)))


def sta_of(field: NDArray[np.float64], noise: float = 0.0, seed: int = 0) -> NDArray[np.float32]:
    """Kernel times field around grey; the noise stays the same for four frames, as in a 15 Hz movie."""
    held = np.random.default_rng(seed).normal(0, 1, (16, *field.shape)).repeat(4, axis=0)[:60]
    pixel_means = np.random.default_rng(seed + 1).normal(0, 3, field.shape)
    return (127 + pixel_means + kernel()[:, None, None] * field + noise * held).astype(np.float32)


@settings(max_examples=25, deadline=None)
@given(
    x=st.floats(3, 13),
    y=st.floats(3, 11),
    sigma=st.floats(0.8, 2.5),
    ratio=st.floats(0.5, 2),
    theta=st.floats(-0.78, 0.78),
    polarity=st.sampled_from([-1, 1]),
)
def test_a_clean_gaussian_field_is_recovered(
    x: float, y: float, sigma: float, ratio: float, theta: float, polarity: int
) -> None:
    found = receptive_field(
        sta_of(20 * polarity * gaussian(x, y, sigma, sigma * ratio, theta)), -60, FRAME_MS
    )
    fit = found.gaussian_fit
    np.testing.assert_allclose([fit.center_x, fit.center_y], [x, y], atol=5e-3)
    np.testing.assert_allclose([fit.sigma_x, fit.sigma_y], [sigma, sigma * ratio], rtol=5e-3)
    if abs(ratio - 1) > 0.1:
        assert fit.theta == pytest.approx(theta, abs=0.02)
    assert fit.amplitude == pytest.approx(20 * polarity, rel=0.02)
    assert fit.r_squared > 0.999
    assert found.polarity == polarity
    assert found.peak_frame == 55
    assert found.peak_lag_ms == pytest.approx(-5 * FRAME_MS)


@pytest.mark.parametrize("polarity", [-1, 1])
def test_a_difference_of_gaussians_is_recovered(polarity: int) -> None:
    field = polarity * (30 * gaussian(7.3, 6.6, 1.2, 1.2) - 6 * gaussian(7.3, 6.6, 3.1, 3.1))
    found = receptive_field(sta_of(field), -60, FRAME_MS).difference_of_gaussians
    expected = (7.3, 6.6, 1.2, 3.1, 30 * polarity, 6 * polarity, 0, 1)
    np.testing.assert_allclose(dataclasses.astuple(found)[:8], expected, rtol=5e-3, atol=5e-3)


def test_without_a_surround_there_is_no_width_of_one() -> None:
    found = receptive_field(sta_of(30 * gaussian(7.3, 6.6, 1.2, 1.2), noise=1.0), -60, FRAME_MS)
    assert np.isnan(dataclasses.astuple(found.difference_of_gaussians)).all()
    assert "surround" in found.as_tree()["DoG"]["absent_reason"]
    assert found.gaussian_fit.sigma_x == pytest.approx(1.2, rel=0.05)


def test_a_field_of_one_sign_has_no_other_side() -> None:
    n_off = 0
    for seed in range(20):
        found = receptive_field(
            sta_of(20 * gaussian(7.3, 6.6, 1.2, 1.2), noise=3.0, seed=seed), -60, FRAME_MS
        )
        n_off += bool(np.isfinite(found.off_fit.amplitude))
        assert found.on_fit.amplitude == pytest.approx(20, rel=0.4)
    assert n_off <= 2


def white_noise(n_frames: int, seed: int = 3) -> NDArray[np.uint8]:
    patterns = np.random.default_rng(seed).integers(0, 2, (n_frames // 4, 15, 15), dtype=np.uint8)
    return np.repeat(patterns * np.uint8(255), 4, axis=0)


@pytest.mark.parametrize("n_spikes", [1, 50, 1000])
def test_units_that_do_not_see_the_movie_have_no_receptive_field(n_spikes: int) -> None:
    spikes = [
        np.sort(np.random.default_rng([seed, n_spikes]).integers(60, 10_800, n_spikes)) for seed in range(100)
    ]
    averages = spike_triggered_average(white_noise(10_800), spikes).averages
    found = [receptive_field(sta, -60, FRAME_MS) for sta in averages]
    assert sum(not field.absent_reason for field in found) <= 2
    for field in found:
        if field.absent_reason:
            assert set(field.as_tree()) == {"absent_reason", "p", "snr"}


def test_centres_of_cells_with_few_spikes_lie_within_their_intervals() -> None:
    movie = white_noise(10_800)
    seen = movie.reshape(len(movie), -1) / 127.5 - 1
    spikes, centres = [], []
    for seed in range(30):
        rng = np.random.default_rng(seed)
        x, y = rng.uniform(4, 10, 2)
        field = gaussian(x, y, 1.2, 1.2, shape=(15, 15)) - 0.15 * gaussian(x, y, 3, 3, shape=(15, 15))
        drive = np.convolve(seen @ field.reshape(-1), kernel()[::-1])[: len(movie)]
        rate = 1 / (1 + np.exp(3 - 2 * drive / drive.std()))
        spikes.append(np.sort(rng.choice(len(movie), 300, replace=False, p=rate / rate.sum())))
        centres.append((x, y))
    found = [receptive_field(sta, -60, FRAME_MS) for sta in spike_triggered_average(movie, spikes).averages]
    assert not any(field.absent_reason for field in found)
    fits = [field.gaussian_fit for field in found]
    miss = np.array([(fit.center_x - x, fit.center_y - y) for fit, (x, y) in zip(fits, centres, strict=True)])
    errors = np.array([(fit.center_x_error, fit.center_y_error) for fit in fits])
    assert np.mean(np.abs(miss) < 2 * errors) >= 0.87
    assert np.median([field.center_error for field in found]) < 0.4


def test_two_fields_of_opposite_sign_are_fitted_apart() -> None:
    field = 20 * gaussian(4.2, 5.1, 1.1, 1.6) - 14 * gaussian(11.4, 9.3, 1.4, 1.2)
    found = receptive_field(sta_of(field), -60, FRAME_MS)
    on, off = found.on_fit, found.off_fit
    np.testing.assert_allclose(
        [on.center_x, on.center_y, on.sigma_x, on.sigma_y, on.amplitude], [4.2, 5.1, 1.1, 1.6, 20], rtol=0.03
    )
    np.testing.assert_allclose(
        [off.center_x, off.center_y, off.sigma_x, off.sigma_y, off.amplitude],
        [11.4, 9.3, 1.4, 1.2, -14],
        rtol=0.03,
    )
    assert min(on.r_squared, off.r_squared) > 0.99
    assert found.polarity == 1


@pytest.mark.parametrize("seed", range(6))
def test_noisy_fields_keep_their_centre_polarity_and_lag(seed: int) -> None:
    rng = np.random.default_rng(seed)
    x, y = rng.uniform(4, 11, 2)
    polarity = int(rng.choice([-1, 1]))
    found = receptive_field(
        sta_of(20 * polarity * gaussian(x, y, 1.3, 1.3), noise=2.0, seed=seed), -60, FRAME_MS
    )
    assert np.hypot(found.gaussian_fit.center_x - x, found.gaussian_fit.center_y - y) < 0.2
    assert np.hypot(found.half_maximum.center_col - x, found.half_maximum.center_row - y) < 0.5
    assert found.polarity == polarity
    assert abs(found.peak_frame - 55) <= 1
    assert found.snr > 5


def simulated_cell(seed: int, n_frames: int = 12_000) -> tuple[NDArray[np.float32], float, float, int]:
    """STA of a linear-nonlinear cell that sees binary noise at a quarter of the display's rate."""
    rng = np.random.default_rng(seed)
    x, y = rng.uniform(4, 9, 2)
    polarity = 1 if seed % 2 else -1
    movie = (rng.integers(0, 2, (n_frames // 4, 13, 13)) * 255).astype(np.float32).repeat(4, axis=0)
    field = polarity * (gaussian(x, y, 1.3, 1.3, shape=(13, 13)) - 0.2 * gaussian(x, y, 3, 3, shape=(13, 13)))
    drive = (movie.reshape(n_frames, -1) - 127.5) @ field.reshape(-1)
    filtered = np.convolve(drive, kernel()[::-1], mode="full")[:n_frames]  # the frame before counts as lag -1
    rate = np.maximum(filtered / filtered.std(), 0)
    spikes = np.flatnonzero(rng.poisson(0.35 * rate)[60:]) + 61
    spikes = spikes[spikes <= n_frames]
    sta = np.mean([movie[f - 60 : f] for f in spikes.tolist()], axis=0)
    return sta, float(x), float(y), polarity


@pytest.mark.parametrize("seed", range(4))
def test_a_linear_nonlinear_cell_is_found_from_its_spikes(seed: int) -> None:
    sta, x, y, polarity = simulated_cell(seed)
    found = receptive_field(sta, -60, FRAME_MS)
    for fit in (found.gaussian_fit, found.difference_of_gaussians):
        assert np.hypot(fit.center_x - x, fit.center_y - y) < 0.2
    assert found.difference_of_gaussians.sigma_exc == pytest.approx(1.3, rel=0.2)
    assert found.polarity == polarity
    assert found.peak_lag_ms == pytest.approx(-5 * FRAME_MS, abs=1.5 * FRAME_MS)
    time_course = np.convolve(
        kernel(), [1, 2, 3, 4, 3, 2, 1], mode="same"
    )  # what holding each frame makes of it
    assert np.corrcoef(time_course, found.temporal_kernel)[0, 1] > 0.95


def test_kernel_and_map_are_those_of_the_singular_value_decomposition() -> None:
    field = 20 * gaussian(7.3, 6.6, 1.5, 2.0, 0.4)
    sta = sta_of(field)
    time_course, spatial = separate(sta)
    rows = (sta - sta.mean(axis=0)).reshape(60, -1).astype(float)
    u, s, v = np.linalg.svd(rows, full_matrices=False)
    product = np.outer(time_course - time_course.mean(), spatial.reshape(-1))
    np.testing.assert_allclose(product, s[0] * np.outer(u[:, 0], v[0]), atol=1e-3)
    np.testing.assert_allclose(time_course, kernel(), atol=1e-4)
    np.testing.assert_allclose(spatial, field, atol=1e-3)


def test_a_turned_movie_has_the_same_kernel_and_the_turned_map() -> None:
    sta = np.random.default_rng(0).normal(size=(12, 6, 9))
    time_course, spatial = separate(sta)
    turned_course, turned = separate(sta.swapaxes(1, 2))
    np.testing.assert_allclose(turned_course, time_course, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(turned, spatial.T, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("scale", [1e-6, 1e6])
def test_kernel_and_map_do_not_depend_on_the_unit_of_the_movie(scale: float) -> None:
    sta = sta_of(20 * gaussian(7.3, 6.6, 1.5, 2.0, 0.4)).astype(np.float64)
    time_course, spatial = separate(sta)
    scaled_course, scaled = separate((sta - 127) * scale)
    np.testing.assert_allclose(scaled_course, time_course, atol=1e-6)
    np.testing.assert_allclose(scaled / scale, spatial, atol=1e-5)


def test_the_half_maximum_of_a_gaussian_in_closed_form() -> None:
    found = half_maximum(gaussian(8.3, 6.7, 1.5, 2.5))
    width = 2 * np.sqrt(2 * np.log(2))
    assert found.size_x == pytest.approx(1.5 * width, abs=0.26)
    assert found.size_y == pytest.approx(2.5 * width, abs=0.26)
    area = 2 * np.pi * np.log(2) * 1.5 * 2.5
    assert found.area == pytest.approx(area, rel=0.03)
    assert found.equivalent_diameter == pytest.approx(2 * np.sqrt(area / np.pi), rel=0.02)
    np.testing.assert_allclose([found.center_col, found.center_row], [8.3, 6.7], atol=0.03)


def test_the_signal_is_measured_against_the_earliest_lags() -> None:
    field = np.zeros((15, 15))
    field[7, 7] = 50
    flat = np.random.default_rng(0).normal(0, 2, (60, 15, 15))
    found = receptive_field((127 + kernel()[:, None, None] * field + flat).astype(np.float32), -60, FRAME_MS)
    assert found.snr == pytest.approx(50 / 2, rel=0.1)


@pytest.mark.parametrize(
    "sta", [np.full((60, 15, 15), np.nan), np.full((60, 15, 15), 127.0), np.zeros((60, 15, 15))]
)
def test_an_sta_without_content_is_absent_with_a_reason(sta: NDArray[np.float64]) -> None:
    with pytest.raises(CannotCompute, match="spike-triggered average"):
        receptive_field(sta.astype(np.float32), -60, FRAME_MS)


@pytest.mark.parametrize("shape", [(60, 1, 1), (60, 1, 15), (60, 2, 2), (2, 15, 15), (1, 15, 15)])
def test_tiny_stas_have_no_fits_rather_than_made_up_ones(shape: tuple[int, int, int]) -> None:
    sta = np.random.default_rng(0).normal(127, 5, shape).astype(np.float32)
    if shape[0] == 1:
        with pytest.raises(CannotCompute, match="same at all lags"):
            receptive_field(sta, -1, FRAME_MS)
        return
    found = receptive_field(sta, -60, FRAME_MS)
    assert found.absent_reason or found.half_maximum.area > 0
    if min(shape[1:]) < 3:
        fits = (found.gaussian_fit, found.difference_of_gaussians, found.on_fit, found.off_fit)
        assert all(np.isnan(dataclasses.astuple(fit)).all() for fit in fits)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.1, 80))
def test_pure_noise_gives_finite_or_missing_numbers_and_never_an_error(seed: int, noise: float) -> None:
    sta = np.random.default_rng(seed).normal(127, noise, (60, 11, 9)).astype(np.float32)
    found = receptive_field(sta, -60, FRAME_MS)
    for fit in (found.gaussian_fit, found.on_fit, found.off_fit, found.difference_of_gaussians):
        assert np.isnan(fit.r_squared) or -1e-9 <= fit.r_squared <= 1
        assert np.isnan(fit.r_squared) == np.isnan(fit.center_x)
    assert found.snr < 8


def test_the_tree_has_the_names_of_the_file() -> None:
    tree: dict[str, Any] = receptive_field(sta_of(20 * gaussian(7, 7, 1.5, 1.5)), -60, FRAME_MS).as_tree()
    half = ["center_row", "center_col", "size_x", "size_y", "area", "equivalent_diameter"]
    time = ["peak_frame", "peak_lag_ms", "polarity", "temporal_kernel", "spatial_map"]
    assert list(tree) == ["p", "snr", *half, "center_error", *time, "gaussian_fit", "DoG", "ONOFF_model"]
    gaussian_names = "center_x, center_y, sigma_x, sigma_y, amplitude, theta, offset, r_squared"
    assert ", ".join(list(tree["gaussian_fit"])[:8]) == gaussian_names
    assert all(
        np.isfinite([tree["gaussian_fit"][f"{name}_error"] for name in gaussian_names.split(", ")[:-1]])
    )
    difference_names = "center_x, center_y, sigma_exc, sigma_inh, amp_exc, amp_inh, offset, r_squared"
    assert ", ".join(list(tree["DoG"])[:8]) == difference_names
    assert set(tree["ONOFF_model"]) >= {
        f"{side}_{name}"
        for side in ("on", "off")
        for name in ("center_x", "center_y", "sigma_x", "sigma_y", "amplitude", "r_squared")
    }
    assert tree["spatial_map"].dtype == tree["temporal_kernel"].dtype == np.float32
    assert type(tree["peak_frame"]) is int
    assert type(tree["center_row"]) is float


def test_a_stop_is_seen_while_a_large_map_is_described(monkeypatch: pytest.MonkeyPatch) -> None:
    y, x = np.mgrid[:200, :200]
    blob = np.exp(-((x - 80) ** 2 + (y - 120) ** 2) / 512) - 0.3 * np.exp(
        -((x - 80) ** 2 + (y - 120) ** 2) / 3200
    )
    events: list[str] = []
    usual = scipy.optimize.leastsq

    def noted(residuals: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        def step(*point: Any) -> Any:
            events.append("step")
            return residuals(*point)

        return usual(step, *arguments, **options)

    monkeypatch.setattr(scipy.optimize, "leastsq", noted)
    receptive_field(sta_of(blob, noise=0.1), -60, 16.7, lambda: events.append("check"))
    assert events.count("step") > 50
    # a step of a fit is the longest piece of work: no two of them, in whatever fits, without a check between
    assert ("step", "step") not in pairwise(events)
    assert events.index("step") > 5, "the work before the fits is in parts too"


class _StoppedError(Exception):
    pass


def test_a_fit_stops_in_its_middle() -> None:
    looks = 0

    def check_cancelled() -> None:
        nonlocal looks
        looks += 1
        if looks == 3:
            raise _StoppedError

    field = gaussian(8.3, 6.7, 1.5, 2.5)
    with pytest.raises(_StoppedError):
        fit_gaussian(field, Start(8.0, 6.0, 3.0, 3.0, 0.0, 1.0), check_cancelled=check_cancelled)
    assert looks == 3
