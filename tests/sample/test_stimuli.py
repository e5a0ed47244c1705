"""The movies show what their timing files say, and these say what the lab's table says."""

from __future__ import annotations

import json

import numpy as np
import pytest

from hdmea_gui.analysis.bar_path import bar_overlap
from hdmea_gui.errors import ConfigurationError
from hdmea_gui.io.resources import resources_dir
from hdmea_gui.sample.stimuli import SAMPLE_NOISE, Movie, make_movie
from hdmea_gui.sample.timeline import Presentation

# movie: start_frame, trial_length_frame, repeat, group_count, group_gap, frames of the movie, kind
LAB = {
    "baseline_127": (0, 180, 1, 1, 0, 180, "baseline"),
    "step_up_5s_5i_b0_3x": (240, 600, 3, 1, 0, 2100, "step"),
    "step_up_5s_5i_b0_30x": (240, 600, 30, 1, 0, 18300, "step"),
    "green_blue_3s_3i_3x": (120, 720, 3, 1, 0, 2340, "chromatic"),
    "green_blue_3s_3i_3x_64_128_255": (120, 720, 3, 3, 180, 7020, "chromatic"),
    "freq_step_5st_3x": (30, 1500, 3, 1, 0, 4560, "frequency"),
    "moving_h_bar_s5_d8_3x": (60, 4520, 3, 1, 0, 13560, "moving_bar"),
    "perfect_dense_noise_15x15_15hz_r42_3min": (0, 10800, 1, 1, 0, 10800, "noise"),
}


def movie_of(name: str) -> Movie:
    return make_movie(name, noise_frames=400, seed=3)


def trials_of(movie: Movie) -> np.ndarray:
    return Presentation(movie, 0).trial_frames()


def test_every_stimulus_of_the_lab_has_a_timing_file() -> None:
    assert {path.stem for path in (resources_dir() / "stimuli").glob("*.json")} == set(LAB)


@pytest.mark.parametrize("name", LAB)
def test_timing_and_length_are_the_labs(name: str) -> None:
    start, length, repeat, groups, gap, n_frames, kind = LAB[name]
    description = json.loads((resources_dir() / "stimuli" / f"{name}.json").read_text(encoding="utf-8"))
    timing = description["section_kwargs"]
    assert description["name"] == name
    assert description["kind"] == kind
    assert (timing["start_frame"], timing["trial_length_frame"], timing["repeat"]) == (start, length, repeat)
    assert (timing.get("group_count", 1), timing.get("group_gap", 0)) == (groups, gap)
    assert movie_of(name).n_frames == n_frames
    assert all(0 <= event["onset"] < event["offset"] <= length for event in description["events"])


@pytest.mark.parametrize("name", ["step_up_5s_5i_b0_3x", "step_up_5s_5i_b0_30x"])
def test_a_step_is_lit_exactly_during_its_event(name: str) -> None:
    movie = movie_of(name)
    for start, stop in trials_of(movie):
        expected = np.zeros(600)
        expected[60:360] = 255
        np.testing.assert_array_equal(movie.light[start:stop], expected)
    [event] = movie.description["events"]
    assert event == {"onset": 60, "offset": 360, "intensity": 255}


@pytest.mark.parametrize("name", ["green_blue_3s_3i_3x", "green_blue_3s_3i_3x_64_128_255"])
def test_colours_come_in_turn_at_the_level_of_their_group(name: str) -> None:
    movie = movie_of(name)
    levels = [255] * 3 if name.endswith("3x") else [64] * 3 + [128] * 3 + [255] * 3
    trials = trials_of(movie)
    assert len(trials) == len(levels)
    for (start, stop), level in zip(trials, levels, strict=True):
        green, blue = np.zeros(720), np.zeros(720)
        green[60:240] = level
        blue[420:600] = level
        np.testing.assert_array_equal(movie.green[start:stop], green)
        np.testing.assert_array_equal(movie.blue[start:stop], blue)


def test_colour_events_tell_an_intensity_only_where_all_trials_share_it() -> None:
    times = [("green", 60, 240), ("blue", 420, 600)]
    for name, intensity in (("green_blue_3s_3i_3x", 255), ("green_blue_3s_3i_3x_64_128_255", None)):
        events = movie_of(name).description["events"]
        assert [(each["colour"], each["onset"], each["offset"]) for each in events] == times
        assert [each.get("intensity") for each in events] == [intensity] * 2


