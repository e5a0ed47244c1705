"""How long spike-triggered averages take, against gathering every window."""

from __future__ import annotations

import numpy as np

from hdmea_gui.analysis.spike_triggered_average import spike_triggered_average
from tests.benchmarks.timing import Row, best_of, faster

_LAGS = 60


def run(quick: bool = False) -> list[Row]:
    """Give a row for a movie that changes every frame, and one for a movie that shows each frame four times."""
    n_units, n_spikes, n_frames = (20, 50, 600) if quick else (500, 2000, 10_800)
    rng = np.random.default_rng(0)
    spikes = [np.sort(rng.integers(0, n_frames, n_spikes)) for _ in range(n_units)]
    rows = []
    for shown, target in ((1, 7.0), (4, 15.0)):
        movie = rng.integers(0, 256, (n_frames // shown, 15, 15), dtype=np.uint8).repeat(shown, axis=0)
        rows.append(_row(movie, spikes, shown, target))
    return rows


def gathered(movie: np.ndarray, spikes: list[np.ndarray]) -> np.ndarray:
    """Gather all windows of a unit by fancy indexing, and take their mean."""
    lags = np.arange(-_LAGS, 0)
    averages = np.empty((len(spikes), _LAGS, *movie.shape[1:]), np.float32)
    for average, frames in zip(averages, spikes, strict=True):
        used = frames[frames >= _LAGS]
        movie[used[:, np.newaxis] + lags].mean(axis=0, dtype=np.float32, out=average)
    return averages


def _row(movie: np.ndarray, spikes: list[np.ndarray], shown: int, target: float) -> Row:
    results: dict[str, np.ndarray] = {}
    ours_s = best_of(
        5, lambda: results.update(ours=spike_triggered_average(movie, spikes, (-_LAGS, 0)).averages)
    )
    reference_s = best_of(2, lambda: results.update(reference=gathered(movie, spikes)))
    size = f"{len(spikes)} units x {len(spikes[0])} spikes, {' x '.join(map(str, movie.shape))}"
    note = "equal to the last bit" if np.array_equal(results["ours"], results["reference"]) else "DIFFERS"
    return faster(f"STA, {size}, each frame shown {shown} x: gathering", reference_s, ours_s, target, note)
