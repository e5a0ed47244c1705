from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter1d

from hdmea_gui.analysis.noise_patterns import pattern_starts, whiteness

PATTERNS = np.random.default_rng(0).integers(0, 2, (2700, 15, 15)) * 255


def test_white_noise_is_white_however_long_its_patterns_last() -> None:
    for held in (1, 4):
        found = whiteness(np.repeat(PATTERNS.astype(np.uint8), held, axis=0))
        assert found.is_white
        assert abs(found.largest) < 0.01


def test_a_short_white_movie_is_not_blamed_for_chance() -> None:
    movies = [np.random.default_rng(seed).integers(0, 2, (40, 4, 4), dtype=np.uint8) for seed in range(50)]
    assert all(whiteness(movie).is_white for movie in movies)


@pytest.mark.parametrize(("axis", "name"), [(0, "in_time"), (1, "along_y"), (2, "along_x")])
def test_a_movie_blurred_along_one_axis_is_not_white_along_it(axis: int, name: str) -> None:
    blurred = gaussian_filter1d(PATTERNS.astype(float), 0.6, axis=axis)
    found = whiteness(np.rint(blurred).astype(np.uint8))
    pairs = np.moveaxis(blurred - blurred.mean(axis=0), axis, 0)
    expected = np.corrcoef(pairs[1:].reshape(-1), pairs[:-1].reshape(-1))[0, 1]
    assert not found.is_white
    assert (
        found.largest == getattr(found, name) == pytest.approx(expected, abs=0.02)
    )  # variance is larger at the edge


def test_flicker_of_the_whole_screen_is_not_white() -> None:
    flicker = np.random.default_rng(1).integers(0, 60, (2700, 1, 1))
    assert not whiteness(PATTERNS // 2 + flicker).is_white


def test_patterns_start_where_any_pixel_changes() -> None:
    movie = np.zeros((10, 2, 2), np.uint8)
    movie[3:, 0, 1] = 1
    movie[7:, 1, 0] = 2
    assert pattern_starts(movie).tolist() == [0, 3, 7]


def test_a_movie_that_does_not_vary_is_white() -> None:
    assert whiteness(np.full((20, 3, 3), 7, np.uint8)).largest == 0
