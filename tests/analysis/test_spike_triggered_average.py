"""Spike-triggered averages against adding up the windows in 64-bit floats."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hdmea_gui.analysis.block_correlation import is_exact_in_float32
from hdmea_gui.analysis.spike_triggered_average import spike_triggered_average
from hdmea_gui.errors import ValidationError


def _expected(movie: np.ndarray, spikes: np.ndarray, window: tuple[int, int]) -> np.ndarray:
    start, stop = window
    used = [movie[f + start : f + stop] for f in spikes if f + start >= 0 and f + stop <= len(movie)]
    if not used:
        return np.full((stop - start, *movie.shape[1:]), np.nan, np.float32)
    return np.asarray(np.mean(used, axis=0, dtype=np.float64), dtype=np.float32)


def _movie(n_frames: int, height: int = 3, width: int = 4, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (n_frames, height, width), dtype=np.uint8)


@pytest.mark.parametrize(
    "window", [(-60, 0), (-60, -20), (0, 1), (-1, 0), (5, 30), (-10, 25), (-399, 1), (-200, 200)]
)
@pytest.mark.parametrize("n_frames", [400, 1000, 1777])
def test_it_equals_the_mean_of_the_windows_to_the_last_bit(window: tuple[int, int], n_frames: int) -> None:
    movie = _movie(n_frames)
    rng = np.random.default_rng(1)
    trains = [rng.integers(-20, n_frames + 20, count) for count in (1, 7, 500)]
    found = spike_triggered_average(movie, trains, window)
    assert found.averages.dtype == np.float32
    for average, train in zip(found.averages, trains, strict=True):
        np.testing.assert_array_equal(average, _expected(movie, train, window))


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_any_movie_any_spikes_any_window(data: st.DataObject) -> None:
    n_frames = data.draw(st.integers(1, 300))
    start = data.draw(st.integers(-80, 80))
    window = (start, start + data.draw(st.integers(1, 80)))
    movie = _movie(
        n_frames, data.draw(st.integers(1, 3)), data.draw(st.integers(1, 3)), data.draw(st.integers(0, 99))
    )
    trains = data.draw(
        st.lists(st.lists(st.integers(-90, n_frames + 90), max_size=20).map(np.array), max_size=4)
    )
    found = spike_triggered_average(movie, trains, window)
    assert found.averages.shape == (len(trains), window[1] - window[0], *movie.shape[1:])
    for average, train in zip(found.averages, trains, strict=True):
        np.testing.assert_array_equal(average, _expected(movie, train, window))


def test_sums_beyond_what_32_bit_floats_hold_are_exact() -> None:
    movie = _movie(2000, 1, 2) | 128
    train = np.repeat(np.arange(60, 2000), 150)
    found = spike_triggered_average(movie, [train])
    assert (found.averages[0] * len(train)).max() > 2**24
    windows = movie[train[:, np.newaxis] + np.arange(-60, 0)]
    np.testing.assert_array_equal(found.averages[0], windows.mean(axis=0).astype(np.float32))


def test_many_units_and_pixels() -> None:
    movie = _movie(500, 20, 17)
    rng = np.random.default_rng(2)
    trains = [rng.integers(0, 500, rng.integers(0, 30)) for _ in range(70)]
    found = spike_triggered_average(movie, trains, (-30, 0))
    for average, train in zip(found.averages, trains, strict=True):
        np.testing.assert_array_equal(average, _expected(movie, train, (-30, 0)))


@pytest.mark.parametrize(
    ("low", "step", "top"), [(0, 255, 1), (3, 1, 1), (10, 7, 5), (0, 1, 255), (99, 1, 0)]
)
def test_few_grey_levels_are_as_exact_as_many(low: int, step: int, top: int) -> None:
    rng = np.random.default_rng(3)
    movie = (low + step * rng.integers(0, top + 1, (1500, 4, 4))).astype(np.uint8)
    trains = [rng.integers(0, 1500, count) for count in (2, 900, 4000)] + [
        np.repeat(rng.integers(60, 1500, 3), 999)
    ]
    for average, train in zip(spike_triggered_average(movie, trains).averages, trains, strict=True):
        np.testing.assert_array_equal(average, _expected(movie, train, (-60, 0)))


def test_float32_is_used_only_where_it_cannot_err() -> None:
    worst = np.arange(0, 10_000, 5)
    assert is_exact_in_float32([worst], 1.0, 10_800)
    assert not is_exact_in_float32([worst], 255.0, 10_800)
    assert not is_exact_in_float32([np.repeat(worst, 300)], 1.0, 10_800)
    assert not is_exact_in_float32([worst], np.inf, 10_800)


def test_one_spike_gives_the_frames_before_it() -> None:
    movie = _movie(100)
    found = spike_triggered_average(movie, [np.array([77])])
    np.testing.assert_array_equal(found.averages[0], movie[17:77])


def test_only_windows_that_fit_count() -> None:
    found = spike_triggered_average(
        _movie(100), [np.array([59, 60, 100, 101]), np.array([3]), np.array([], int)]
    )
    np.testing.assert_array_equal(found.n_used, [2, 0, 0])
    np.testing.assert_array_equal(found.n_excluded, [2, 1, 0])
    assert np.isnan(found.averages[1:]).all()
    assert np.isfinite(found.averages[0]).all()


def test_a_movie_shorter_than_the_window_leaves_nothing() -> None:
    found = spike_triggered_average(_movie(59), [np.array([10, 59])])
    assert np.isnan(found.averages).all()
    np.testing.assert_array_equal(found.n_excluded, [2])


def test_a_movie_of_real_numbers() -> None:
    movie = np.random.default_rng(0).normal(size=(300, 3, 4))
    train = np.arange(60, 300, 7)
    np.testing.assert_allclose(
        spike_triggered_average(movie, [train]).averages[0], _expected(movie, train, (-60, 0)), atol=1e-6
    )


def test_unsigned_frames() -> None:
    train = np.array([60, 70], dtype=np.uint64)
    movie = _movie(100)
    np.testing.assert_array_equal(
        spike_triggered_average(movie, [train]).averages[0], _expected(movie, train.astype(int), (-60, 0))
    )


def test_progress_reaches_the_end_and_can_cancel() -> None:
    movie, trains = _movie(2000, 20, 20), [np.arange(60, 2000, 50)] * 40
    calls: list[tuple[int, int]] = []
    spike_triggered_average(movie, trains, progress=lambda done, total: calls.append((done, total)))
    assert calls == [(done, len(calls)) for done in range(1, len(calls) + 1)]

    def cancel(done: int, _total: int) -> None:
        if done == len(calls) - 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        spike_triggered_average(movie, trains, progress=cancel)


def test_what_makes_no_sense_is_refused() -> None:
    with pytest.raises(ValidationError, match="empty"):
        spike_triggered_average(_movie(100), [np.array([70])], (0, 0))
    with pytest.raises(ValidationError, match="dimensions"):
        spike_triggered_average(_movie(100)[0], [np.array([70])])
