from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from hdmea_gui.analysis import CannotCompute
from hdmea_gui.analysis.chromatic_response import ChromaticResponse, chromatic_response
from tests.analysis.spike_trains import bump, burst_trials, poisson_trials, trial_rates

if TYPE_CHECKING:
    from hdmea_gui.analysis.histogram import TrialRates

GREEN, BLUE = (60, 240), (420, 600)
CHANGES_S = {"green_on": 1.0, "green_off": 4.0, "blue_on": 7.0, "blue_off": 10.0}


def trials(seed: int, n_trials: int = 3, base_hz: float = 2.0, **peaks_hz: float) -> TrialRates:
    """Trials with a response of the given peak rate 100 ms after each change."""
    spikes = poisson_trials(
        [seed, n_trials],
        n_trials,
        lambda t: sum(
            (bump(t, peak, CHANGES_S[name] + 0.1, 0.04) for name, peak in peaks_hz.items()),
            np.full_like(t, base_hz),
        ),
        12.0,
    )
    return trial_rates(spikes, 12.0)


def respond(seed: int, n_trials: int = 3, base_hz: float = 2.0, **peaks_hz: float) -> ChromaticResponse:
    return chromatic_response(trials(seed, n_trials, base_hz, **peaks_hz), GREEN, BLUE)


def test_an_on_cell_that_prefers_green() -> None:
    found = [respond(seed, 10, green_on=200, green_off=100, blue_on=100) for seed in range(20)]
    assert {one.preferred_color for one in found} == {"green"}
    assert {one.response_class for one in found} == {"on_off"}
    assert np.median([one.color_opponency_index for one in found]) == pytest.approx(1 / 3, abs=0.05)
    assert np.median([one.green_latency_ms for one in found]) == pytest.approx(100, abs=4)
    assert np.median([one.blue_latency_ms for one in found]) == pytest.approx(100, abs=6)
    assert max(one.green_on_response_p for one in found) <= 0.01
    assert np.median([one.blue_off_response_p for one in found]) > 0.05
    assert np.median([one.green_on_response for one in found]) > np.median(
        [one.blue_on_response for one in found]
    )


def test_an_off_cell_is_judged_by_its_off_responses() -> None:
    found = respond(1, 10, green_off=80, blue_off=240)
    assert found.response_class == "off"
    assert found.color_opponency_index == pytest.approx(-0.5, abs=0.1)
    assert found.preferred_color == "blue"
    assert np.isnan([found.green_latency_ms, found.blue_latency_ms]).all()


def test_one_colour_alone_gives_one_and_equal_ones_give_no_preference() -> None:
    only_blue = respond(2, 10, blue_on=200)
    assert (only_blue.color_opponency_index, only_blue.preferred_color) == (-1, "blue")
    equal = [respond(seed, 3, green_on=200, blue_on=200) for seed in range(40)]
    assert np.mean([one.preferred_color == "none" for one in equal]) >= 0.9
    silent = chromatic_response(trial_rates([np.empty(0)] * 3, 12.0), GREEN, BLUE)
    assert np.isnan([silent.color_opponency_index, silent.color_opponency_index_p]).all()
    assert silent.preferred_color == "none"


@pytest.mark.parametrize("n_trials", [3, 10])
def test_units_without_a_response_have_no_preference(n_trials: int) -> None:
    plain = [respond(seed, n_trials, 20.0) for seed in range(40)]
    bursting = [
        chromatic_response(
            trial_rates(burst_trials([seed, n_trials], n_trials, 5.0, 12.0), 12.0), GREEN, BLUE
        )
        for seed in range(40)
    ]
    for found in (plain, bursting):
        assert np.mean([one.preferred_color != "none" for one in found]) <= 0.05
        assert np.mean([np.isfinite(one.green_latency_ms) for one in found]) <= 0.05


def test_the_colours_may_come_in_either_order() -> None:
    rates = trials(3, 10, green_on=240, blue_on=80)
    forward = chromatic_response(rates, GREEN, BLUE)
    backward = chromatic_response(rates, BLUE, GREEN)
    assert backward.blue_on_response == forward.green_on_response
    assert backward.color_opponency_index == -forward.color_opponency_index
    assert (forward.preferred_color, backward.preferred_color) == ("green", "blue")


def test_lights_outside_the_trial_are_refused() -> None:
    with pytest.raises(CannotCompute, match="timing"):
        chromatic_response(trials(0), GREEN, (420, 800))
