"""The display's refreshes, recovered from sync pulses."""

from __future__ import annotations

import numpy as np
import pytest

from hdmea_gui.analysis.slot_grid import slot_grid, without_pauses

PERIOD = 333.6
N_SAMPLES = 400_000


def regular(n_pulses: int = 1000, seed: int = 0) -> np.ndarray:
    jitter = np.random.default_rng(seed).normal(0, 6, n_pulses)
    return np.rint(5000 + PERIOD * np.arange(n_pulses) + jitter).astype(np.int64)


def test_regular_pulses_are_the_slots() -> None:
    pulses = regular()
    grid = slot_grid(pulses, N_SAMPLES, 10)
    np.testing.assert_array_equal(grid.samples[grid.of_pulse], pulses)
    assert grid.of_pulse.tolist() == list(range(10, 1010))
    assert not len(grid.anomalies)
    assert grid.n_slots == 1000 + 20


@pytest.mark.parametrize("seed", range(5))
def test_lost_pulses_get_their_slots_back(seed: int) -> None:
    pulses = regular(seed=seed)
    lost = np.random.default_rng(seed).choice(np.arange(1, 999), 20, replace=False)
    grid = slot_grid(np.delete(pulses, lost), N_SAMPLES, 0)
    assert np.abs(grid.samples[:1000] - pulses).max() < 30
    assert grid.anomalies[:, 1].sum() == 20


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("part", [0.3, 0.5, 0.55])
def test_additional_pulses_get_no_slot(seed: int, part: float) -> None:
    pulses = regular(seed=seed)
    places = np.random.default_rng(seed).choice(np.arange(1, 998), 20, replace=False)
    more = np.rint(pulses[places] + part * PERIOD).astype(np.int64)
    grid = slot_grid(np.sort(np.concatenate([pulses, more])), N_SAMPLES, 0)
    np.testing.assert_array_equal(grid.samples[:1000], pulses)
    assert grid.anomalies[:, 1].tolist() == [-1] * 20


def test_a_display_that_slips_out_of_step_is_followed() -> None:
    pulses = regular()
    pulses[500:] += round(0.45 * PERIOD)
    grid = slot_grid(pulses, N_SAMPLES, 0)
    np.testing.assert_array_equal(grid.samples[grid.of_pulse[510:]], pulses[510:])


def test_means_are_those_between_the_onsets() -> None:
    pulses = np.arange(1000, 20_000, 100)
    light = np.repeat(np.arange(210.0), 100)[1:]  # changes one sample after each onset's
    light = np.concatenate([[0.0], light])
    grid = slot_grid(pulses, len(light), 5)
    shifted = np.concatenate([light[:1], light[:-1]])
    np.testing.assert_allclose(grid.means(shifted)[5:100], np.arange(10, 105))


def test_slots_of_a_pause_are_not_known() -> None:
    pulses = np.delete(regular(), np.arange(400, 520))
    grid = slot_grid(pulses, N_SAMPLES, 0)
    known = without_pauses(grid.n_slots, grid.anomalies)
    assert not known[400:520].any()
    assert known[:398].all()
    assert known[522:].all()
