from __future__ import annotations

import numpy as np
import pytest

from hdmea_gui.analysis.frame_intervals import frame_intervals


def test_dropped_frames_are_found_and_counted() -> None:
    stamps = np.delete(np.arange(0, 100_000, 333), [50, 120, 121]).astype(np.uint64)
    found = frame_intervals(stamps, 20_000.0)
    assert found.median_s == pytest.approx(333 / 20_000)
    assert found.late.tolist() == [49, 118]
    assert found.n_dropped == 3
    assert found.limit_s == pytest.approx(1.5 * 333 / 20_000)
    assert found.intervals_s[found.late] == pytest.approx([2 * 333 / 20_000, 3 * 333 / 20_000])


def test_an_interval_just_long_enough_drops_one_frame() -> None:
    assert frame_intervals(np.array([0, 100, 200, 350]), 1000.0).n_dropped == 0
    assert frame_intervals(np.array([0, 100, 200, 351]), 1000.0).n_dropped == 1


@pytest.mark.parametrize("n", [0, 1])
def test_without_intervals_nothing_is_told(n: int) -> None:
    found = frame_intervals(np.arange(n, dtype=np.uint64), 1000.0)
    assert np.isnan(found.median_s)
    assert found.n_dropped == 0
    assert not found.late.size


def test_the_mean_leaves_out_dropped_frames_and_is_finer_than_a_sample() -> None:
    """At 5 kHz a frame of 60 Hz takes 83 or 84 samples, so the median is off by half a percent."""
    stamps = np.rint(np.arange(3000) * 5000 / 60).astype(np.uint64)
    whole = frame_intervals(stamps, 5000.0)
    assert whole.mean_s == pytest.approx(1 / 60, rel=1e-5)
    assert whole.median_s == pytest.approx(83 / 5000)
    dropped = frame_intervals(np.delete(stamps, np.random.default_rng(1).integers(1, 2999, 90)), 5000.0)
    assert dropped.mean_s == pytest.approx(1 / 60, rel=2e-4)
    assert np.isnan(frame_intervals(stamps[:1], 5000.0).mean_s)


def test_an_interval_that_is_too_short_is_not_regular() -> None:
    stamps = np.sort(np.append(np.arange(0, 300_000, 333), [9_990 + 160, 60_000]))
    found = frame_intervals(stamps, 20_000.0)
    assert not found.late.size
    assert set(found.early) >= {30, 31}
    assert found.mean_s == pytest.approx(333 / 20_000, rel=1e-3)


def test_intervals_are_judged_by_their_neighbours() -> None:
    slow, fast = np.full(500, 400), np.full(500, 200)
    steps = np.concatenate([slow, fast])
    steps[[100, 900]] = 800, 400
    found = frame_intervals(np.concatenate([[0], np.cumsum(steps)]), 20_000.0)
    assert found.late.tolist() == [100, 900]
    assert found.n_dropped == 2
    assert not found.early.size
