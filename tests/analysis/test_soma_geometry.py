from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from hdmea_gui.analysis import CannotCompute
from hdmea_gui.analysis.soma_geometry import peak_electrode, soma_geometry
from hdmea_gui.errors import ValidationError

if TYPE_CHECKING:
    from numpy.typing import NDArray

N_LAGS, SPIKE_LAG = 50, 10
ROWS, COLS = 15, 17


def spike(onset: float) -> NDArray[np.float64]:
    lags = np.arange(N_LAGS)
    return np.asarray(-np.exp(-((lags - onset) ** 2) / 8) + 0.3 * np.exp(-((lags - onset - 6) ** 2) / 18))


def image_of_soma_and_axon(row: float, col: float, noise: float = 0.0) -> NDArray[np.float32]:
    """A round soma, and an axon along its row that fires ten and more frames later at 0.7 of its size."""
    y, x = np.indices((ROWS, COLS), dtype=float)
    soma = np.exp(-((y - row) ** 2 + (x - col) ** 2) / (2 * 1.2**2))
    frames = 100 * spike(SPIKE_LAG)[:, None, None] * soma
    for step, c in enumerate(range(int(col) + 4, COLS)):
        frames[:, round(row), c] += 70 * spike(SPIKE_LAG + 10 + 3 * step)
    drift = np.random.default_rng(0).normal(0, 500, (ROWS, COLS))
    return (frames + drift + np.random.default_rng(1).normal(0, noise, frames.shape)).astype(np.float32)


def test_the_somas_place_and_extent_in_closed_form() -> None:
    found = soma_geometry(image_of_soma_and_axon(7.0, 5.0), ("row", "col"), SPIKE_LAG)
    assert (found.peak_row, found.peak_col) == (7, 5)
    assert found.center_row == pytest.approx(7, abs=1e-3)
    assert found.center_col == pytest.approx(5, abs=1e-3)
    # Half of the peak lies at 1.2 x sqrt(2 ln 2) = 1.413 electrodes; the diagonal ones, at 1.4142, miss it.
    assert found.area == 5
    assert (found.size_x, found.size_y) == (3, 3)
    assert found.equivalent_diameter == pytest.approx(2 * (5 / np.pi) ** 0.5)
    image = image_of_soma_and_axon(7.0, 5.0)
    np.testing.assert_allclose(found.diff_map, image.max(axis=0) - image.min(axis=0), rtol=1e-4)
    assert found.diff_map[7, 12] > found.diff_map[7, 5] / 2  # the axon has a signal too, and does not count


@pytest.mark.parametrize(("row", "col"), [(3.3, 11.2), (9.6, 4.4), (0.0, 0.0)])
def test_either_order_of_the_axes_gives_the_same_rows_and_columns(row: float, col: float) -> None:
    image = image_of_soma_and_axon(row, col, noise=1)
    straight = soma_geometry(image, ("row", "col"), SPIKE_LAG)
    turned = soma_geometry(image.swapaxes(1, 2), ("col", "row"), SPIKE_LAG)
    for name in ("center_row", "center_col", "size_x", "size_y", "area", "peak_row", "peak_col"):
        assert getattr(turned, name) == getattr(straight, name)
    np.testing.assert_array_equal(turned.diff_map, straight.diff_map.T)
    assert (straight.peak_row, straight.peak_col) == (round(row), round(col))
    if row > 0:
        assert np.hypot(straight.center_row - row, straight.center_col - col) < 0.35
    assert peak_electrode(image.swapaxes(1, 2)) == (round(col), round(row))


def test_a_wide_soma_spans_its_width_and_height() -> None:
    frames = np.zeros((N_LAGS, ROWS, COLS))
    frames[:, 4:7, 2:9] = spike(SPIKE_LAG)[:, None, None]
    frames[:, 5, 5] *= 1.5
    found = soma_geometry(frames, ("row", "col"), SPIKE_LAG)
    assert (found.size_x, found.size_y, found.area) == (7, 3, 21)
    np.testing.assert_allclose([found.center_row, found.center_col], 5)


