"""The program's own stimulus files against the lab's table, line by line."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hdmea_gui.io.resources import resources_dir
from hdmea_gui.io.stimuli import read_stimulus

# start_frame, trial_length_frame, repeat, then group_count and group_gap where there are groups
SECTIONS = {
    "baseline_127": (0, 180, 1),
    "step_up_5s_5i_b0_3x": (240, 600, 3),
    "step_up_5s_5i_b0_30x": (240, 600, 30),
    "green_blue_3s_3i_3x": (120, 720, 3),
    "green_blue_3s_3i_3x_64_128_255": (120, 720, 3, 3, 180),
    "freq_step_5st_3x": (30, 1500, 3),
    "moving_h_bar_s5_d8_3x": (60, 4520, 3),
    "perfect_dense_noise_15x15_15hz_r42_3min": (0, 10800, 1),
}
SECTION_NAMES = ("start_frame", "trial_length_frame", "repeat", "group_count", "group_gap")

STEP = {"intensity": 255, "frames": 300, "gap_frame": 300, "baseline": 0}
COLOURS = {"stim_frame": 180, "gap_frame": 180, "repeat": 3}
MADE_WITH: dict[str, dict[str, Any]] = {
    "step_up_5s_5i_b0_3x": STEP | {"repeat": 3},
    "step_up_5s_5i_b0_30x": STEP | {"repeat": 30},
    "green_blue_3s_3i_3x": COLOURS | {"intensity": 255},
    "green_blue_3s_3i_3x_64_128_255": COLOURS
    | {"green_intensity_1": 64, "green_intensity_2": 128, "green_intensity_3": 255}
    | {"blue_intensity_1": 64, "blue_intensity_2": 128, "blue_intensity_3": 255},
    "freq_step_5st_3x": {
        "freq_list": [0.5, 1, 2, 4, 10],
        "break_intensity": 127,
        "frame_duration": 4,
        "break_duration": 1,
        "repeat": 3,
    },
    "moving_h_bar_s5_d8_3x": {
        "W": 300,
        "H": 300,
        "pre_pad_frame": 120,
        "bar_height": 50,
        "bar_width": 100,
        "bar_color": 255,
        "speed": 5,
        "splits": 2,
        "height_overlap": 0,
    },
    "perfect_dense_noise_15x15_15hz_r42_3min": {
        "duration": 180,
        "col": 15,
        "row": 15,
        "seed": 42,
        "movie_frame_rate": 15,
    },
}

# onset, offset, and what is known of the light
EVENTS: dict[str, list[dict[str, Any]]] = {
    "baseline_127": [{"onset": 0, "offset": 180, "intensity": 127}],
    "step_up_5s_5i_b0_3x": [{"onset": 60, "offset": 360, "intensity": 255}],
    "step_up_5s_5i_b0_30x": [{"onset": 60, "offset": 360, "intensity": 255}],
    "green_blue_3s_3i_3x": [
        {"onset": 60, "offset": 240, "colour": "green", "intensity": 255},
        {"onset": 420, "offset": 600, "colour": "blue", "intensity": 255},
    ],
    "green_blue_3s_3i_3x_64_128_255": [
        {"onset": 60, "offset": 240, "colour": "green"},
        {"onset": 420, "offset": 600, "colour": "blue"},
    ],
    "freq_step_5st_3x": [
        {"onset": 30, "offset": 270, "frequency_hz": 0.5},
        {"onset": 330, "offset": 570, "frequency_hz": 1},
        {"onset": 630, "offset": 870, "frequency_hz": 2},
        {"onset": 930, "offset": 1170, "frequency_hz": 4},
        {"onset": 1230, "offset": 1470, "frequency_hz": 10},
    ],
    "moving_h_bar_s5_d8_3x": [
        {"onset": 60 + 550 * k, "offset": 60 + 550 * (k + 1), "direction_deg": 45 * k} for k in range(8)
    ],
    "perfect_dense_noise_15x15_15hz_r42_3min": [],
}

KINDS = {
    "baseline_127": "baseline",
    "step_up_5s_5i_b0_3x": "step",
    "step_up_5s_5i_b0_30x": "step",
    "green_blue_3s_3i_3x": "chromatic",
    "green_blue_3s_3i_3x_64_128_255": "chromatic",
    "freq_step_5st_3x": "frequency",
    "moving_h_bar_s5_d8_3x": "moving_bar",
    "perfect_dense_noise_15x15_15hz_r42_3min": "noise",
}


def content(movie: str) -> dict[str, Any]:
    return read_stimulus(resources_dir() / "stimuli" / f"{movie}.json", movie).content


def test_there_is_a_file_for_each_stimulus_and_no_other() -> None:
    assert {path.stem for path in (resources_dir() / "stimuli").glob("*.json")} == set(SECTIONS)


@pytest.mark.parametrize("movie", SECTIONS)
def test_trials_lie_where_the_table_says(movie: str) -> None:
    assert content(movie)["section_kwargs"] == dict(zip(SECTION_NAMES, SECTIONS[movie], strict=False))


@pytest.mark.parametrize("movie", MADE_WITH)
def test_movies_were_made_as_the_list_says(movie: str) -> None:
    assert content(movie)["generate_kwargs"] == MADE_WITH[movie]


@pytest.mark.parametrize("movie", SECTIONS)
def test_name_kind_and_events(movie: str) -> None:
    found = content(movie)
    assert list(found) == ["name", "kind", "generate_kwargs", "section_kwargs", "events"]
    assert (found["name"], found["kind"], found["events"]) == (movie, KINDS[movie], EVENTS[movie])


@pytest.mark.parametrize("movie", SECTIONS)
def test_files_are_plain_json_without_doubled_keys(movie: str) -> None:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        assert len({key for key, _ in pairs}) == len(pairs)
        return dict(pairs)

    text = (resources_dir() / "stimuli" / f"{movie}.json").read_text(encoding="ascii")
    assert json.loads(text, object_pairs_hook=once)["name"] == movie
