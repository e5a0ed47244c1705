from __future__ import annotations

import math
import tracemalloc
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import find_peaks

from hdmea_gui.analysis.clocks import (
    block_means,
    firing_rate_hz,
    frame_of_sample,
    pulse_onsets,
    samples_of_microseconds,
    upper_percentile,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PAIR = "2026.02.03-10.11.12-Rec"
TEN_YEARS_US = 10 * 366 * 86400 * 10**6


@given(st.integers(1, 1000), st.lists(st.integers(0, TEN_YEARS_US), min_size=1, max_size=20))
def test_samples_are_exact_for_whole_ticks_however_long_the_recording(tick_us: int, times: list[int]) -> None:
    found = samples_of_microseconds(np.array(times), 1e6 / tick_us)
    assert found.tolist() == [round(Fraction(t, tick_us)) for t in times]
    assert found.dtype == np.uint64


@given(st.floats(0.5, 1e6), st.lists(st.integers(0, 10**12), min_size=1, max_size=20))
def test_samples_are_exact_for_any_rate(rate_hz: float, times: list[int]) -> None:
    found = samples_of_microseconds(np.array(times), rate_hz)
    assert found.tolist() == [round(t * Fraction(rate_hz) / 10**6) for t in times]


@pytest.mark.parametrize("rate_hz", [25_001.0, 30_000.0, 1e6 / 37.5, 12_345.678])
def test_samples_are_exact_at_and_beside_the_halves(rate_hz: float) -> None:
    ratio = Fraction(rate_hz) / 10**6
    halves = np.array([math.floor((k + Fraction(1, 2)) / ratio) for k in range(10**7, 10**7 + 2000)])
    times = np.concatenate([halves - 1, halves, halves + 1])
    assert samples_of_microseconds(times, rate_hz).tolist() == [round(int(t) * ratio) for t in times]


def test_every_sample_of_an_hour_survives_the_way_through_microseconds() -> None:
    samples = np.arange(0, 72_000_000, 997, dtype=np.int64)
    np.testing.assert_array_equal(samples_of_microseconds(samples * 50, 20_000.0), samples)


def test_a_time_between_two_samples_goes_to_the_even_one() -> None:
    assert samples_of_microseconds([25, 75, 125, 124, 126], 20_000.0).tolist() == [0, 2, 2, 2, 3]


@pytest.mark.parametrize("times", [[], np.empty(0, np.int64), np.empty((0, 3), np.uint64)])
def test_no_times_give_no_samples(times: Any) -> None:
    for rate_hz in (20_000.0, 19_999.5):
        found = samples_of_microseconds(times, rate_hz)
        assert found.dtype == np.uint64
        assert found.shape == np.shape(times)


def test_times_and_rates_that_cannot_be_are_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        samples_of_microseconds([5, -1], 20_000.0)
    for rate_hz in (0.0, -1.0, math.nan):
        with pytest.raises(ValueError, match="positive"):
            samples_of_microseconds([5], rate_hz)


def test_spike_samples_of_the_reference_are_the_truth(reference: Path) -> None:
    truth = np.load(reference / "truth.npz")
    with h5py.File(reference / f"{PAIR}-.cmtr") as file:
        for number in range(1, 9):
            peaks = file[f"Spike Sorter/Unit {number}/Peaks"][()]
            found = samples_of_microseconds(peaks["Timestamp"][peaks["IncludePeak"] == 1], 2500.0)
            np.testing.assert_array_equal(found, truth[f"unit_{number:03d}"])


@given(
    st.lists(st.integers(0, 2000), min_size=1, max_size=30, unique=True),
    st.lists(st.integers(0, 2500), max_size=30),
)
def test_the_frame_on_show_is_the_last_that_has_begun(starts: list[int], samples: list[int]) -> None:
    starts.sort()
    found = frame_of_sample(np.array(samples, np.uint64), np.array(starts, np.uint64))
    assert found.tolist() == [max(0, sum(start <= sample for start in starts) - 1) for sample in samples]
    assert found.dtype == np.int64


def test_frames_take_mixed_integer_types_exactly() -> None:
    stamps = np.array([0, 2**60, 2**60 + 1], np.uint64)  # equal as floats
    assert frame_of_sample(np.array([2**60, 2**60 + 1], np.int64), stamps).tolist() == [1, 2]
    assert frame_of_sample(2**60 - 1, stamps).tolist() == 0
    with pytest.raises(ValueError, match="no display frames"):
        frame_of_sample([1], np.empty(0, np.uint64))


def detect_frames(sync: np.ndarray, progress: Callable[[int, int], None] | None = None) -> np.ndarray:
    """Detect frames as the lab does."""
    scale = upper_percentile(sync, 99.9, progress or (lambda _done, _total: None))
    return pulse_onsets(sync, scale, progress)[4:].astype(np.uint64)


def test_frames_of_the_reference_are_the_truth(reference: Path) -> None:
    with h5py.File(reference / f"{PAIR}.cmcr") as file:
        sync = file["Acquisition/Analog Data/ChannelData 1"][1]
    truth = np.load(reference / "truth.npz")["frame_sample"]
    for kept in (sync, sync.astype(np.float32), sync.astype(np.float64)):
        found = detect_frames(kept)
        assert found.dtype == np.uint64
        np.testing.assert_array_equal(found, truth)


def detect_plainly(sync: np.ndarray) -> np.ndarray:
    """Detect frames as domain texts say it, on whole arrays."""
    scaled = sync.astype(np.float64) / np.percentile(sync.astype(np.float64), 99.9)
    return find_peaks(np.diff(scaled), height=0.1)[0][4:]


def pulses(n_samples: int, period: float, noise: float, seed: int, rise: int = 1) -> np.ndarray:
    """Return jittered pulses of 60000 counts, 12 samples wide, that rise within `rise` samples."""
    rng = np.random.default_rng(seed)
    sync = rng.normal(0, noise, n_samples)
    starts = np.arange(50, n_samples - 50, period) + rng.uniform(
        -2, 2, len(np.arange(50, n_samples - 50, period))
    )
    for start in starts.astype(int):
        sync[start : start + rise] += np.linspace(0, 60_000, rise, endpoint=False)
        sync[start + rise : start + rise + 12] += 60_000
    return np.rint(sync).astype(np.int32)


@pytest.mark.parametrize(("noise", "rise"), [(0, 1), (30, 1), (800, 1), (30, 2), (0, 4), (30, 5), (2500, 3)])
def test_frames_equal_the_plain_definition(noise: float, rise: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for seed in range(4):
        sync = pulses(60_000, 333.3, noise, seed, rise)
        expected = detect_plainly(sync)
        assert len(expected) >= 170
        np.testing.assert_array_equal(detect_frames(sync), expected)
        monkeypatch.setattr("hdmea_gui.analysis.clocks._BLOCK", 1000)
        np.testing.assert_array_equal(detect_frames(sync), expected)
        monkeypatch.undo()


@given(st.lists(st.integers(-3, 12), min_size=40, max_size=400))
def test_frames_equal_the_plain_definition_on_any_steps(values: list[int]) -> None:
    sync = np.repeat(np.array(values, np.int32), 12)  # few rises a sample, so none is taken for noise
    if upper_percentile(sync, 99.9) > 0:
        np.testing.assert_array_equal(detect_frames(sync), detect_plainly(sync))


@pytest.mark.parametrize(
    "sync",
    [
        np.zeros(0, np.int32),
        np.zeros(1, np.int32),
        np.zeros(50_000, np.int32),
        np.full(50_000, 4321, np.int32),
        np.full(50_000, -4321, np.int32),
        np.random.default_rng(0).integers(-20, 21, 50_000).astype(np.int32),
        np.random.default_rng(0).integers(0, 2, 50_000).astype(np.int32),
        np.rint(np.random.default_rng(0).normal(0, 5, 50_000)).astype(np.int32),
        np.random.default_rng(0).normal(0, 5, 50_000).astype(np.float32),
        (2000 * np.sin(np.arange(200_000) * 2 * np.pi * 50 / 20_000)).astype(np.int32),
        -pulses(50_000, 333.3, 3, 0),
    ],
    ids=[
        "empty",
        "one",
        "zero",
        "flat",
        "flat below",
        "noise",
        "bits",
        "normal",
        "floats",
        "hum",
        "below zero",
    ],
)
def test_a_channel_without_pulses_gives_no_frames(sync: np.ndarray) -> None:
    found = detect_frames(sync)
    assert found.dtype == np.uint64
    assert found.tolist() == []


def test_fewer_pulses_than_those_of_start_up_give_no_frames() -> None:
    assert detect_frames(pulses(2000, 500.0, 0, 0)).tolist() == []


def test_frames_of_a_long_recording_need_little_memory() -> None:
    sync = np.tile(pulses(200_000, 333.3, 20, 1), 20)  # 4 million samples, 200 s at 20 kHz
    tracemalloc.start()
    try:
        found = detect_frames(sync)
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(found) == 12_000 - 4
    # One copy for the percentile (16 MB) and a block; whole float arrays would take 100 MB.
    assert peak_bytes < sync.nbytes + 40e6


def test_progress_goes_up_through_both_passes_of_the_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hdmea_gui.analysis.clocks._BLOCK", 10_000)
    told: list[tuple[int, int]] = []
    detect_frames(pulses(100_000, 500.0, 0, 0), lambda done, total: told.append((done, total)))
    assert {total for _, total in told} == {200_000}
    done = [part for part, _ in told]
    assert len(done) == 20
    assert done == sorted(done)
    assert done[0] == 0


@given(
    st.lists(st.integers(-(10**6), 10**6), min_size=1, max_size=200),
    st.sampled_from([np.int16, np.int32, np.float32, np.float64]),
    st.floats(0, 100),
)
def test_percentile(values: list[int], dtype: type, percent: float) -> None:
    array: np.ndarray = np.clip(values, -30_000, 30_000).astype(dtype)
    expected = np.percentile(array.astype(np.float64), percent)
    assert upper_percentile(array, percent) == expected


@pytest.mark.parametrize(
    ("duration_s", "n_bins"),
    [
        (109.0832, 1091),
        (109.1, 1091),
        (0.3, 3),
        (0.7, 7),
        (1.1, 11),
        (2.3, 23),
        (600.0, 6000),
        (600.00001, 6001),
        (0, 0),
    ],
)
def test_the_number_of_bins_is_the_ceiling_of_ten_a_second(duration_s: float, n_bins: int) -> None:
    found = firing_rate_hz(np.empty(0, np.uint64), 20_000.0, duration_s)
    assert found.shape == (n_bins,)
    assert found.dtype == np.float32


@given(
    st.lists(st.integers(0, 3_000_000), max_size=60),
    st.sampled_from([2500.0, 20_000.0, 25_000.0, 1e6 / 30, 1e6 / 37.5, 1e6 / 48]),
)
def test_rates_count_spikes_by_bin(samples: list[int], rate_hz: float) -> None:
    tick_us = Fraction(1e6 / rate_hz).limit_denominator(100)
    expected = np.zeros(300)
    for sample in samples:
        place = math.floor(sample * tick_us / 100_000)
        if place < 300:
            expected[place] += 10
    found = firing_rate_hz(np.array(samples, np.uint64), rate_hz, 30.0)
    np.testing.assert_array_equal(found, expected.astype(np.float32))


def test_spikes_on_an_edge_belong_to_the_bin_that_begins_there() -> None:
    found = firing_rate_hz(np.array([1999, 2000, 3999, 4000, 6000], np.uint64), 20_000.0, 0.3)
    assert found.tolist() == [10.0, 20.0, 10.0]


def test_other_bins() -> None:
    assert firing_rate_hz(np.array([0, 1, 600], np.int64), 1000.0, 1.0, bin_s=0.5).tolist() == [4.0, 2.0]


@pytest.mark.parametrize(
    ("rate_hz", "target_hz", "factor"),
    [(20_000, 1000, 20), (20_000, 10, 2000), (2500, 1000, 2), (2500, 10, 250), (500, 1000, 1), (1e6 / 30, 10, 3333),
     (0.3 * 3, 0.3, 3)],
)  # fmt: skip
def test_block_means(rate_hz: float, target_hz: float, factor: int) -> None:
    signal = np.random.default_rng(0).integers(-(10**6), 10**6, 4 * factor + factor // 2)
    for dtype in (np.int32, np.float32, np.float64):
        means, real_rate_hz = block_means(signal.astype(dtype), rate_hz, target_hz)
        n_blocks = len(signal) // factor
        expected = [signal[k * factor : (k + 1) * factor].mean() for k in range(n_blocks)]
        assert means.dtype == np.float32
        assert real_rate_hz == rate_hz / factor
        np.testing.assert_allclose(means, expected, rtol=1e-6, atol=1e-3)


def test_block_means_of_less_than_a_block() -> None:
    means, real_rate_hz = block_means(np.arange(5), 20_000, 10)
    assert means.shape == (0,)
    assert real_rate_hz == 10.0
