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
