from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from hdmea_gui.analysis import CannotCompute
from hdmea_gui.analysis.chromatic_response import chromatic_response
from hdmea_gui.analysis.histogram import TrialRates

if TYPE_CHECKING:
    from numpy.typing import NDArray

GREEN, BLUE = (60, 240), (420, 600)
EDGES = np.arange(721) / 60


def trial(**peaks: float) -> TrialRates:
    """Two equal trials with a peak of the given rate ten frames after each event."""
    events = {"green_on": 60, "green_off": 240, "blue_on": 420, "blue_off": 600}
    rates: NDArray[np.float64] = np.full(720, 2.0)
    for name, rate in peaks.items():
        rates += (rate - 2) * np.exp(-((np.arange(720) - events[name] - 10) ** 2) / 18)
    return TrialRates(np.stack([rates, rates]), EDGES)


def test_an_on_cell_that_prefers_green() -> None:
    found = chromatic_response(trial(green_on=60, green_off=20, blue_on=20), GREEN, BLUE, cutoff_hz=0)
    assert found.green_on_response == pytest.approx(60)
    assert found.green_off_response == pytest.approx(20)
    assert found.blue_on_response == pytest.approx(20)
    assert np.isnan(found.blue_off_response)
    assert found.green_latency_ms == pytest.approx(10.5 / 60 * 1e3)
    assert found.blue_latency_ms == pytest.approx(10.5 / 60 * 1e3)
    assert found.color_opponency_index == pytest.approx(0.5)
    assert found.preferred_color == "green"
    assert found.response_quality == pytest.approx(1)


def test_an_off_cell_is_judged_by_its_off_responses() -> None:
    found = chromatic_response(trial(green_off=20, blue_off=60, green_on=9), GREEN, BLUE, cutoff_hz=0)
    assert found.color_opponency_index == pytest.approx(-0.5)
    assert found.preferred_color == "blue"
    assert np.isnan(found.blue_latency_ms)


def test_one_colour_alone_gives_one_and_none_gives_no_preference() -> None:
    only_blue = chromatic_response(trial(blue_on=30), GREEN, BLUE, cutoff_hz=0)
    assert (only_blue.color_opponency_index, only_blue.preferred_color) == (-1, "blue")
    equal = chromatic_response(trial(blue_on=30, green_on=30), GREEN, BLUE, cutoff_hz=0)
    assert equal.color_opponency_index == pytest.approx(0, abs=1e-9)
    silent = chromatic_response(TrialRates(np.zeros((3, 720)), EDGES), GREEN, BLUE)
    assert np.isnan(silent.color_opponency_index)
    assert silent.preferred_color == "none"


def test_exactly_equal_responses_give_no_preference() -> None:
    rates = np.zeros((2, 720))
    rates[:, [70, 430]] = 8
    found = chromatic_response(TrialRates(rates, EDGES), GREEN, BLUE, cutoff_hz=0)
    assert (found.green_on_response, found.blue_on_response) == (8, 8)
    assert (found.color_opponency_index, found.preferred_color) == (0, "none")


def test_the_colours_may_come_in_either_order() -> None:
    rates = trial(green_on=60, blue_on=20)
    forward = chromatic_response(rates, GREEN, BLUE)
    backward = chromatic_response(rates, BLUE, GREEN)
    assert backward.blue_on_response == forward.green_on_response
    assert backward.color_opponency_index == -forward.color_opponency_index


def test_lights_outside_the_trial_are_refused() -> None:
    with pytest.raises(CannotCompute, match="timing"):
        chromatic_response(trial(green_on=60), GREEN, (420, 800))
