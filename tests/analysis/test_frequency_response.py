from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import curve_fit

from hdmea_gui.analysis.frequency_response import FrequencyStep, frequency_response
from hdmea_gui.analysis.histogram import TrialRates

if TYPE_CHECKING:
    from numpy.typing import NDArray

STEPS = tuple(
    FrequencyStep(start, start + 240, f)
    for start, f in zip(range(30, 1500, 300), (0.5, 1.0, 2.0, 4.0, 10.0), strict=True)
)


def irregular_edges(n: int = 1500) -> NDArray[np.float64]:
    steps = np.random.default_rng(0).normal(1 / 60, 2e-4, n)
    return np.concatenate([[0.0], np.cumsum(steps)])


@settings(max_examples=20)
@given(st.floats(1, 50), st.floats(-3.1, 3.1), st.floats(0, 80))
def test_a_sine_is_recovered_exactly(amplitude: float, phase: float, offset: float) -> None:
    edges = irregular_edges()
    time = (edges[:-1] + edges[1:]) / 2
    rate = np.zeros(1500)
    for step in STEPS:
        own = slice(step.start_bin, step.end_bin)
        since = time[own] - edges[step.start_bin]
        rate[own] = offset + amplitude * np.sin(2 * np.pi * step.frequency_hz * since + phase)
    found = frequency_response(TrialRates(np.stack([rate * 0.5, rate * 1.5]), edges), STEPS)
    assert found.frequency_hz.tolist() == [0.5, 1, 2, 4, 10]
    np.testing.assert_allclose(found.amplitude, amplitude, rtol=1e-9)
    np.testing.assert_allclose(found.phase, phase, atol=1e-8)
    np.testing.assert_allclose(found.offset, offset, atol=1e-8)
    np.testing.assert_allclose(found.r_squared, 1)


def test_noisy_responses_agree_with_a_general_fitter_and_weak_ones_have_no_phase() -> None:
    edges = np.arange(1501) / 60
    time = edges[:-1] + 1 / 120
    rng = np.random.default_rng(1)
    rate = rng.normal(20, 5, 1500)
    own = slice(STEPS[2].start_bin, STEPS[2].end_bin)
    since = time[own] - edges[own.start]
    rate[own] += 8 * np.sin(2 * np.pi * 2 * since + 1)
    found = frequency_response(TrialRates(rate[None], edges), STEPS)

    def sine(t: NDArray[np.float64], /, a: float, p: float, c: float) -> NDArray[np.float64]:
        return c + a * np.sin(4 * np.pi * t + p)

    (a, p, c), _ = curve_fit(sine, since, rate[own], p0=(5, 1, 20))
    assert found.amplitude[2] == pytest.approx(a, rel=1e-4)
    assert found.phase[2] == pytest.approx(p, abs=1e-4)
    assert found.offset[2] == pytest.approx(c, rel=1e-4)
    explained = 1 - np.var(rate[own] - sine(since, a, p, c)) / np.var(rate[own])
    assert found.r_squared[2] == pytest.approx(explained, abs=1e-6)
    weak = [0, 1, 3, 4]
    assert not (found.modulation_p[weak] <= 0.01).any()  # at 0.5 Hz a single trial has too few cycles
    assert np.isnan(found.phase[weak]).all()
    assert np.isfinite(found.amplitude).all()
    assert found.preferred_frequency == 2


def test_silence_and_steps_beyond_the_trial() -> None:
    edges = np.arange(601) / 60
    found = frequency_response(TrialRates(np.zeros((2, 600)), edges), STEPS)
    assert found.amplitude[:2].tolist() == [0, 0]
    assert np.isnan(found.amplitude[2:]).all()
    assert np.isnan(found.r_squared).all()
    assert np.isnan(found.phase).all()
    assert np.isnan(found.preferred_frequency)


def test_a_step_may_fill_the_trial_but_not_leave_it() -> None:
    edges = np.arange(241) / 60
    rate = 20 + 8 * np.sin(2 * np.pi * 2 * (edges[:-1] + 1 / 120) + 1)
    trials = TrialRates(rate[None], edges)
    whole, before, after = (FrequencyStep(start, end, 2.0) for start, end in ((0, 240), (-1, 239), (1, 241)))
    found = frequency_response(trials, (whole, before, after))
    np.testing.assert_allclose(found.amplitude, [8, np.nan, np.nan])
    np.testing.assert_allclose(found.phase, [1, np.nan, np.nan])


def noisy(seed: int, n_trials: int, amplitude: float, kind: str = "poisson") -> TrialRates:
    rng = np.random.default_rng([seed, n_trials])
    edges = np.arange(1501) / 60
    rate = np.full((n_trials, 1500), 20.0)
    if kind == "fluctuating":
        slow = rng.normal(size=(n_trials, 1500 + 120))
        rate *= np.exp(0.5 * np.stack([np.convolve(one, np.ones(121) / 11, "valid") for one in slow]))
    for step in STEPS:
        own = slice(step.start_bin, step.end_bin)
        since = (edges[:-1] + 1 / 120)[own] - edges[step.start_bin]
        rate[:, own] += amplitude * np.sin(2 * np.pi * step.frequency_hz * since + 1)
    counts = 4 * rng.poisson(rate / 240) if kind == "bursts" else rng.poisson(rate / 60)
    return TrialRates(np.asarray(counts * 60.0, np.float64), edges)


@pytest.mark.parametrize("n_trials", [3, 30])
@pytest.mark.parametrize("kind", ["poisson", "bursts", "fluctuating"])
def test_few_and_many_trials_without_modulation_are_judged_alike(kind: str, n_trials: int) -> None:
    p = [frequency_response(noisy(seed, n_trials, 0, kind), STEPS).modulation_p for seed in range(100)]
    assert np.mean(np.array(p) <= 0.01) <= 0.03
    assert np.mean(np.array(p) <= 0.05) <= 0.08


@pytest.mark.parametrize("n_trials", [3, 30])
def test_intervals_hold_the_true_amplitude_and_phase(n_trials: int) -> None:
    found = [frequency_response(noisy(seed, n_trials, 12), STEPS) for seed in range(100)]
    for name, truth in (("amplitude", 12.0), ("phase", 1.0)):
        bounds = np.array([getattr(one, f"{name}_interval") for one in found])
        known = np.isfinite(bounds[..., 0])
        covered = (bounds[..., 0] <= truth) & (truth <= bounds[..., 1])
        assert covered[known].mean() >= 0.9
    assert np.mean([np.isfinite(one.phase[1:]).all() for one in found]) > 0.9


def test_cycles_of_few_bins_are_taken_together() -> None:
    edges = np.arange(241) / 60
    rate = 20 + 8 * np.sin(2 * np.pi * 25 * (edges[:-1] + 1 / 120) + 1)
    found = frequency_response(TrialRates(rate[None], edges), [FrequencyStep(0, 240, 25.0)])
    assert found.modulation_p[0] < 1e-6
    np.testing.assert_allclose(found.amplitude_interval, [[8, 8]], rtol=1e-6)
