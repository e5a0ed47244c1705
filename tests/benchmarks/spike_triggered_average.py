"""How long spike-triggered averages take, against gathering every window."""

from __future__ import annotations

import numpy as np

from hdmea_gui.analysis.spike_triggered_average import spike_triggered_average
from tests.benchmarks.timing import Row, best_of, faster

_LAGS = 60


def run(quick: bool = False) -> list[Row]:
    """Return a row for grey noise that changes every frame, and for noise that shows each frame four times."""
    n_units, n_spikes, n_frames = (20, 50, 600) if quick else (500, 2000, 10_800)
    rng = np.random.default_rng(0)
    spikes = [np.sort(rng.integers(0, n_frames, n_spikes)) for _ in range(n_units)]
    grey = rng.integers(0, 256, (n_frames, 15, 15), dtype=np.uint8)
    black_and_white = np.uint8(255) * (grey >= 128)
    return [
        _row("grey noise, each frame shown once", grey, spikes, 7.0),
        _row("grey noise, each frame shown 4 x", grey[: n_frames // 4].repeat(4, axis=0), spikes, 15.0),
        _row(
            "black and white noise, each frame shown 4 x",
            black_and_white[::4].repeat(4, axis=0),
            spikes,
            15.0,
        ),
    ]


def gathered(movie: np.ndarray, spikes: list[np.ndarray]) -> np.ndarray:
    """Gather all windows of a unit by fancy indexing, and take their mean."""
    lags = np.arange(-_LAGS, 0)
    averages = np.empty((len(spikes), _LAGS, *movie.shape[1:]), np.float32)
    for average, frames in zip(averages, spikes, strict=True):
        used = frames[frames >= _LAGS]
        movie[used[:, np.newaxis] + lags].mean(axis=0, dtype=np.float32, out=average)
    return averages


def _row(kind: str, movie: np.ndarray, spikes: list[np.ndarray], target: float) -> Row:
    averages: list[np.ndarray] = []
    expected: list[np.ndarray] = []
    ours_s = best_of(5, lambda: averages.append(spike_triggered_average(movie, spikes, (-_LAGS, 0)).averages))
    reference_s = best_of(2, lambda: expected.append(gathered(movie, spikes)))
    size = f"{len(spikes)} units x {len(spikes[0])} spikes, {' x '.join(map(str, movie.shape))}"
    note = "equal to the last bit" if np.array_equal(averages[0], expected[0]) else "DIFFERS"
    return faster(f"STA, {size}, {kind}: gathering windows", reference_s, ours_s, target, note)
