from __future__ import annotations

import numpy as np
import pytest

from hdmea_gui.analysis.on_off_field import find_on_off_fields

N_FRAMES = 10_800
ROWS, COLS = np.indices((15, 15))
LAG = np.arange(40)
COURSE = np.exp(-(((LAG - 5) / 1.5) ** 2) / 2) - 0.35 * np.exp(-(((LAG - 10) / 2.5) ** 2) / 2)


@pytest.fixture(scope="module")
def movie() -> np.ndarray:
    patterns = np.random.default_rng(3).integers(0, 2, (N_FRAMES // 4, 15, 15), dtype=np.uint8)
    return np.repeat(patterns * np.uint8(255), 4, axis=0)


def spikes_of(
    movie: np.ndarray, seed: int, n_spikes: int, on: float, off: float
) -> tuple[np.ndarray, tuple[float, float]]:
    rng = np.random.default_rng([seed, n_spikes])
    row, col = rng.uniform(3, 11, 2)
    field = np.exp(-((COLS - col) ** 2 + (ROWS - row) ** 2) / (2 * 1.3**2))
    drive = np.convolve((movie.reshape(N_FRAMES, -1) / 127.5 - 1) @ field.reshape(-1), COURSE)[:N_FRAMES]
    drive /= drive.std()
    rate = 0.02 + on * np.maximum(drive - 0.5, 0) + off * np.maximum(-drive - 0.5, 0)
    return np.sort(rng.choice(N_FRAMES, n_spikes, p=rate / rate.sum())), (row, col)


def test_on_off_cells_are_found_where_they_are(movie: np.ndarray) -> None:
    cells = [spikes_of(movie, seed, 300, 1, 1) for seed in range(30)]
    found = find_on_off_fields(movie, [spikes for spikes, _ in cells])
    assert np.mean([one.is_significant for one in found]) >= 0.95
    away = [np.hypot(one.row - row, one.col - col) for one, (_, (row, col)) in zip(found, cells, strict=True)]
    assert np.median(away) < 1


@pytest.mark.parametrize(("on", "off"), [(1, 0), (0, 1)])
@pytest.mark.parametrize("n_spikes", [300, 3000])
def test_cells_of_one_sign_are_not_on_off(on: float, off: float, n_spikes: int, movie: np.ndarray) -> None:
    cells = [spikes_of(movie, seed, n_spikes, on, off)[0] for seed in range(30)]
    assert not any(one.is_significant for one in find_on_off_fields(movie, cells))


@pytest.mark.parametrize("n_spikes", [300, 3000])
def test_units_independent_of_the_movie_are_not_found(n_spikes: int, movie: np.ndarray) -> None:
    rngs = [np.random.default_rng([seed, n_spikes]) for seed in range(50)]
    steady = [rng.integers(60, N_FRAMES, n_spikes) for rng in rngs]
    bursts = [
        np.add.outer(rng.integers(60, N_FRAMES - 3, n_spikes // 4), [0, 0, 1, 2]).reshape(-1) for rng in rngs
    ]
    assert not any(one.is_significant for one in find_on_off_fields(movie, steady + bursts))


def test_few_spikes_and_dull_movies_are_not_judged(movie: np.ndarray) -> None:
    few, many = find_on_off_fields(movie, [np.arange(299), np.arange(300)])
    assert np.isnan(few.p)
    assert not few.is_significant
    assert not many.is_significant
    (dull,) = find_on_off_fields(np.zeros((600, 5, 5), np.uint8), [np.arange(400)])
    assert dull.p == 1


def test_strips_of_a_large_movie_give_the_same(movie: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    cells = [spikes_of(movie, seed, 1000, 1, 1)[0] for seed in range(3)]
    whole = find_on_off_fields(movie, cells)
    monkeypatch.setattr("hdmea_gui.analysis.on_off_field._AT_A_TIME", len(movie) * 15)
    parts = find_on_off_fields(movie, cells)
    assert [(one.row, one.col) for one in parts] == [(one.row, one.col) for one in whole]
    np.testing.assert_allclose([one.p for one in parts], [one.p for one in whole], rtol=1e-2)