def test_frequency_steps_are_sines_about_grey() -> None:
    movie = movie_of("freq_step_5st_3x")
    events = movie.description["events"]
    assert [event["frequency_hz"] for event in events] == [0.5, 1, 2, 4, 10]
    for start, stop in trials_of(movie):
        trial = movie.light[start:stop]
        between = np.ones(1500, dtype=bool)
        for event in events:
            seconds = np.arange(240) / 60
            expected = 127 + 127 * np.sin(2 * np.pi * event["frequency_hz"] * seconds)
            np.testing.assert_allclose(trial[event["onset"] : event["offset"]], expected, atol=1e-3)
            between[event["onset"] : event["offset"]] = False
        np.testing.assert_array_equal(trial[between], 127)


def test_bars_move_in_the_direction_that_the_events_say() -> None:
    movie = movie_of("moving_h_bar_s5_d8_3x")
    assert movie.bars is not None
    for trial_start in trials_of(movie)[:, 0]:
        for number, event in enumerate(movie.description["events"]):
            assert event == {
                "onset": 60 + 550 * number,
                "offset": 610 + 550 * number,
                "direction_deg": 45 * number,
            }
            shown = slice(trial_start + event["onset"], trial_start + event["offset"])
            assert set(movie.bars.direction_deg[shown]) == {event["direction_deg"]}
            forward = np.diff(movie.bars.along[shown])
            np.testing.assert_allclose(np.sort(forward)[5:], 5)
            assert (forward < 0).sum() == 5
    assert np.isnan(movie.bars.direction_deg[:120]).all()


def test_what_a_field_sees_of_the_bar_is_the_integral_over_the_bar() -> None:
    movie = movie_of("moving_h_bar_s5_d8_3x")
    assert movie.bars is not None
    x, y, sigma = np.array([30.0, -45.0]), np.array([-20.0, 10.0]), np.array([22.0, 30.0])
    covered = bar_overlap(movie.bars, x, y, sigma)
    pixel_y, pixel_x = np.mgrid[-260:260, -260:260] + 0.5
    seen = 0
    starts = 120 + 550 * np.array([0, 1, 3, 6])
    at_cells = [
        start + int(covered[cell, start : start + 550].argmax()) for start in starts for cell in (0, 1)
    ]
    for frame in (50, *at_cells, at_cells[0] + 10, at_cells[3] - 12):
        angle = np.deg2rad(movie.bars.direction_deg[frame])
        along = pixel_x * np.cos(angle) + pixel_y * np.sin(angle) - movie.bars.along[frame]
        across = pixel_y * np.cos(angle) - pixel_x * np.sin(angle) - movie.bars.across[frame]
        bar = (np.abs(along) < 50) & (np.abs(across) < 25)
        for cell in range(2):
            squared = (pixel_x - x[cell]) ** 2 + (pixel_y - y[cell]) ** 2
            gaussian = np.exp(-squared / (2 * sigma[cell] ** 2)) / (2 * np.pi * sigma[cell] ** 2)
            assert covered[cell, frame] == pytest.approx(gaussian[bar].sum(), abs=5e-3)
            seen += int(covered[cell, frame] > 0.1)
    assert seen >= 10


def test_noise_is_black_and_white_and_each_frame_stays_for_four() -> None:
    pixels = movie_of(SAMPLE_NOISE).pixels
    assert pixels is not None
    assert pixels.shape == (400, 15, 15)
    assert pixels.dtype == np.uint8
    assert set(np.unique(pixels)) == {0, 255}
    held = pixels.reshape(100, 4, 15, 15)
    assert (held == held[:, :1]).all()
    assert 0.45 < (held[:, 0] == 255).mean() < 0.55
    assert (held[1:, 0] != held[:-1, 0]).mean() > 0.45


def test_an_unknown_movie_is_refused_with_the_names_that_are_known() -> None:
    with pytest.raises(ConfigurationError, match=r"'cats'.*baseline_127"):
        movie_of("cats")


@pytest.mark.parametrize("frames", [0, 401])
def test_noise_of_an_impossible_length_is_refused(frames: int) -> None:
    with pytest.raises(ConfigurationError, match="multiple of 4"):
        make_movie(SAMPLE_NOISE, noise_frames=frames, seed=1)
