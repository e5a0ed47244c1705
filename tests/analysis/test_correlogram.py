from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from hdmea_gui.analysis.correlogram import (
    auto_correlogram,
    cross_correlogram,
    interval_histogram,
    n_pairs,
    share_of_short_intervals,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray


RATE_HZ = 20_000.0


def train(seed: int, n: int, last: int) -> NDArray[np.uint64]:
    return np.sort(np.random.default_rng(seed).integers(0, last, n)).astype(np.uint64)


def every_pair(
    first: NDArray[Any], second: NDArray[Any], bin_samples: int, n_bins: int, *, same: bool
) -> list[int]:
    """Every pair of spikes, one at a time, put into the bin whose middle is nearest to its lag."""
    counts = [0] * (2 * n_bins + 1)
    for i, a in enumerate(first.tolist()):
        for j, b in enumerate(second.tolist()):
            if same and i == j:
                continue
            steps = abs(b - a) / bin_samples + 0.5
            place = int(steps) * (1 if b >= a else -1)
            if abs(place) <= n_bins:
                counts[place + n_bins] += 1
    return counts


@pytest.mark.parametrize(("bin_samples", "n_bins"), [(20, 50), (7, 3), (1, 10), (10, 0), (501, 4)])
def test_counts_are_those_of_every_pair(bin_samples: int, n_bins: int) -> None:
    a, b = train(1, 300, 40_000), train(2, 200, 40_000)
    crossed = cross_correlogram(a, b, bin_samples=bin_samples, n_bins=n_bins, rate_hz=RATE_HZ)
    assert crossed.counts.tolist() == every_pair(a, b, bin_samples, n_bins, same=False)
    own = auto_correlogram(a, bin_samples=bin_samples, n_bins=n_bins, rate_hz=RATE_HZ)
    assert own.counts.tolist() == every_pair(a, a, bin_samples, n_bins, same=True)


def test_exchanging_the_trains_mirrors_the_counts() -> None:
    a, b = train(3, 400, 30_000), train(4, 300, 30_000)
    there = cross_correlogram(a, b, bin_samples=6, n_bins=40, rate_hz=RATE_HZ)
    back = cross_correlogram(b, a, bin_samples=6, n_bins=40, rate_hz=RATE_HZ)
    assert there.counts.tolist() == back.counts[::-1].tolist()
    own = auto_correlogram(a, bin_samples=6, n_bins=40, rate_hz=RATE_HZ)
    assert own.counts.tolist() == own.counts[::-1].tolist()


def test_many_pairs_are_counted_piece_by_piece_and_exactly() -> None:
    # Every 2nd sample a spike: lag k has n - k / 2 pairs where k is even, none where it is odd.
    n = 20_000
    spikes = np.arange(0, 2 * n, 2)
    own = auto_correlogram(spikes, bin_samples=1, n_bins=40, rate_hz=RATE_HZ)
    lag = np.abs(np.arange(-40, 41))
    assert own.counts.tolist() == np.where(lag % 2 == 1, 0, np.where(lag == 0, 0, n - lag // 2)).tolist()
    assert n_pairs(spikes, spikes, 40) == own.counts.sum() + n


def test_independent_trains_show_the_rate_of_the_second_at_every_lag() -> None:
    seconds = 200
    a, b = train(5, 4000, int(seconds * RATE_HZ)), train(6, 6000, int(seconds * RATE_HZ))
    crossed = cross_correlogram(a, b, bin_samples=100, n_bins=10, rate_hz=RATE_HZ)
    assert crossed.rate_hz == pytest.approx(6000 / seconds, abs=5 * np.sqrt(30 / (4000 * 0.005)))
    assert crossed.edges_s[[0, -1]] == pytest.approx([-0.0525, 0.0525])


def test_empty_trains_have_empty_correlograms() -> None:
    nothing = np.empty(0, np.uint64)
    assert not auto_correlogram(nothing, bin_samples=10, n_bins=5, rate_hz=RATE_HZ).rate_hz.any()
    assert not cross_correlogram(
        train(1, 9, 99), nothing, bin_samples=10, n_bins=5, rate_hz=RATE_HZ
    ).counts.any()


def test_a_bin_narrower_than_a_sample_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one sample"):
        auto_correlogram(train(1, 9, 99), bin_samples=0, n_bins=5, rate_hz=RATE_HZ)


def test_intervals_are_shares_of_all_and_a_bin_holds_its_lower_edge() -> None:
    spikes = np.cumsum([0, 20, 40, 40, 2000, 60])  # 1, 2, 2, 100 and 3 ms
    share = interval_histogram(spikes, np.array([0.0, 0.001, 0.002, 0.003, 0.01]), RATE_HZ)
    assert share.tolist() == [0.0, 20.0, 40.0, 20.0]
    assert interval_histogram(spikes[:1], np.array([0.0, 1.0]), RATE_HZ).tolist() == [0.0]


def test_short_intervals_are_those_below_the_limit() -> None:
    spikes = np.cumsum([0, 20, 40, 40, 2000, 60])
    assert share_of_short_intervals(spikes, 0.002, RATE_HZ) == pytest.approx(20.0)
    assert np.isnan(share_of_short_intervals(spikes[:1], 0.002, RATE_HZ))
