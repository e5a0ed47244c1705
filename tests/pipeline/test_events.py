"""When the light goes on: the stimulus file's events, else how it was made, else the light itself."""

from __future__ import annotations

import dataclasses
import json
import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hdmea_gui.io.resources import resources_dir
from hdmea_gui.io.store import read_tree, write_tree
from hdmea_gui.pipeline.features.events import Event, events_of

if TYPE_CHECKING:
    from pathlib import Path

# Timing within a trial, in display frames, as the lab describes its stimuli.
STEP = [(60, 360)]
COLOURS = [(60, 240, "green"), (420, 600, "blue")]
SINES = [(30, 270, 0.5), (330, 570, 1), (630, 870, 2), (930, 1170, 4), (1230, 1470, 10)]
BARS = [(60 + 550 * k, 60 + 550 * (k + 1), 45.0 * k) for k in range(8)]

TABLE: dict[str, list[Event]] = {
    "step_up_5s_5i_b0_3x": [Event(on, off, intensity=255) for on, off in STEP],
    "step_up_5s_5i_b0_30x": [Event(on, off, intensity=255) for on, off in STEP],
    "green_blue_3s_3i_3x": [Event(on, off, intensity=255, colour=colour) for on, off, colour in COLOURS],
    "green_blue_3s_3i_3x_64_128_255": [Event(on, off, colour=colour) for on, off, colour in COLOURS],
    "freq_step_5st_3x": [Event(on, off, frequency_hz=hz) for on, off, hz in SINES],
    "moving_h_bar_s5_d8_3x": [Event(on, off, direction_deg=angle) for on, off, angle in BARS],
}
NOTHING = ((), "the time of light onset is unknown")


def content(name: str) -> dict[str, Any]:
    path = resources_dir() / "stimuli" / f"{name}.json"
    loaded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return loaded


def without_events(name: str) -> dict[str, Any]:
    return {key: value for key, value in content(name).items() if key != "events"}


@pytest.mark.parametrize("name", TABLE)
def test_the_labs_stimuli_as_their_files_tell(name: str) -> None:
    told = content(name)
    events, source = events_of(told["kind"], told, None, 0)
    assert list(events) == TABLE[name]
    assert source == "events of the stimulus file"


@pytest.mark.parametrize("name", TABLE)
def test_the_labs_stimuli_as_they_were_made(name: str) -> None:
    made = without_events(name)
    events, source = events_of(made["kind"], made, None, 0)
    assert list(events) == TABLE[name]
    assert source == "generate_kwargs of the stimulus file"


def test_what_a_session_keeps_of_a_stimulus_tells_the_same(tmp_path: Path) -> None:
    path = tmp_path / "session.h5"
    definitions = {name: content(name) for name in TABLE}
    write_tree(path, {"dataset_id": "x", "units": {}, "stimulus": {"definitions": definitions}})
    kept = read_tree(path).tree["stimulus"]["definitions"]
    for name, events in TABLE.items():
        assert list(events_of(kept[name]["kind"], kept[name], None, 0)[0]) == events
        made = {key: value for key, value in kept[name].items() if key != "events"}
        assert list(events_of(made["kind"], made, None, 0)[0]) == events


def test_the_rest_of_the_labs_stimuli() -> None:
    grey, noise = (content(name) for name in ("baseline_127", "perfect_dense_noise_15x15_15hz_r42_3min"))
    assert events_of("baseline", grey, None, 0)[0] == (Event(0, 180, intensity=127),)
    assert events_of("noise", noise, None, 0) == NOTHING
    assert len(TABLE) + 2 == len(list((resources_dir() / "stimuli").glob("*.json")))


def test_the_labs_own_file_without_our_events(reference: Any) -> None:
    made = json.loads((reference / "stimuli" / "step_up_5s_5i_demo.json").read_text(encoding="utf-8"))
    assert events_of("step", made, None, 0)[0] == (Event(60, 360, intensity=255),)


