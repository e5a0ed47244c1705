from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from hdmea_gui.analysis import CannotCompute
from hdmea_gui.analysis.triggered_response import light_duration_s, triggered_response
from tests.analysis.spike_trains import poisson_trials

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

BEFORE_S, AFTER_S, LIGHT_S = 2.0, 40.0, 10.0


def trials(
    seed: int, rate_hz: Callable[[NDArray[np.float64]], NDArray[np.float64]], n_trials: int = 3
) -> list[NDArray[np.float64]]:
    """Trials by their time from light onset."""
    found = poisson_trials(
        seed, n_trials, lambda t: rate_hz(np.asarray(t - BEFORE_S, np.float64)), BEFORE_S + AFTER_S
    )
    return [times - BEFORE_S for times in found]


def test_a_slow_response_that_outlasts_the_light_is_measured() -> None:
    slow = trials(0, lambda t: np.where((t > 3) & (t < 20), 22.0, 2.0))
    found = triggered_response(slow, BEFORE_S, AFTER_S, LIGHT_S)
    assert found.response_class == "on_off"
    assert found.baseline_rate == pytest.approx(2, abs=1.5)
    assert found.response_value == pytest.approx(14, abs=2)
    assert found.after_response == pytest.approx(20 / 3, abs=2)
    assert max(found.response_value_p, found.after_response_p) < 0.01
    assert found.duration_s == pytest.approx(20, abs=1)
    assert found.trial_correlation > 0.8
    assert found.psth_time_s[0] == pytest.approx(-1.95)


def test_units_without_a_response_get_none() -> None:
    found = [
        triggered_response(trials(seed, lambda t: np.full(t.shape, 3.0)), BEFORE_S, AFTER_S, LIGHT_S)
        for seed in range(40)
    ]
    assert np.mean([one.response_class in {"none", "not_tested"} for one in found]) >= 0.93
    assert np.mean([np.isnan([one.latency_ms, one.onset_ms, one.duration_s]).all() for one in found]) >= 0.93
    assert abs(np.mean([one.trial_correlation for one in found])) < 0.05


def test_without_the_end_of_the_light_there_is_no_after_response() -> None:
    found = triggered_response(trials(1, lambda t: np.where(t > 0, 22.0, 2.0)), BEFORE_S, AFTER_S)
    assert found.response_class == "on"
    assert np.isnan([found.after_response, found.after_response_p]).all()


def test_what_cannot_be_measured_is_refused() -> None:
    with pytest.raises(CannotCompute, match="no trial"):
        triggered_response([], BEFORE_S, AFTER_S)
    with pytest.raises(CannotCompute, match="dark before"):
        triggered_response([np.empty(0)], 0.1, AFTER_S)


def test_the_duration_of_the_light_is_read_from_its_mean_time_course() -> None:
    rate_hz = 1000.0
    light = np.where(np.arange(40_000) < 10_000, 900.0, 100.0)
    noisy = light + np.random.default_rng(0).normal(0, 20, light.size)
    assert light_duration_s(noisy, rate_hz) == pytest.approx(10, abs=0.11)
    assert light_duration_s(np.full(40_000, 5.0), rate_hz) is None
    assert light_duration_s(np.zeros(3), rate_hz) is None
