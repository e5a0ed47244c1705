"""The soft mask of bad lanes, and what it does for somas."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from hdmea_gui.analysis.lane_mask import Lanes, interpolated, masked
from hdmea_gui.analysis.soma_geometry import peak_electrode, soma_geometry
from tests.benchmarks.lanes import SIDE, Chip, Unit, image_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

OWN = np.full((SIDE, SIDE), 10, np.float32)


def image(axis: int, lanes: tuple[int, ...], soma: tuple[float, float], factor: float) -> NDArray[np.float32]:
    chip = Chip(OWN, axis, lanes, "common" if factor else "dead", factor)
    return image_of(chip, Unit(soma, 8.0, 100), np.random.default_rng(0))


@pytest.mark.parametrize("axis", [0, 1])
def test_a_lane_keeps_what_stands_out_and_loses_the_rest(axis: int) -> None:
    spoiled = image(axis, (20, 50), (20.0, 20.0), 20.0)
    before = spoiled.copy()
    found = masked(spoiled, Lanes(axis, (20, 50, 99)))
    np.testing.assert_array_equal(spoiled, before)
    lines = found.swapaxes(1, 1 + axis)
    assert np.isfinite(lines[:, 20, 20]).all()
    assert np.isnan(lines[:, 20, 40:]).all()
    assert np.isnan(lines[:, 50]).all()
    good = np.delete(lines, [20, 50], axis=1)
    np.testing.assert_array_equal(good, np.delete(before.swapaxes(1, 1 + axis), [20, 50], axis=1))
    clean = image(axis, (), (20.0, 20.0), 1.0).swapaxes(1, 1 + axis)
    assert (
        np.abs(lines[:, 20, 20] - clean[:, 20, 20]).max() < 20
    )  # of a peak of 80, in a lane that swings by 60


def test_the_median_of_a_small_region_does_not_take_the_signal_away() -> None:
    frames = image(0, (), (6.0, 6.0), 1.0)[:, :16, :16]
    kept = masked(frames, Lanes(0, (6,)))
    assert np.ptp(kept[:, 6, 6]) > 0.8 * np.ptp(frames[:, 6, 6])


def test_interpolation_across_lanes() -> None:
    values = np.add.outer(np.arange(6.0), np.zeros(4))
    values[2:4] = np.nan
    values[5] = np.nan
    expected = np.add.outer([0.0, 1, 2, 3, 4, 4], np.zeros(4))
    np.testing.assert_allclose(interpolated(values, Lanes(0, (2, 3, 5))), expected)
    np.testing.assert_allclose(interpolated(values.T, Lanes(1, (2, 3, 5))), expected.T)
    assert np.isnan(interpolated(values, Lanes(0, (5,)))[2]).all()  # only lanes are filled
    assert np.isnan(interpolated(np.full((2, 2), np.nan), Lanes(0, (0, 1)))).all()


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("factor", [0.0, 30.0])
def test_a_soma_beside_and_on_bad_lanes_is_found_in_place(axis: int, factor: float) -> None:
    lanes = Lanes(axis, (19, 20, 40))
    soma = (20.3, 30.6) if axis == 0 else (30.6, 20.3)
    spoiled = image(axis, lanes.indices, soma, factor)
    found = soma_geometry(spoiled, ("row", "col"), 10, lanes=lanes)
    assert found.center_row == pytest.approx(soma[0], abs=0.8)
    assert found.center_col == pytest.approx(soma[1], abs=0.8)
    turned = soma_geometry(spoiled.swapaxes(1, 2), ("col", "row"), 10, lanes=Lanes(1 - axis, lanes.indices))
    assert (turned.center_row, turned.center_col) == (found.center_row, found.center_col)
    if factor:
        without = soma_geometry(spoiled, ("row", "col"), 10)
        assert np.hypot(without.center_row - soma[0], without.center_col - soma[1]) > 2
        peak = peak_electrode(spoiled, lanes)
        assert peak is not None
        assert np.abs(np.array(peak) - soma).max() < 2


def test_lanes_that_are_not_near_change_nothing() -> None:
    frames = image(0, (), (20.0, 20.0), 1.0)
    plain, with_lane = (
        soma_geometry(frames, ("row", "col"), 10, lanes=lanes) for lanes in (None, Lanes(0, (50,)))
    )
    assert (plain.center_row, plain.center_col, plain.area) == (
        with_lane.center_row,
        with_lane.center_col,
        with_lane.area,
    )


def test_three_adjacent_lanes_are_wide() -> None:
    lanes = Lanes(0, (3, 10, 11, 12, 20, 21))
    assert [lanes.are_wide_at(place) for place in (3, 9.4, 9.6, 11, 12.4, 13, 20)] == [
        False, False, True, True, True, False, False,
    ]  # fmt: skip