def test_other_numbers_move_the_events() -> None:
    section = {"start_frame": 10, "trial_length_frame": 240, "repeat": 3}
    made = {"gap_frame": 40, "frames": 50, "intensity": 9}
    step = {"generate_kwargs": made, "section_kwargs": section}
    assert events_of("step", step, None, 0)[0] == (Event(30, 80, intensity=9),)
    colours = {"generate_kwargs": {"gap_frame": 40, "stim_frame": 20}, "section_kwargs": section}
    assert events_of("chromatic", colours, None, 0)[0] == (
        Event(30, 50, colour="green"),
        Event(90, 110, colour="blue"),
    )
    sines = {
        "generate_kwargs": {"break_duration": 0.5, "frame_duration": 1.5, "freq_list": [3, 7]},
        "section_kwargs": section,
    }
    assert events_of("frequency", sines, None, 0)[0] == (
        Event(20, 110, frequency_hz=3.0),
        Event(140, 230, frequency_hz=7.0),
    )
    bars = {"generate_kwargs": {"pre_pad_frame": 40}, "section_kwargs": section}
    assert events_of("moving_bar", bars, None, 0)[0] == tuple(
        Event(30 + 25 * k, 55 + 25 * k, direction_deg=45.0 * k) for k in range(8)
    )


def test_told_events_go_before_derived_ones_and_extra_keys_do_not_disturb() -> None:
    told = content("step_up_5s_5i_b0_3x") | {"events": [{"onset": 1, "offset": 2, "remark": "x"}]}
    assert events_of("step", told, None, 0)[0] == (Event(1, 2),)


@pytest.mark.parametrize("listed", [None, [], {}, "", 0])
def test_no_told_events_fall_back_to_how_it_was_made(listed: Any) -> None:
    told = content("step_up_5s_5i_b0_3x") | {"events": listed}
    assert events_of("step", told, None, 0) == (
        (Event(60, 360, intensity=255),),
        "generate_kwargs of the stimulus file",
    )