def test_dead_electrodes_do_not_count_and_an_empty_image_says_so() -> None:
    image = image_of_soma_and_axon(7.0, 5.0)
    image[:, 7, 6] = np.nan
    found = soma_geometry(image, ("row", "col"), SPIKE_LAG)
    assert (found.peak_row, found.peak_col, found.area) == (7, 5, 4)
    assert np.isnan(found.diff_map[7, 6])
    for empty in (np.full((50, 4, 4), np.nan), np.full((50, 4, 4), 3.0)):
        assert peak_electrode(empty) is None
        with pytest.raises(CannotCompute, match="no spike"):
            soma_geometry(empty, ("row", "col"), SPIKE_LAG)
    with pytest.raises(ValidationError, match="row and col"):
        soma_geometry(image, ("x", "y"), SPIKE_LAG)


# The baseline: the first half of the lags before the spike, not the foot that may precede the spike in the second half

PEAK_ROW, PEAK_COL = 7, 6
EARLY_LAG, LATE_LAG = 20, 36


def image_of_two_deflections(early: float, late: float, before: NDArray[np.float64]) -> NDArray[np.float32]:
    """Two deflections of one electrode, of which the larger one says where the extent is measured.

    The early one, at lag 20, is shared by 3 x 3 electrodes around the strongest; the late one, at lag 36, by the 5 of
    its row from there on. The strongest electrode alone has something before the spike, and an offset of its own.
    """
    frames = np.zeros((N_LAGS, ROWS, COLS), np.float32)
    frames[EARLY_LAG, PEAK_ROW - 1 : PEAK_ROW + 2, PEAK_COL - 1 : PEAK_COL + 2] = early
    frames[LATE_LAG, PEAK_ROW, PEAK_COL : PEAK_COL + 5] = late
    frames[: len(before), PEAK_ROW, PEAK_COL] = before
    return frames


@pytest.mark.parametrize("polarity", [1, -1])
@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize(
    ("early", "late", "foot", "offset", "expected"),
    [
        # Mean of the whole pre-window -25: 75 and 123. Without a baseline: 70 and 128.
        (-100, 98, -50, 30, "early"),
        # Mean of the whole pre-window +25: 123 and 75. Without a baseline: 128 and 70.
        (-98, 100, 50, -30, "late"),
    ],
)
def test_the_first_half_of_the_lags_before_the_spike_is_the_baseline(
    early: float, late: float, foot: float, offset: float, expected: str, turned: bool, polarity: int
) -> None:
    # lags 0 to 9 have the mean 0 as a whole, but not without one of them or as parts; then comes the foot
    slope = np.sign(foot) * np.repeat([40.0, -40.0], 5)
    before = np.concatenate([slope, np.full(10, float(foot))])
    image = polarity * image_of_two_deflections(early, late, before)
    image[:, PEAK_ROW, PEAK_COL] += polarity * offset
    axes = ("row", "col")
    if turned:
        image, axes = image.swapaxes(1, 2), ("col", "row")
    found = soma_geometry(image, axes, EARLY_LAG)
    assert (found.peak_row, found.peak_col) == (PEAK_ROW, PEAK_COL)
    extent = (found.area, found.size_x, found.size_y)
    assert extent == ((9, 3, 3) if expected == "early" else (5, 5, 1))
    center = (PEAK_ROW, PEAK_COL) if expected == "early" else (PEAK_ROW, PEAK_COL + 2)
    assert (found.center_row, found.center_col) == pytest.approx(center)


@pytest.mark.parametrize(("spike_lag", "n_baseline"), [(0, 1), (1, 1), (2, 1), (3, 1), (4, 2), (7, 3)])
@pytest.mark.parametrize(("early", "late", "expected"), [(-100, 99, 9), (-99, 100, 5)])
def test_a_short_pre_window_has_a_baseline_of_one_lag_at_least(
    spike_lag: int, n_baseline: int, early: float, late: float, expected: int
) -> None:
    # the mean is 0, and with one lag more or less it is far enough from 0 for the other deflection to be larger
    sign = 1 if expected == 9 else -1
    before = sign * np.array([-10.0] * (n_baseline - 1) + [10.0 * (n_baseline - 1), -40.0])
    found = soma_geometry(image_of_two_deflections(early, late, before), ("row", "col"), spike_lag)
    assert found.area == expected


@pytest.mark.parametrize("lag", [1, 2, 4])
def test_a_spike_in_the_first_lags_has_its_whole_extent(lag: int) -> None:
    image = np.zeros((20, 5, 5))
    image[lag, 1:4, 2] = image[lag, 2, 1:4] = -1
    image[lag, 2, 2] = -1.5
    found = soma_geometry(image, ("row", "col"), lag)
    assert (found.peak_row, found.peak_col) == (2, 2)
    assert (found.area, found.size_x, found.size_y) == (5, 3, 3)
