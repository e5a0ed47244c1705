from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from hdmea_gui.analysis import CannotCompute
from hdmea_gui.analysis.direction_tuning import direction_tuning

if TYPE_CHECKING:
    from numpy.typing import NDArray

ANGLES = np.arange(0, 360, 45)


@settings(max_examples=40)
@given(st.floats(0, 359), st.floats(0.01, 1), st.integers(1, 40))
def test_a_cosine_tuned_cell_in_closed_form(preferred: float, depth: float, scale: int) -> None:
    rate = scale * (1 + depth * np.cos(np.deg2rad(ANGLES - preferred)))
    found = direction_tuning(ANGLES, np.stack([rate, rate], axis=1), n_shuffles=10)
    assert found.dsi == pytest.approx(depth / 2)
    assert found.osi == pytest.approx(0, abs=1e-9)
    assert np.cos(np.deg2rad(found.preferred_direction - preferred)) == pytest.approx(1)
    assert np.isnan(found.preferred_orientation)
    best = int(rate.argmax())
    null = rate[(best + 4) % 8]
    assert found.dsi_pref_null == pytest.approx((rate[best] - null) / (rate[best] + null))


@given(st.floats(0, 179), st.floats(0.01, 1))
def test_an_orientation_tuned_cell_in_closed_form(preferred: float, depth: float) -> None:
    rate = 10 * (1 + depth * np.cos(2 * np.deg2rad(ANGLES - preferred)))
    found = direction_tuning(ANGLES, rate[:, None], n_shuffles=10)
    assert found.osi == pytest.approx(depth / 2)
    assert found.dsi == pytest.approx(0, abs=1e-9)
    assert np.cos(2 * np.deg2rad(found.preferred_orientation - preferred)) == pytest.approx(1)
    assert found.osi_pref_orth == pytest.approx(
        (2 * rate.max() - 2 * rate[(rate.argmax() + 2) % 8])
        / (2 * rate.max() + 2 * rate[(rate.argmax() + 2) % 8])
    )


@settings(max_examples=25)
@given(hnp.arrays(np.float64, (8, 3), elements=st.floats(0, 100)), st.integers(0, 7))
def test_turning_the_stimulus_turns_the_answer(rates: NDArray[np.float64], k: int) -> None:
    first = direction_tuning(ANGLES, rates, n_shuffles=5)
    turned = direction_tuning((ANGLES + 45 * k) % 360, rates, n_shuffles=5)
    np.testing.assert_allclose(
        [turned.dsi, turned.osi, turned.dsi_pref_null, turned.osi_pref_orth],
        [first.dsi, first.osi, first.dsi_pref_null, first.osi_pref_orth],
        atol=1e-9,
    )
    if first.dsi > 1e-6:
        difference = turned.preferred_direction - first.preferred_direction - 45 * k
        assert (difference + 180) % 360 - 180 == pytest.approx(0, abs=1e-3)
        assert 0 <= turned.preferred_direction < 360


def test_p_values_tell_a_tuned_cell_from_an_untuned_one_and_repeat_by_seed() -> None:
    rng = np.random.default_rng(0)
    tuned = rng.poisson(10 * (1 + np.cos(np.deg2rad(ANGLES - 90)))[:, None], (8, 5)).astype(float)
    found = direction_tuning(ANGLES, tuned)
    assert found.dsi_p_value == pytest.approx(1 / 1001)
    assert found.dsi_p_value == direction_tuning(ANGLES, tuned).dsi_p_value
    untuned = [direction_tuning(ANGLES, rng.poisson(10, (8, 5)), n_shuffles=200) for _ in range(100)]
    for name in ("dsi_p_value", "osi_p_value"):
        values = np.array([getattr(u, name) for u in untuned])
        # Uniform under the null: mean 1/2 with deviation 0.029, and one in ten below a tenth.
        assert 0.4 < values.mean() < 0.6
        assert 2 <= np.count_nonzero(values < 0.1) <= 22


def test_equal_rates_everywhere_are_no_evidence() -> None:
    found = direction_tuning(ANGLES, np.full((8, 3), 7.0))
    assert (found.dsi_p_value, found.osi_p_value) == (1, 1)
    assert found.dsi_pref_null == 0
    assert np.isnan(found.preferred_direction)


def test_a_silent_cell_has_no_indices() -> None:
    found = direction_tuning(ANGLES, np.zeros((8, 3)))
    numbers = (found.dsi, found.osi, found.dsi_pref_null, found.osi_pref_orth, found.preferred_direction)
    assert np.isnan([*numbers, found.preferred_orientation, found.dsi_p_value, found.osi_p_value]).all()


def test_incomplete_trials_missing_opposites_and_too_few_directions() -> None:
    rates = np.arange(24.0).reshape(8, 3)
    rates[7, 2] = np.nan
    np.testing.assert_allclose(direction_tuning(ANGLES, rates).rate, rates[:, :2].mean(axis=1))
    three = direction_tuning(np.array([0, 120, 240]), np.array([[3.0], [1.0], [1.0]]))
    assert np.isnan([three.dsi_pref_null, three.osi_pref_orth]).all()
    assert three.dsi == pytest.approx(0.4)
    with pytest.raises(CannotCompute, match="no trial"):
        direction_tuning(ANGLES, np.full((8, 2), np.nan))
    with pytest.raises(CannotCompute, match="fewer than two"):
        direction_tuning(np.array([0]), np.ones((1, 2)))


def test_orientation_is_significant_in_a_direction_selective_cell_and_not_in_an_untuned_one() -> None:
    angles, duration_s = np.arange(8) * 45.0, 550 / 60
    tuned = 5 + 20 * np.exp(1.5 * (np.cos(np.deg2rad(angles - 130)) - 1))

    def p_value(counts: NDArray[np.int64]) -> float:
        return direction_tuning(angles, counts / duration_s).osi_p_value

    selective, untuned = [], []
    for seed in range(100):
        rng = np.random.default_rng(seed)
        selective.append(p_value(rng.poisson(tuned[:, None] * duration_s, (8, 3))))
        # a Fano factor of 2: a Poisson null would be rejected in every fifth unit
        untuned.append(p_value(rng.negative_binomial(14 * duration_s, 0.5, (8, 3))))
    assert np.mean(np.array(selective) <= 0.05) >= 0.99
    assert np.mean(np.array(untuned) <= 0.05) <= 0.11