@pytest.mark.parametrize(
    "listed",
    [
        [{}],
        [{"onset": 1}],
        [{"offset": 1}],
        [[1, 2]],
        ["x"],
        [None],
        [{"onset": "1", "offset": "2"}],
        [{"onset": 1.5, "offset": 2}],
        [{"onset": None, "offset": 2}],
        [{"onset": True, "offset": 2}],
        [{"onset": 2, "offset": 2}],
        [{"onset": 3, "offset": 2}],
        [{"onset": -1, "offset": 2}],
        [{"onset": 0, "offset": math.inf}],
        [{"onset": math.nan, "offset": 2}],
        [{"onset": 1, "offset": 601}],
        [{"onset": 1, "offset": 2}, {}],
        [{"onset": 1, "offset": 2, "frequency_hz": "fast"}],
        [{"onset": 1, "offset": 2, "direction_deg": [0]}],
        [{"onset": 1, "offset": 2, "colour": 3}],
        {"onset": 1, "offset": 2},
        "at frame 3",
    ],
    ids=repr,
)
def test_events_that_make_no_sense_are_neither_used_nor_replaced_by_a_guess(listed: Any) -> None:
    told = content("step_up_5s_5i_b0_3x") | {"events": listed}
    assert events_of("step", told, rectangle(6000, 600, 6000 // 10 * 6), 600) == (
        (),
        "the events of the stimulus file are not usable",
    )


def test_whole_numbers_written_as_floats_are_taken_as_frames() -> None:
    told = {"events": [{"onset": 60.0, "offset": 3.6e2, "intensity": 255}]}
    [event] = events_of("step", told, None, 0)[0]
    assert event == Event(60, 360, intensity=255)
    assert type(event.onset) is type(event.offset) is int


@pytest.mark.parametrize("kind", ["step", "chromatic", "frequency", "moving_bar"])
@pytest.mark.parametrize(
    "made", [None, {}, [], "x", 3, {"gap_frame": None}, {"gap_frame": "many", "frames": 1, "stim_frame": 1}]
)
def test_unusable_kwargs_tell_nothing(kind: str, made: Any) -> None:
    section = {"start_frame": 0, "trial_length_frame": 800, "repeat": 3}
    assert events_of(kind, {"generate_kwargs": made, "section_kwargs": section}, None, 0) == NOTHING
    assert events_of(kind, {"generate_kwargs": made}, None, 0) == NOTHING
    assert events_of(kind, {"generate_kwargs": made, "section_kwargs": None}, None, 0) == NOTHING


@pytest.mark.parametrize("name", TABLE)
@pytest.mark.parametrize("value", [math.inf, math.nan, -1e9, None, "x", [], 10**400])
def test_kwargs_with_one_unusable_number_give_no_unusable_event(name: str, value: Any) -> None:
    made = without_events(name)
    for part in ("generate_kwargs", "section_kwargs"):
        for key in made[part]:
            broken = made | {part: made[part] | {key: value}}
            events, _ = events_of(made["kind"], broken, None, 0)
            for event in events:
                assert 0 <= event.onset < event.offset
                assert event.frequency_hz is None or math.isfinite(event.frequency_hz)


def test_bars_that_do_not_share_the_trial_evenly_tell_nothing() -> None:
    made = without_events("moving_h_bar_s5_d8_3x")
    made["section_kwargs"] = made["section_kwargs"] | {"trial_length_frame": 4521}
    assert events_of("moving_bar", made, None, 0) == NOTHING


def test_events_outside_the_trial_are_not_derived() -> None:
    made = without_events("step_up_5s_5i_b0_3x")
    for changes in ({"start_frame": 301}, {"trial_length_frame": 359}):
        moved = made | {"section_kwargs": made["section_kwargs"] | changes}
        assert events_of("step", moved, None, 0) == NOTHING


# From the light


def rectangle(n_samples: int, on: int, off: int, low: float = 0.0, high: float = 1.0) -> np.ndarray[Any, Any]:
    light = np.full(n_samples, low, np.float32)
    light[on:off] = high
    return light


@given(
    n_frames=st.integers(40, 700),
    samples_per_frame=st.sampled_from([1, 7, 33.3, 41.6667, 333.33]),
    data=st.data(),
    low=st.floats(-3e4, 3e4),
    height=st.floats(10, 6e4),
)
def test_one_stretch_of_light_is_found_to_the_frame(
    n_frames: int, samples_per_frame: float, data: st.DataObject, low: float, height: float
) -> None:
    shortest = 2 + n_frames // 15  # less than one frame in fifty counts as noise
    onset = data.draw(st.integers(shortest, n_frames - 2 * shortest))
    offset = data.draw(st.integers(onset + shortest, n_frames - shortest))
    edges = [round(frame * samples_per_frame) for frame in (onset, offset, n_frames)]
    light = rectangle(edges[2], edges[0], edges[1], low, low + height)
    events, source = events_of("step", {}, light, n_frames)
    assert source == "light template"
    [event] = events
    assert dataclasses.astuple(event)[2:] == (None,) * 4
    assert abs(event.onset - onset) <= 1
    assert abs(event.offset - offset) <= 1


def test_the_step_of_the_lab_is_found_exactly_and_through_noise() -> None:
    rng = np.random.default_rng(1)
    light = rectangle(200_000, 20_000, 120_000, 500, 3e4)
    assert events_of("step", {}, light, 600)[0] == (Event(60, 360),)
    noisy = light + rng.normal(0, 6e3, light.size).astype(np.float32)
    assert events_of("step", {}, noisy, 600)[0] == (Event(60, 360),)


def test_a_projector_that_flickers_every_frame_is_seen_through() -> None:
    light = rectangle(200_000, 20_000, 120_000, 0, 1) * (np.arange(200_000) % 333 < 160)
    [event] = events_of("step", {}, light, 600)[0]
    assert abs(event.onset - 60) <= 1
    assert abs(event.offset - 360) <= 1


@pytest.mark.parametrize(
    "light",
    [
        np.zeros(6000),
        np.full(6000, 3e4),
        np.full(6000, np.nan),
        np.where(np.arange(6000) == 3000, np.nan, rectangle(6000, 600, 3600)),
        np.empty(0),
        np.zeros(1),
        np.array([0.0, 1.0]),
        rectangle(6000, 0, 3600),
        rectangle(6000, 3600, 6000),
        rectangle(6000, 600, 1200) + rectangle(6000, 3000, 3600),
        rectangle(6000, 3000, 3010),
        np.sin(np.arange(6000) / 100),
        np.arange(6000.0),
        np.random.default_rng(2).normal(size=6000),
    ],
    ids=range(14),
)
def test_light_that_is_no_single_stretch_tells_nothing(light: Any) -> None:
    assert events_of("step", {}, light, 600) == NOTHING


@pytest.mark.parametrize("n_frames", [0, -1])
def test_a_trial_without_frames_tells_nothing(n_frames: int) -> None:
    assert events_of("step", {}, rectangle(6000, 600, 3600), n_frames) == NOTHING


@pytest.mark.parametrize(
    "kind", ["chromatic", "frequency", "moving_bar", "noise", "baseline", "frif", "", "?"]
)
def test_light_alone_does_not_tell_what_other_stimuli_show(kind: str) -> None:
    assert events_of(kind, {}, rectangle(6000, 600, 3600), 600) == NOTHING
