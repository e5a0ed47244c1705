"""Stimuli that differ between the trials of one movie."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

import numpy as np
import pytest

from hdmea_gui.analysis.step_response import step_response
from hdmea_gui.io.resources import resources_dir
from hdmea_gui.pipeline.features.conditions import Conditions, by_condition, conditions_of
from tests.analysis.spike_trains import bump, poisson_trials, trial_rates


def test_the_three_intensities_of_a_movie_are_conditions() -> None:
    path = resources_dir() / "stimuli" / "green_blue_3s_3i_3x_64_128_255.json"
    found = conditions_of(json.loads(path.read_text()))
    assert (found.names, found.intensity, found.reference) == (("64", "128", "255"), (64, 128, 255), 2)
    assert found.of_trials(18).tolist() == [0, 0, 0, 1, 1, 1, 2, 2, 2] * 2


@pytest.mark.parametrize(
    ("content", "names"),
    [
        ({}, ("all trials",)),
        ({"section_kwargs": {"repeat": 3}}, ("all trials",)),
        ({"section_kwargs": {"repeat": 3, "group_count": 2}}, ("1", "2")),
        (
            {"section_kwargs": {"repeat": 3, "group_count": 2}, "conditions": ["dim", {"name": "bright"}]},
            ("dim", "bright"),
        ),
        ({"section_kwargs": {"repeat": 3, "group_count": "2"}}, ("all trials",)),
        ({"section_kwargs": "3"}, ("all trials",)),
    ],
)
def test_conditions_are_the_groups_of_trials(content: dict[str, Any], names: tuple[str, ...]) -> None:
    assert conditions_of(content).names == names


def test_responses_are_measured_in_each_condition_and_never_across() -> None:
    dim = poisson_trials(0, 6, lambda t: np.full_like(t, 5.0))
    bright = poisson_trials(1, 6, lambda t: 5 + bump(t, 200, 1.05, 0.02))
    trials = trial_rates([*dim, *bright])
    measure = partial(step_response, on_bin=60, off_bin=360)
    found = by_condition(trials, Conditions(("64", "255"), 6, (64.0, 255.0)), measure)
    assert found["condition"] == ["64", "255"]
    assert found["condition_intensity"].tolist() == [64, 255]
    assert found["response_class"] == "on"
    assert found["response_class_by_condition"][1] == "on"
    assert found["on_peak_value_p_by_condition"][0] > 0.01 > found["on_peak_value_p_by_condition"][1]
    assert found["n_trials_by_condition"].tolist() == [6, 6]
    assert found["psth_by_condition"].shape == (2, 600)
    alone = step_response(trial_rates(bright), 60, 360)
    assert found["response_quality"] == alone.response_quality
    np.testing.assert_array_equal(found["psth"], alone.psth)
