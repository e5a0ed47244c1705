from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.signal import find_peaks

from hdmea_gui.analysis.trials import (
    analog_onsets,
    cut_trials,
    light_template,
    merge_trials,
    onset_bounds,
    section_bounds,
    trial_bounds,
)
from hdmea_gui.errors import ConfigurationError

if TYPE_CHECKING:
    from numpy.typing import NDArray


def frame_stamps(n: int, seed: int = 0) -> NDArray[np.uint64]:
    steps = np.random.default_rng(seed).integers(40, 44, n)
    return (2667 + np.cumsum(steps)).astype(np.uint64)


def test_sections_of_the_reference_playlist_start_where_its_movies_do() -> None:
    stamps = frame_stamps(6422)
    bounds = section_bounds([3600, 2100], stamps)
    # The movies' first frames are known: 180 and 4141.
    expected = stamps[[[180 - 60, 180 + 3601 + 120], [4141 - 60, 4141 + 2101 + 120]]]
    assert bounds.samples.dtype == np.int64
    np.testing.assert_array_equal(bounds.samples, expected)
    assert bounds.n_clipped == 0


def test_sections_beyond_the_last_frame_are_clipped_to_it_and_counted() -> None:
    stamps = frame_stamps(500)
    bounds = section_bounds([100, 100, 100], stamps, pad=10, pre=5, post=500)
    assert bounds.samples[:, 0].tolist() == stamps[[5, 126, 247]].tolist()
    assert bounds.samples[0, 1] == stamps[499]
    assert bounds.n_clipped == 3


def test_no_frames_at_all_is_a_plain_error() -> None:
    with pytest.raises(ConfigurationError, match="no display frames"):
        section_bounds([10], np.empty(0, np.uint64))


def test_every_presentation_contributes_its_trials_in_groups_with_gaps() -> None:
    stamps = frame_stamps(4000)
    bounds = trial_bounds(
        np.array([120, 2000], np.uint64),
        pre_margin=60,
        start_frame=7,
        trial_length=50,
        repeat=3,
        group_count=2,
        group_gap=11,
        frame_timestamps=stamps,
    )
    expected = [
        [int(stamps[f]), int(stamps[f + 50])]
        for section in (120, 2000)
        for f in (section + 67 + k for k in (0, 50, 100, 161, 211, 261))
    ]
    assert bounds.samples.tolist() == expected
    assert bounds.n_clipped == 0


def test_trials_beyond_the_recording_are_counted_and_a_zero_repeat_is_refused() -> None:
    stamps = frame_stamps(100)
    timing: dict[str, Any] = {
        "pre_margin": 0,
        "start_frame": 0,
        "trial_length": 40,
        "frame_timestamps": stamps,
    }
    bounds = trial_bounds([0], repeat=3, **timing)
    assert bounds.n_clipped == 1
    assert bounds.samples[2].tolist() == [int(stamps[80]), int(stamps[99])]
    with pytest.raises(ConfigurationError, match="repeat = 0"):
        trial_bounds([0], repeat=0, **timing)


@given(
    hnp.arrays(np.uint64, st.integers(0, 60), elements=st.integers(0, 300)),
    hnp.arrays(np.int64, st.tuples(st.integers(0, 4), st.just(2)), elements=st.integers(0, 320)),
    st.integers(0, 400),
    st.integers(0, 50),
)
def test_a_spike_belongs_to_a_trial_by_its_definition(
    spikes: NDArray[np.uint64], bounds: NDArray[np.int64], pre: int, post: int
) -> None:
    cut = cut_trials(spikes, bounds, pre, post)
    numbers = sorted(spikes.tolist())
    expected = [[t for t in numbers if a - pre <= t < b + post] for a, b in bounds.tolist()]
    assert [c.tolist() for c in cut] == expected
    assert all(c.dtype == np.int64 for c in cut)
    assert merge_trials(cut).tolist() == sorted({t for trial in expected for t in trial})


def test_the_template_is_the_mean_of_what_exists_at_each_sample() -> None:
    channel = np.arange(100, dtype=np.float32) ** 2
    bounds = np.array([[0, 10], [20, 33], [90, 103], [200, 210]])
    template = light_template(channel, bounds)
    pieces = [channel[a:b] for a, b in bounds]
    expected = [np.mean([p[i] for p in pieces if i < p.size]) for i in range(13)]
    assert template.dtype == np.float32
    np.testing.assert_allclose(template, expected, rtol=1e-6)
    assert light_template(channel, np.empty((0, 2), np.int64)).size == 0


@given(hnp.arrays(np.int16, st.integers(2, 120), elements=st.integers(-9, 9)), st.integers(1, 8))
def test_onsets_are_those_of_the_detector_on_the_whole_difference(
    signal: NDArray[np.int16], threshold: int
) -> None:
    expected = find_peaks(np.diff(signal.astype(float)), height=threshold)[0]
    np.testing.assert_array_equal(analog_onsets(signal, threshold), expected)


@given(st.lists(st.integers(1, 100), min_size=1, max_size=30, unique=True), st.integers(1, 12))
def test_a_minimum_distance_keeps_the_larger_onsets(heights: list[int], distance: int) -> None:
    rises = np.zeros(2 * len(heights) + 1)
    rises[1::2] = heights
    expected = find_peaks(rises, height=1, distance=distance)[0]
    found = analog_onsets(np.concatenate([[0.0], np.cumsum(rises)]), 1, min_distance_samples=distance)
    np.testing.assert_array_equal(found, expected)


def test_a_search_from_before_the_signal_begins_with_it() -> None:
    signal = np.array([0, 0, 9, 9, 0, 0, 8, 8])
    assert analog_onsets(signal, 5, start_sample=-3).tolist() == [1, 5]


def test_onsets_across_slabs_of_a_long_unsigned_channel() -> None:
    signal = np.full(3_000_000, 100, np.uint16)
    rises = [1_048_575, 1_048_576 * 2 - 2, 2_500_000]
    for rise in rises:
        signal[rise + 1 : rise + 200_000] += 40_000
    assert analog_onsets(signal, 3e4).tolist() == rises
    assert analog_onsets(signal, 3e4, start_sample=1_100_000).tolist() == rises[1:]
    assert analog_onsets(signal, 3e4, limit=1).tolist() == rises[:1]
    assert analog_onsets(signal, 6e4).size == 0


def test_analog_sections_end_at_the_last_sample() -> None:
    bounds = onset_bounds(np.array([10, 900], np.uint64), 200, 1000)
    assert bounds.samples.tolist() == [[10, 210], [900, 999]]
    assert bounds.n_clipped == 1


def test_every_trial_that_the_end_clips_is_counted() -> None:
    bounds = onset_bounds(np.array([10, 700, 800, 900], np.uint64), 200, 950)
    assert bounds.samples.tolist() == [[10, 210], [700, 900], [800, 949], [900, 949]]
    assert bounds.n_clipped == 2
